package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/compress"
	"github.com/burncloud/burncloud/internal/slab"
)

// Options bound a Pool. Zero values take the defaults.
type Options struct {
	// TLS is the client configuration for https origins; nil: the system's roots. It is not changed.
	TLS *tls.Config
	// Dial opens a socket. The context is cancelled when the call is, or the connect timeout passes.
	// nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	MaxPerOrigin int           // open connections to one origin; 8192
	MaxIdle      int           // idle connections kept to one origin; 512
	IdleTimeout  time.Duration // an idle connection is closed after this; 60 s
	MaxHeader    int           // bytes of a reply's head; 64 KB

	Now func() time.Time // time.Now
}

// Pool keeps connections to any number of origins. It is safe for concurrent use.
type Pool struct {
	opt      Options
	slabs    slab.Pool
	decoders compress.Pool

	mu     sync.Mutex
	hosts  map[string]*host // by origin
	timer  *time.Timer      // runs sweep
	armed  bool
	closed bool
}

// New makes an empty Pool.
func New(opt Options) *Pool {
	opt.MaxPerOrigin = cmp.Or(max(opt.MaxPerOrigin, 0), 8192)
	opt.MaxIdle = cmp.Or(max(opt.MaxIdle, 0), 512)
	opt.IdleTimeout = cmp.Or(max(opt.IdleTimeout, 0), time.Minute)
	opt.MaxHeader = cmp.Or(max(opt.MaxHeader, 0), 64<<10)
	if opt.Dial == nil {
		opt.Dial = (&net.Dialer{}).DialContext
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.TLS = clientTLS(opt.TLS)
	return &Pool{opt: opt, hosts: map[string]*host{}}
}

// clientTLS is base for HTTP/1.1 with sessions that are resumed.
func clientTLS(base *tls.Config) *tls.Config {
	if base == nil {
		base = &tls.Config{}
	}
	c := base.Clone()
	c.NextProtos = []string{"http/1.1"}
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(256)
	}
	return c
}

// host is the pool's part for one origin.
type host struct {
	pool      *Pool
	key       string // the origin's String
	addr      string
	authority string
	tls       *tls.Config // nil for http

	mu   sync.Mutex
	idle []*conn // the one used last at the end
	open int     // idle, in use and being dialled
	gone bool    // no longer in the pool's map
}

// conn is one connection. It is in the idle list of its host or belongs to one call.
type conn struct {
	host *host
	nc   net.Conn // what is read and written: the socket, or TLS over it
	raw  net.Conn // the socket: closing it never waits

	readBy, writeBy time.Time // the deadlines that are set; zero: none
	idleSince       time.Time
}

// hostOf finds or makes the place of an origin's connections.
func (p *Pool) hostOf(o *Origin) *host {
	if h := o.host.Load(); h != nil && h.pool == p {
		return h
	}
	key := o.String()
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[key]
	if h == nil {
		h = &host{pool: p, key: key, addr: o.Host, authority: o.authority()}
		if o.Scheme == "https" {
			h.tls = p.opt.TLS.Clone()
			h.tls.ServerName = cmp.Or(h.tls.ServerName, o.name())
		}
		p.hosts[key] = h
		p.arm()
	}
	o.host.Store(h)
	return h
}

// take gives the idle connection used last, or reserves the right to dial one. Neither: the cap is
// reached, or gone: the host was swept away and must be looked up again.
func (h *host) take(fresh bool) (c *conn, mayDial, gone bool) {
	now := h.pool.opt.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone {
		return nil, false, true
	}
	for !fresh && len(h.idle) > 0 {
		last := len(h.idle) - 1
		c, h.idle[last] = h.idle[last], nil
		h.idle = h.idle[:last]
		idle := now.Sub(c.idleSince)
		if idle < h.pool.opt.IdleTimeout && (idle < staleAfter || !stale(c.raw)) {
			return c, false, false
		}
		_ = c.raw.Close()
		h.open--
	}
	if h.open >= h.pool.opt.MaxPerOrigin {
		return nil, false, false
	}
	h.open++
	return nil, true, false
}

// staleAfter is how long a connection may have been idle to be used without a look whether the vendor
// has closed it.
const staleAfter = time.Second

