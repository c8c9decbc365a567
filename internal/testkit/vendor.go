package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options set up a Vendor. The zero Options is a vendor on a free loopback port that takes any credential.
type Options struct {
	Addr   string   // "" is a free port on 127.0.0.1
	Key    string   // when set, requests without it get the vendor's 401
	Models []string // what the model list names; nil is a small default
	Keep   int      // requests kept for Requests; 0 is 10,000. Counts go on.
	Now    func() time.Time
}

// Vendor is a fake LLM vendor: a TCP server that speaks the OpenAI, Anthropic and Gemini APIs, answers
// from the request alone (no state, no randomness), does what its scripts say, and keeps what it was
// sent. It is safe for concurrent use.
type Vendor struct {
	opt Options
	ln  net.Listener
	wg  sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	scripts  []*Script
	requests []*Request
	count    int
	opened   int
	conns    map[*conn]bool // true while a request is being served
	changed  chan struct{}  // closed, and replaced, whenever a request changes
}

// NewVendor starts a Vendor that ends with the test.
func NewVendor(t TB, opts ...Options) *Vendor {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	v, err := Start(o)
	if err != nil {
		t.Fatalf("fake vendor: %v", err)
	}
	t.Cleanup(v.Close)
	return v
}

// Start starts a Vendor; Close ends it.
func Start(o Options) (*Vendor, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keep == 0 {
		o.Keep = 10_000
	}
	if o.Models == nil {
		o.Models = []string{"gpt-5-mini", "gpt-5-nano", "text-embedding-3-small", "omni-moderation-latest",
			"claude-sonnet-4-5", "gemini-2.5-flash", "gemini-embedding-001"}
	}
	ln, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	v := &Vendor{opt: o, ln: ln, conns: map[*conn]bool{}, changed: make(chan struct{})}
	v.wg.Add(1)
	go v.accept()
	return v, nil
}

// Addr is host:port.
func (v *Vendor) Addr() string { return v.ln.Addr().String() }

// URL is the base URL without a path: "http://127.0.0.1:port".
func (v *Vendor) URL() string { return "http://" + v.Addr() }

// Close closes the listener and every connection, and waits for them.
func (v *Vendor) Close() {
	v.mu.Lock()
	v.closed = true
	for c := range v.conns {
		c.close()
	}
	v.mu.Unlock()
	v.ln.Close()
	v.wg.Wait()
}

// CloseIdle closes the connections that serve no request now, as vendors do with old keep-alive
// connections, and returns how many that were.
func (v *Vendor) CloseIdle() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for c, busy := range v.conns {
		if !busy {
			c.close()
			n++
		}
	}
	return n
}

// Script adds scripts. A request takes the oldest one that fits its model and has uses left; without
// one it is served by its magic model name (see magic), else correctly.
func (v *Vendor) Script(scripts ...Script) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range scripts {
		if s.Times == 0 {
			s.Times = 1
		}
		v.scripts = append(v.scripts, &s)
	}
}

// Reset forgets all scripts and requests.
func (v *Vendor) Reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.scripts, v.requests, v.count = nil, nil, 0
}

// Count is the number of requests since the start or Reset.
func (v *Vendor) Count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.count
}

// Conns is how many connections are open now and how many were ever accepted.
func (v *Vendor) Conns() (open, ever int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.conns), v.opened
}

// Requests are copies of the kept requests, oldest first.
func (v *Vendor) Requests() []Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]Request, len(v.requests))
	for i, r := range v.requests {
		out[i] = *r
	}
	return out
}

// Last is a copy of the newest request; it fails the test when there is none.
func (v *Vendor) Last(t TB) Request {
	t.Helper()
	all := v.Requests()
	if len(all) == 0 {
		t.Fatalf("the vendor has received no request")
	}
	return all[len(all)-1]
}

// Wait returns the first kept request for which ok holds, as soon as one does. It fails the test after
// five seconds.
func (v *Vendor) Wait(t TB, what string, ok func(*Request) bool) Request {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	for {
		v.mu.Lock()
		i := slices.IndexFunc(v.requests, ok)
		if i >= 0 {
			defer v.mu.Unlock()
			return *v.requests[i]
		}
		changed, n := v.changed, len(v.requests)
		v.mu.Unlock()
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("no %s among the vendor's %d requests within 5 s", what, n)
			return Request{}
		}
	}
}

