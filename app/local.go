package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/burncloud/burncloud/control"
)

// localServer is the control plane on a socket in the data directory. Whoever can open it owns the data
// anyway, so it asks for no credential.
type localServer struct {
	path   string
	server *http.Server
	log    *slog.Logger
}

func newLocalServer(path string, h http.Handler, log *slog.Logger) *localServer {
	return &localServer{path: path, log: log, server: &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnContext:       func(ctx context.Context, _ net.Conn) context.Context { return control.Local(ctx) },
	}}
}

// start replaces a socket that a killed process left behind. The data directory's lock is ours by now,
// so it cannot be another's.
func (l *localServer) start() error {
	if err := os.Remove(l.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ln, err := listenPrivate(l.path)
	if err != nil {
		return err
	}
	go func() {
		if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.log.Error("the local socket has stopped", "error", err)
		}
	}()
	return nil
}

// listenPrivate makes a socket that its owner alone can open, from the first moment: it is made in a
// private directory and then moved.
func listenPrivate(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".socket-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", made)
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

func (l *localServer) stop() {
	_ = l.server.Close()
	_ = os.Remove(l.path)
}
