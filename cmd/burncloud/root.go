package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// root is the whole command line. The command without a name is serve.
func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "burncloud",
		Short: "An LLM gateway in one binary, with its console and its tools",
		Long: `BurnCloud puts one address and one key in front of many LLM providers, and keeps the books.

Without a command it serves: the gateway, the control API and the console on one port.
All other commands talk to a running server: over the socket in its data directory, or,
with --server and an access token, over the network.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server answers, 4 what was
checked (channel test, ledger verify) is not in order.`,
		Example: `  burncloud                                  serve on http://127.0.0.1:3000
  burncloud channel add main --provider openai --key-file - --model gpt-5-mini
  burncloud key create dev --unlimited
  burncloud log tail -f`,
		Args:          args(cobra.NoArgs),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          c.serve,
	}
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON instead of tables")
	root.PersistentFlags().StringVar(&c.server, "server", "", "URL of a remote server (BURNCLOUD_SERVER); default is the local socket")
	root.PersistentFlags().StringVar(&c.token, "token", "", "access token for --server (BURNCLOUD_TOKEN)")
	c.addSettings(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(c.serveCommand(), c.configCommand(), c.channelCommand(), c.keyCommand(), c.userCommand(),
		c.tokenCommand(), c.logCommand(), c.ledgerCommand(), c.modelCommand(), c.versionCommand(), c.openapiCommand())
	return root
}

// group is a command that only holds others. A word that is none of them is a mistake, where cobra
// would print the help and call it a success.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, a []string) error {
			if len(a) > 0 {
				return usageError{didYouMean(cmd, a, fmt.Errorf("unknown command %q for %q", a[0], cmd.CommandPath()))}
			}
			return cmd.Help()
		},
	}
	g.AddCommand(commands...)
	return g
}
