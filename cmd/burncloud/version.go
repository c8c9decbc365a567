package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
)

// versionInfo is what version prints.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version of this program", Args: args(cobra.NoArgs),
		Example: "  burncloud version",
		RunE: func(*cobra.Command, []string) error {
			v := buildVersion()
			return c.print(v, func() error {
				_, err := fmt.Fprintf(c.out, "burncloud %s (%s, %s, %s/%s)\n", v.Version, v.Commit, v.Go, v.OS, v.Arch)
				return err
			})
		},
	}
}

// buildVersion reads what the Go tool wrote into the binary.
func buildVersion() versionInfo {
	v := versionInfo{Version: "devel", Commit: "unknown commit", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = m
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}

func (c *cli) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI document of the control API", Args: args(cobra.NoArgs), Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			doc, err := control.Document()
			if err == nil {
				_, err = c.out.Write(doc)
			}
			return err
		},
	}
}
