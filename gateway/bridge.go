package gateway

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/provider"
)

// Protocols is everything that is known of one wire format. Without a Bridge it is only passed through.
type Protocols struct {
	Codec  protocol.Codec
	Bridge protocol.Bridge
}

// bridge is how a target is reached whose vendor does not speak the client's protocol.
type bridge struct {
	from, to protocol.Bridge // the client's format and the vendor's
	codec    protocol.Codec  // the vendor's
	endpoint burncloud.Endpoint
}

// conversations are the endpoints that the neutral model carries, in the order in which one is chosen
// for a vendor that speaks several.
var conversations = [...]burncloud.Endpoint{
	burncloud.EndpointChat, burncloud.EndpointMessages, burncloud.EndpointGenerate, burncloud.EndpointResponses,
}

// bridge is the way from an endpoint to a vendor that does not have it; nil when there is none.
func (g *Gateway) bridge(row *provider.Row, ep burncloud.Endpoint) *bridge {
	from := g.bridges[ep.Protocol()]
	if from == nil || !slices.Contains(conversations[:], ep) {
		return nil
	}
	for _, other := range conversations {
		if to := g.bridges[other.Protocol()]; to != nil && row.Speaks(other) {
			return &bridge{from, to, g.codecs[other.Protocol()], other}
		}
	}
	return nil
}

// codec is that of the vendor's reply.
func (a *attempt) codec(c *call) protocol.Codec {
	if b := a.target.bridge; b != nil {
		return b.codec
	}
	return c.codec
}

// prepareBridge builds the vendor's request from the client's, in the vendor's protocol.
func (c *call) prepareBridge(a *attempt) (f *burncloud.Fault) {
	b, t := a.target.bridge, a.target
	if c.neutral == nil {
		in := protocol.Inbound{Endpoint: c.in.endpoint, Model: c.peek.Model, Stream: c.peek.Stream, Query: c.x.Query(), Body: c.body}
		if c.neutral, f = b.from.DecodeRequest(in); f != nil {
			return f
		}
	}
	var body []byte
	body, a.losses, f = b.to.EncodeRequest(c.neutral, protocol.Destination{Model: t.upstream, MaxOutput: t.limits.Output})
	if f != nil {
		return f
	}
	a.peek = protocol.Peek{
		Endpoint: b.endpoint, Model: t.upstream, Stream: c.peek.Stream, OutputCap: c.peek.OutputCap, Choices: c.peek.Choices,
		UsageAsked: true, // the encoder asks
	}
	cred := t.credential()
	c.path = cred.AppendPath(c.path[:0], c.peek.Stream, nil)
	if b.endpoint == burncloud.EndpointGenerate && c.peek.Stream {
		c.path = append(c.path, "?alt=sse"...)
	}
	c.header = append(c.header[:0], cred.Header...)
	for _, name := range [...]string{"User-Agent", "Traceparent", "Tracestate"} {
		if v := c.x.Header(name); v != nil {
			c.header = appendLine(c.header, []byte(name), v)
		}
	}
	for _, d := range cred.Defaults {
		c.header = append(c.header, d.Text...)
	}
	c.req.Origin, c.req.Method, c.req.Path, c.req.Header = t.origin, "POST", c.path, c.header
	c.req.Body = append(c.req.Body[:0], body)
	return nil
}

// mostConverted is the largest plain reply that is converted.
const mostConverted = 64 << 20

