package gemini

import (
	"fmt"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// candidate is one of a vendor's answers, as far as it has been read.
type candidate struct {
	d      *decoder
	track  protocol.BlockTracker
	reason string
	calls  int
	blocks int
	pieces bool // a call came in pieces
	ground grounding
}

// read reads a candidate, or the next piece of one.
func (c *candidate) read(dst []protocol.Event, o *object) []protocol.Event {
	c.ground.document(o)
	from := len(dst)
	if content := o.child("content"); content != nil {
		for i, raw := range content.list("parts") {
			c.ground.part = i
			dst = c.part(dst, o.r.object(raw, ""), raw)
		}
	}
	if raw := o.take("logprobsResult"); raw != nil {
		c.probable(dst[from:], raw)
	}
	if reason := o.text("finishReason"); reason != "" && reason != "FINISH_REASON_UNSPECIFIED" {
		c.reason = reason
	}
	return dst
}

// probable puts probabilities on the last delta of what was read. Without one there is no text that they
// could be of.
func (c *candidate) probable(events []protocol.Event, raw []byte) {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == protocol.EventDelta {
			events[i].LogProbs = fromLogProbs(raw)
			return
		}
	}
}

// opaques are the parts that only this protocol understands.
var opaques = []string{"executableCode", "codeExecutionResult", "toolCall", "toolResponse"}

func (c *candidate) part(dst []protocol.Event, o *object, raw []byte) []protocol.Event {
	thought := o.flag("thought")
	var seal *protocol.Signature
	if s := o.text("thoughtSignature"); s != "" {
		seal = &protocol.Signature{From: burncloud.Gemini, Value: s}
	}
	switch {
	case o.index("functionCall") >= 0:
		if f := o.child("functionCall"); f != nil {
			return c.call(dst, f, seal)
		}
	case o.index("inlineData") >= 0, o.index("fileData") >= 0:
		if thought == nil || !*thought { // a draft is no part of the answer
			return c.media(dst, o, seal)
		}
	default:
		for _, name := range opaques {
			if o.take(name) != nil {
				start := &protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Gemini, Type: name, Raw: slices.Clone(raw)}}
				return c.one(dst, start, "", nil)
			}
		}
		return c.text(dst, o.text("text"), thought != nil && *thought, seal)
	}
	return dst
}

// text is a piece of text or of thoughts. A seal ends its block; one without text belongs to what is
// open.
func (c *candidate) text(dst []protocol.Event, text string, thought bool, seal *protocol.Signature) []protocol.Event {
	kind := protocol.BlockText
	start := &protocol.Block{Kind: kind}
	if thought {
		kind = protocol.BlockThinking
		start = &protocol.Block{Kind: kind, Thinking: &protocol.Thinking{Summary: true}}
	}
	switch {
	case text == "" && seal == nil:
		return dst
	case text == "" && (c.track.Open(protocol.BlockText, "") || c.track.Open(protocol.BlockThinking, "")):
		return c.close(dst, seal, false)
	case !c.track.Open(kind, ""):
		dst = c.close(dst, nil, false)
		c.blocks++
		c.ground.open(kind)
		dst = c.track.Need(dst, kind, "", start)
	}
	dst = c.track.Delta(dst, text)
	c.ground.write(text)
	if seal != nil {
		dst = c.close(dst, seal, false)
	}
	return dst
}

// one is a block that is whole at once.
func (c *candidate) one(dst []protocol.Event, start *protocol.Block, delta string, seal *protocol.Signature) []protocol.Event {
	dst = c.close(dst, nil, false)
	c.blocks++
	c.ground.open(start.Kind)
	dst = c.track.Need(dst, start.Kind, "", start)
	return c.close(c.track.Delta(dst, delta), seal, false)
}

func (c *candidate) call(dst []protocol.Event, f *object, seal *protocol.Signature) []protocol.Event {
	more := f.flag("willContinue")
	if c.pieces = f.take("partialArgs") != nil || more != nil && *more; c.pieces {
		return dst
	}
	call := &protocol.ToolCall{ID: f.text("id"), Name: f.text("name")}
	if call.ID == "" {
		call.ID = c.name()
	}
	c.calls++
	return c.one(dst, &protocol.Block{Kind: protocol.BlockToolCall, Call: call}, args(f), seal)
}

// name is the id of a call that has none: where it stands in which answer, so that calls of different
// turns differ.
func (c *candidate) name() string {
	id := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, c.d.id)
	if len(id) > 40 {
		id = id[:40]
	}
	if id != "" {
		id += "_"
	}
	if c.track.Choice > 0 {
		id += fmt.Sprintf("%d_", c.track.Choice)
	}
	return fmt.Sprintf("call_%s%d", id, c.calls)
}

func (c *candidate) media(dst []protocol.Event, o *object, seal *protocol.Signature) []protocol.Event {
	var m *protocol.Media
	if d := o.child("inlineData"); d != nil {
		m = inline(d, o)
	} else if d := o.child("fileData"); d != nil {
		m = file(d, o)
	}
	if m == nil || m.Base64 == "" && m.URL == "" && m.FileID == "" {
		return dst
	}
	return c.one(dst, &protocol.Block{Kind: protocol.BlockMedia, Media: m}, "", seal)
}

// close ends the open block, with its seal and sources. last says that nothing comes behind it.
func (c *candidate) close(dst []protocol.Event, seal *protocol.Signature, last bool) []protocol.Event {
	var end protocol.Block
	switch {
	case c.track.Open(protocol.BlockText, ""):
		end = protocol.Block{Kind: protocol.BlockText, Signature: seal, Citations: c.ground.cite(last)}
	case c.track.Open(protocol.BlockThinking, ""):
		if end.Kind = protocol.BlockThinking; seal != nil {
			end.Thinking = &protocol.Thinking{Summary: true, Signature: seal}
		}
	default:
		end = protocol.Block{Signature: seal}
	}
	if end.Signature == nil && end.Citations == nil && end.Thinking == nil {
		return c.track.Close(dst, nil)
	}
	return c.track.Close(dst, &end)
}
