package chat

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/sse"
	"github.com/burncloud/burncloud/protocol"
)

// The bounds of what a decoder takes: the bytes of one event, which may hold an image, and the choices.
const (
	maxEvent  = 32 << 20
	maxChoice = 128
)

// NewDecoder implements protocol.Bridge.
func (bridge) NewDecoder() protocol.StreamDecoder {
	d := &decoder{}
	d.split.Max = maxEvent
	return d
}

// decoder reads the chunks of a stream. Stops are held back until the end, since usage comes after the
// finish_reason.
type decoder struct {
	split    sse.Splitter
	parse    sse.Parser
	head     protocol.Response
	started  bool
	ended    bool // a Stop or a Fail was given
	choices  []*choice
	usage    burncloud.Usage
	hasUsage bool
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
		}
	}
	return dst
}

// Close implements protocol.StreamDecoder. Some vendors leave out the last blank line, or [DONE]: then a
// finish_reason of each choice is the end.
func (d *decoder) Close(dst []protocol.Event) []protocol.Event {
	if rest := d.split.Rest(); !d.ended && len(rest) > 0 {
		if _, data := d.parse.Parse(rest); json.Valid(data) || isDone(data) {
			dst = d.event(dst, rest)
		}
	}
	if d.ended {
		return dst
	}
	if len(d.choices) > 0 && !slices.ContainsFunc(d.choices, func(c *choice) bool { return c.stop == "" }) {
		return d.end(dst)
	}
	return d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer broke off before its end"))
}

func isDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }

// event reads one event.
func (d *decoder) event(dst []protocol.Event, raw []byte) []protocol.Event {
	name, data := d.parse.Parse(raw)
	switch {
	case len(data) == 0:
		if bytes.HasPrefix(raw, []byte(":")) {
			dst = append(dst, protocol.Event{Kind: protocol.EventPing})
		}
		return dst
	case isDone(data):
		if len(d.choices) == 0 {
			return d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is empty"))
		}
		return d.end(dst)
	case string(name) == "error":
		v, _ := protocol.ReadOpenAIError(data)
		return d.fail(dst, v.Fault())
	case !json.Valid(data):
		return d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor sent an event that is not JSON"))
	}
	return d.document(dst, data)
}

// document reads one chunk, or a whole answer.
func (d *decoder) document(dst []protocol.Event, doc []byte) []protocol.Event {
	var c chunk
	err := jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		raw := value.Of(doc)
		c.member(string(key), raw)
		d.meta(string(key), raw)
		return true
	})
	if err != nil {
		return d.fail(dst, burncloud.Wrap(burncloud.UpstreamBroken, err, "the vendor sent an event that is not a JSON object"))
	}
	c.readChoices()
	if fault := c.fault(doc); fault != nil {
		return d.fail(dst, fault)
	}
	if c.some {
		dst = d.start(dst)
	}
	_ = jsonedit.Elements(c.list, func(v jsonedit.Span) bool { // null has none
		dst = d.choice(dst, v.Of(c.list))
		return !d.ended
	})
	if !c.counted {
		c.usage, c.counted = c.inner, c.innerCounted
	}
	if c.counted && (!d.hasUsage || c.usage.Total() > 0) { // some vendors repeat usage, and end with zeros
		d.usage, d.hasUsage = c.usage, true
	}
	return dst
}

// meta reads what is known of the answer as a whole. Some vendors send chunks without an id first.
func (d *decoder) meta(key string, raw []byte) {
	switch key {
	case "id":
		fill(&d.head.ID, raw)
	case "model":
		fill(&d.head.Model, raw)
	case "service_tier":
		fill(&d.head.ServiceTier, raw)
	case "created":
		if n, ok := jsonedit.Int(raw); ok && d.head.Created == 0 {
			d.head.Created = n
		}
	}
}

func fill(s *string, raw []byte) {
	if *s == "" {
		*s, _ = jsonedit.Text(raw)
	}
}

func (d *decoder) start(dst []protocol.Event) []protocol.Event {
	if d.started {
		return dst
	}
	d.started = true
	head := d.head
	return append(dst, protocol.Event{Kind: protocol.EventStart, Start: &head})
}

