package chat

import (
	"unicode/utf8"

	"github.com/burncloud/burncloud/protocol"
)

// open writes what is sent when a block begins.
func (e *encoder) open(c *outgoing, b *protocol.Block) {
	head := *b
	c.block, c.skipped, c.bytes, c.before = &head, false, 0, c.runes
	switch {
	case b.Kind == protocol.BlockText || b.Kind == protocol.BlockRefusal:
		if c.called && b.Kind == protocol.BlockText {
			e.lose(c.place(), "joined to the text before the calls: the format has no order of text and calls")
		}
	case b.Kind == protocol.BlockThinking:
		e.openThought(c, b)
	case b.Kind == protocol.BlockToolCall && b.Call != nil:
		e.openCall(c, b)
	case b.Kind == protocol.BlockMedia && b.Media != nil && b.Media.Kind == protocol.MediaImage:
		e.chunk(c)
		writeImages(&e.w, []*protocol.Block{b})
		e.send()
	default:
		c.skipped = true
		e.skip(c.place(), b)
	}
	if b.Text != "" { // a whole block, which some decoders give
		e.words(c, b.Text, nil)
	}
}

// openThought writes what a thought has in place of text, and the gap to the thought before.
func (e *encoder) openThought(c *outgoing, b *protocol.Block) {
	c.thought.Reset()
	if c.skipped = e.hidden(); c.skipped {
		return
	}
	if b.Thinking != nil && b.Thinking.Redacted != "" {
		e.detail(c, b)
		return
	}
	if c.thoughts++; c.thoughts > 1 {
		e.chunk(c)
		e.w.str("reasoning_content", gap)
		e.send()
	}
}

func (e *encoder) detail(c *outgoing, b *protocol.Block) {
	e.chunk(c)
	e.w.array("reasoning_details")
	writeDetails(&e.w, b, max(c.thoughts-1, 0))
	e.w.shut(']')
	e.send()
}

func (e *encoder) openCall(c *outgoing, b *protocol.Block) {
	c.calls++
	c.wrapped.Reset()
	c.custom = b.Call.Custom || declaredCustom(e.r, b.Call.Name)
	c.unwraps = c.custom && !b.Call.Custom
	if e.old() && c.calls > 1 {
		c.skipped = true
		e.onlyOne(c.index, c.calls)
		return
	}
	c.called = true
	w := &e.w
	e.chunk(c)
	if e.old() {
		w.object("function_call")
		w.str("name", b.Call.Name)
		w.str("arguments", "")
		w.shut('}')
		e.send()
	} else {
		w.array("tool_calls")
		w.open('{')
		w.integer("index", int64(c.calls-1))
		w.str("id", callID(b.Call.ID, c.index, c.calls-1))
		kind, args := e.kind(c)
		w.str("type", kind)
		w.object(kind)
		w.str("name", b.Call.Name)
		w.str(args, "")
		w.shut('}')
		if b.Signature != nil {
			writeSeal(w, b.Signature)
		}
		w.b = append(w.b, "}]"...)
		e.send()
	}
	if b.Call.Args != "" {
		e.arguments(c, b.Call.Args)
	}
}

// kind is what the open call is, and the name of its text.
func (e *encoder) kind(c *outgoing) (kind, args string) {
	if c.custom {
		return "custom", "input"
	}
	return "function", "arguments"
}

// grow writes a delta.
func (e *encoder) grow(c *outgoing, event *protocol.Event) {
	if c.block == nil || c.skipped {
		return
	}
	if c.block.Kind == protocol.BlockToolCall {
		e.arguments(c, event.Text)
		return
	}
	var probable []byte
	if valid(event.LogProbs) {
		probable = event.LogProbs
	}
	if event.Text != "" || probable != nil {
		e.words(c, event.Text, probable)
	}
}

// words writes text of the open block.
func (e *encoder) words(c *outgoing, text string, logProbs []byte) {
	name := "content"
	switch c.block.Kind {
	case protocol.BlockText:
		c.runes += utf8.RuneCountInString(text)
	case protocol.BlockRefusal:
		name = "refusal"
	case protocol.BlockThinking:
		name = "reasoning_content"
		c.thought.WriteString(text)
	default:
		return
	}
	if c.skipped {
		return
	}
	e.chunk(c)
	e.w.str(name, text)
	e.finishChunk("", logProbs)
}

// arguments writes a fragment of the open call.
func (e *encoder) arguments(c *outgoing, text string) {
	if text == "" {
		return
	}
	if c.bytes += len(text); c.unwraps {
		c.wrapped.WriteString(text)
		return
	}
	e.fragment(c, text)
}

func (e *encoder) fragment(c *outgoing, text string) {
	w := &e.w
	e.chunk(c)
	if e.old() {
		w.object("function_call")
		w.str("arguments", text)
		w.shut('}')
		e.send()
		return
	}
	kind, args := e.kind(c)
	w.array("tool_calls")
	w.open('{')
	w.integer("index", int64(c.calls-1))
	w.object(kind)
	w.str(args, text)
	w.b = append(w.b, "}}]"...)
	e.send()
}

// close writes what became known at the end of the open block.
func (e *encoder) close(c *outgoing, end *protocol.Block) {
	b := c.block
	c.block = nil
	if b == nil || c.skipped {
		return
	}
	switch b.Kind {
	case protocol.BlockToolCall:
		if c.unwraps {
			e.fragment(c, unwrap(c.wrapped.String()))
		} else if c.bytes == 0 && !c.custom {
			e.fragment(c, "{}")
		}
		if end != nil && end.Signature != nil && !e.old() {
			e.chunk(c)
			e.w.array("tool_calls")
			e.w.open('{')
			e.w.integer("index", int64(c.calls-1))
			writeSeal(&e.w, end.Signature)
			e.w.b = append(e.w.b, "}]"...)
			e.send()
		}
	case protocol.BlockThinking:
		e.closeThought(c, b, end)
	case protocol.BlockText:
		if end != nil {
			e.unsigned(c.place(), end)
			e.cites(c, end.Citations)
		}
		e.unsigned(c.place(), b)
		e.cites(c, b.Citations)
	}
}

// closeThought writes the seal of a thought, whose text was sent before.
func (e *encoder) closeThought(c *outgoing, b, end *protocol.Block) {
	k := b.Thinking
	if end != nil && end.Thinking != nil {
		k = end.Thinking
	}
	if k == nil || k.Signature == nil || k.Redacted != "" {
		return
	}
	// The text goes along, since a client sends back what stands beside the seal.
	e.detail(c, &protocol.Block{Kind: protocol.BlockThinking, Text: c.thought.String(), Thinking: k})
}

func (e *encoder) cites(c *outgoing, citations []protocol.Citation) {
	for _, cited := range citations {
		placed, ok := e.cite(c.place(), cited, c.before, c.runes-c.before)
		if !ok {
			continue
		}
		e.chunk(c)
		e.w.array("annotations")
		writeCitation(&e.w, &placed)
		e.w.shut(']')
		e.send()
	}
}