// put takes a connection back whose state is clean.
func (h *host) put(c *conn) {
	c.idleSince = h.pool.opt.Now()
	h.mu.Lock()
	if h.gone || len(h.idle) >= h.pool.opt.MaxIdle {
		h.open--
		h.mu.Unlock()
		_ = c.raw.Close()
		return
	}
	h.idle = append(h.idle, c)
	h.mu.Unlock()
}

// drop closes a connection for good.
func (h *host) drop(c *conn) {
	_ = c.raw.Close()
	h.release()
}

// release gives up one of the places that take counted.
func (h *host) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open--
}

// arm starts the timer of the sweep; p.mu is held.
func (p *Pool) arm() {
	if p.armed || p.closed {
		return
	}
	p.armed = true
	wait := max(p.opt.IdleTimeout/2, 10*time.Millisecond)
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.sweep)
	} else {
		p.timer.Reset(wait)
	}
}

// sweep closes connections that were idle too long and forgets origins without any.
func (p *Pool) sweep() {
	now := p.opt.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	for key, h := range p.hosts {
		if h.sweep(now) {
			delete(p.hosts, key)
		}
	}
	if len(p.hosts) > 0 {
		p.arm()
	}
}

// sweep reports whether nothing is left.
func (h *host) sweep(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := 0
	for old < len(h.idle) && now.Sub(h.idle[old].idleSince) >= h.pool.opt.IdleTimeout {
		_ = h.idle[old].raw.Close()
		old++
	}
	h.idle = slices.Delete(h.idle, 0, old)
	h.open -= old
	h.gone = h.open == 0
	return h.gone
}

// Close closes every idle connection; those in use are closed when their call ends.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	for key, h := range p.hosts {
		h.mu.Lock()
		for _, c := range h.idle {
			_ = c.raw.Close()
		}
		h.open -= len(h.idle)
		h.idle, h.gone = nil, true
		h.mu.Unlock()
		delete(p.hosts, key)
	}
}

// Stats is a picture of one moment.
type Stats struct {
	Open, Idle int           // connections to all origins
	Origins    []OriginStats // the busiest, at most 100
}

// OriginStats counts the connections to one origin.
type OriginStats struct {
	Origin     string
	Open, Idle int
}

const maxOriginStats = 100

// Stats counts connections.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	var s Stats
	for key, h := range p.hosts {
		h.mu.Lock()
		one := OriginStats{key, h.open, len(h.idle)}
		h.mu.Unlock()
		s.Open += one.Open
		s.Idle += one.Idle
		s.Origins = append(s.Origins, one)
	}
	slices.SortFunc(s.Origins, func(a, b OriginStats) int {
		return cmp.Or(cmp.Compare(b.Open, a.Open), cmp.Compare(a.Origin, b.Origin))
	})
	s.Origins = s.Origins[:min(len(s.Origins), maxOriginStats)]
	return s
}

// dial opens a connection for which take has reserved a place; the place is given up on a fault.
func (h *host) dial(c *Call, limit time.Duration) (*conn, *burncloud.Fault) {
	if limit == 0 {
		limit = math.MaxInt64
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if f := c.beginDial(cancel); f != nil {
		h.release()
		return nil, f
	}
	cn, err := h.connect(ctx)
	f := c.endDial()
	if err == nil && f == nil {
		return cn, nil
	}
	if cn != nil {
		_ = cn.raw.Close()
	}
	h.release()
	switch {
	case f != nil:
		return nil, f
	case ctx.Err() != nil || isTimeout(err):
		return nil, burncloud.Wrap(burncloud.UpstreamTimeout, err, "connecting to the upstream took too long")
	}
	return nil, burncloud.Wrap(burncloud.UpstreamConnect, err, "no connection to the upstream")
}

func (h *host) connect(ctx context.Context) (*conn, error) {
	raw, err := h.pool.opt.Dial(ctx, "tcp", h.addr)
	if err != nil {
		return nil, err
	}
	cn := &conn{host: h, nc: raw, raw: raw}
	if h.tls == nil {
		return cn, nil
	}
	secure := tls.Client(raw, h.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return cn, err
	}
	cn.nc = secure
	return cn, nil
}
