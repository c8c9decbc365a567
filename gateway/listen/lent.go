package listen

import (
	"net"
	"sync"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/http1"
)

// readAhead is the most that net/http receives beyond what it has looked at: its read buffer, and one
// byte read in the background.
const readAhead = 4096 + 1

// lent is a connection while net/http owns it. It follows the bytes that net/http receives with the
// data plane's own parser, so that it knows where each request begins, and keeps those of the requests
// that net/http has not begun to serve: the connection can come back untouched, and what net/http
// forgives is refused then as ever.
type lent struct {
	net.Conn
	c *conn

	mu       sync.Mutex
	received []byte // bytes that net/http gets before the socket's

	record  []byte // bytes net/http has received, from the first that may be needed again
	starts  []int  // where in record the requests begin that net/http has not begun to serve
	at      int    // how far record has been followed
	req     http1.Request
	inBody  bool
	remain  int64 // of a body of declared length
	framing http1.Chunked
	lost    bool // a request was not understood; no boundary behind it is known
	claimed bool // the data plane is about to take the connection back
}

func lend(c *conn, received []byte) *lent {
	l := &lent{Conn: c.nc, c: c, received: received, starts: []int{0}}
	l.req.Reset()
	return l
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	if len(l.received) > 0 {
		defer l.mu.Unlock()
		n := copy(p, l.received)
		l.received = l.received[n:]
		l.follow(p[:n])
		return n, nil
	}
	l.mu.Unlock()
	n, err := l.Conn.Read(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow(p[:n])
	return n, err
}

// follow takes note of bytes that net/http receives.
func (l *lent) follow(b []byte) {
	if l.starts == nil {
		return // a control handler has taken the connection, or too much was not understood
	}
	l.record = append(l.record, b...)
	for !l.lost && l.at < len(l.record) {
		var n int
		var err error
		switch {
		case !l.inBody:
			n, err = l.head()
		case l.req.Chunked:
			n, err = l.framing.Pass(l.record[l.at:])
			l.inBody = !l.framing.Done()
		default:
			n = int(min(l.remain, int64(len(l.record)-l.at)))
			l.remain -= int64(n)
			l.inBody = l.remain > 0
		}
		if l.lost = err != nil; l.lost || n == 0 {
			break
		}
		l.at += n
		if !l.inBody {
			l.starts = append(l.starts, l.at)
			l.req.Reset()
		}
	}
	l.forget()
	if len(l.record) > l.c.srv.opt.MaxHeader+2*readAhead {
		l.record, l.starts = nil, nil // net/http refuses such a head, too
	}
}

// head follows a head; n is 0 until it is whole.
func (l *lent) head() (n int, err error) {
	n, err = l.req.Parse(l.record[l.at:])
	if err != nil || n == 0 {
		return 0, err
	}
	l.inBody = l.req.HasBody()
	l.remain = l.req.ContentLength
	l.framing = http1.Chunked{}
	return n, nil
}

// serving notes that net/http has begun to serve the first of the requests it had not.
func (l *lent) serving() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.starts) > 0 {
		l.starts = l.starts[1:]
		l.forget()
	}
}

// forget drops the bytes of the request that is being served.
func (l *lent) forget() {
	if l.starts == nil {
		return
	}
	from := l.at
	if len(l.starts) > 0 {
		from = l.starts[0]
	}
	if from == 0 {
		return
	}
	l.record = append(l.record[:0], l.record[from:]...)
	l.at -= from
	starts := make([]int, 0, 2)
	for _, s := range l.starts {
		starts = append(starts, s-from)
	}
	l.starts = starts
	l.req.Move(l.record[l.at:])
}

// hijacked is called when somebody has taken the connection out of net/http. If it is a control
// handler, for a websocket, there is nothing more to follow.
func (l *lent) hijacked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.claimed {
		l.record, l.starts = nil, nil
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

// giveBack returns the connection to the data plane, at the start of the first request that net/http
// has not begun to serve.
func (l *lent) giveBack() {
	l.mu.Lock()
	var unread []byte
	if len(l.starts) > 0 {
		unread = append(l.record[l.starts[0]:], l.received...)
	}
	l.record, l.received, l.starts = nil, nil, nil
	l.mu.Unlock()

	c := l.c
	c.adopt(unread)
	if unread == nil {
		c.x.reset()
		c.refuse(burncloud.Faultf(burncloud.Invalid, "the request follows a malformed one"))
		c.close()
		return
	}
	c.run()
}
