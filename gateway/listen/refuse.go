package listen

import (
	"net"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/http1"
)

const (
	lingerTime = 3 * time.Second        // for a client that is still sending what nobody wants
	turnTime   = 500 * time.Millisecond // for a client that came over the cap
)

// refuse answers a request that never reaches the handler.
func (c *conn) refuse(f *burncloud.Fault) headResult {
	x := &c.x
	x.keep = false
	x.fault(f)
	x.release()
	if x.sent && !x.aborted {
		c.linger()
	}
	return headRefused
}

// headFault is a parser's error as the client is told it.
func headFault(err error) *burncloud.Fault {
	kind := burncloud.Invalid
	if err == http1.ErrFields {
		kind = burncloud.HeaderTooLarge
	}
	return burncloud.Wrap(kind, err, err.Error())
}

// linger lets the client read the reply before the connection closes: closing a socket that has unread
// input resets it, and the reply may be lost on the way.
func (c *conn) linger() {
	scratch := c.srv.slabs.Get(firstSlab)
	defer c.srv.slabs.Put(scratch)
	discard(c.nc, scratch.B, c.srv.opt.Now().Add(lingerTime), 2*c.srv.opt.MaxBody)
}

// discard closes the sending side and reads until the peer closes, the time is over or limit bytes
// came.
func discard(nc net.Conn, scratch []byte, until time.Time, limit int64) {
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = nc.SetReadDeadline(until)
	for limit > 0 {
		n, err := nc.Read(scratch)
		if err != nil {
			return
		}
		limit -= int64(n)
	}
}

var tooMany = []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n" +
	"Retry-After: 1\r\nContent-Length: 47\r\nConnection: close\r\n\r\n" +
	"too many open connections; try again in a while")

// turnAway tells a client that the cap is reached, without holding up the accept loop. When too many
// are being told, the next are just closed.
func (s *Server) turnAway(nc net.Conn) {
	select {
	case s.refusing <- struct{}{}:
	default:
		_ = nc.Close()
		return
	}
	go func() {
		defer func() { <-s.refusing }()
		defer func() { _ = nc.Close() }()
		until := s.opt.Now().Add(turnTime)
		_ = nc.SetWriteDeadline(until)
		if _, err := nc.Write(tooMany); err == nil {
			discard(nc, make([]byte, 1024), until, 64<<10)
		}
	}()
}
