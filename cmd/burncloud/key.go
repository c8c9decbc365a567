package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) keyCommand() *cobra.Command {
	g := group("key", "Callers' keys: create, list, enable, disable, revoke",
		c.keyCreate(), c.keyList(), c.keySwitch("enable", true), c.keySwitch("disable", false), c.keyRevoke())
	g.Aliases = []string{"keys"}
	return g
}

// newKey is the body of createKey.
type newKey struct {
	Name      string           `json:"name"`
	UserID    string           `json:"user_id,omitempty"`
	Models    []string         `json:"models,omitempty"`
	Unlimited bool             `json:"unlimited,omitempty"`
	Limit     *burncloud.Money `json:"limit,omitempty"`
	Expires   *time.Time       `json:"expires,omitempty"`
}

func (c *cli) keyCreate() *cobra.Command {
	var k newKey
	var user, limit, expires string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a key and show its secret, once", Args: args(cobra.ExactArgs(1)),
		Long: `Make a key for the gateway and show its secret. It is not stored and never shown again.

A key has a limit on what it may spend in all, or none (--unlimited); the balance of its
user holds in any case.`,
		Example: `  burncloud key create dev --unlimited
  burncloud key create ci --user alice --limit 5 --model gpt-5-mini --expires 30d
  export OPENAI_API_KEY=$(burncloud key create tmp --limit 1 --json | jq -r .secret)`,
		RunE: func(cmd *cobra.Command, a []string) error {
			k.Name = a[0]
			if k.Unlimited == cmd.Flags().Changed("limit") {
				return usageError{errors.New("give either --limit USD or --unlimited")}
			}
			if !k.Unlimited {
				m, err := parseMoney(limit)
				if err != nil {
					return err
				}
				k.Limit = &m
			}
			var err error
			if k.Expires, err = c.parseExpiry(expires); err != nil {
				return err
			}
			return c.createKey(cmd.Context(), k, user)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&user, "user", "", "whose key, by name or id (default yourself, on the local socket the owner)")
	fl.StringArrayVar(&k.Models, "model", nil, "a model it may use; repeatable (default all of the user's group)")
	fl.StringVar(&limit, "limit", "", "the most it may spend in all, in USD")
	fl.BoolVar(&k.Unlimited, "unlimited", false, "no limit of its own")
	fl.StringVar(&expires, "expires", "", "when it ends: 720h, 30d or 2030-12-31 (default never)")
	return cmd
}

func (c *cli) createKey(ctx context.Context, k newKey, user string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	if user != "" {
		u, err := findUser(ctx, cl, user)
		if err != nil {
			return err
		}
		k.UserID = u.ID
	}
	made, err := client.Post[control.NewKey](ctx, cl, "/keys", k)
	if err != nil {
		return err
	}
	return c.print(made, func() error {
		c.say("%s\n\nThat is the key %q of %s. Keep it: it is not shown again.", made.Secret, made.Name, made.Username)
		return nil
	})
}

func (c *cli) keyList() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: "list", Short: "List keys", Args: args(cobra.NoArgs),
		Example: "  burncloud key list\n  burncloud key list --user alice",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			q := url.Values{}
			if user != "" {
				u, err := findUser(cmd.Context(), cl, user)
				if err != nil {
					return err
				}
				q.Set("user_id", u.ID)
			}
			all, err := collect[control.Key](cmd.Context(), cl, "/keys", q, everything)
			if err != nil {
				return err
			}
			return c.print(all, func() error { return keyTable(all).write(c.out) })
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "only that user's keys")
	return cmd
}

func keyTable(all []control.Key) *table {
	t := newTable("NAME", "USER", "SECRET", "STATE", "SPENT", "LIMIT", "EXPIRES", "LAST USED", "ID")
	for _, k := range all {
		limit := k.Limit.String()
		if k.Unlimited {
			limit = "none"
		}
		t.row(k.Name, k.Username, k.Prefix+"…", onOff(k.Enabled), k.Spent.String(), limit,
			whenOr(k.Expires, "never"), whenOr(k.LastUsed, "never"), k.ID)
	}
	return t
}

func (c *cli) keySwitch(verb string, on bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " KEY...", Short: strings.ToUpper(verb[:1]) + verb[1:] + " keys", Args: args(cobra.MinimumNArgs(1)),
		Example: "  burncloud key " + verb + " dev",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.eachKey(cmd.Context(), a, func(cl *client.Client, k control.Key) (any, error) {
				return client.Patch[control.Key](cmd.Context(), cl, "/keys/"+url.PathEscape(k.ID), map[string]bool{"enabled": on})
			}, verb+"d")
		},
	}
}

func (c *cli) keyRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke KEY...", Aliases: []string{"delete"}, Short: "Delete keys; they stop working at once", Args: args(cobra.MinimumNArgs(1)),
		Long:    "Delete keys, given by name, id or the visible start of the secret. They stop working at once.",
		Example: "  burncloud key revoke dev",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.eachKey(cmd.Context(), a, func(cl *client.Client, k control.Key) (any, error) {
				return k, client.Delete(cmd.Context(), cl, "/keys/"+url.PathEscape(k.ID))
			}, "revoked")
		},
	}
}

// eachKey finds all the named keys before it changes the first.
func (c *cli) eachKey(ctx context.Context, names []string, do func(*client.Client, control.Key) (any, error), done string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	all, err := collect[control.Key](ctx, cl, "/keys", nil, everything)
	if err != nil {
		return err
	}
	var found []control.Key
	for _, n := range names {
		k, err := pick(all, n, "key", "burncloud key list", func(k control.Key) (string, string) {
			if k.Prefix == n {
				return k.ID, n
			}
			return k.ID, k.Name
		})
		if err != nil {
			return err
		}
		found = append(found, k)
	}
	var results []any
	for _, k := range found {
		r, err := do(cl, k)
		if err != nil {
			return err
		}
		results = append(results, r)
		c.say("Key %s of %s %s.", k.Name, k.Username, done)
	}
	return c.print(results, func() error { return nil })
}
