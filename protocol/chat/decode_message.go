package chat

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// conversation reads messages. Leading system texts become the request's System; tool messages that
// follow one another become one User message.
func (d *decoding) conversation(at *place, raw []byte) {
	count := 0
	calls := oldCalls{}
	d.elements(at, raw, func(at *place, raw []byte) {
		count++
		m := d.message(at, raw, &calls)
		if d.fault != nil {
			return
		}
		r := d.r
		last := len(r.Messages) - 1
		switch {
		case m.Role == protocol.RoleSystem && last < 0 && m.Name == "":
			r.System = append(r.System, m.Blocks...)
		case last >= 0 && onlyResults(m) && onlyResults(r.Messages[last]):
			r.Messages[last].Blocks = append(r.Messages[last].Blocks, m.Blocks...)
		default:
			r.Messages = append(r.Messages, m)
		}
	})
	if count == 0 {
		d.bad(at, "is empty; send at least one message")
	}
}

func onlyResults(m protocol.Message) bool {
	return m.Role == protocol.RoleUser && len(m.Blocks) > 0 && m.Blocks[0].Kind == protocol.BlockToolResult
}

// envelope is a message before its role is looked at.
type envelope struct {
	role, name, callID     string
	content                []byte
	refusal                string
	audio                  []byte
	calls, functionCall    []byte
	reasoning              string
	details                []byte
	cache                  string
	hasContent, hasCallID  bool
	contentAt, callsAt, at *place
}

func (d *decoding) message(at *place, raw []byte, old *oldCalls) protocol.Message {
	e := envelope{at: at, contentAt: at.member("content"), callsAt: at.member("tool_calls")}
	d.members(at, raw, func(name string, at *place, v []byte) {
		switch name {
		case "role":
			e.role = d.text(at, v)
		case "name":
			e.name = d.text(at, v)
		case "content":
			e.content, e.hasContent = v, true
		case "tool_call_id":
			e.callID, e.hasCallID = d.text(at, v), true
		case "refusal":
			e.refusal = d.text(at, v)
		case "audio":
			e.audio = v
		case "tool_calls":
			e.calls = v
		case "function_call":
			e.functionCall = v
		case "reasoning_content":
			e.reasoning = d.text(at, v)
		case "reasoning":
			if e.reasoning == "" {
				e.reasoning = d.text(at, v)
			}
		case "reasoning_details":
			e.details = v
		case "cache_control":
			e.cache = d.cacheControl(at, v)
		case "annotations": // of an answer that is sent back: the vendor's own
		default:
			d.unknown(at, v)
		}
	})
	if d.fault != nil {
		return protocol.Message{}
	}
	m := d.turn(&e, old)
	if n := len(m.Blocks); n > 0 && e.cache != "" {
		m.Blocks[n-1].Cache = e.cache
	}
	return m
}

func (d *decoding) turn(e *envelope, old *oldCalls) protocol.Message {
	m := protocol.Message{Role: protocol.RoleUser, Name: e.name}
	switch e.role {
	case "system", "developer":
		m.Role = protocol.RoleSystem
		m.Blocks = d.content(e.contentAt, e.content, true)
	case "user":
		m.Blocks = d.content(e.contentAt, e.content, true)
	case "assistant":
		m.Role = protocol.RoleAssistant
		m.Blocks = d.assistant(e, old)
	case "tool":
		if !e.hasCallID || e.callID == "" {
			d.bad(e.at.member("tool_call_id"), "is missing; name the call that this answers")
		}
		m.Name = ""
		m.Blocks = []protocol.Block{result(e.callID, e.name, d.content(e.contentAt, e.content, true))}
	case "function":
		d.r.Dialect = functions
		id, ok := old.answer(e.name)
		if !ok {
			d.bad(e.at.member("name"), "answers no function_call before it")
		}
		m.Name = ""
		m.Blocks = []protocol.Block{result(id, e.name, d.content(e.contentAt, e.content, false))}
	case "":
		d.bad(e.at.member("role"), "is missing")
	default:
		d.bad(e.at.member("role"), "must be one of system, developer, user, assistant, tool")
	}
	return m
}

func result(id, name string, blocks []protocol.Block) protocol.Block {
	return protocol.Block{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: id, Name: name, Blocks: blocks}}
}

