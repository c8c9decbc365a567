package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) ledgerCommand() *cobra.Command {
	return group("ledger", "The books: entries, holds, verify", c.ledgerEntries(), c.ledgerHolds(), c.ledgerVerify())
}

func (c *cli) ledgerEntries() *cobra.Command {
	var n int
	var user, kind, call string
	cmd := &cobra.Command{
		Use: "entries", Short: "List ledger entries, newest first", Args: args(cobra.NoArgs),
		Example: "  burncloud ledger entries -n 50 --user alice\n  burncloud ledger entries --kind topup --json",
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
			if kind != "" {
				q.Set("kind", kind)
			}
			if call != "" {
				q.Set("call_id", call)
			}
			all, err := collect[control.Entry](cmd.Context(), cl, "/ledger/entries", q, n)
			if err != nil {
				return err
			}
			return c.print(all, func() error { return entryTable(all).write(c.out) })
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many entries")
	cmd.Flags().StringVar(&user, "user", "", "only of this user")
	cmd.Flags().StringVar(&kind, "kind", "", "only settle, release, topup or adjustment")
	cmd.Flags().StringVar(&call, "call", "", "only of this call")
	return cmd
}

func entryTable(all []control.Entry) *table {
	t := newTable("TIME", "KIND", "USER", "KEY", "AMOUNT", "CALL", "NOTE")
	for _, e := range all {
		t.row(when(e.Time), string(e.Kind), e.Username, e.KeyName, e.Amount.String(), e.CallID, e.Note)
	}
	return t
}

func (c *cli) ledgerHolds() *cobra.Command {
	return &cobra.Command{
		Use: "holds", Short: "List the money that calls in flight hold", Args: args(cobra.NoArgs),
		Example: "  burncloud ledger holds",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			all, err := client.Get[control.List[control.Hold]](cmd.Context(), cl, "/ledger/holds", nil)
			if err != nil {
				return err
			}
			return c.print(all.Items, func() error {
				t := newTable("SINCE", "USER", "KEY", "AMOUNT", "CALL")
				for _, h := range all.Items {
					t.row(when(h.Time), h.Username, h.KeyName, h.Amount.String(), h.CallID)
				}
				return t.write(c.out)
			})
		},
	}
}

func (c *cli) ledgerVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Recompute every balance from its entries", Args: args(cobra.NoArgs),
		Long:    "Recompute every balance from its entries and name each difference. The exit code is 4 when there is one.",
		Example: "  burncloud ledger verify && echo the books are right",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			var r control.LedgerReport
			if err := cl.Call(cmd.Context(), http.MethodPost, "/ledger/verify", nil, nil, &r); err != nil {
				return err
			}
			if err := c.print(r, func() error { return c.showReport(r) }); err != nil {
				return err
			}
			if !r.OK {
				return errCheck
			}
			return nil
		},
	}
}

func (c *cli) showReport(r control.LedgerReport) error {
	if r.OK {
		c.say("The ledger is right: every balance is the sum of its entries (%d looked at).", r.Accounts)
		return nil
	}
	fmt.Fprintf(c.out, "%d of %d balances do not add up:\n", len(r.Differences), r.Accounts)
	t := newTable("ACCOUNT", "NAME", "WHAT", "IS", "SHOULD BE", "ID")
	for _, d := range r.Differences {
		t.row(d.Kind, d.Name, d.What, d.Got.String(), d.Want.String(), d.ID)
	}
	return t.write(c.out)
}
