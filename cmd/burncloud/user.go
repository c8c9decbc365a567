package main

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) userCommand() *cobra.Command {
	g := group("user", "Users and their balances: list, create, top-up, adjust, password, enable, disable, delete",
		c.userList(), c.userCreate(), c.userEntry("top-up", "topup", "Add money to a user's balance"),
		c.userEntry("adjust", "adjustment", "Correct a user's balance by an amount of either sign"),
		c.userPassword(), c.userSwitch("enable", true), c.userSwitch("disable", false), c.userDelete())
	g.Aliases = []string{"users"}
	return g
}

func (c *cli) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the users with their balances", Args: args(cobra.NoArgs),
		Example: "  burncloud user list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			all, err := client.Get[control.List[control.User]](cmd.Context(), cl, "/users", nil)
			if err != nil {
				return err
			}
			return c.print(all.Items, func() error { return userTable(all.Items).write(c.out) })
		},
	}
}

func userTable(all []control.User) *table {
	t := newTable("USERNAME", "ROLE", "GROUP", "STATE", "BALANCE", "HELD", "CREATED", "ID")
	for _, u := range all {
		balance := u.Balance.String()
		if u.Unlimited {
			balance += " (unlimited)"
		}
		t.row(u.Username, string(u.Role), u.Group, onOff(u.Enabled), balance, u.Held.String(), when(u.Created), u.ID)
	}
	return t
}

// newUser is the body of createUser.
type newUser struct {
	Username  string           `json:"username"`
	Password  string           `json:"password,omitempty"`
	Role      string           `json:"role,omitempty"`
	Group     string           `json:"group,omitempty"`
	Unlimited bool             `json:"unlimited,omitempty"`
	Balance   *burncloud.Money `json:"balance,omitempty"`
}

func (c *cli) userCreate() *cobra.Command {
	var u newUser
	var passwordFile, balance string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Add a user", Args: args(cobra.ExactArgs(1)),
		Long: "Add a user. Without a password the user cannot sign in to the console; keys can be made in any case.",
		Example: `  burncloud user create alice --balance 10
  echo "$PASSWORD" | burncloud user create bob --password-file - --role admin`,
		RunE: func(cmd *cobra.Command, a []string) error {
			u.Username = a[0]
			var err error
			if passwordFile != "" {
				if u.Password, err = c.secret(passwordFile); err != nil {
					return err
				}
			}
			if balance != "" {
				m, err := parseMoney(balance)
				if err != nil {
					return err
				}
				u.Balance = &m
			}
			return c.createUser(cmd.Context(), u)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&passwordFile, "password-file", "", "file with the password; - is standard input")
	fl.StringVar(&u.Role, "role", "", "member or admin (default member)")
	fl.StringVar(&u.Group, "group", "", "the user's group (default \"default\")")
	fl.StringVar(&balance, "balance", "", "first top-up in USD")
	fl.BoolVar(&u.Unlimited, "unlimited", false, "no balance limit; spending is still booked")
	return cmd
}

func (c *cli) createUser(ctx context.Context, u newUser) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	made, err := client.Post[control.User](ctx, cl, "/users", u)
	if err != nil {
		return err
	}
	return c.print(made, func() error {
		c.say("Added user %s with a balance of %s USD. Make a key: burncloud key create NAME --user %s --unlimited", made.Username, made.Balance, made.Username)
		return nil
	})
}