// assistant reads a turn of the model: thoughts, then content, then calls.
func (d *decoding) assistant(e *envelope, old *oldCalls) []protocol.Block {
	var blocks []protocol.Block
	if e.details != nil {
		blocks = d.details(e.at.member("reasoning_details"), e.details)
	}
	blocks = withThoughts(blocks, e.reasoning)
	blocks = append(blocks, d.content(e.contentAt, e.content, false)...)
	if e.refusal != "" {
		blocks = append(blocks, protocol.Block{Kind: protocol.BlockRefusal, Text: e.refusal})
	}
	if e.audio != nil {
		blocks = append(blocks, opaque("audio", e.audio))
	}
	if e.calls != nil {
		d.elements(e.callsAt, e.calls, func(at *place, raw []byte) { blocks = append(blocks, d.call(at, raw)) })
	}
	if e.functionCall != nil {
		d.r.Dialect = functions
		c := d.called(e.at.member("function_call"), e.functionCall)
		c.ID = old.ask(c.Name)
		blocks = append(blocks, protocol.Block{Kind: protocol.BlockToolCall, Call: &c})
	}
	return blocks
}

// withThoughts adds the text of thoughts to blocks of details that have seals but no text.
func withThoughts(blocks []protocol.Block, text string) []protocol.Block {
	if text == "" || slices.ContainsFunc(blocks, func(b protocol.Block) bool { return b.Text != "" }) {
		return blocks
	}
	for i := range blocks {
		if blocks[i].Thinking.Redacted == "" {
			blocks[i].Text = text
			return blocks
		}
	}
	return append([]protocol.Block{{Kind: protocol.BlockThinking, Text: text, Thinking: &protocol.Thinking{}}}, blocks...)
}

func opaque(kind string, raw []byte) protocol.Block {
	return protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Chat, Type: kind, Raw: bytes.Clone(raw)}}
}

// oldCalls gives ids to function_calls, which have none, and finds them again by name.
type oldCalls struct {
	count int
	open  []protocol.ToolCall
}

func (o *oldCalls) ask(name string) string {
	o.count++
	id := fmt.Sprintf("call_%d", o.count)
	o.open = append(o.open, protocol.ToolCall{ID: id, Name: name})
	return id
}

func (o *oldCalls) answer(name string) (string, bool) {
	for i := len(o.open) - 1; i >= 0; i-- {
		if o.open[i].Name == name {
			id := o.open[i].ID
			o.open = append(o.open[:i], o.open[i+1:]...)
			return id, true
		}
	}
	return "", false
}

// call reads an element of tool_calls.
func (d *decoding) call(at *place, raw []byte) protocol.Block {
	b := protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{}}
	var id string
	found := false
	d.members(at, raw, func(name string, at *place, v []byte) {
		switch name {
		case "id":
			id = d.text(at, v)
		case "type":
			d.word(at, v, "function", "custom")
		case "index":
		case "function":
			*b.Call, found = d.called(at, v), true
		case "custom":
			*b.Call, found = d.calledFree(at, v), true
		case "extra_content":
			b.Signature = d.googleSignature(at, v)
		case "cache_control":
			b.Cache = d.cacheControl(at, v)
		default:
			d.unknown(at, v)
		}
	})
	switch {
	case id == "":
		d.bad(at.member("id"), "is missing")
	case !found:
		d.bad(at.member("function"), "is missing")
	}
	b.Call.ID = id
	return b
}

func (d *decoding) called(at *place, raw []byte) (c protocol.ToolCall) {
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "name":
			c.Name = d.text(at, raw)
		case "arguments":
			if raw[0] == '{' { // some clients forget to make it a string
				c.Args = string(raw)
			} else {
				c.Args = d.text(at, raw)
			}
		default:
			d.unknown(at, raw)
		}
	})
	d.named(at, c.Name)
	return c
}

func (d *decoding) calledFree(at *place, raw []byte) protocol.ToolCall {
	c := protocol.ToolCall{Custom: true}
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "name":
			c.Name = d.text(at, raw)
		case "input":
			c.Args = d.text(at, raw)
		default:
			d.unknown(at, raw)
		}
	})
	d.named(at, c.Name)
	return c
}

// googleSignature reads {"google":{"thought_signature":…}}, in which Gemini's seal travels in this
// format.
func (d *decoding) googleSignature(at *place, raw []byte) (s *protocol.Signature) {
	d.members(at, raw, func(vendor string, at *place, raw []byte) {
		if vendor != "google" {
			d.unknown(at, raw)
			return
		}
		d.members(at, raw, func(name string, at *place, raw []byte) {
			if name != "thought_signature" {
				d.unknown(at, raw)
				return
			}
			s = &protocol.Signature{From: burncloud.Gemini, Value: d.text(at, raw)}
		})
	})
	return s
}
