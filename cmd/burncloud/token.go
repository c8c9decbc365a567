package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) tokenCommand() *cobra.Command {
	g := group("token", "Access tokens for the control API: create, list, revoke", c.tokenCreate(), c.tokenList(), c.tokenRevoke())
	g.Aliases = []string{"tokens"}
	return g
}

func (c *cli) tokenCreate() *cobra.Command {
	var expires string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make an access token and show it, once", Args: args(cobra.ExactArgs(1)),
		Long: "Make an access token for the control API. It acts as you; on the local socket, as the owner.\nIt is not stored and never shown again.",
		Example: `  burncloud token create laptop --expires 90d
  burncloud --server https://gateway.example.com --token bct_… channel list`,
		RunE: func(cmd *cobra.Command, a []string) error {
			end, err := c.parseExpiry(expires)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			made, err := client.Post[control.NewToken](cmd.Context(), cl, "/tokens", struct {
				Name    string     `json:"name"`
				Expires *time.Time `json:"expires,omitempty"`
			}{a[0], end})
			if err != nil {
				return err
			}
			return c.print(made, func() error {
				c.say("%s\n\nThat is the access token %q. Keep it: it is not shown again.", made.Secret, made.Name)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&expires, "expires", "", "when it ends: 720h, 30d or 2030-12-31 (default never)")
	return cmd
}

func (c *cli) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List your access tokens", Args: args(cobra.NoArgs),
		Example: "  burncloud token list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			all, err := client.Get[control.List[control.Token]](cmd.Context(), cl, "/tokens", nil)
			if err != nil {
				return err
			}
			return c.print(all.Items, func() error {
				t := newTable("NAME", "TOKEN", "CREATED", "EXPIRES", "LAST USED", "ID")
				for _, k := range all.Items {
					t.row(k.Name, k.Prefix+"…", when(k.Created), whenOr(k.Expires, "never"), whenOr(k.LastUsed, "never"), k.ID)
				}
				return t.write(c.out)
			})
		},
	}
}

func (c *cli) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Aliases: []string{"delete"}, Short: "Revoke an access token", Args: args(cobra.ExactArgs(1)),
		Example: "  burncloud token revoke laptop",
		RunE: func(cmd *cobra.Command, a []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			all, err := client.Get[control.List[control.Token]](cmd.Context(), cl, "/tokens", nil)
			if err != nil {
				return err
			}
			k, err := pick(all.Items, a[0], "access token", "burncloud token list", func(k control.Token) (string, string) { return k.ID, k.Name })
			if err != nil {
				return err
			}
			if err := client.Delete(cmd.Context(), cl, "/tokens/"+url.PathEscape(k.ID)); err != nil {
				return err
			}
			return c.print(k, func() error { c.say("Access token %s revoked.", k.Name); return nil })
		},
	}
}
