package chat

import (
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// NewEncoder implements protocol.Bridge. A usage chunk is written when r asks for one.
func (bridge) NewEncoder(r *protocol.Request) protocol.StreamEncoder {
	e := &encoder{reply: newReply(r)}
	e.head.ID = replyID("")
	e.head.Model = e.model("")
	return e
}

// encoder writes chunks.
type encoder struct {
	reply
	head    protocol.Response
	usage   *burncloud.Usage
	choices []*outgoing
	stopped int
	ended   bool
}

// outgoing is one choice of a stream that is being written.
type outgoing struct {
	index    int
	calls    int // that were begun
	called   bool
	stopped  bool
	block    *protocol.Block // that is open
	skipped  bool            // the open block is not sent
	custom   bool            // the open block is a call of a custom tool
	wrapped  strings.Builder // its arguments, when they must be unwrapped
	unwraps  bool
	bytes    int             // of arguments in the open call
	runes    int             // of all text
	before   int             // runes before the open block
	thoughts int             // thoughts so far
	thought  strings.Builder // the open one, which goes with its seal
}

// Losses implements protocol.StreamEncoder.
func (e *encoder) Losses() []protocol.Loss { return e.losses }

// Encode implements protocol.StreamEncoder.
func (e *encoder) Encode(dst []byte, event *protocol.Event) []byte {
	if e.ended {
		return dst
	}
	e.w.b = dst
	switch event.Kind {
	case protocol.EventStart:
		e.start(event)
	case protocol.EventBlockStart:
		if event.Block != nil {
			e.open(e.at(event.Choice), event.Block)
		}
	case protocol.EventDelta:
		e.grow(e.at(event.Choice), event)
	case protocol.EventBlockStop:
		e.close(e.at(event.Choice), event.Block)
	case protocol.EventUsage:
		if event.Usage != nil {
			u := *event.Usage
			e.usage = &u
		}
	case protocol.EventStop:
		e.stop(e.at(event.Choice), event)
	case protocol.EventFail:
		e.fail(event.Fault)
	case protocol.EventPing:
		e.w.b = append(e.w.b, ": ping\n\n"...)
	}
	out := e.w.b
	e.w.b = nil
	return out
}

func (e *encoder) start(event *protocol.Event) {
	if s := event.Start; s != nil {
		e.head.ID, e.head.Model, e.head.Created, e.head.ServiceTier = replyID(s.ID), e.model(s.Model), s.Created, s.ServiceTier
	}
	e.at(event.Choice)
}

// at is a choice, of which the first chunk says who speaks.
func (e *encoder) at(index int) *outgoing {
	for _, c := range e.choices {
		if c.index == index {
			return c
		}
	}
	c := &outgoing{index: index}
	e.choices = append(e.choices, c)
	e.chunk(c)
	e.w.str("role", "assistant")
	e.w.str("content", "")
	e.w.null("refusal")
	e.send()
	return c
}

// chunk begins a chunk, up to the members of its delta.
func (e *encoder) chunk(c *outgoing) {
	e.begin()
	e.w.open('{')
	e.w.integer("index", int64(c.index))
	e.w.object("delta")
}

func (e *encoder) begin() {
	w := &e.w
	w.b = append(w.b, "data: {"...)
	w.str("id", e.head.ID)
	w.str("object", "chat.completion.chunk")
	w.integer("created", e.head.Created)
	w.str("model", e.head.Model)
	w.some("service_tier", e.head.ServiceTier)
	w.array("choices")
}

// send ends a chunk that is not the last of its choice.
func (e *encoder) send() { e.finishChunk("", nil) }

func (e *encoder) finishChunk(finish string, logProbs []byte) {
	w := &e.w
	w.shut('}')
	if logProbs != nil {
		w.raw("logprobs", logProbs)
	} else {
		w.null("logprobs")
	}
	if finish == "" {
		w.null("finish_reason")
	} else {
		w.str("finish_reason", finish)
	}
	w.b = append(w.b, "}]"...)
	if e.r.StreamUsage {
		w.null("usage")
	}
	w.b = append(w.b, "}\n\n"...)
}

// stop writes the last chunk of a choice, and after that of the last choice the end of the stream.
func (e *encoder) stop(c *outgoing, event *protocol.Event) {
	if c.stopped {
		return
	}
	e.close(c, nil)
	c.stopped = true
	e.stopped++
	e.chunk(c)
	e.finishChunk(e.finish(c.index, event.Stop, event.Sequence, c.called), nil)
	if e.stopped < len(e.choices) {
		return
	}
	e.ended = true
	if e.r.StreamUsage && e.usage != nil {
		e.begin()
		e.w.shut(']')
		e.w.key("usage")
		writeUsage(&e.w, *e.usage)
		e.w.b = append(e.w.b, "}\n\n"...)
	}
	e.w.b = append(e.w.b, "data: [DONE]\n\n"...)
}

func (e *encoder) fail(f *burncloud.Fault) {
	if f == nil {
		f = burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer broke off before its end")
	}
	e.ended = true
	e.w.b = codec{}.AppendStreamFault(e.w.b, f)
}

func (c *outgoing) place() string { return fmt.Sprintf("choices[%d].content", c.index) }