// Answered is for Wait: the answer was written whole.
func Answered(r *Request) bool { return !r.Answered.IsZero() }

// ClosedEarly is for Wait: the client hung up before the answer was complete.
func ClosedEarly(r *Request) bool { return r.ClosedEarly }

// Received is for Wait: any request.
func Received(*Request) bool { return true }

func (v *Vendor) accept() {
	defer v.wg.Done()
	for {
		nc, err := v.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		v.mu.Lock()
		v.opened++
		c := &conn{v: v, nc: nc, br: bufio.NewReader(nc), n: v.opened, stop: make(chan struct{})}
		if v.closed {
			c.close()
		}
		v.conns[c] = false
		v.mu.Unlock()
		v.wg.Add(1)
		go c.serve()
	}
}

// update runs f under the lock and wakes everyone in Wait.
func (v *Vendor) update(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	close(v.changed)
	v.changed = make(chan struct{})
}

// record keeps r and picks its script.
func (v *Vendor) record(r *Request) (s Script) {
	v.update(func() {
		v.count++
		r.N = v.count
		v.requests = append(v.requests, r)
		if over := len(v.requests) - v.opt.Keep; over > 0 {
			v.requests = slices.Delete(v.requests, 0, over)
		}
		s = v.pick(r.Model)
	})
	return s
}

func (v *Vendor) pick(model string) Script {
	for i, s := range v.scripts {
		if s.Model != "" && s.Model != model {
			continue
		}
		if s.Times > 0 {
			s.Times--
		}
		if s.Times == 0 {
			v.scripts = slices.Delete(v.scripts, i, i+1)
		}
		return *s
	}
	s, _ := magic(model)
	return s
}

// conn is one connection of a client.
type conn struct {
	v    *Vendor
	nc   net.Conn
	br   *bufio.Reader
	n    int
	once sync.Once
	stop chan struct{} // closed when the vendor closes the connection
}

func (c *conn) close() {
	c.once.Do(func() { close(c.stop) })
	c.nc.Close()
}

func (c *conn) reset() {
	if tcp, ok := c.nc.(*net.TCPConn); ok {
		tcp.SetLinger(0) // the close then sends RST and drops what is unsent
	}
	c.close()
}

// serve reads requests until the connection ends. While one is being answered, a parked Peek notices
// a client that goes away; the byte of a next request stays in the reader.
func (c *conn) serve() {
	defer c.v.wg.Done()
	defer func() {
		c.close()
		c.v.mu.Lock()
		delete(c.v.conns, c)
		c.v.mu.Unlock()
	}()
	for {
		r, err := readRequest(c.br, c.nc, c.v.opt.Now)
		if err != nil {
			c.refuse(err)
			return
		}
		r.Conn = c.n
		gone := make(chan struct{})
		keep, admin := false, isAdmin(r.Target)
		c.busy(true)
		go func() {
			if _, err := c.br.Peek(1); err != nil {
				c.v.update(func() {
					if r.Answered.IsZero() {
						r.ClosedEarly, r.ClosedAt = true, c.v.opt.Now()
					}
				})
			}
			close(gone)
		}()
		x := &exchange{conn: c, req: r, gone: gone}
		if admin {
			keep = x.serveAdmin()
		} else {
			keep = x.serveVendor()
		}
		c.busy(false)
		if !keep {
			return
		}
		<-gone
	}
}

func (c *conn) busy(b bool) {
	c.v.mu.Lock()
	defer c.v.mu.Unlock()
	c.v.conns[c] = b
}

// refuse tells a client what was wrong with its request, as a strict vendor edge would.
func (c *conn) refuse(err error) {
	if err == io.EOF || errors.Is(err, net.ErrClosed) {
		return
	}
	body := "fake vendor: " + err.Error() + "\n"
	fmt.Fprintf(c.nc, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		len(body), body)
}

// canonical is h with canonical names, so that scripts may write them in any case.
func canonical(h http.Header) http.Header {
	out := http.Header{}
	for k, vs := range h {
		for _, s := range vs {
			out.Add(k, s)
		}
	}
	return out
}
