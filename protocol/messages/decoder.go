package messages

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/sse"
	"github.com/burncloud/burncloud/protocol"
)

// maxEvent is the largest event that is held, in bytes. Sealed thoughts and search results come whole.
const maxEvent = 32 << 20

// decoder reads a vendor's stream.
type decoder struct {
	split          sse.Splitter
	parse          sse.Parser
	read           reader
	started, ended bool
	any            bool
	block          *wireBlock
	track          protocol.BlockTracker
	counts         counts
	hasUsage       bool
	called         bool
	stop           string
	sequence       string
}

// NewDecoder implements protocol.Bridge.
func (bridge) NewDecoder() protocol.StreamDecoder {
	return &decoder{split: sse.Splitter{Max: maxEvent}}
}

// Write implements protocol.StreamDecoder.
func (d *decoder) Write(dst []protocol.Event, p []byte) []protocol.Event {
	for !d.ended {
		piece, rest, ok := d.split.Next(p)
		if !ok {
			break
		}
		p = rest
		switch piece.Kind {
		case sse.Whole:
			dst = d.event(dst, piece.Raw)
		case sse.Part, sse.Last:
			dst = d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor sent an event that is too large"))
		case sse.Tail:
		}
	}
	return dst
}

// Close implements protocol.StreamDecoder. The last blank line may be missing.
func (d *decoder) Close(dst []protocol.Event) []protocol.Event {
	if !d.ended {
		dst = d.event(dst, d.split.Rest())
	}
	if !d.ended {
		what := "the vendor's stream broke off before its end"
		if !d.any {
			what = "the vendor sent an empty stream"
		}
		dst = d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "%s", what))
	}
	return dst
}

func (d *decoder) fail(dst []protocol.Event, f *burncloud.Fault) []protocol.Event {
	d.ended = true
	return append(dst, protocol.Event{Kind: protocol.EventFail, Fault: f})
}

func (d *decoder) broken(dst []protocol.Event, what string) []protocol.Event {
	return d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's stream is broken: %s", what))
}

// event reads one event. Its type counts, and its name where it has none; unknown ones are left alone.
func (d *decoder) event(dst []protocol.Event, raw []byte) []protocol.Event {
	name, data := d.parse.Parse(raw)
	if len(data) == 0 || string(data) == "[DONE]" {
		return dst
	}
	d.any = true
	if !json.Valid(data) || data[0] != '{' {
		return d.broken(dst, "an event is no JSON object")
	}
	o := d.read.object(data, "")
	kind := o.text("type")
	if kind == "" {
		kind = string(name)
	}
	switch kind {
	case "message_start":
		return d.start(dst, o.take("message"))
	case "content_block_start":
		return d.open(dst, o)
	case "content_block_delta":
		return d.delta(dst, o)
	case "content_block_stop":
		return d.close(dst)
	case "message_delta":
		return d.messageDelta(dst, o)
	case "message_stop":
		return d.end(dst)
	case "ping":
		return append(dst, protocol.Event{Kind: protocol.EventPing})
	case "message":
		return d.message(dst, data)
	}
	if kind == "error" || protocol.IsError(o.take("error")) {
		return d.fail(dst, readFault(data))
	}
	return dst
}

// start takes the head of the message; some vendors send it twice, or not at all.
func (d *decoder) start(dst []protocol.Event, message []byte) []protocol.Event {
	head := &protocol.Response{}
	if message != nil {
		o := d.read.object(message, "")
		head.ID, head.Model = o.text("id"), o.text("model")
		if usage := o.take("usage"); usage != nil {
			head.ServiceTier = tier(&d.read, usage)
			d.merge(usage)
			head.Usage, head.HasUsage = d.usage()
		}
	}
	if d.started {
		return dst
	}
	d.started = true
	return append(dst, protocol.Event{Kind: protocol.EventStart, Start: head})
}

func (d *decoder) merge(usage []byte) {
	if c, ok := read(usage); ok {
		d.counts.merge(c)
		d.hasUsage = true
	}
}

func (d *decoder) usage() (burncloud.Usage, bool) {
	u := d.counts.usage()
	if !d.hasUsage || !protocol.Plausible(u) {
		return burncloud.Usage{}, false
	}
	return u, true
}

// open takes the head of a block.
func (d *decoder) open(dst []protocol.Event, o *object) []protocol.Event {
	dst = d.close(d.start(dst, nil))
	raw := o.take("content_block")
	index := d.index(o)
	if raw == nil || raw[0] != '{' {
		return d.broken(dst, "a block without head")
	}
	head := d.read.object(raw, "")
	w := &wireBlock{index: index, head: d.read.head(head, raw)}
	d.block = w
	switch w.head.Kind {
	case protocol.BlockOpaque:
		w.members = head.members
		for i := range w.members {
			w.members[i].Value = bytes.Clone(w.members[i].Value)
		}
		return dst
	case protocol.BlockToolCall:
		d.called = true
		if w.late = arguments(head.take("input")); w.late == "{}" {
			w.late = ""
		}
		return d.need(dst)
	case protocol.BlockThinking:
		w.signature = head.text("signature")
		dst = d.need(dst)
		return d.track.Delta(dst, head.text("thinking"))
	}
	w.citations = d.read.citations(head.take("citations"))
	dst = d.need(dst)
	return d.track.Delta(dst, head.text("text"))
}