// acceptBridge converts a good reply: a stream piece by piece, a plain one whole.
func (c *call) acceptBridge(a *attempt) *burncloud.Fault {
	b := a.target.bridge
	if a.stream {
		a.tap = &tap{Tap: &bridgeTap{inner: a.tap.Tap, decoder: b.to.NewDecoder(), encoder: b.from.NewEncoder(c.neutral),
			model: c.peek.Model, created: c.start.Unix()}}
		return c.acceptStream(a)
	}
	if c.peek.Stream {
		return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor answered a request for a stream with a plain reply")
	}
	for err := error(nil); err == nil; {
		var p []byte
		p, err = a.reply.Read()
		a.tap.Write(p)
		c.plain = append(c.plain, p...)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return burncloud.AsFault(err)
		case len(c.plain) > mostConverted:
			return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's reply is too large to be converted")
		}
	}
	a.first = c.plain // so that drop empties it
	if f := wholeJSON(a); f != nil {
		return f
	}
	answer, f := b.to.DecodeResponse(c.plain)
	if f != nil {
		return f
	}
	complete(answer, c.peek.Model, c.start.Unix())
	body, losses := b.from.EncodeResponse(answer, c.neutral)
	a.losses = append(a.losses, losses...)
	a.first, a.whole = body, true
	return nil
}

// complete gives an answer the client's name of the model, and a time where the vendor gave none.
func complete(a *protocol.Response, model string, now int64) {
	a.Model = model
	if a.Created == 0 {
		a.Created = now
	}
}

// bridgeHead builds what a converted reply's head has in place of the vendor's lines.
func (c *call) bridgeHead(a *attempt) {
	if a.stream && !c.peek.JSONArray {
		c.head = append(c.head, "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n"...)
	} else {
		c.head = append(c.head, jsonType...)
	}
	if len(a.losses) > 0 {
		c.head = appendLine(c.head, []byte("X-BurnCloud-Loss"), []byte(lossHeader(a.losses)))
	}
}

// lossHeader names the fields that were not carried, each once, in at most about a kilobyte.
func lossHeader(losses []burncloud.Loss) string {
	const most = 1000
	var out strings.Builder
	seen := map[string]bool{}
	for _, l := range losses {
		field := headerSafe(l.Field)
		if seen[field] {
			continue
		}
		seen[field] = true
		if out.Len()+len(field) > most {
			out.WriteString(", …")
			break
		}
		if out.Len() > 0 {
			out.WriteString(", ")
		}
		out.WriteString(field)
	}
	return strings.ReplaceAll(out.String(), "…", "...")
}

// bridgeTap is the Tap of a converted reply: it reads usage from the vendor's bytes as the pass lane
// does, and gives out the client's.
type bridgeTap struct {
	inner   protocol.Tap
	decoder protocol.StreamDecoder
	encoder protocol.StreamEncoder
	model   string // as the client knows it
	created int64  // unix seconds, for vendors that do not say
	reading protocol.Reading
	events  []protocol.Event
	out     []byte
	ended   bool
	fault   *burncloud.Fault
}

// Write implements protocol.Tap.
func (t *bridgeTap) Write(p []byte) []byte {
	t.inner.Write(p)
	t.events = t.decoder.Write(t.events[:0], p)
	return t.encode()
}

// Close implements protocol.Tap.
func (t *bridgeTap) Close() []byte {
	t.inner.Close()
	if t.ended || t.fault != nil {
		return nil
	}
	t.events = t.decoder.Close(t.events[:0])
	return t.encode()
}

func (t *bridgeTap) encode() []byte {
	t.out = t.out[:0]
	for i := range t.events {
		e := &t.events[i]
		switch e.Kind {
		case protocol.EventStart:
			if e.Start != nil {
				complete(e.Start, t.model, t.created)
			}
		case protocol.EventStop:
			t.ended = true
		case protocol.EventFail:
			t.fault = e.Fault
		}
		t.out = t.encoder.Encode(t.out, e)
	}
	return t.out
}

// Reading implements protocol.Tap: the vendor's count, and the end as the client has been told it.
func (t *bridgeTap) Reading() *protocol.Reading {
	t.reading = *t.inner.Reading()
	t.reading.Ended = t.ended
	if t.reading.Fault == nil {
		t.reading.Fault = t.fault
	}
	return &t.reading
}

// Reset implements protocol.Tap. Converting taps are not kept for reuse.
func (t *bridgeTap) Reset() {}
