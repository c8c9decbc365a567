package gemini

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/sse"
	"github.com/burncloud/burncloud/protocol"
)

// maxEvent is the largest event, in bytes, that is read: an image in base64 is one event.
const maxEvent = 256 << 20

// maxChoices bounds what an index may say.
const maxChoices = 64

// decoder reads a vendor's stream. It has no event for its end: it ends when the bytes do, and is whole
// when every candidate has said why it ended.
type decoder struct {
	split   sse.Splitter
	parse   sse.Parser
	seen    bool   // the first byte came
	bare    bool   // the body is JSON, not events
	body    []byte // of bare
	started bool
	over    bool
	id      string
	usage   *burncloud.Usage
	blocked bool // the prompt was
	choices []*candidate
}

// NewDecoder implements protocol.Bridge.
func (bridge) NewDecoder() protocol.StreamDecoder {
	return &decoder{split: sse.Splitter{Max: maxEvent}}
}

// Write implements protocol.StreamDecoder.
func (d *decoder) Write(dst []protocol.Event, p []byte) []protocol.Event {
	if !d.seen {
		p = bytes.TrimLeft(p, " \t\r\n")
		if len(p) == 0 {
			return dst
		}
		d.seen, d.bare = true, p[0] == '{' || p[0] == '['
	}
	if d.bare {
		if len(d.body)+len(p) > maxEvent {
			return d.fail(dst, broken("sent more than can be read"))
		}
		d.body = append(d.body, p...)
		return dst
	}
	for !d.over {
		piece, rest, ok := d.split.Next(p)
		if !ok {
			break
		}
		switch piece.Kind {
		case sse.Whole:
			dst = d.event(dst, piece.Raw)
		case sse.Part, sse.Last:
			dst = d.fail(dst, broken("sent an event that is too large"))
		}
		p = rest
	}
	return dst
}

func (d *decoder) event(dst []protocol.Event, raw []byte) []protocol.Event {
	_, data := d.parse.Parse(raw)
	data = bytes.TrimSpace(data)
	switch {
	case len(data) > 0 && string(data) != "[DONE]":
		return d.document(dst, data)
	case raw[0] == ':':
		return append(dst, protocol.Event{Kind: protocol.EventPing})
	}
	return dst
}

// Close implements protocol.StreamDecoder.
func (d *decoder) Close(dst []protocol.Event) []protocol.Event {
	if d.over {
		return dst
	}
	if d.bare {
		dst = d.documents(dst, bytes.TrimSpace(d.body))
	} else if rest := d.split.Rest(); len(rest) > 0 { // some leave out the last blank line
		dst = d.event(dst, rest)
	}
	return d.end(dst, false)
}

// documents reads a body that is JSON: one document, or an array of them.
func (d *decoder) documents(dst []protocol.Event, body []byte) []protocol.Event {
	if len(body) == 0 || body[0] != '[' {
		return d.document(dst, body)
	}
	if !json.Valid(body) {
		return d.fail(dst, broken("sent an answer that is cut or no JSON"))
	}
	_ = jsonedit.Elements(body, func(e jsonedit.Span) bool { // body is valid
		dst = d.document(dst, e.Of(body))
		return !d.over
	})
	return dst
}

func broken(what string) *burncloud.Fault {
	return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor %s; try again", what)
}

func (d *decoder) fail(dst []protocol.Event, f *burncloud.Fault) []protocol.Event {
	if d.over {
		return dst
	}
	d.over = true
	return append(dst, protocol.Event{Kind: protocol.EventFail, Fault: f})
}

// document reads one answer, or one piece of it: they look the same.
func (d *decoder) document(dst []protocol.Event, doc []byte) []protocol.Event {
	if d.over {
		return dst
	}
	if len(doc) == 0 || doc[0] != '{' || !json.Valid(doc) {
		return d.fail(dst, broken("sent an event that is no JSON object"))
	}
	top := (&reader{}).object(doc, "")
	if raw := top.take("error"); raw != nil && protocol.IsError(raw) {
		v, _ := readError(doc)
		return d.fail(dst, fault(v, 0))
	}
	if u := top.take("usageMetadata"); u != nil {
		if usage, ok := readUsage(u); ok {
			d.usage = &usage // running totals: the last counts
		}
	}
	if !d.started {
		d.started = true
		dst = append(dst, protocol.Event{Kind: protocol.EventStart, Start: d.head(top)})
	}
	if f := top.child("promptFeedback"); f != nil && f.take("blockReason") != nil {
		d.blocked = true
	}
	for i, raw := range top.list("candidates") {
		o := top.r.object(raw, "")
		n := int64(i)
		if index := o.whole("index"); index != nil {
			n = *index
		}
		if n < 0 || n >= maxChoices {
			return d.fail(dst, broken("sent a candidate with an index out of range"))
		}
		if dst = d.candidate(int(n)).read(dst, o); d.candidate(int(n)).pieces {
			return d.fail(dst, broken("sent a function call in pieces, which nobody asked for"))
		}
	}
	return dst
}

// head is what is known of the answer at its start.
func (d *decoder) head(top *object) *protocol.Response {
	out := &protocol.Response{ID: top.text("responseId"), Model: strings.TrimPrefix(top.text("modelVersion"), "models/")}
	d.id = out.ID
	if t, err := time.Parse(time.RFC3339Nano, top.text("createTime")); err == nil {
		out.Created = t.Unix()
	}
	if u := top.child("usageMetadata"); u != nil {
		for _, name := range []string{"serviceTier", "trafficType"} {
			if tier, ok := tierOf(u.text(name)); ok {
				out.ServiceTier = tier
			}
		}
	}
	if d.usage != nil {
		out.Usage, out.HasUsage = *d.usage, true
	}
	return out
}

func (d *decoder) candidate(n int) *candidate {
	for len(d.choices) <= n {
		d.choices = append(d.choices, nil)
	}
	if d.choices[n] == nil {
		d.choices[n] = &candidate{d: d, track: protocol.BlockTracker{Choice: n}}
	}
	return d.choices[n]
}

// end closes what is open and says why it ended. A whole answer need not say why.
func (d *decoder) end(dst []protocol.Event, whole bool) []protocol.Event {
	if d.over {
		return dst
	}
	if d.blocked && len(d.choices) == 0 {
		d.candidate(0).reason = "SAFETY"
	}
	answered, cut, blocks, botch := false, false, 0, ""
	for _, c := range d.choices {
		if c == nil {
			continue
		}
		answered, cut = true, cut || c.reason == "" && !whole
		if blocks += c.blocks; botched(c.reason) {
			botch = c.reason
		}
	}
	switch {
	case !answered:
		return d.fail(dst, broken("sent no answer"))
	case cut:
		return d.fail(dst, broken("broke the answer off"))
	case botch != "" && blocks == 0:
		f := burncloud.Faultf(burncloud.UpstreamError, "the model failed to write a function call (%s); try again", protocol.Clean(botch))
		f.VendorCode = protocol.Clean(botch)
		return d.fail(dst, f)
	}
	for _, c := range d.choices {
		if c != nil {
			dst = c.close(dst, nil, true)
		}
	}
	if d.usage != nil {
		dst = append(dst, protocol.Event{Kind: protocol.EventUsage, Usage: d.usage})
	}
	for n, c := range d.choices {
		if c != nil {
			dst = append(dst, protocol.Event{Kind: protocol.EventStop, Choice: n, Stop: stopOf(c.reason, c.calls > 0)})
		}
	}
	d.over = true
	return dst
}
