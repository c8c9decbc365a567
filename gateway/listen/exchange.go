package listen

import (
	"sync"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/http1"
	"github.com/burncloud/burncloud/internal/slab"
)

// Exchange is one request and its reply. It belongs to its connection and is used again for the next
// request, so nothing of it may be kept after the handler has returned. Only Interrupted, and the
// function given to OnInterrupt, may be used on other goroutines.
type Exchange struct {
	c     *conn
	req   http1.Request
	start time.Time

	body      body
	expecting bool // the client waits for 100 Continue

	// the reply
	out       []byte // bytes of head or framing that wait for the next write
	outSlab   *slab.Slab
	vec       [3][]byte
	segs      [][]byte
	remaining int64 // declared bytes still to be written; chunkedReply or closeReply when not declared
	begun     bool  // a reply has been begun
	sent      bool  // bytes of it have been written
	ended     bool  // it is complete
	aborted   bool
	keep      bool // the connection goes on after this exchange
	noBody    bool // HEAD, 1xx, 204, 304

	watch  watch
	mu     sync.Mutex // serialises an interrupt with its removal
	notify func(burncloud.Kind)
	kind   burncloud.Kind // what interrupted the exchange
}

// reset makes x ready for the next head.
func (x *Exchange) reset() {
	x.req.Reset()
	x.body.reset()
	x.expecting, x.keep = false, false
	x.begun, x.sent, x.ended, x.aborted, x.noBody = false, false, false, false, false
	x.mu.Lock()
	x.kind = ""
	x.mu.Unlock()
}

// begin makes x ready for the handler; the head is whole.
func (x *Exchange) begin() {
	x.keep = x.req.KeepAlive()
	x.expecting = x.req.ExpectContinue
	x.body.begin()
	x.c.state.Store(stateActive)
	if x.c.srv.ending.Load() {
		x.interrupt(burncloud.Draining)
	}
}

// Method is the request's method as it came.
func (x *Exchange) Method() []byte { return x.req.Method() }

// Path is the request's path as it came: not decoded, without the query. It is nil for a request that
// was refused before its first line was read.
func (x *Exchange) Path() []byte {
	if !x.req.Started() {
		return nil
	}
	return x.req.Path()
}

// Query is what followed the question mark, as it came; nil when there was none.
func (x *Exchange) Query() []byte { return x.req.Query() }

// Header is the value of the first field with this name, in any case of letters, blanks around it
// removed; nil when there is none.
func (x *Exchange) Header(name string) []byte { return x.req.Header(name) }

// VisitHeaders calls f for every header field in the order and spelling it came.
func (x *Exchange) VisitHeaders(f func(name, value []byte)) { x.req.VisitHeaders(f) }

// ContentLength is the declared length of the body in bytes, before decoding; -1 when not declared.
func (x *Exchange) ContentLength() int64 { return x.req.ContentLength }

// ClientIP is the text of the peer's address; "" when it is not a TCP address.
func (x *Exchange) ClientIP() string { return x.c.ip }

// Start is when the first byte of the request was seen.
func (x *Exchange) Start() time.Time { return x.start }

// release gives back what the exchange borrowed.
func (x *Exchange) release() {
	x.body.release()
	if x.outSlab != nil {
		x.c.srv.slabs.Put(x.outSlab)
		x.outSlab, x.out = nil, nil
	}
	clear(x.vec[:])
}