func (c *cli) userEntry(verb, kind, short string) *cobra.Command {
	var note, reference string
	cmd := &cobra.Command{
		Use: verb + " USER AMOUNT", Short: short, Args: args(cobra.ExactArgs(2)),
		Long: short + ".\n\nWith a --reference the booking is made once however often the command is repeated.",
		Example: map[string]string{
			"topup":      "  burncloud user top-up alice 10 --note \"invoice 7\" --reference invoice-7",
			"adjustment": "  burncloud user adjust alice --note \"refund\" -- 2.50\n  burncloud user adjust alice -- -0.75",
		}[kind],
		RunE: func(cmd *cobra.Command, a []string) error {
			amount, err := parseMoney(a[1])
			if err != nil {
				return err
			}
			return c.book(cmd.Context(), a[0], map[string]any{"kind": kind, "amount": amount, "note": note, "reference": reference})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "why, for the ledger")
	cmd.Flags().StringVar(&reference, "reference", "", "book once under this reference")
	return cmd
}

func (c *cli) book(ctx context.Context, user string, entry map[string]any) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	u, err := findUser(ctx, cl, user)
	if err != nil {
		return err
	}
	made, err := client.Post[control.Entry](ctx, cl, "/users/"+url.PathEscape(u.ID)+"/entries", entry)
	if err != nil {
		return err
	}
	now, err := client.Get[control.User](ctx, cl, "/users/"+url.PathEscape(u.ID), nil)
	if err != nil {
		return err
	}
	return c.print(made, func() error {
		c.say("Booked %s USD for %s; the balance is %s USD.", made.Amount, now.Username, now.Balance)
		return nil
	})
}

func (c *cli) userPassword() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "password USER", Short: "Set a user's password; ends the user's sessions", Args: args(cobra.ExactArgs(1)),
		Example: "  echo \"$PASSWORD\" | burncloud user password alice --password-file -",
		RunE: func(cmd *cobra.Command, a []string) error {
			p, err := c.secret(file)
			if err != nil {
				return err
			}
			return c.changeUser(cmd.Context(), a, map[string]any{"password": p}, "has a new password")
		},
	}
	cmd.Flags().StringVar(&file, "password-file", "", "file with the password; - is standard input (required)")
	required(cmd, "password-file")
	return cmd
}

func (c *cli) userSwitch(verb string, on bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " USER...", Short: strings.ToUpper(verb[:1]) + verb[1:] + " users with all their keys", Args: args(cobra.MinimumNArgs(1)),
		Example: "  burncloud user " + verb + " alice",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.changeUser(cmd.Context(), a, map[string]any{"enabled": on}, "is "+verb+"d")
		},
	}
}

func (c *cli) changeUser(ctx context.Context, names []string, change map[string]any, done string) error {
	return c.eachUser(ctx, names, func(cl *client.Client, u control.User) (any, error) {
		return client.Patch[control.User](ctx, cl, "/users/"+url.PathEscape(u.ID), change)
	}, done)
}

func (c *cli) userDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete USER...", Short: "Delete users and their keys; the ledger keeps its entries", Args: args(cobra.MinimumNArgs(1)),
		Example: "  burncloud user delete alice --yes",
		RunE: func(cmd *cobra.Command, a []string) error {
			if !yes {
				return usageError{errors.New("this deletes the users and all their keys for good; add --yes to do it")}
			}
			return c.eachUser(cmd.Context(), a, func(cl *client.Client, u control.User) (any, error) {
				return u, client.Delete(cmd.Context(), cl, "/users/"+url.PathEscape(u.ID))
			}, "is deleted")
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really do it")
	return cmd
}

// eachUser finds all the named users before it changes the first.
func (c *cli) eachUser(ctx context.Context, names []string, do func(*client.Client, control.User) (any, error), done string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	var found []control.User
	for _, n := range names {
		u, err := findUser(ctx, cl, n)
		if err != nil {
			return err
		}
		found = append(found, u)
	}
	var results []any
	for _, u := range found {
		r, err := do(cl, u)
		if err != nil {
			return err
		}
		results = append(results, r)
		c.say("User %s %s.", u.Username, done)
	}
	return c.print(results, func() error { return nil })
}

// findUser finds a user by name or id.
func findUser(ctx context.Context, cl *client.Client, name string) (control.User, error) {
	all, err := client.Get[control.List[control.User]](ctx, cl, "/users", nil)
	if err != nil {
		return control.User{}, err
	}
	return pick(all.Items, name, "user", "burncloud user list", func(u control.User) (string, string) { return u.ID, u.Username })
}
