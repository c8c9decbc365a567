package messages

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// encoder writes a stream. Blocks of text open with their first words, so that there are no empty ones:
// a client would send them back, and be refused.
type encoder struct {
	answer
	started, ended bool
	written        int    // blocks so far
	kind           string // of the open wire block, or ""
	block          *protocol.Block
	at             int  // the neutral index of block
	empty          bool // nothing was written into the open call
	called         bool
	usage          burncloud.Usage
}

// NewEncoder implements protocol.Bridge.
func (bridge) NewEncoder(r *protocol.Request) protocol.StreamEncoder {
	return &encoder{answer: answer{r: r}}
}

// Losses implements protocol.StreamEncoder.
func (e *encoder) Losses() []protocol.Loss { return e.losses }

// Encode implements protocol.StreamEncoder.
func (e *encoder) Encode(dst []byte, v *protocol.Event) []byte {
	if e.ended {
		return dst
	}
	if v.Choice != 0 && v.Kind != protocol.EventFail {
		e.lose("choices", "dropped: this format has one answer, the first")
		return dst
	}
	switch v.Kind {
	case protocol.EventStart:
		return e.start(dst, v.Start)
	case protocol.EventBlockStart:
		return e.open(e.start(e.close(dst, nil), nil), v)
	case protocol.EventDelta:
		return e.delta(dst, v)
	case protocol.EventBlockStop:
		return e.close(dst, v.Block)
	case protocol.EventUsage:
		if v.Usage != nil {
			e.usage = *v.Usage
		}
	case protocol.EventPing:
		if !e.started { // the first event must be message_start
			return append(dst, ": ping\n\n"...)
		}
		return append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
	case protocol.EventStop:
		return e.stop(e.start(e.close(dst, nil), nil), v)
	case protocol.EventFail:
		e.ended = true
		if f := v.Fault; f != nil {
			return codec{}.AppendStreamFault(dst, f)
		}
		return codec{}.AppendStreamFault(dst, burncloud.Faultf(burncloud.Internal, "the stream failed"))
	}
	return dst
}

// event begins an event, up to the members behind its type.
func event(dst []byte, name string) []byte {
	dst = append(append(dst, "event: "...), name...)
	return word(append(dst, "\ndata: {"...), "type", name)
}

// end closes the event's object and the event.
func end(dst []byte) []byte { return append(dst, "}\n\n"...) }

// start writes message_start, once. The vendor's counts come later.
func (e *encoder) start(dst []byte, s *protocol.Response) []byte {
	if e.started {
		return dst
	}
	e.started = true
	if s == nil {
		s = &protocol.Response{}
	}
	if s.HasUsage {
		e.usage = s.Usage
	}
	e.tier(s.ServiceTier)
	dst = append(key(event(dst, "message_start"), "message"), '{')
	dst = word(word(word(dst, "id", messageID(s)), "type", "message"), "role", "assistant")
	dst = append(key(word(dst, "model", e.model(s)), "content"), `[],"stop_reason":null,"stop_sequence":null`...)
	return end(append(appendUsage(key(dst, "usage"), e.usage, s.ServiceTier), '}'))
}

// blockEvent begins an event of the open block.
func (e *encoder) blockEvent(dst []byte, name string) []byte {
	return whole(event(dst, name), "index", int64(e.written))
}

// begin opens a block of the wire, whose object is inside.
func (e *encoder) begin(dst []byte, kind string, inside []byte) []byte {
	e.kind = kind
	return end(append(key(e.blockEvent(dst, "content_block_start"), "content_block"), inside...))
}

// finish closes the open block of the wire.
func (e *encoder) finish(dst []byte) []byte {
	dst = end(e.blockEvent(dst, "content_block_stop"))
	e.kind = ""
	e.written++
	return dst
}

// open takes the head of a block. What is whole at its start is written whole.
func (e *encoder) open(dst []byte, v *protocol.Event) []byte {
	b := v.Block
	if b == nil {
		return dst
	}
	e.block, e.at, e.empty = b, v.Index, true
	e.signature(b, e.at)
	switch b.Kind {
	case protocol.BlockToolCall:
		if b.Call == nil {
			e.block = nil
			return dst
		}
		e.called = true
		head := word(word(word([]byte("{"), "type", "tool_use"), "id", callID(b.Call, e.at)), "name", b.Call.Name)
		dst = e.begin(dst, "tool_use", append(key(head, "input"), "{}}"...))
		if b.Call.Custom {
			e.lose(content(e.at), "sent with the input {\"input\": text}: this format has no tools without a schema")
			dst = e.fragment(dst, `{"input":"`)
		}
		return e.text(dst, b.Call.Args)
	case protocol.BlockThinking:
		return e.openThought(dst, b)
	case protocol.BlockMedia:
		if b.Media != nil {
			dst = e.text(dst, e.note(b.Media, e.at))
		}
	case protocol.BlockOpaque:
		if raw := e.opaque(b.Opaque, e.at); raw != nil {
			dst = e.finish(e.begin(dst, b.Opaque.Type, raw))
		}
	case protocol.BlockText:
		return e.text(dst, b.Text)
	case protocol.BlockRefusal:
		e.lose(content(e.at), "sent as text: this format has no blocks of refusal")
		return e.text(dst, b.Text)
	case protocol.BlockToolResult:
		e.lose(content(e.at), "dropped: a reply of this format holds no tool results")
	}
	return dst
}

