package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) configCommand() *cobra.Command {
	var running bool
	cmd := &cobra.Command{
		Use: "config", Short: "Show the effective settings and where each comes from", Args: args(cobra.NoArgs),
		Long: `Check the configuration as 'burncloud serve' would read it here, and show every effective value
with its origin; secrets are masked. With --running ask the running server for its own.`,
		Example: "  burncloud config\n  burncloud config --config burncloud.yaml --json\n  burncloud config --running",
		RunE: func(cmd *cobra.Command, _ []string) error {
			values, err := c.effective()
			if running {
				values, err = c.runningConfig(cmd)
			}
			if err != nil {
				return err
			}
			return c.print(values, func() error {
				t := newTable("SETTING", "VALUE", "FROM")
				for _, v := range values {
					t.row(v.Name, v.Value, v.Origin)
				}
				return t.write(c.out)
			})
		},
	}
	cmd.Flags().BoolVar(&running, "running", false, "ask the running server")
	c.allSettings(cmd)
	return cmd
}

// effective are the settings as a server started here would have them.
func (c *cli) effective() ([]control.Setting, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, fmt.Errorf("the configuration is not right:\n%w", err)
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(c.err, "Warning:", w)
	}
	var out []control.Setting
	for _, v := range cfg.Values() {
		out = append(out, control.Setting{Name: v.Path, Value: v.Text, Origin: v.Origin.String()})
	}
	return out, nil
}

func (c *cli) runningConfig(cmd *cobra.Command) ([]control.Setting, error) {
	cl, err := c.connect()
	if err != nil {
		return nil, err
	}
	all, err := client.Get[control.List[control.Setting]](cmd.Context(), cl, "/system/config", nil)
	return all.Items, err
}
