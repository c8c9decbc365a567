package gateway

import (
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/billing"
)

// call is one request on its way through. What the client sent does not change after read; each try
// is an attempt of its own. Calls are reused, with their buffers.
type call struct {
	g     *Gateway
	x     *listen.Exchange
	in    inbound
	codec protocol.Codec
	id    uuid.UUID
	name  string // id as text
	start time.Time

	caller *account.Caller
	body   []byte
	bodyAt time.Time // when the body was complete
	peek   protocol.Peek
	pool   *pool

	hold          billing.Hold
	held, settled bool
	skipUnpriced  bool // the caller has a spending limit, so targets without a price are not for it
	streaming     bool // the reply is a stream of events
	told          bool // the vendor's own error event has reached the client

	up       *upstream.Call
	cancel   func(burncloud.Kind) // up.Cancel, bound once
	tried    []int
	attempts []burncloud.Attempt
	last     attempt           // the one under way
	neutral  *protocol.Request // the request decoded, once a bridge needed it
	rec      burncloud.Record

	// Buffers that outlive a call.
	req    upstream.Request
	path   []byte
	header []byte
	head   []byte // our reply's header lines
	plain  []byte // a plain reply, or a vendor's error body
}

// mostKept is the largest buffer that a finished call keeps for the next.
const mostKept = 64 << 10

func newCall(g *Gateway) *call {
	c := &call{g: g, up: new(upstream.Call)}
	c.cancel = c.up.Cancel
	return c
}

// newCall takes a call from the pool and gives it an id.
func (g *Gateway) newCall(x *listen.Exchange, in inbound) *call {
	c := g.calls.Get().(*call)
	c.x, c.in, c.codec, c.start = x, in, g.codecs[in.protocol], x.Start()
	c.id = g.ids.next(c.start)
	c.name = c.id.String()
	c.up.Reset()
	g.Monitor.Begin()
	return c
}

// watch makes a client that hangs up, or a process that stops, end the upstream call at once.
func (c *call) watch() { c.x.OnInterrupt(c.cancel) }

// finish settles what is open, writes the record and gives the call back. Every call comes through
// here, also one whose handler panicked.
func (c *call) finish() {
	c.x.OnInterrupt(nil)
	if c.held && !c.settled {
		c.hold.Release()
	}
	c.report()
	*c = call{
		g: c.g, cancel: c.cancel, up: c.up, req: c.req,
		tried: c.tried[:0], attempts: c.attempts[:0], path: c.path[:0],
		header: c.header[:0], head: c.head[:0], plain: keep(c.plain),
	}
	c.g.calls.Put(c)
}

func keep(b []byte) []byte {
	if cap(b) > mostKept {
		return nil
	}
	return b[:0]
}

// ms is a duration as the log has it.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