func (e *encoder) openThought(dst []byte, b *protocol.Block) []byte {
	_, data, ok := enclose(b.Thinking)
	switch {
	case !ok:
		e.lose(content(e.at), "dropped: thoughts sealed by nobody knows whom")
		e.block = nil
	case data != "":
		dst = e.finish(e.begin(dst, "redacted_thinking", append(word([]byte(`{"type":"redacted_thinking"`), "data", data), '}')))
		e.block = nil
	default:
		dst = e.text(dst, b.Text)
	}
	return dst
}

// delta adds to the open block.
func (e *encoder) delta(dst []byte, v *protocol.Event) []byte {
	if v.LogProbs != nil {
		e.lose("logprobs", "dropped: this format has none")
	}
	if e.block == nil {
		return dst
	}
	switch e.block.Kind {
	case protocol.BlockText, protocol.BlockRefusal, protocol.BlockThinking, protocol.BlockToolCall:
		return e.text(dst, v.Text)
	}
	return dst
}

// text writes words into the open block, and opens it on the wire where it is not yet.
func (e *encoder) text(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	switch e.block.Kind {
	case protocol.BlockToolCall:
		if e.block.Call.Custom {
			quoted := jsonedit.AppendString(nil, s)
			s = string(quoted[1 : len(quoted)-1])
		}
		return e.fragment(dst, s)
	case protocol.BlockThinking:
		if e.hidden() {
			return dst
		}
		return e.add(e.openThinking(dst), "thinking_delta", "thinking", s)
	}
	if e.kind == "" {
		dst = e.begin(dst, "text", []byte(`{"type":"text","text":""}`))
	}
	return e.add(dst, "text_delta", "text", s)
}

func (e *encoder) openThinking(dst []byte) []byte {
	if e.kind == "" {
		dst = e.begin(dst, "thinking", []byte(`{"type":"thinking","thinking":"","signature":""}`))
	}
	return dst
}

func (e *encoder) fragment(dst []byte, s string) []byte {
	e.empty = false
	return e.add(dst, "input_json_delta", "partial_json", s)
}

// add writes a delta with one member.
func (e *encoder) add(dst []byte, kind, name, s string) []byte {
	dst = word(append(key(e.blockEvent(dst, "content_block_delta"), "delta"), '{'), "type", kind)
	return end(append(word(dst, name, s), '}'))
}

// close ends the open block; last is what became known at its end.
func (e *encoder) close(dst []byte, last *protocol.Block) []byte {
	b := e.block
	if b == nil {
		return dst
	}
	if last == nil {
		last = &protocol.Block{}
	}
	e.signature(last, e.at)
	switch b.Kind {
	case protocol.BlockText, protocol.BlockRefusal:
		for _, c := range e.citations(append(b.Citations[:len(b.Citations):len(b.Citations)], last.Citations...), e.at) {
			if e.kind == "" {
				e.lose(content(e.at)+".citations", "dropped: there is no text")
				continue
			}
			dst = append(key(e.blockEvent(dst, "content_block_delta"), "delta"), `{"type":"citations_delta","citation":`...)
			dst = end(append(append(dst, c...), '}'))
		}
	case protocol.BlockThinking:
		t := last.Thinking
		if t == nil {
			t = b.Thinking
		}
		if signature, _, ok := enclose(t); ok && signature != "" {
			dst = e.add(e.openThinking(dst), "signature_delta", "signature", signature)
		}
	case protocol.BlockToolCall:
		if b.Call.Custom {
			dst = e.fragment(dst, `"}`)
		}
		if e.empty {
			dst = e.fragment(dst, "")
		}
	}
	e.block = nil
	if e.kind != "" {
		dst = e.finish(dst)
	}
	return dst
}

// stop writes the end of the message.
func (e *encoder) stop(dst []byte, v *protocol.Event) []byte {
	e.ended = true
	dst = append(key(event(dst, "message_delta"), "delta"), '{')
	dst = append(appendStop(dst, v.Stop, v.Sequence, e.called), '}')
	dst = end(appendUsage(key(dst, "usage"), e.usage, ""))
	return end(event(dst, "message_stop"))
}
