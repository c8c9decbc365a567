package gateway

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/provider"
)

// attempt is one try at one target.
type attempt struct {
	target *target
	start  time.Time
	peek   protocol.Peek // the call's, as far as it holds for this vendor
	reply  *upstream.Reply
	stream bool
	tap    *tap
	first  []byte           // body bytes that were read before the reply was accepted; valid until the next read
	whole  bool             // first is the whole body
	losses []burncloud.Loss // of a bridge
}

// wholeReply is the largest plain reply that is read to its end before any of it is sent, so that it
// can be checked, priced in a header, and tried elsewhere if it breaks.
const wholeReply = 1 << 20

// errorBody is how much of a vendor's error is read.
const errorBody = 64 << 10

// attempt tries targets until one serves, the faults are not worth another try, or none is left.
func (g *Gateway) attempt(c *call) (*attempt, *burncloud.Fault) {
	var last *burncloud.Fault
	for range g.Attempts {
		t := c.next()
		if t == nil {
			break
		}
		c.last = attempt{target: t, start: g.Now(), peek: c.peek}
		a := &c.last
		f := c.try(a)
		c.note(a, f)
		if f == nil {
			return a, nil
		}
		c.drop(a)
		last = f
		if !f.Retry() || c.x.Interrupted() != "" {
			break
		}
	}
	if last == nil {
		last = burncloud.Faultf(burncloud.NoChannel, "no channel can serve the model %q now; try again later", c.peek.Model)
	}
	return nil, last
}

// next picks a target that was not tried yet.
func (c *call) next() *target {
	for {
		id, ok := c.pool.order.Next(c.tried, c.g.Random)
		if !ok {
			return nil
		}
		c.tried = append(c.tried, id)
		if t := c.pool.targets[id]; t.price != nil || !c.skipUnpriced {
			return t
		}
	}
}

// try sends the request to one target and waits until the reply is worth passing on.
func (c *call) try(a *attempt) *burncloud.Fault {
	if a.target.row.Quirks.NoStreamUsage {
		a.peek.UsageAsked = true // so that nothing is edited in
	}
	if a.target.bridge == nil {
		c.prepare(a.target, &a.peek)
	} else if f := c.prepareBridge(a); f != nil {
		return f
	}
	t := c.g.Timeouts
	if t.Total > 0 { // one deadline for all attempts together
		if t.Total -= a.start.Sub(c.start); t.Total <= 0 {
			return burncloud.Faultf(burncloud.UpstreamTimeout, "no channel answered within %s", c.g.Timeouts.Total)
		}
	}
	var f *burncloud.Fault
	if a.reply, f = c.g.Upstream.Do(c.up, &c.req, t); f != nil {
		return f
	}
	if a.reply.Status < 200 || a.reply.Status > 299 {
		return c.refused(a)
	}
	return c.accept(a)
}

// prepare builds the vendor's request: our path and credential, the client's protocol headers, and the
// body as it came but for the codec's edits.
func (c *call) prepare(t *target, peek *protocol.Peek) {
	cred := t.credential()
	c.path = cred.AppendPath(c.path[:0], c.in.stream, c.x.Query())
	c.header = append(c.header[:0], cred.Header...)
	c.x.VisitHeaders(func(name, value []byte) {
		if provider.ForwardRequest(name) {
			c.header = appendLine(c.header, name, value)
		}
	})
	for _, d := range cred.Defaults {
		if c.x.Header(d.Name) == nil {
			c.header = append(c.header, d.Text...)
		}
	}
	c.req.Origin, c.req.Method, c.req.Path, c.req.Header = t.origin, "POST", c.path, c.header
	c.req.Body = jsonedit.Segments(c.req.Body[:0], c.body, c.codec.Edits(peek, t.upstream))
}

func appendLine(dst, name, value []byte) []byte {
	dst = append(append(dst, name...), ": "...)
	return append(append(dst, value...), "\r\n"...)
}

// refused reads a vendor's error reply.
func (c *call) refused(a *attempt) *burncloud.Fault {
	for len(c.plain) < errorBody {
		p, err := a.reply.Read()
		c.plain = append(c.plain, p...)
		if err != nil {
			break
		}
	}
	if s := a.reply.Status; s < 400 {
		c.plain = c.plain[:0]
		return &burncloud.Fault{Kind: burncloud.UpstreamBroken, VendorStatus: s,
			Message: "the vendor answered with HTTP " + strconv.Itoa(s) + " instead of a reply; the channel's base URL is probably wrong"}
	}
	f, own := a.codec(c).ReadFault(a.reply.Status, c.plain)
	own = own && a.target.bridge == nil
	if f.RetryAfter == 0 {
		f.RetryAfter = retryAfter(a.reply.Header("Retry-After"))
	}
	// The vendor's own words about the request go to the caller as they are. All others could name
	// our account, so they are put in ours.
	if !own || f.Kind != burncloud.UpstreamRejected {
		c.plain = c.plain[:0]
	}
	return f
}

