// Command burncloud is the gateway and the tool that manages it. Without a command it serves; the
// other commands talk to a running server through its control API and nothing else.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/burncloud/burncloud/app"
	"github.com/burncloud/burncloud/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), start: serve, providers: app.Providers()}
	os.Exit(c.run(ctx, os.Args[1:]))
}

// serve runs a whole BurnCloud until ctx ends.
func serve(ctx context.Context, cfg *config.Config) error {
	a, err := app.New(ctx, cfg, app.Options{Version: buildVersion().Version})
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // reading the configuration and filling the caches leaves as much garbage as there is heap
	return a.Run(ctx)
}
