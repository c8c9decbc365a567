package chat

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// DecodeResponse implements protocol.Bridge. An answer is read as a stream of one chunk, so that both
// come to the same.
func (bridge) DecodeResponse(body []byte) (*protocol.Response, *burncloud.Fault) {
	body = bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf"))
	if len(body) == 0 || body[0] != '{' || !json.Valid(body) {
		return nil, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is not a JSON object")
	}
	d := &decoder{}
	events := d.document(nil, body)
	if !d.ended {
		if len(d.choices) == 0 {
			return nil, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is empty")
		}
		events = d.end(events)
	}
	return collect(events)
}

// collect makes one answer of events in the order that the decoder gives them.
func collect(events []protocol.Event) (*protocol.Response, *burncloud.Fault) {
	a := &protocol.Response{}
	choices := map[int]*protocol.Choice{}
	choice := func(e *protocol.Event) *protocol.Choice {
		c := choices[e.Choice]
		if c == nil {
			c = &protocol.Choice{}
			choices[e.Choice] = c
		}
		return c
	}
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case protocol.EventStart:
			*a = *e.Start
		case protocol.EventBlockStart:
			c := choice(e)
			c.Blocks = append(c.Blocks, *e.Block)
		case protocol.EventDelta:
			c := choice(e)
			if b := &c.Blocks[len(c.Blocks)-1]; b.Call != nil {
				b.Call.Args += e.Text
			} else {
				b.Text += e.Text
			}
			if e.LogProbs != nil {
				c.LogProbs = e.LogProbs
			}
		case protocol.EventBlockStop:
			c := choice(e)
			finish(&c.Blocks[len(c.Blocks)-1], e.Block)
		case protocol.EventUsage:
			a.Usage, a.HasUsage = *e.Usage, true
		case protocol.EventStop:
			c := choice(e)
			c.Stop, c.Sequence = e.Stop, e.Sequence
		case protocol.EventFail:
			return nil, e.Fault
		}
	}
	for _, n := range slices.Sorted(maps.Keys(choices)) {
		a.Choices = append(a.Choices, *choices[n])
	}
	return a, nil
}

// finish adds to a block what became known at its end.
func finish(b, end *protocol.Block) {
	if end == nil {
		return
	}
	b.Citations, b.Signature = end.Citations, end.Signature
	if end.Thinking != nil {
		b.Thinking = end.Thinking
	}
}

// EncodeResponse implements protocol.Bridge. created is the answer's own: 0 where the vendor's protocol
// has none.
func (bridge) EncodeResponse(a *protocol.Response, r *protocol.Request) ([]byte, []protocol.Loss) {
	e := newReply(r)
	w := &e.w
	w.b = make([]byte, 0, 1024)
	w.open('{')
	w.str("id", replyID(a.ID))
	w.str("object", "chat.completion")
	w.integer("created", a.Created)
	w.str("model", e.model(a.Model))
	w.array("choices")
	choices := a.Choices
	if len(choices) == 0 {
		choices = []protocol.Choice{{Stop: protocol.StopEnd}}
	}
	for i := range choices {
		e.choice(i, &choices[i])
	}
	w.shut(']')
	if a.HasUsage {
		w.key("usage")
		writeUsage(w, a.Usage)
	}
	w.some("service_tier", a.ServiceTier)
	w.shut('}')
	return w.b, e.losses
}

// replyID is an id in the form of this format.
func replyID(id string) string {
	const prefix = "chatcmpl-"
	switch {
	case id == "":
		return prefix + "unknown"
	case len(id) >= len(prefix) && id[:len(prefix)] == prefix:
		return id
	}
	return prefix + id
}

// writeUsage writes usage the way this format counts: totals that hold their parts.
func writeUsage(w *writer, u burncloud.Usage) {
	w.open('{')
	w.integer("prompt_tokens", u.TotalInput())
	w.integer("completion_tokens", u.TotalOutput())
	w.integer("total_tokens", u.Total())
	w.object("prompt_tokens_details")
	w.integer("cached_tokens", u.CacheRead)
	if written := u.CacheWrite5m + u.CacheWrite1h; written > 0 {
		w.integer("cache_write_tokens", written)
	}
	w.integer("audio_tokens", u.AudioInput)
	if u.ImageInput > 0 {
		w.integer("image_tokens", u.ImageInput)
	}
	w.shut('}')
	w.object("completion_tokens_details")
	w.integer("reasoning_tokens", u.Reasoning)
	w.integer("audio_tokens", u.AudioOutput)
	if u.ImageOutput > 0 {
		w.integer("image_tokens", u.ImageOutput)
	}
	w.shut('}')
	w.shut('}')
}
