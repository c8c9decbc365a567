package main

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
)

func (c *cli) modelCommand() *cobra.Command {
	g := group("model", "Models and their prices: list", c.modelList())
	g.Aliases = []string{"models"}
	return g
}

func (c *cli) modelList() *cobra.Command {
	var all bool
	var provider string
	var n int
	cmd := &cobra.Command{
		Use: "list [TEXT]", Short: "List models with their prices in USD per 1M tokens", Args: args(cobra.MaximumNArgs(1)),
		Long: `List the models that enabled channels serve, with their prices in USD per 1M tokens.

With TEXT, --provider or --all the list is the whole price catalogue instead, or what of it fits.`,
		Example: "  burncloud model list\n  burncloud model list sonnet\n  burncloud model list --provider anthropic",
		RunE: func(cmd *cobra.Command, a []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			q := url.Values{}
			if len(a) == 1 {
				q.Set("q", a[0])
			}
			if provider != "" {
				q.Set("provider", provider)
			}
			if len(q) == 0 && !all {
				q.Set("served", "true")
			}
			models, err := collect[control.Model](cmd.Context(), cl, "/models", q, n)
			if err != nil {
				return err
			}
			return c.print(models, func() error { return modelTable(models).write(c.out) })
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "the whole price catalogue")
	cmd.Flags().StringVar(&provider, "provider", "", "only of this vendor")
	cmd.Flags().IntVarP(&n, "lines", "n", 200, "most models to list")
	return cmd
}

func modelTable(all []control.Model) *table {
	t := newTable("MODEL", "PROVIDER", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "CHANNELS")
	for _, m := range all {
		in, cached, out := "unknown", "", "unknown"
		if m.Price != nil {
			in, cached, out = m.Price.Input.String(), m.Price.CacheRead.String(), m.Price.Output.String()
		}
		var channels []string
		for _, ch := range m.Channels {
			channels = append(channels, ch.Name)
		}
		context := ""
		if m.ContextWindow > 0 {
			context = strconv.FormatInt(m.ContextWindow, 10)
		}
		t.row(m.ID, m.Provider, in, cached, out, context, strings.Join(channels, ", "))
	}
	return t
}
