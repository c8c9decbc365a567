package listen

import (
	"bytes"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/slab"
)

// What a connection is doing, for the drain and for Stats.
const (
	stateIdle    int32 = iota // waits for the first byte of a request
	stateHead                 // receives a head
	stateActive               // serves a data-plane request
	stateControl              // belongs to net/http
)

const (
	connBuffer = 4096 // first size of a connection's read buffer: head and small body
	bodyRoom   = 1024 // least space behind a head whose body is chunked or encoded
)

var crlf = []byte("\r\n")

// past is a deadline that makes a parked read return.
var past = time.Unix(1, 0)

// conn is one socket, from accept to close, in the hands of the data plane or of net/http.
type conn struct {
	srv   *Server
	nc    net.Conn
	ip    string // of the peer, as text; "" when it has none
	state atomic.Int32

	in     *slab.Slab // the read buffer; nil while net/http owns the socket
	r, w   int        // in.B[r:w] has been received and not been used yet
	bodyAt int        // where the head of this request ends

	readBy, writeBy time.Time // the deadlines that are set; zero: none is known to be
	fresh           bool      // no request yet
	x               Exchange
	closed          atomic.Bool
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc, fresh: true}
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.ip = a.AddrPort().Addr().Unmap().String()
	}
	c.x.c, c.x.body.c, c.x.watch.c = c, c, c
	return c
}

// serve runs the connection until it is closed or handed to net/http.
func (c *conn) serve() {
	c.adopt(nil)
	c.run()
}

// adopt makes the data plane the owner of the socket; received are bytes read by its last owner.
func (c *conn) adopt(received []byte) {
	c.in = c.srv.slabs.Get(max(connBuffer, len(received)+bodyRoom))
	c.r, c.w = 0, copy(c.in.B, received)
	c.readBy, c.writeBy = time.Time{}, time.Time{}
}

func (c *conn) run() {
	for c.await() {
		switch c.receiveHead() {
		case headControl:
			c.handOver()
			return
		case headRefused:
			c.close()
			return
		}
		if !c.exchange() {
			break
		}
	}
	c.close()
}

// await blocks until the first byte of a request is there. False: close.
func (c *conn) await() bool {
	c.state.Store(stateIdle)
	c.compact()
	if c.w > 0 {
		c.state.Store(stateHead)
		c.x.start = c.srv.opt.Now()
		return true
	}
	wait := c.srv.opt.IdleTimeout
	if c.fresh {
		wait = c.srv.opt.HeaderTimeout
	}
	c.allowRead(wait)
	// Looked at after the deadline was set: a drain that begins later moves the deadline itself.
	if c.srv.draining.Load() {
		return false
	}
	n, err := c.nc.Read(c.in.B)
	if err != nil {
		return false
	}
	c.fresh = false
	c.w = n
	c.state.Store(stateHead)
	c.x.start = c.srv.opt.Now()
	return true
}

// compact moves received bytes to the front of the buffer, which goes back to its first size when a
// larger head has made it grow.
func (c *conn) compact() {
	rest := c.in.B[c.r:c.w]
	if len(c.in.B) > connBuffer && len(rest) <= connBuffer/2 {
		small := c.srv.slabs.Get(connBuffer)
		c.w = copy(small.B, rest)
		c.srv.slabs.Put(c.in)
		c.in = small
	} else if c.r > 0 {
		c.w = copy(c.in.B, rest)
	}
	c.r = 0
}

type headResult int

const (
	headReady headResult = iota
	headControl
	headRefused
)

// receiveHead reads until the head is whole, or until it is known to be not for us.
func (c *conn) receiveHead() headResult {
	x := &c.x
	x.reset()
	limited := false
	for {
		n, err := x.req.Parse(c.in.B[:c.w])
		if x.req.Started() && !c.srv.opt.Data(x.req.Path()) {
			return headControl
		}
		if err == nil && n > c.srv.opt.MaxHeader || n == 0 && err == nil && c.w >= c.srv.opt.MaxHeader {
			return c.refuse(burncloud.Faultf(burncloud.HeaderTooLarge,
				"the request header is larger than %d bytes", c.srv.opt.MaxHeader))
		}
		if err != nil {
			return c.refuse(headFault(err))
		}
		if n > 0 {
			c.r, c.bodyAt = n, n
			c.makeBodyRoom(n)
			return headReady
		}
		if !limited {
			limited = true
			c.readUntil(x.start.Add(c.srv.opt.HeaderTimeout))
		}
		c.grow()
		k, err := c.read(c.in.B[c.w:])
		if err != nil {
			if isTimeout(err) {
				return c.refuse(burncloud.Faultf(burncloud.RequestTimeout, "the request header took too long"))
			}
			return headRefused // the client is gone; nobody is there to be told
		}
		c.w += k
	}
}

