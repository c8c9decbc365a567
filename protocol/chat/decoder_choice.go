package chat

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// choice is one answer of a stream while it comes.
type choice struct {
	blocks   protocol.BlockTracker
	stop     protocol.StopReason
	sequence string
	answer   string // its id
	used     bool   // it has blocks
	called   bool   // it has calls
	whole    bool   // it is a message, of which each element is a call of its own
	fault    *burncloud.Fault

	calls    []*call
	unopened int    // the first call that may not be opened yet
	current  *call  // whose block is open
	held     []held // what was said while a call was not complete

	// Of the block that is open, to be told when it closes.
	kind      protocol.BlockKind
	seal      string
	plainly   bool // thoughts come as text of their own, so those in details repeat them
	citations []protocol.Citation
	runes     int // of all text so far
	from      int // runes before the open block

	audio []byte // base64, sent when it is whole
}

// held is text that waits until the calls before it are complete.
type held struct {
	kind protocol.BlockKind
	text string
}

// delta is what a delta or a message says.
type delta struct {
	content, calls, functionCall       []byte
	annotations, images, audio         []byte
	refusal, reasoning, otherReasoning string
	details                            []detail
}

// say reads a delta, or the message of a whole answer.
func (c *choice) say(dst []protocol.Event, raw []byte) []protocol.Event {
	var s delta
	// null says nothing.
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		s.member(string(key), value.Of(raw))
		return true
	})
	dst = c.think(dst, &s)
	dst = c.content(dst, s.content)
	dst = c.text(dst, protocol.BlockRefusal, s.refusal)
	_ = jsonedit.Elements(s.calls, func(v jsonedit.Span) bool {
		dst = c.call(dst, v.Of(s.calls))
		return c.fault == nil
	})
	if len(s.functionCall) > 0 && s.functionCall[0] == '{' {
		dst = c.call(dst, append(append([]byte(`{"index":0,"function":`), s.functionCall...), '}'))
	}
	_ = jsonedit.Elements(s.annotations, func(v jsonedit.Span) bool {
		dst = c.cite(dst, v.Of(s.annotations))
		return true
	})
	_ = jsonedit.Elements(s.images, func(v jsonedit.Span) bool {
		dst = c.image(dst, v.Of(s.images))
		return true
	})
	return c.sound(dst, s.audio)
}

func (s *delta) member(key string, raw []byte) {
	switch key {
	case "content":
		s.content = raw
	case "refusal":
		s.refusal = lenient(raw)
	case "tool_calls":
		s.calls = raw
	case "function_call":
		s.functionCall = raw
	case "reasoning_content":
		s.reasoning = lenient(raw)
	case "reasoning", "reasoning_text", "thinking":
		s.otherReasoning = lenient(raw)
	case "reasoning_details":
		s.details = readDetails(raw)
	case "annotations":
		s.annotations = raw
	case "images":
		s.images = raw
	case "audio":
		s.audio = raw
	}
}

// lenient is what a string of a vendor means; a value that is none is "".
func lenient(raw []byte) string {
	if s, ok := jsonedit.Text(raw); ok {
		return s
	}
	var s string
	if len(raw) > 0 && raw[0] == '"' {
		_ = json.Unmarshal(raw, &s) // which replaces what is not UTF-8
	}
	return s
}

// think gives the thoughts of a delta. The same thought may come under several names: it counts once.
func (c *choice) think(dst []protocol.Event, s *delta) []protocol.Event {
	text := s.reasoning
	if text == "" {
		text = s.otherReasoning
	}
	dst = c.text(dst, protocol.BlockThinking, text)
	c.plainly = c.plainly || text != ""
	for _, detail := range s.details {
		if !c.plainly {
			dst = c.text(dst, protocol.BlockThinking, detail.text)
		}
		if detail.signature != "" {
			dst = c.need(dst, protocol.BlockThinking)
			c.seal += detail.signature
		}
		if detail.data != "" {
			dst = c.single(dst, protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{
				Redacted: detail.data, Signature: &protocol.Signature{From: burncloud.Chat},
			}})
		}
	}
	return dst
}

type detail struct{ text, signature, data string }

func readDetails(raw []byte) (out []detail) {
	_ = jsonedit.Elements(raw, func(v jsonedit.Span) bool {
		var one detail
		raw := v.Of(raw)
		_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
			switch v := value.Of(raw); string(key) {
			case "text", "summary":
				one.text = lenient(v)
			case "signature":
				one.signature = lenient(v)
			case "data":
				one.data = lenient(v)
			}
			return true
		})
		out = append(out, one)
		return true
	})
	return out
}

