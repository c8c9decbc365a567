package testkit

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exchange is one request being answered.
type exchange struct {
	*conn
	req    *Request
	gone   <-chan struct{} // closed when the client is gone, or has sent more
	script Script
	failed bool // a write failed: the client is gone
}

// reply is what goes out: a status, a header and the body in pieces.
type reply struct {
	status int
	header http.Header
	pieces [][]byte
	stream bool
}

// serveVendor answers as the script says and tells whether the connection may serve another request.
func (x *exchange) serveVendor() bool {
	op := route(x.req.Method, x.req.Target)
	x.req.Endpoint, x.req.Model, x.req.Stream = op.endpoint, op.model, op.stream
	ask := op.ask(x.req)
	x.script = x.v.record(x.req)
	s := &x.script

	x.wait(s.Delay)
	switch {
	case s.Fail == Hang:
		return x.park()
	case s.After < 0:
		return x.fail()
	case s.Fail == Garbage:
		x.write([]byte("\x00\x15\x03\x01 this is not HTTP\n\n"))
		return false
	case s.Fail == HalfHead:
		x.write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Half: "))
		return x.park()
	}
	if s.Interim != 0 {
		x.write(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n\r\n", s.Interim, http.StatusText(s.Interim)))
	}
	return x.send(x.v.reply(op, ask, x.req, s))
}

// send writes rep with the script's framing, pace and failure.
func (x *exchange) send(rep reply) bool {
	s := &x.script
	framing := s.Framing
	switch {
	case framing != "":
	case rep.stream:
		framing = Chunked
	default:
		framing = Length
	}
	if s.Gzip {
		rep.pieces = [][]byte{compress(bytes.Join(rep.pieces, nil))}
		rep.header.Set("Content-Encoding", "gzip")
	}
	keep := !s.Close && framing != CloseFraming && !strings.EqualFold(x.req.Header.Get("Connection"), "close")
	x.write(head(rep, framing, keep))
	for i, p := range rep.pieces {
		if s.Fail != "" && i == s.After {
			if !x.fail() {
				return false
			}
		}
		if i > 0 {
			x.wait(s.EventDelay)
		}
		if i == len(rep.pieces)-1 && framing != Chunked && s.After != len(rep.pieces) {
			x.answered()
		}
		x.writePiece(p, framing)
	}
	if s.Fail != "" && s.After >= len(rep.pieces) && !x.fail() {
		return false
	}
	if framing == Chunked {
		x.answered()
		x.write([]byte("0\r\n\r\n"))
	}
	return keep && !x.failed
}

// answered notes that the answer is complete. It comes before the last write, since a client may read
// that and close before this goroutine runs again; a write that fails takes it back.
func (x *exchange) answered() {
	if !x.failed && !x.clientLeft() {
		x.v.update(func() { x.req.Answered = x.v.opt.Now() })
	}
}

// fail does the script's failure in the middle of the body. It reports whether the body goes on.
func (x *exchange) fail() bool {
	switch x.script.Fail {
	case Stall:
		return x.park()
	case Cut:
		x.close()
		return false
	case Reset:
		x.reset()
		return false
	case BadChunk:
		x.write([]byte("zz\r\nnot a chunk\r\n"))
		return false
	}
	return true // the failure is in the body itself
}

// park holds the connection silently until the client hangs up or the vendor closes.
func (x *exchange) park() bool {
	select {
	case <-x.gone:
	case <-x.stop:
	}
	return false
}

// wait lets d pass, unless the client leaves.
func (x *exchange) wait(d time.Duration) {
	if d <= 0 || x.failed {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.stop:
		x.failed = true
	case <-x.gone:
		// A pipelined request is not a hang-up: the wait goes on without the watch.
		if x.clientLeft() {
			x.failed = true
			return
		}
		select {
		case <-t.C:
		case <-x.stop:
			x.failed = true
		}
	}
}

func (x *exchange) clientLeft() bool {
	x.v.mu.Lock()
	defer x.v.mu.Unlock()
	return x.req.ClosedEarly
}

func (x *exchange) write(p []byte) {
	if x.failed {
		return
	}
	n, err := x.nc.Write(p)
	x.v.mu.Lock()
	x.req.Sent += int64(n)
	x.v.mu.Unlock()
	if err != nil {
		x.failed = true
		x.v.update(func() {
			x.req.Answered = time.Time{}
			if !x.req.ClosedEarly {
				x.req.ClosedEarly, x.req.ClosedAt = true, x.v.opt.Now()
			}
		})
	}
}

func (x *exchange) writePiece(p []byte, framing Framing) {
	if framing != Chunked {
		x.write(p)
		return
	}
	if len(p) > 0 { // an empty chunk would end the body
		b := fmt.Appendf(make([]byte, 0, len(p)+16), "%x\r\n", len(p))
		b = append(append(b, p...), '\r', '\n')
		x.write(b)
	}
}

func head(rep reply, framing Framing, keep bool) []byte {
	text := http.StatusText(rep.status)
	if text == "" {
		text = "Status"
	}
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", rep.status, text)
	names := make([]string, 0, len(rep.header))
	for k := range rep.header {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		for _, v := range rep.header[k] {
			b = fmt.Appendf(b, "%s: %s\r\n", k, v)
		}
	}
	switch framing {
	case Length:
		n := 0
		for _, p := range rep.pieces {
			n += len(p)
		}
		b = append(b, "Content-Length: "+strconv.Itoa(n)+"\r\n"...)
	case Chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if !keep {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, '\r', '\n')
}

func compress(p []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(p) // a bytes.Buffer takes every write
	w.Close()
	return b.Bytes()
}