// choice reads an element of choices.
func (d *decoder) choice(dst []protocol.Event, raw []byte) []protocol.Event {
	var at int64
	var said, logProbs []byte
	var finish, sequence string
	whole := false
	if jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "index":
			at, _ = jsonedit.Int(v)
		case "delta", "message":
			if len(v) > 0 && v[0] == '{' {
				said, whole = v, string(key) == "message"
			}
		case "logprobs":
			if !jsonedit.IsNull(v) {
				logProbs = v
			}
		case "finish_reason":
			finish, _ = jsonedit.Text(v)
		case "stop_reason":
			sequence, _ = jsonedit.Text(v)
		}
		return true
	}) != nil {
		return dst // null, or no object: it says nothing
	}
	if at < 0 || at >= maxChoice {
		return d.fail(dst, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor sent a choice with the index %d", at))
	}
	c := d.at(int(at))
	c.whole = whole
	from := len(dst)
	dst = c.say(dst, said)
	if logProbs != nil {
		dst = c.probable(dst, from, logProbs)
	}
	if fault := c.fault; fault != nil {
		return d.fail(dst, fault)
	}
	if finish == "" {
		return dst
	}
	if dst = c.flush(dst); broke(finish) {
		return d.fail(dst, protocol.VendorError{Message: "finish_reason is " + finish}.Fault())
	}
	c.stop = stopOf(finish)
	if c.stop == protocol.StopEnd && sequence != "" {
		c.stop, c.sequence = protocol.StopSequence, sequence
	}
	return dst
}

func (d *decoder) at(index int) *choice {
	for _, c := range d.choices {
		if c.blocks.Choice == index {
			return c
		}
	}
	c := &choice{answer: d.head.ID}
	c.blocks.Choice = index
	d.choices = append(d.choices, c)
	return c
}

// end closes what is open and gives the usage and the stops.
func (d *decoder) end(dst []protocol.Event) []protocol.Event {
	dst = d.start(dst)
	slices.SortFunc(d.choices, func(a, b *choice) int { return a.blocks.Choice - b.blocks.Choice })
	for _, c := range d.choices {
		if dst = c.flush(dst); !c.used && len(d.choices) > 1 {
			// An empty block tells an encoder that there is this choice, before the first Stop.
			dst = c.blocks.Close(c.blocks.Need(dst, protocol.BlockText, "", nil), nil)
		}
	}
	if d.hasUsage {
		u := d.usage
		dst = append(dst, protocol.Event{Kind: protocol.EventUsage, Usage: &u})
	}
	for _, c := range d.choices {
		stop := c.stop
		if stop == "" || stop == protocol.StopEnd || stop == protocol.StopTool { // what was called counts
			if stop = protocol.StopEnd; c.called {
				stop = protocol.StopTool
			}
		}
		dst = append(dst, protocol.Event{Kind: protocol.EventStop, Choice: c.blocks.Choice, Stop: stop, Sequence: c.sequence})
	}
	d.ended = true
	return dst
}

func (d *decoder) fail(dst []protocol.Event, f *burncloud.Fault) []protocol.Event {
	d.ended = true
	return append(dst, protocol.Event{Kind: protocol.EventFail, Fault: f})
}

// broke tells whether a finish_reason is not the model's but an error of the vendor.
func broke(finish string) bool {
	return finish == "error" || finish == "network_error" || finish == "insufficient_system_resource"
}

// stopOf is a finish_reason, of any vendor of this format.
func stopOf(finish string) protocol.StopReason {
	switch finish {
	case "stop", "eos", "eos_token", "end_turn":
		return protocol.StopEnd
	case "length", "max_tokens", "model_length", "model_context_window_exceeded":
		return protocol.StopLength
	case "tool_calls", "function_call", "tool_use":
		return protocol.StopTool
	case "content_filter", "sensitive", "safety":
		return protocol.StopFilter
	case "stop_sequence":
		return protocol.StopSequence
	}
	return protocol.StopOther
}
