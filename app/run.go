package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/burncloud/burncloud/gateway/listen"
)

// closeTime bounds the end of a process after its listeners are closed.
const closeTime = 15 * time.Second

// Run serves until ctx ends, then stops gracefully: no new connections, live streams finish within the
// configured drain time or are ended with an error event, the books and the log are written.
func (a *App) Run(ctx context.Context) error {
	ln, err := net.Listen("tcp", a.config.Load().Server.Listen)
	if err != nil {
		return errors.Join(listenError(a.config.Load().Server.Listen, err), a.Close(context.WithoutCancel(ctx)))
	}
	return a.Serve(ctx, ln)
}

// Serve is Run on a listener that is open already.
func (a *App) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := a.local.start(); err != nil {
		// The command line needs it, the gateway does not.
		a.log.Warn("no local socket; commands need --server and --token", "error", err)
	}
	go a.watch(ctx)
	go a.awaitOwner(ctx)
	go func() {
		if err := a.listener.Serve(ln); !errors.Is(err, listen.ErrClosed) {
			cancel(fmt.Errorf("serving %s: %w", ln.Addr(), err))
		}
	}()
	a.greet(ln.Addr())
	<-ctx.Done()
	return errors.Join(a.stop(), failure(context.Cause(ctx)))
}

// failure is why serving ended, unless it was asked to.
func failure(cause error) error {
	if errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}

func (a *App) stop() error {
	a.draining.Store(true)
	drain := a.config.Load().Server.Drain
	a.log.Info("stopping", "streams_may_finish_within", drain)
	close(a.stopping)
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := a.listener.Shutdown(ctx); err != nil {
		a.log.Warn("streams were ended before they finished", "error", err)
	}
	a.local.stop()
	ctx, cancel = context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := a.Close(ctx)
	a.log.Info("stopped")
	return err
}

// greet tells a person at the terminal where to go.
func (a *App) greet(addr net.Addr) {
	a.log.Info("serving", "address", addr.String(), "version", a.version)
	base := "http://" + reachable(addr)
	fmt.Fprintf(a.out, "\n  BurnCloud %s is ready.\n\n  Console   %s\n  Base URL  %s/v1\n", a.version, base, base)
	if a.account.NeedsSetup() {
		fmt.Fprintf(a.out, "\n  First start: open the console and choose the owner's name and password.\n"+
			"  From another machine it asks for this setup token: %s\n", a.account.SetupToken())
	}
	fmt.Fprintln(a.out)
}

// reachable is addr as a browser on this machine can open it.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// listenError says what to do about a port that cannot be had.
func listenError(address string, err error) error {
	switch {
	case strings.Contains(err.Error(), "address already in use"):
		return fmt.Errorf("%s is in use by another program (perhaps another BurnCloud); stop that, or choose another address with --listen", address)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("not allowed to listen on %s; ports below 1024 need privileges; choose another with --listen", address)
	}
	return fmt.Errorf("cannot listen on %s: %w", address, err)
}
