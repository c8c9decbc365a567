package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/burncloud/burncloud/config"
)

// addSettings puts the flags of the configuration where they belong: the two that say where the server
// is on every command, the others on the commands that read them all.
func (c *cli) addSettings(root *cobra.Command) {
	c.settings = pflag.NewFlagSet("settings", pflag.ContinueOnError)
	config.Flags(c.settings)
	for _, name := range []string{"config", "data-dir"} {
		root.PersistentFlags().AddFlag(c.settings.Lookup(name))
	}
	c.allSettings(root)
}

func (c *cli) allSettings(cmd *cobra.Command) {
	c.settings.VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" && f.Name != "data-dir" {
			cmd.Flags().AddFlag(f)
		}
	})
}

// load reads the configuration from all its sources.
func (c *cli) load() (*config.Config, error) {
	return config.Load(config.Options{Flags: c.settings, Environ: c.environ, Providers: c.providers})
}

// dataDir is where the server of this machine keeps its socket. A file that cannot be read here, because
// it names a variable that only the server has, still leaves the usual place to try.
func (c *cli) dataDir() (string, error) {
	cfg, err := c.load()
	if err == nil {
		return filepath.Abs(cfg.Server.DataDir)
	}
	dir := c.settings.Lookup("data-dir")
	path := dir.Value.String()
	if env := c.getenv("BURNCLOUD_DATA_DIR"); !dir.Changed && env != "" {
		path = env
	} else if !dir.Changed {
		if _, gone := os.Stat(filepath.Join(path, "burncloud.sock")); errors.Is(gone, fs.ErrNotExist) {
			return "", fmt.Errorf("the configuration does not tell where the server is; name its data directory with --data-dir.\n%w", err)
		}
	}
	return filepath.Abs(path)
}

func (c *cli) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the gateway, the control API and the console (default)", Args: args(cobra.NoArgs),
		Long: `Serve the gateway, the control API and the console on one port.

Settings come from flags, then the environment (BURNCLOUD_LISTEN, …; a .env file is read), then
burncloud.yaml in the working directory or the file named with --config, then defaults;
'burncloud config' shows which. An interrupt stops it gracefully: live streams may finish first.`,
		Example: `  burncloud serve
  burncloud serve --listen :8080 --data-dir /var/lib/burncloud
  BURNCLOUD_DATABASE=postgres://burncloud@db/burncloud burncloud serve`,
		RunE: c.serve,
	}
	c.allSettings(cmd)
	return cmd
}

func (c *cli) serve(cmd *cobra.Command, _ []string) error {
	cfg, err := c.load()
	if err != nil {
		return fmt.Errorf("the configuration is not right:\n%w", err)
	}
	return c.start(cmd.Context(), cfg)
}
