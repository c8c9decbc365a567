package listen

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/burncloud/burncloud"
)

// maxReadAhead is how much of a next request net/http can have received when it reports the end of the
// last: its read buffer, and one byte read in the background.
const maxReadAhead = 4096 + 1

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
			if l, ok := nc.(*lent); ok {
				l.changed(state)
			}
		},
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
	case k.handed <- &lent{Conn: c.nc, c: c, received: received}:
		return true
	case <-k.closed:
		return false
	}
}

// serve answers a control-plane request, and takes the connection back when the request is the data
// plane's.
func (k *control) serve(w http.ResponseWriter, r *http.Request) {
	path, _, _ := bytes.Cut([]byte(r.RequestURI), []byte("?"))
	if !k.srv.opt.Data(path) {
		k.srv.opt.Control.ServeHTTP(w, r)
		return
	}
	l, ok := r.Context().Value(lentKey{}).(*lent)
	if !ok {
		http.Error(w, "no such path", http.StatusNotFound)
		return
	}
	l.claim()
	_, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		k.srv.opt.Logger.Error("cannot take a connection back from net/http", "error", err)
		return
	}
	go l.giveBack(r.Method+" "+r.RequestURI+" "+r.Proto+"\r\n", rw.Reader.Buffered())
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

// lent is a connection while net/http owns it. It keeps what net/http has received since the last
// request boundary it could know of, so that the connection can come back untouched.
type lent struct {
	net.Conn
	c *conn

	mu       sync.Mutex
	received []byte // bytes still to be given to net/http before the socket's
	record   []byte // bytes given
	taken    bool   // by a control handler's Hijack: there is no next request
	claimed  bool   // by the data plane's
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	if len(l.received) > 0 {
		n := copy(p, l.received)
		l.received = l.received[n:]
		l.remember(p[:n])
		l.mu.Unlock()
		return n, nil
	}
	l.mu.Unlock()
	n, err := l.Conn.Read(p)
	l.mu.Lock()
	l.remember(p[:n])
	l.mu.Unlock()
	return n, err
}

// remember keeps the latest bytes, as many as a head and what was read ahead of it can be.
func (l *lent) remember(b []byte) {
	if l.taken {
		return
	}
	limit := l.c.srv.opt.MaxHeader + 2*maxReadAhead
	l.record = append(l.record, b...)
	if over := len(l.record) - limit; over > limit {
		l.record = append(l.record[:0], l.record[over:]...)
	}
}

// changed forgets, at the end of a request, all that cannot be the next one's, and everything once a
// control handler has taken the connection over.
func (l *lent) changed(state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch over := len(l.record) - maxReadAhead; {
	case state == http.StateIdle && over > 0:
		l.record = append(l.record[:0], l.record[over:]...)
	case state == http.StateHijacked && !l.claimed:
		l.taken, l.record = true, nil
	}
}

func (l *lent) claim() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claimed = true
}

// Close closes the socket for good.
func (l *lent) Close() error {
	l.c.close()
	return nil
}

// CloseWrite lets net/http and websocket handlers end their sending side alone.
func (l *lent) CloseWrite() error {
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// giveBack returns the connection to the data plane, at the start of the request that net/http has
// just read: requestLine, with its line end. ahead is how many bytes behind its head net/http has
// received.
func (l *lent) giveBack(requestLine string, ahead int) {
	l.mu.Lock()
	// No header line can look like the request line, so the last one found is this request's.
	at := bytes.LastIndex(l.record[:len(l.record)-ahead], []byte(requestLine))
	var unread []byte
	if at == 0 || at > 0 && l.record[at-1] == '\n' {
		unread = append(l.record[at:], l.received...)
	}
	l.record, l.received = nil, nil
	l.mu.Unlock()

	c := l.c
	c.adopt(unread)
	if unread == nil {
		c.x.reset()
		c.refuse(burncloud.Faultf(burncloud.Invalid, "the request head is malformed"))
		c.close()
		return
	}
	c.run()
}
