package upstream

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/slab"
)

// Request is what is sent. Its bytes are only read, and only until Reply.Close, or Do if that fails.
type Request struct {
	Origin *Origin
	Method string
	Path   []byte   // path and query, beginning with a slash, percent-encoded
	Header []byte   // complete "Name: value\r\n" lines, without Host, Content-Length and Connection
	Body   [][]byte // sent one after another as one body
}

// Timeouts bound a call; zero is no bound. They are met to within an eighth, never exceeded.
type Timeouts struct {
	Connect   time.Duration // DNS, TCP and TLS
	FirstByte time.Duration // from the start of sending to the end of the reply's head
	Idle      time.Duration // between two pieces of the body
	Total     time.Duration // from the start of Do to the last byte
}

// Call is the state of one call, possibly of several requests one after another. The zero value is
// ready; Reset makes it ready for another call. Only Cancel may be used by other goroutines.
type Call struct {
	mu         sync.Mutex
	kind       burncloud.Kind // why the call was cancelled; "" while it was not
	conn       *conn          // in use by this call
	cancelDial context.CancelFunc

	reply  Reply
	vec    [][]byte
	segs   [][]byte
	wrote  chan error // one result when a large request is written beside the reading
	beside bool       // such a write has not been waited for
}

// Reset makes c ready for another call; its last Reply must have been closed, and nobody may still
// hold the right to cancel it.
func (c *Call) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kind = ""
}

// Cancel ends the call now, whatever it is doing, and every Do of it that comes later: its connection
// is closed, and Do or Read fail with a Fault of this kind. Only the first kind counts. It never
// waits, and does nothing to a connection that the call has given back.
func (c *Call) Cancel(kind burncloud.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kind == "" {
		c.kind = kind
	}
	if c.conn != nil {
		_ = c.conn.raw.Close()
	}
	if c.cancelDial != nil {
		c.cancelDial()
	}
}

// canceled is the Fault of a cancelled call, else nil.
func (c *Call) canceled() *burncloud.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.canceledLocked()
}

func (c *Call) canceledLocked() *burncloud.Fault {
	switch c.kind {
	case "":
		return nil
	case burncloud.Canceled:
		return burncloud.Faultf(c.kind, "the client hung up")
	case burncloud.Draining:
		return burncloud.Faultf(c.kind, "the gateway is stopping")
	}
	return burncloud.Faultf(c.kind, "the call was ended")
}

func (c *Call) beginDial(cancel context.CancelFunc) *burncloud.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelDial = cancel
	return c.canceledLocked()
}

func (c *Call) endDial() *burncloud.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelDial = nil
	return c.canceledLocked()
}

// attach makes cn what Cancel closes.
func (c *Call) attach(cn *conn) *burncloud.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.canceledLocked(); f != nil {
		return f
	}
	c.conn = cn
	return nil
}

// detach takes cn out of Cancel's reach, and reports whether Cancel has closed it.
func (c *Call) detach() (closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	return c.kind != ""
}

// Do sends req and returns when the head of the reply is there. The Reply must be closed before the
// next Do. A request that fails on a reused connection before any byte of a reply came is sent once
// more on a fresh one. Faults: UpstreamConnect (no connection, or lost before an answer),
// UpstreamTimeout, UpstreamBroken (what came is not HTTP, or was cut), Invalid (a path that cannot be
// sent), and the kind given to Cancel.
func (p *Pool) Do(c *Call, req *Request, t Timeouts) (*Reply, *burncloud.Fault) {
	c.reply.Close()
	if !sendable(req.Path) {
		return nil, burncloud.Faultf(burncloud.Invalid, "the request path has characters that cannot be sent")
	}
	start := p.opt.Now()
	for fresh := false; ; fresh = true {
		cn, reused, f := p.connection(c, req.Origin, t, start, fresh)
		if f != nil {
			return nil, f
		}
		if f := c.attach(cn); f != nil {
			if reused {
				cn.host.put(cn)
			} else {
				cn.host.drop(cn)
			}
			return nil, f
		}
		f, again := c.exchange(p, cn, req, t, start, reused)
		if f == nil {
			return &c.reply, nil
		}
		if !again {
			return nil, f
		}
	}
}

// connection gives an idle connection or a new one.
func (p *Pool) connection(c *Call, o *Origin, t Timeouts, start time.Time, fresh bool) (cn *conn, reused bool, f *burncloud.Fault) {
	for {
		h := p.hostOf(o)
		cn, mayDial, gone := h.take(fresh)
		switch {
		case cn != nil:
			return cn, true, nil
		case mayDial:
			limit, f := t.left(t.Connect, p.opt.Now().Sub(start))
			if f != nil {
				h.release()
				return nil, false, f
			}
			cn, f := h.dial(c, limit)
			return cn, false, f
		case !gone:
			return nil, false, burncloud.Faultf(burncloud.UpstreamConnect, "too many open connections to the upstream")
		}
		o.host.CompareAndSwap(h, nil)
	}
}