// grow makes space for more of a head.
func (c *conn) grow() {
	if c.w < len(c.in.B) {
		return
	}
	c.replaceBuffer(min(2*len(c.in.B), c.srv.opt.MaxHeader+bodyRoom))
}

// makeBodyRoom sees to it, before the handler can hold slices of the head, that body framing and the
// hang-up watch have space behind it.
func (c *conn) makeBodyRoom(headLen int) {
	room := 1
	if c.x.req.HasBody() {
		room = bodyRoom
	}
	if len(c.in.B)-headLen < room || c.w == len(c.in.B) {
		c.replaceBuffer(c.w + room)
	}
}

func (c *conn) replaceBuffer(size int) {
	larger := c.srv.slabs.Get(size)
	copy(larger.B, c.in.B[:c.w])
	c.srv.slabs.Put(c.in)
	c.in = larger
	c.x.req.Move(c.in.B[:c.w])
}

// exchange lets the handler answer one request. It reports whether the connection goes on.
func (c *conn) exchange() bool {
	x := &c.x
	x.begin()
	c.handle()
	x.stopWatch()
	x.settle()
	keep := x.keep && x.body.drain()
	unread := !x.body.done
	x.release()
	if !keep && x.sent && !x.aborted && unread {
		c.linger()
	}
	return keep
}

// handle runs the handler.
func (c *conn) handle() {
	defer c.survive()
	c.srv.opt.Serve(&c.x)
}

// survive, deferred, turns a panic into the end of this connection alone.
func (c *conn) survive() {
	if p := recover(); p != nil {
		c.x.keep = false
		c.srv.opt.Logger.Error("panic while serving", "path", string(c.x.Path()), "panic", p,
			"stack", string(debug.Stack()))
	}
}

// handOver gives the socket, with what was received of the next request, to net/http.
func (c *conn) handOver() {
	if c.srv.control == nil {
		c.refuse(burncloud.Faultf(burncloud.NotFound, "no such path"))
		c.close()
		return
	}
	received := append([]byte(nil), bytes.TrimPrefix(c.in.B[:c.w], crlf)...)
	c.releaseBuffer()
	c.state.Store(stateControl)
	_ = c.nc.SetDeadline(time.Time{})
	if !c.srv.control.take(c, received) {
		c.close()
	}
}

func (c *conn) releaseBuffer() {
	c.srv.slabs.Put(c.in)
	c.in = nil
}

// close ends the connection, once.
func (c *conn) close() {
	if !c.closed.CompareAndSwap(false, true) {
		return
	}
	_ = c.nc.Close()
	if c.in != nil {
		c.releaseBuffer()
	}
	c.srv.forget(c)
}

// read reads into p under the deadline that readUntil or allowRead has set.
func (c *conn) read(p []byte) (int, error) {
	for {
		n, err := c.nc.Read(p)
		if n > 0 {
			return n, nil
		}
		if err != nil && isTimeout(err) && c.srv.opt.Now().Before(c.readBy) {
			// A drain took this connection for an idle one while its request was arriving.
			_ = c.nc.SetReadDeadline(c.readBy)
			continue
		}
		if err != nil {
			return 0, err
		}
	}
}

// readUntil sets the read deadline.
func (c *conn) readUntil(t time.Time) {
	c.readBy = t
	_ = c.nc.SetReadDeadline(t)
}

// allowRead makes sure that the next read ends after d, or up to a quarter earlier: a deadline set for
// an earlier request mostly still serves, and setting one costs as much as parsing a head.
func (c *conn) allowRead(d time.Duration) {
	now := c.srv.opt.Now()
	if left := c.readBy.Sub(now); left < d-d/4 || left > d {
		c.readUntil(now.Add(d))
	}
}

// allowWrite is allowRead for the next write.
func (c *conn) allowWrite(now time.Time) {
	d := c.srv.opt.WriteTimeout
	if left := c.writeBy.Sub(now); left < d-d/4 || left > d {
		c.writeBy = now.Add(d)
		_ = c.nc.SetWriteDeadline(c.writeBy)
	}
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