// retryAfter reads the header's form in seconds.
func retryAfter(v []byte) time.Duration {
	s, err := strconv.ParseFloat(string(v), 64)
	if err != nil || s < 0 || s > 86400 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}

// accept reads as much of a good reply as is needed to believe it: a plain one whole, unless it is
// large, of a stream the first bytes.
func (c *call) accept(a *attempt) *burncloud.Fault {
	ctype := a.reply.Header("Content-Type")
	if isType(ctype, "text/html") {
		return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor answered with a web page instead of a reply; the channel's base URL is probably wrong")
	}
	a.stream = isType(ctype, "text/event-stream") || a.peek.Stream && a.peek.JSONArray
	a.tap = c.g.taps.get(a.codec(c), &a.peek, a.stream)
	if a.target.bridge != nil {
		return c.acceptBridge(a)
	}
	if a.stream {
		return c.acceptStream(a)
	}
	return c.acceptPlain(a)
}

func isType(ctype []byte, want string) bool {
	return len(ctype) >= len(want) && bytes.EqualFold(ctype[:len(want)], []byte(want))
}

func (c *call) acceptStream(a *attempt) *burncloud.Fault {
	p, err := a.reply.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return burncloud.AsFault(err)
	}
	a.first = a.tap.Write(p)
	r := a.tap.Reading()
	if err != nil {
		a.whole = true
		if len(p) == 0 {
			return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's stream was empty")
		}
	}
	if r.Fault != nil && !r.Started {
		return r.Fault
	}
	return nil
}

func (c *call) acceptPlain(a *attempt) *burncloud.Fault {
	total := a.reply.ContentLength()
	for {
		p, err := a.reply.Read()
		out := a.tap.Write(p)
		switch {
		case len(c.plain) == 0 && int64(len(p)) == total:
			a.first = out // all of it in one read: no copy
		default:
			c.plain = append(c.plain, out...)
			a.first = c.plain
		}
		if errors.Is(err, io.EOF) || total >= 0 && int64(len(a.first)) == total {
			a.whole = true
			return wholeJSON(a)
		}
		if err != nil {
			return burncloud.AsFault(err)
		}
		if len(a.first) >= wholeReply {
			return nil
		}
	}
}

// wholeJSON refuses a plain reply that is not one: an error inside a 200, half a document, no document.
func wholeJSON(a *attempt) *burncloud.Fault {
	a.tap.Close()
	r := a.tap.Reading()
	if r.Fault != nil {
		return r.Fault
	}
	if !r.Ended {
		return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's reply is not a whole JSON document")
	}
	return nil
}

// drop ends an attempt whose reply nobody will read on.
func (c *call) drop(a *attempt) {
	if a.reply != nil {
		a.reply.Close()
		a.reply = nil
	}
	c.g.taps.put(a.tap)
	a.tap = nil
	if a.first != nil {
		c.plain = c.plain[:0]
	}
}

// note writes the attempt into the trail.
func (c *call) note(a *attempt, f *burncloud.Fault) {
	n := burncloud.Attempt{
		ChannelID: a.target.channel.ID, Upstream: a.target.upstream,
		Start: ms(a.start.Sub(c.start)), Duration: ms(c.g.Now().Sub(a.start)),
	}
	if a.reply != nil {
		n.Status, n.Reused = a.reply.Status, a.reply.Reused()
		n.FirstByte = ms(a.reply.FirstByteAt().Sub(a.start))
		n.VendorReqID = vendorRequestID(a.reply)
	}
	if f != nil {
		n.Fault, n.Message, n.VendorDetail = f.Kind, f.Message, f.VendorCode
	}
	c.attempts = append(c.attempts, n)
	c.rec.ChannelID, c.rec.Upstream = n.ChannelID, n.Upstream // the last one tried
}

// vendorRequestID is what the vendor's support will ask for.
func vendorRequestID(r *upstream.Reply) string {
	for _, name := range [...]string{"X-Request-Id", "Request-Id"} {
		if v := r.Header(name); len(v) > 0 {
			return clip(v)
		}
	}
	return ""
}
