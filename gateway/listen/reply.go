package listen

import (
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/burncloud/burncloud"
)

const (
	outBuffer    = 4096 // replies and events up to this are copied into one write; larger ones go by writev
	chunkedReply = -1
	closeReply   = -2
)

// Errors of a handler that uses its Exchange wrongly.
var (
	errBegun  = errors.New("listen: the reply has been begun already")
	errEnded  = errors.New("listen: the reply has ended")
	errLength = errors.New("listen: more or less written than the declared length")
)

// Reply sends a whole reply in one write. header is complete "Name: value\r\n" lines; Content-Length,
// Connection and Date are added and must not be among them. The error says that the client is gone,
// or that a reply was already begun.
func (x *Exchange) Reply(status int, header, body []byte) error {
	if x.begun {
		return errBegun
	}
	x.Begin(status, header, int64(len(body)))
	return x.Finish(body)
}

// Begin starts a reply whose body follows by Write. length is the body's in bytes, or negative when
// it is not known: then the body is chunked, and for an HTTP/1.0 client ends with the connection.
// Nothing is sent before the first Write or End. A second Begin panics.
func (x *Exchange) Begin(status int, header []byte, length int64) {
	if x.begun {
		panic(errBegun)
	}
	x.begun = true
	x.noBody = status < 200 || status == http.StatusNoContent || status == http.StatusNotModified ||
		string(x.Method()) == http.MethodHead
	x.remaining = x.framing(length)
	if x.outSlab == nil {
		x.outSlab = x.c.srv.slabs.Get(outBuffer)
	}
	x.keep = x.keep && x.remaining != closeReply && x.body.canDrain() && !x.c.srv.draining.Load()

	out := append(x.outSlab.B[:0], "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(status), 10)
	out = append(out, ' ')
	out = append(out, http.StatusText(status)...)
	out = append(out, crlf...)
	out = append(out, header...)
	out = x.c.srv.appendDate(out)
	switch {
	case status < 200 || status == http.StatusNoContent || status == http.StatusNotModified:
	case length >= 0:
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, length, 10)
		out = append(out, crlf...)
	case x.req.Minor == 1:
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	switch {
	case !x.keep:
		out = append(out, "Connection: close\r\n"...)
	case x.req.Minor == 0:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	x.out = append(out, crlf...)
}

// framing is what remaining begins with.
func (x *Exchange) framing(length int64) int64 {
	switch {
	case x.noBody:
		return 0
	case length >= 0:
		return length
	case x.req.Minor == 0:
		return closeReply
	}
	return chunkedReply
}

// Begun reports whether a reply has been begun.
func (x *Exchange) Begun() bool { return x.begun }

// Write sends body bytes at once, the first with the head in the same write. An empty p sends a head
// that waits. The error is a *burncloud.Fault of kind Canceled when the client is gone or reads too
// slowly.
func (x *Exchange) Write(p []byte) error { return x.write(p, false) }

// End completes the reply.
func (x *Exchange) End() error { return x.write(nil, true) }

// Finish is Write and End in one write.
func (x *Exchange) Finish(p []byte) error { return x.write(p, true) }

func (x *Exchange) write(p []byte, last bool) error {
	if x.aborted && x.Interrupted() == burncloud.Canceled {
		return x.lost(net.ErrClosed)
	}
	if !x.begun || x.ended || x.aborted {
		return errEnded
	}
	if x.noBody {
		p = nil
	}
	tail := ""
	switch {
	case x.remaining == chunkedReply:
		tail = x.frameChunk(len(p), last)
	case x.remaining >= 0:
		if x.remaining -= int64(len(p)); x.remaining < 0 || last && x.remaining > 0 {
			x.Abort()
			return errLength
		}
	}
	x.ended = last
	if err := x.send(p, tail); err != nil {
		return x.lost(err)
	}
	return nil
}

// frameChunk puts a chunk's size line into out and is what follows its data.
func (x *Exchange) frameChunk(n int, last bool) string {
	if n == 0 {
		if last {
			return "0\r\n\r\n"
		}
		return ""
	}
	x.out = strconv.AppendInt(x.out, int64(n), 16)
	x.out = append(x.out, crlf...)
	if last {
		return "\r\n0\r\n\r\n"
	}
	return "\r\n"
}

// send writes out, p and tail in one system call and leaves out empty.
func (x *Exchange) send(p []byte, tail string) error {
	if len(x.out)+len(p)+len(tail) == 0 {
		return nil
	}
	x.sent = true
	x.c.allowWrite(x.c.srv.opt.Now())
	if len(p) == 0 || len(x.out)+len(p)+len(tail) <= cap(x.out) {
		out := append(append(x.out, p...), tail...)
		x.out = x.outSlab.B[:0]
		_, err := x.c.nc.Write(out)
		return err
	}
	// The tail is copied behind the head's bytes: a string cannot be a segment.
	head := len(x.out)
	out := append(x.out, tail...)
	x.out = x.outSlab.B[:0]
	x.vec = [3][]byte{out[:head:head], p, out[head:]}
	x.segs = x.vec[:]
	_, err := (*net.Buffers)(&x.segs).WriteTo(x.c.nc)
	clear(x.vec[:])
	return err
}

// lost notes that the client cannot be reached any more.
func (x *Exchange) lost(err error) error {
	x.aborted, x.keep = true, false
	x.interrupt(burncloud.Canceled)
	return burncloud.Wrap(burncloud.Canceled, err, "the client hung up or stopped reading")
}

// Abort ends the reply so that the client can see that it was cut: the connection closes without the
// last chunk or short of the declared length, and is reset where its end would be the body's.
func (x *Exchange) Abort() {
	if x.ended || x.aborted {
		return
	}
	x.aborted, x.keep = true, false
	x.out = nil
	if tcp, ok := x.c.nc.(*net.TCPConn); ok && x.remaining == closeReply && x.sent {
		_ = tcp.SetLinger(0)
	}
}

// settle sees to it that, after the handler, the client has got a whole reply or can tell that it has
// not.
func (x *Exchange) settle() {
	if x.Interrupted() == burncloud.Canceled {
		x.keep = false
	}
	switch {
	case x.ended || x.aborted:
	case x.begun:
		x.Abort()
	case x.Interrupted() == burncloud.Canceled:
		x.Abort()
	default:
		x.fault(burncloud.Faultf(burncloud.Internal, "internal error"))
	}
}

// fault writes f as the reply. It survives a Fault function that fails.
func (x *Exchange) fault(f *burncloud.Fault) {
	defer x.c.survive()
	x.c.srv.opt.Fault(x, f)
	if !x.ended {
		x.Abort()
	}
}

// plainFault is the Fault of a Server that was given none.
func plainFault(x *Exchange, f *burncloud.Fault) {
	_ = x.Reply(f.Status(), []byte("Content-Type: text/plain; charset=utf-8\r\n"), []byte(f.Message+"\n"))
}

// dateLine is the Date field of one second.
type dateLine struct {
	second int64
	line   []byte
}

func (s *Server) appendDate(dst []byte) []byte {
	now := s.opt.Now()
	d := s.date.Load()
	if d == nil || d.second != now.Unix() {
		d = &dateLine{now.Unix(), []byte("Date: " + now.UTC().Format(http.TimeFormat) + "\r\n")}
		s.date.Store(d)
	}
	return append(dst, d.line...)
}