// content reads a string, or the parts that some vendors send.
func (c *choice) content(dst []protocol.Event, raw []byte) []protocol.Event {
	if len(raw) == 0 || raw[0] != '[' {
		return c.text(dst, protocol.BlockText, lenient(raw))
	}
	_ = jsonedit.Elements(raw, func(v jsonedit.Span) bool {
		part := v.Of(raw)
		_ = jsonedit.Walk(part, func(key []byte, _, value jsonedit.Span) bool {
			switch v := value.Of(part); string(key) {
			case "text":
				dst = c.text(dst, protocol.BlockText, lenient(v))
			case "refusal":
				dst = c.text(dst, protocol.BlockRefusal, lenient(v))
			case "thinking":
				dst = c.text(dst, protocol.BlockThinking, lenient(v))
				_ = jsonedit.Elements(v, func(s jsonedit.Span) bool {
					dst = c.text(dst, protocol.BlockThinking, thought(s.Of(v)))
					return true
				})
			case "image_url":
				dst = c.image(dst, part)
			}
			return true
		})
		return true
	})
	return dst
}

func thought(raw []byte) (text string) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		if string(key) == "text" {
			text = lenient(value.Of(raw))
		}
		return true
	})
	return text
}

// text gives text of a kind, in the open block or in a new one. While a call is not complete, it waits.
func (c *choice) text(dst []protocol.Event, kind protocol.BlockKind, text string) []protocol.Event {
	if text == "" {
		return dst
	}
	if c.current != nil && !c.current.complete() {
		c.held = append(c.held, held{kind, text})
		return dst
	}
	dst = c.need(dst, kind)
	if kind == protocol.BlockText {
		c.runes += utf8.RuneCountInString(text)
	}
	return c.blocks.Delta(dst, text)
}

// need opens a block of text of a kind, unless one is open.
func (c *choice) need(dst []protocol.Event, kind protocol.BlockKind) []protocol.Event {
	if c.blocks.Open(kind, "") {
		return dst
	}
	dst = c.flushCalls(dst)
	dst = c.shut(dst)
	c.used, c.kind, c.from = true, kind, c.runes
	start := &protocol.Block{Kind: kind}
	if kind == protocol.BlockThinking {
		start.Thinking = &protocol.Thinking{}
	}
	return c.blocks.Need(dst, kind, "", start)
}

// shut closes the open block with what became known of it.
func (c *choice) shut(dst []protocol.Event) []protocol.Event {
	var end *protocol.Block
	switch {
	case c.seal != "" && c.kind == protocol.BlockThinking:
		end = &protocol.Block{Kind: c.kind, Thinking: &protocol.Thinking{Signature: &protocol.Signature{From: burncloud.Chat, Value: c.seal}}}
	case c.citations != nil && c.kind == protocol.BlockText:
		end = &protocol.Block{Kind: c.kind, Citations: c.citations}
	}
	c.seal, c.citations, c.kind = "", nil, ""
	return c.blocks.Close(dst, end)
}

// single gives a block that comes in one piece.
func (c *choice) single(dst []protocol.Event, b protocol.Block) []protocol.Event {
	dst = c.shut(c.flushCalls(dst))
	c.used = true
	return c.blocks.Close(c.blocks.Need(dst, b.Kind, "whole", &b), nil)
}

// probable puts the log probabilities on the delta that they belong to.
func (c *choice) probable(dst []protocol.Event, from int, raw []byte) []protocol.Event {
	if !bytes.Contains(raw, []byte(`"token"`)) {
		return dst // of no token: the chunk says nothing
	}
	raw = bytes.Clone(raw)
	for i := len(dst) - 1; i >= from; i-- {
		if dst[i].Kind == protocol.EventDelta {
			dst[i].LogProbs = raw
			return dst
		}
	}
	if c.current != nil {
		return dst
	}
	// A token may be a part of a letter, and so no text yet.
	dst = c.need(dst, protocol.BlockText)
	n := len(dst)
	dst = c.blocks.Delta(dst, " ")
	dst[n].Text, dst[n].LogProbs = "", raw
	return dst
}

// flush ends all that is open.
func (c *choice) flush(dst []protocol.Event) []protocol.Event {
	dst = c.flushCalls(dst)
	if len(c.audio) > 0 {
		b := protocol.Block{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaAudio, Base64: string(c.audio)}}
		c.audio = nil
		dst = c.single(dst, b)
	}
	return c.shut(dst)
}
