package listen

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// control is net/http's side of the port: a listener of connections that the data plane hands over.
type control struct {
	srv    *Server
	http   *http.Server
	handed chan net.Conn
	once   sync.Once
	closed chan struct{}
	end    sync.Once
	cancel context.CancelFunc // ends the context of every control request
}

type lentKey struct{}

func newControl(s *Server) *control {
	base, cancel := context.WithCancel(context.Background())
	k := &control{srv: s, handed: make(chan net.Conn), closed: make(chan struct{}), cancel: cancel}
	k.http = &http.Server{
		Handler:           http.HandlerFunc(k.serve),
		ReadHeaderTimeout: s.opt.HeaderTimeout,
		IdleTimeout:       s.opt.IdleTimeout,
		MaxHeaderBytes:    s.opt.MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext: func(ctx context.Context, nc net.Conn) context.Context {
			return context.WithValue(ctx, lentKey{}, nc)
		},
		ConnState: func(nc net.Conn, state http.ConnState) {
			if l, ok := nc.(*lent); ok && state == http.StateHijacked {
				l.hijacked()
			}
		},
		// Every request must reach serve, which counts them: see lent.
		DisableGeneralOptionsHandler: true,
	}
	return k
}

// start lets net/http accept.
func (k *control) start() {
	k.once.Do(func() { go func() { _ = k.http.Serve(k) }() })
}

// take gives net/http a connection and the bytes that were received on it. False: it takes no more.
func (k *control) take(c *conn, received []byte) bool {
	select {
	case k.handed <- lend(c, received):
		return true
	case <-k.closed:
		return false
	}
}

// serve answers a control-plane request, and takes the connection back when the request is the data
// plane's.
func (k *control) serve(w http.ResponseWriter, r *http.Request) {
	l, ok := r.Context().Value(lentKey{}).(*lent)
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	path, _, _ := bytes.Cut([]byte(r.RequestURI), []byte("?"))
	if k.srv.opt.Data(path) {
		k.takeBack(l, w)
		return
	}
	l.serving()
	k.srv.opt.Control.ServeHTTP(w, r)
}

// takeBack returns a connection to the data plane, at the start of the request that net/http has read.
func (k *control) takeBack(l *lent, w http.ResponseWriter) {
	l.claim()
	if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
		k.srv.opt.Logger.Error("cannot take a connection back from net/http", "error", err)
		return
	}
	go l.giveBack()
}

// shutdown lets control requests finish until ctx ends or bound has passed, then ends their contexts
// and closes what is left, websockets too.
func (k *control) shutdown(ctx context.Context, bound time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	_ = k.http.Shutdown(ctx)
	k.cancel()
	_ = k.Close() // a server that was never started does not close its listener
	_ = k.http.Close()
	for _, c := range k.srv.connList() {
		if c.state.Load() == stateControl {
			_ = c.nc.Close() // its owner notices, and closes the rest
		}
	}
}

// Accept, Close and Addr make control the listener of its http.Server.
func (k *control) Accept() (net.Conn, error) {
	select {
	case nc := <-k.handed:
		return nc, nil
	case <-k.closed:
		return nil, net.ErrClosed
	}
}

func (k *control) Close() error {
	k.end.Do(func() { close(k.closed) })
	return nil
}

func (k *control) Addr() net.Addr { return handedAddr{} }

type handedAddr struct{}

func (handedAddr) Network() string { return "handed" }
func (handedAddr) String() string  { return "handed over by the data plane" }
