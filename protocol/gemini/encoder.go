package gemini

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// encoder writes a stream for a client of this protocol: server-sent events, or one JSON array.
type encoder struct {
	answer
	array   bool
	begun   bool // something was written
	over    bool
	choices []*written
	usage   *burncloud.Usage
	counted []byte // the usageMetadata
}

// written is a candidate that is being written.
type written struct {
	block   *protocol.Block // the open one
	text    strings.Builder // of an open text, to find places in it, or the arguments of a call
	all     int             // bytes of text before the open block
	long    int             // bytes of the open text
	sources sources
	broken  bool // a call was left out
	stopped bool
}

// NewEncoder implements protocol.Bridge. There is no event for a ping: an empty text, which Google itself
// sends, is what every client reads.
func (bridge) NewEncoder(r *protocol.Request) protocol.StreamEncoder {
	return &encoder{answer: answerTo(r), array: r != nil && r.Dialect == dialectArray}
}

// Losses implements protocol.StreamEncoder.
func (e *encoder) Losses() []protocol.Loss { return e.losses }

// Encode implements protocol.StreamEncoder.
func (e *encoder) Encode(dst []byte, ev *protocol.Event) []byte {
	if e.over || ev.Choice < 0 || ev.Choice >= maxChoices {
		return dst
	}
	switch ev.Kind {
	case protocol.EventStart:
		e.head(ev.Start)
	case protocol.EventBlockStart:
		if ev.Block != nil {
			c, b := e.at(ev.Choice), *ev.Block
			c.block, c.long = &b, 0
			c.text.Reset()
		}
	case protocol.EventDelta:
		return e.delta(dst, ev)
	case protocol.EventBlockStop:
		return e.stopBlock(dst, ev)
	case protocol.EventUsage:
		if ev.Usage != nil {
			usage := *ev.Usage
			e.usage = &usage
		}
	case protocol.EventStop:
		return e.stop(dst, ev)
	case protocol.EventPing:
		return e.piece(dst, 0, textPart(""), nil)
	case protocol.EventFail:
		return e.fail(dst, ev)
	}
	return dst
}

func (e *encoder) at(n int) *written {
	for len(e.choices) <= n {
		e.choices = append(e.choices, nil)
	}
	if e.choices[n] == nil {
		e.choices[n] = &written{}
	}
	return e.choices[n]
}

// delta writes text as it comes, and keeps the arguments of a call: they are sent whole.
func (e *encoder) delta(dst []byte, ev *protocol.Event) []byte {
	c := e.at(ev.Choice)
	if c.block == nil || c.stopped {
		return dst
	}
	p := textPart(ev.Text)
	switch c.block.Kind {
	case protocol.BlockToolCall:
		c.text.WriteString(ev.Text)
		return dst
	case protocol.BlockText:
		if c.text.Len() <= maxCited {
			c.text.WriteString(ev.Text)
		}
	case protocol.BlockRefusal:
		if c.long == 0 {
			e.lose(e.path(ev), "sent as text: Gemini has no refusals")
		}
	case protocol.BlockThinking:
		p.thought = true
		if !e.thoughts {
			return dst
		}
	default:
		return dst
	}
	if ev.Text == "" && ev.LogProbs == nil {
		return dst
	}
	c.long += len(ev.Text)
	var beside []byte
	if probable := toLogProbs(ev.LogProbs); probable != nil {
		beside = value(key(nil, "logprobsResult"), probable)
	}
	return e.piece(dst, ev.Choice, p, beside)
}

func (e *encoder) path(ev *protocol.Event) string {
	return element(element("choices", ev.Choice)+".content", ev.Index)
}

// stopBlock writes what is whole only now, and what became known at the end.
func (e *encoder) stopBlock(dst []byte, ev *protocol.Event) []byte {
	c := e.at(ev.Choice)
	if c.block == nil || c.stopped {
		return dst
	}
	b, end := *c.block, ev.Block
	c.block = nil
	if end != nil {
		b.Signature, b.Citations = end.Signature, end.Citations
		if end.Thinking != nil {
			b.Thinking = end.Thinking
		}
	}
	if b.Call != nil {
		call := *b.Call
		call.Args += c.text.String()
		b.Call = &call
	}
	b.Text = ""
	switch b.Kind {
	case protocol.BlockText:
		c.sources.add(&e.answer, e.path(ev), b.Citations, c.text.String(), 0, c.all)
		c.all += c.long
	case protocol.BlockRefusal:
		c.all += c.long
	}
	p, ok, broken := e.block(e.path(ev), &b)
	c.broken = c.broken || broken
	if !ok {
		return dst
	}
	return e.piece(dst, ev.Choice, p, nil)
}

// stop writes the last piece of a candidate. The stream is over when each candidate that was begun has
// had its own.
func (e *encoder) stop(dst []byte, ev *protocol.Event) []byte {
	c := e.at(ev.Choice)
	if c.stopped {
		return dst
	}
	c.stopped = true
	if e.usage != nil && e.counted == nil {
		e.counted = e.answer.usage(nil, *e.usage)
	}
	beside := e.reason(nil, element("choices", ev.Choice), ev.Stop, ev.Sequence, c.broken)
	dst = e.piece(dst, ev.Choice, textPart(""), c.sources.append(beside))
	for _, c := range e.choices {
		if c != nil && !c.stopped {
			return dst
		}
	}
	if e.array {
		e.over = true
		return append(dst, "\n]\n"...)
	}
	return dst
}

// piece writes a piece of a candidate, with what stands beside the part. Once the usage is counted it
// goes with each.
func (e *encoder) piece(dst []byte, choice int, p part, beside []byte) []byte {
	dst = append(key(append(e.begin(dst), '{'), "candidates"), "[{"...)
	dst = appendContent(key(dst, "content"), "model", []part{p})
	if beside != nil {
		dst = append(append(dst, ','), beside...)
	}
	dst = append(whole(dst, "index", int64(choice)), "}]"...)
	if e.counted != nil {
		dst = append(append(dst, ','), e.counted...)
	}
	return e.finish(e.tail(dst))
}

// begin and finish frame a piece.
func (e *encoder) begin(dst []byte) []byte {
	first := !e.begun
	e.begun = true
	switch {
	case !e.array:
		return append(dst, "data: "...)
	case first:
		return append(dst, '[')
	}
	return append(dst, "\n,"...)
}

func (e *encoder) finish(dst []byte) []byte {
	if e.array {
		return dst
	}
	return append(dst, "\r\n\r\n"...)
}

// fail ends the stream with an error.
func (e *encoder) fail(dst []byte, ev *protocol.Event) []byte {
	if e.over = true; ev.Fault == nil {
		return dst
	}
	dst = e.finish(New().AppendFault(e.begin(dst), ev.Fault))
	if e.array {
		dst = append(dst, "\n]\n"...)
	}
	return dst
}