// left is the time that a step may take: its own bound, or what is left of the total.
func (t *Timeouts) left(step, elapsed time.Duration) (time.Duration, *burncloud.Fault) {
	if t.Total == 0 {
		return step, nil
	}
	rest := t.Total - elapsed
	if rest <= 0 {
		return 0, burncloud.Faultf(burncloud.UpstreamTimeout, "the upstream took too long in all")
	}
	if step == 0 || rest < step {
		return rest, nil
	}
	return step, nil
}

// exchange writes the request and reads the head of the reply. again: the request may be sent on a
// fresh connection.
func (c *Call) exchange(p *Pool, cn *conn, req *Request, t Timeouts, start time.Time, reused bool) (f *burncloud.Fault, again bool) {
	now := p.opt.Now()
	limit, f := t.left(t.FirstByte, now.Sub(start))
	if f != nil {
		c.detach()
		cn.host.drop(cn)
		return f, false
	}
	cn.allow(now, limit)
	r := &c.reply
	r.begin(c, p, cn, t, start, reused)
	written := c.send(cn, req)
	err := r.readHead(req.Method)
	if err == nil {
		r.clean = written == nil
		return nil, false
	}
	received := r.w > 0 || r.interim > 0
	r.clean = false
	r.Close()
	if f := c.canceled(); f != nil {
		return f, false
	}
	switch {
	case isTimeout(err):
		return burncloud.Wrap(burncloud.UpstreamTimeout, err, "the upstream did not answer in time"), false
	case received:
		return burncloud.Wrap(burncloud.UpstreamBroken, err, "the upstream's answer is not HTTP or was cut"), false
	}
	return burncloud.Wrap(burncloud.UpstreamConnect, err, "the upstream closed the connection without an answer"), reused
}

const (
	copyLimit   = 8 << 10  // requests up to this are copied into one write
	besideLimit = 64 << 10 // larger ones are written beside the reading: the vendor may answer first
)

// send writes the request. The result of a large one comes later, by Call.wrote.
func (c *Call) send(cn *conn, req *Request) error {
	size := 0
	for _, b := range req.Body {
		size += len(b)
	}
	head := len(req.Method) + len(req.Path) + len(cn.host.authority) + len(req.Header) + 64
	total := head + size
	if total > copyLimit {
		total = head
	}
	s := cn.host.pool.slabs.Get(total)
	out := appendHead(s.B[:0], cn.host.authority, req, size)
	if total != head {
		for _, b := range req.Body {
			out = append(out, b...)
		}
		_, err := cn.nc.Write(out)
		cn.host.pool.slabs.Put(s)
		return err
	}
	c.vec = append(append(c.vec[:0], out), req.Body...)
	c.segs = c.vec
	if size <= besideLimit {
		return c.writeSegments(cn, s)
	}
	if c.wrote == nil {
		c.wrote = make(chan error, 1)
	}
	c.beside = true
	go func() { c.wrote <- c.writeSegments(cn, s) }()
	return nil
}

func (c *Call) writeSegments(cn *conn, head *slab.Slab) error {
	_, err := (*net.Buffers)(&c.segs).WriteTo(cn.nc)
	clear(c.vec)
	cn.host.pool.slabs.Put(head)
	return err
}

// wholeSent reports whether the request is out. With wait it returns only when nobody writes any more;
// the socket must be closed then.
func (c *Call) wholeSent(wait bool) bool {
	if !c.beside {
		return true
	}
	if wait {
		<-c.wrote
		c.beside = false
		return false
	}
	select {
	case err := <-c.wrote:
		c.beside = false
		return err == nil
	default:
		return false
	}
}

func appendHead(out []byte, authority string, req *Request, size int) []byte {
	out = append(out, req.Method...)
	out = append(out, ' ')
	out = append(out, req.Path...)
	out = append(out, " HTTP/1.1\r\nHost: "...)
	out = append(out, authority...)
	out = append(out, "\r\n"...)
	out = append(out, req.Header...)
	if size > 0 || req.Method != "GET" && req.Method != "HEAD" {
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, int64(size), 10)
		out = append(out, "\r\n"...)
	}
	return append(out, "\r\n"...)
}

func sendable(path []byte) bool {
	for _, b := range path {
		if b <= ' ' || b >= 0x7f {
			return false
		}
	}
	return len(path) > 0 && path[0] == '/'
}

// allow makes sure that the reads and writes that come next end after d, or up to an eighth earlier;
// 0 is never. A deadline that is set and still fits is left alone: setting one is not free.
func (cn *conn) allow(now time.Time, d time.Duration) {
	if fits(cn.readBy, now, d) && fits(cn.writeBy, now, d) {
		return
	}
	by := deadline(now, d)
	cn.readBy, cn.writeBy = by, by
	_ = cn.nc.SetDeadline(by)
}

// allowRead is allow for reads alone.
func (cn *conn) allowRead(now time.Time, d time.Duration) {
	if fits(cn.readBy, now, d) {
		return
	}
	cn.readBy = deadline(now, d)
	_ = cn.nc.SetReadDeadline(cn.readBy)
}

func fits(by, now time.Time, d time.Duration) bool {
	if d == 0 || by.IsZero() {
		return d == 0 && by.IsZero()
	}
	left := by.Sub(now)
	return left >= d-d/8 && left <= d
}

func deadline(now time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return now.Add(d)
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
