package listen

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/compress"
	"github.com/burncloud/burncloud/internal/slab"
)

// Options say what a Server serves and what it bounds. Zero limits and times take the defaults.
type Options struct {
	// Data reports whether a path, without its query, is the data plane's. Nil: all are.
	Data func(path []byte) bool
	// Serve answers one data-plane request, on the connection's own goroutine. The Exchange and all
	// that it lends are valid until Serve returns.
	Serve func(x *Exchange)
	// Control serves every other request through net/http. Nil: they are not found.
	Control http.Handler
	// Fault writes an error the way the client of x.Path() expects it, with Reply. It is also called
	// for requests that were refused before Serve, whose Path may be nil and which may have no header.
	// Nil: plain text.
	Fault func(x *Exchange, f *burncloud.Fault)

	MaxHeader  int   // bytes of a request head; 64 KB
	MaxBody    int64 // bytes of a request body, decoded; 32 MB
	MaxConns   int   // open connections, control plane included; 16384
	BodyBudget int64 // bytes of all bodies in memory together; 512 MB

	HeaderTimeout time.Duration // first byte of a connection, and the whole of every head; 10 s
	// BodyTimeout is the time in which a body must make progress: 16 KB, or a quarter of what has
	// come so far if that is more, or its end; 30 s.
	BodyTimeout  time.Duration
	IdleTimeout  time.Duration // between two requests, met to within a quarter; 2 min
	WriteTimeout time.Duration // for each write, never for a whole reply; met to within a quarter; 30 s

	Now    func() time.Time // time.Now
	Logger *slog.Logger     // slog.Default()
}

func (o *Options) setDefaults() {
	set(&o.MaxHeader, 64<<10)
	set(&o.MaxBody, 32<<20)
	set(&o.MaxConns, 16384)
	set(&o.BodyBudget, 512<<20)
	set(&o.HeaderTimeout, 10*time.Second)
	set(&o.BodyTimeout, 30*time.Second)
	set(&o.IdleTimeout, 2*time.Minute)
	set(&o.WriteTimeout, 30*time.Second)
	if o.Data == nil {
		o.Data = func([]byte) bool { return true }
	}
	if o.Fault == nil {
		o.Fault = plainFault
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

func set[T int | int64 | time.Duration](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}

// Server accepts and serves. Make it with New; its methods are safe for concurrent use.
type Server struct {
	opt      Options
	slabs    slab.Pool
	decoders compress.Pool
	watches  watchQueue
	date     atomic.Pointer[dateLine]
	control  *control // nil without a control plane

	bodies   atomic.Int64 // bytes of bodies in memory
	refused  atomic.Int64 // connections turned away at the cap
	refusing chan struct{}
	last     time.Duration // lastBound, but for tests
	grace    time.Duration // controlBound, but for tests
	draining atomic.Bool   // no new requests
	ending   atomic.Bool   // live exchanges have been interrupted

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	emptied   chan struct{} // closed when, while draining, the last connection is gone
}

// New makes a Server that is not listening yet.
func New(opt Options) *Server {
	opt.setDefaults()
	s := &Server{
		opt:       opt,
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
		emptied:   make(chan struct{}),
		refusing:  make(chan struct{}, 64),
		last:      lastBound,
		grace:     controlBound,
	}
	if opt.Control != nil {
		s.control = newControl(s)
	}
	return s
}

// Stats is a picture of one moment.
type Stats struct {
	Connections int   // open, control plane included
	Exchanges   int   // data-plane requests being served
	BodyBytes   int64 // request bodies in memory, as charged against the budget
	Refused     int64 // connections turned away at the cap since the start
}

// Stats counts. It walks the open connections, so it is for gauges, not for the hot path.
func (s *Server) Stats() Stats {
	st := Stats{BodyBytes: s.bodies.Load(), Refused: s.refused.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Connections = len(s.conns)
	for c := range s.conns {
		if c.state.Load() == stateActive {
			st.Exchanges++
		}
	}
	return st
}

// ErrClosed is what Serve returns after Shutdown.
var ErrClosed = errors.New("listen: server closed")

// Serve accepts connections from ln until Shutdown, which closes ln. It may be called for several
// listeners. It returns ErrClosed, or what Accept failed with for good.
func (s *Server) Serve(ln net.Listener) error {
	if !s.addListener(ln) {
		_ = ln.Close()
		return ErrClosed
	}
	defer s.dropListener(ln)
	var pause time.Duration
	for {
		nc, err := ln.Accept()
		if err == nil {
			pause = 0
			s.accept(nc)
			continue
		}
		if s.draining.Load() {
			return ErrClosed
		}
		var ne net.Error
		if !errors.As(err, &ne) || errors.Is(err, net.ErrClosed) || !temporary(ne) {
			return err
		}
		// Out of descriptors, or the peer was gone before we took it: both pass.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.opt.Logger.Warn("accept failed, trying again", "error", err, "pause", pause)
		<-time.After(pause)
	}
}

func temporary(err net.Error) bool {
	t, ok := err.(interface{ Temporary() bool })
	return ok && t.Temporary()
}

func (s *Server) addListener(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.listeners[ln] = struct{}{}
	if s.control != nil {
		s.control.start()
	}
	return true
}

func (s *Server) dropListener(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
}

// accept starts a connection or turns it away.
func (s *Server) accept(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	full, draining := len(s.conns) >= s.opt.MaxConns, s.draining.Load()
	if !full && !draining {
		s.conns[c] = struct{}{}
	}
	s.mu.Unlock()
	switch {
	case draining:
		_ = nc.Close()
	case full:
		s.refused.Add(1)
		s.turnAway(nc)
	default:
		go c.serve()
	}
}

// forget is called once by every connection that was accepted, when its socket is closed.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.draining.Load() {
		s.closeEmptied()
	}
}

func (s *Server) closeEmptied() {
	select {
	case <-s.emptied:
	default:
		close(s.emptied)
	}
}

// lastBound is what handlers get to end their streams, and clients to read the end, after the time
// given to Shutdown is over.
const lastBound = 3 * time.Second

// controlBound is what control-plane requests get at most: a console that watches an event stream must
// not hold up the stop of a gateway that has nothing else to do.
const controlBound = 2 * time.Second

// Shutdown stops accepting, closes idle connections and lets live exchanges finish until ctx ends.
// Then it interrupts them with Draining, gives them a few seconds to end their streams, and closes
// what is left. It returns nil when everything finished in time, else ctx.Err().
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	if s.control != nil {
		go s.control.shutdown(ctx, s.grace)
	}
	s.wakeIdle()
	select {
	case <-s.emptied:
		return nil
	case <-ctx.Done():
	}
	s.ending.Store(true)
	s.interruptAll()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.last)
	defer cancel()
	select {
	case <-s.emptied:
	case <-last.Done():
		s.closeAll()
	}
	return ctx.Err()
}

func (s *Server) stopAccepting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.Store(true)
	for ln := range s.listeners {
		_ = ln.Close()
	}
	if len(s.conns) == 0 {
		s.closeEmptied()
	}
}

// wakeIdle makes the connections that wait for a request look up, see the drain and close. One that
// has just received a request serves it first.
func (s *Server) wakeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.state.Load() == stateIdle {
			_ = c.nc.SetReadDeadline(past)
		}
	}
}

func (s *Server) interruptAll() {
	for _, c := range s.connList() {
		c.x.interrupt(burncloud.Draining)
	}
}

func (s *Server) closeAll() {
	for _, c := range s.connList() {
		_ = c.nc.Close()
	}
}

func (s *Server) connList() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		list = append(list, c)
	}
	return list
}