// index is that of the event's block; some vendors leave it out.
func (d *decoder) index(o *object) int64 {
	if n := o.whole("index"); n != nil {
		return *n
	}
	if d.block != nil {
		return d.block.index
	}
	return 0
}

// need makes sure that the block is open.
func (d *decoder) need(dst []protocol.Event) []protocol.Event {
	return d.track.Need(dst, d.block.head.Kind, strconv.FormatInt(d.block.index, 10), d.block.head)
}

// kinds are the blocks that deltas belong to, for vendors that do not open them.
var kinds = map[string]protocol.BlockKind{
	"text_delta": protocol.BlockText, "citations_delta": protocol.BlockText,
	"thinking_delta": protocol.BlockThinking, "signature_delta": protocol.BlockThinking,
}

// delta adds to the open block.
func (d *decoder) delta(dst []protocol.Event, o *object) []protocol.Event {
	raw := o.take("delta")
	index := d.index(o)
	if raw == nil || raw[0] != '{' {
		return d.broken(dst, "a delta without content")
	}
	v := d.read.object(raw, "")
	kind := v.text("type")
	belongs, ok := kinds[kind]
	if d.block == nil || d.block.index != index || ok && d.block.head.Kind != belongs && d.block.head.Kind != protocol.BlockOpaque {
		if !ok {
			return d.broken(dst, "a delta of a block that is not open")
		}
		dst = d.close(d.start(dst, nil))
		d.block = &wireBlock{index: index, head: &protocol.Block{Kind: belongs}}
		if belongs == protocol.BlockThinking {
			d.block.head.Thinking = &protocol.Thinking{}
		}
		dst = d.need(dst)
	}
	w := d.block
	if w.head.Kind == protocol.BlockOpaque {
		w.add(kind, v)
		return dst
	}
	switch kind {
	case "text_delta":
		return d.track.Delta(dst, v.text("text"))
	case "thinking_delta":
		return d.track.Delta(dst, v.text("thinking"))
	case "input_json_delta":
		if w.head.Kind != protocol.BlockToolCall {
			return d.broken(dst, "the input of a call in a block that is none")
		}
		part := v.text("partial_json")
		w.written = w.written || part != ""
		return d.track.Delta(dst, part)
	case "signature_delta":
		w.signature = v.text("signature")
	case "citations_delta":
		if c := v.take("citation"); c != nil {
			w.citations = append(w.citations, d.read.citation(c))
		}
	}
	return dst
}

// close ends the open block, if one is.
func (d *decoder) close(dst []protocol.Event) []protocol.Event {
	w := d.block
	if w == nil {
		return dst
	}
	d.block = nil
	var end *protocol.Block
	switch w.head.Kind {
	case protocol.BlockOpaque:
		if json.Valid(w.input) {
			w.set("input", w.input)
		}
		w.head.Opaque.Raw = value(nil, appendMembers(nil, w.members))
		d.block = w
		dst = d.need(dst)
		d.block = nil
	case protocol.BlockToolCall:
		if !w.written {
			dst = d.track.Delta(dst, w.late)
		}
	case protocol.BlockThinking:
		if s := seal(w.signature); s != nil && w.head.Thinking.Redacted == "" {
			end = &protocol.Block{Kind: w.head.Kind, Thinking: &protocol.Thinking{Signature: s}}
		}
	case protocol.BlockText:
		if w.citations != nil {
			end = &protocol.Block{Kind: w.head.Kind, Citations: w.citations}
		}
	}
	return d.track.Close(dst, end)
}

// messageDelta takes why the message ends, and its usage so far.
func (d *decoder) messageDelta(dst []protocol.Event, o *object) []protocol.Event {
	dst = d.close(d.start(dst, nil))
	if raw := o.take("delta"); raw != nil && raw[0] == '{' {
		v := d.read.object(raw, "")
		if s := v.text("stop_reason"); s != "" {
			d.stop, d.sequence = s, v.text("stop_sequence")
		}
		if why := explanation(&d.read, v.take("stop_details")); why != "" {
			dst = d.track.Need(dst, protocol.BlockRefusal, "", nil)
			dst = d.track.Close(d.track.Delta(dst, why), nil)
		}
	}
	if usage := o.take("usage"); usage != nil {
		d.merge(usage)
		if u, ok := d.usage(); ok {
			dst = append(dst, protocol.Event{Kind: protocol.EventUsage, Usage: &u})
		}
	}
	return dst
}

// end takes the end of the message.
func (d *decoder) end(dst []protocol.Event) []protocol.Event {
	dst = d.close(d.start(dst, nil))
	d.ended = true
	return append(dst, protocol.Event{Kind: protocol.EventStop, Stop: stopOf(d.stop, d.called), Sequence: d.sequence})
}
