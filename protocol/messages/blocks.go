package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// lossy are the blocks of other formats that may be left out of a history: what they found stands in the
// text behind them.
var lossy = map[string]bool{
	"web_search_call": true, "file_search_call": true, "toolCall": true, "toolResponse": true,
	"executableCode": true, "codeExecutionResult": true,
}

// opaque is a block that only one format understands; nil when it is not this one.
func (e *request) opaque(o *protocol.Opaque, path string) []byte {
	switch {
	case o == nil:
	case o.From == burncloud.Messages:
		return value(nil, o.Raw)
	case lossy[o.Type]:
		e.lose(path, "dropped: %s is a block of %s alone", o.Type, owner(o.From))
	default:
		e.refuse(path, "is %q, which only %s understands", o.Type, owner(o.From))
	}
	return nil
}

// assistant adds what the model said.
func (e *request) assistant(i int, m protocol.Message, path string) {
	for j, b := range m.Blocks {
		at := element(path+".content", j)
		last := i == len(e.r.Messages)-1 && j == len(m.Blocks)-1
		if b.Kind == protocol.BlockToolCall {
			e.open(protocol.RoleAssistant, path) // a turn begins only when the calls before it are answered
		}
		raw := e.said(b, at, last)
		if raw == nil {
			continue
		}
		t := e.open(protocol.RoleAssistant, path)
		t.thoughts = t.thoughts || len(t.blocks) == 0 && b.Kind == protocol.BlockThinking
		e.turns.bare = e.turns.bare || b.Kind == protocol.BlockToolCall && !t.thoughts
		t.blocks = append(t.blocks, raw)
	}
}

// said is one block of the model; nil when there is nothing to send. last is the very last block, which
// must not end in white space.
func (e *request) said(b protocol.Block, path string, last bool) []byte {
	switch b.Kind {
	case protocol.BlockText, protocol.BlockRefusal:
		text := b.Text
		if last && !e.native {
			text = strings.TrimRight(text, " \t\r\n")
		}
		if strings.TrimSpace(text) == "" {
			return nil
		}
		if b.Kind == protocol.BlockRefusal {
			e.lose(path, "sent as text: this format has no refusals in a history")
		}
		if len(b.Citations) > 0 {
			e.lose(path+".citations", "dropped: the vendor takes only its own in a history")
		}
		e.signature(b.Signature, path)
		return e.text(b, text, path)
	case protocol.BlockToolCall:
		if b.Call != nil {
			return e.call(b, path)
		}
	case protocol.BlockThinking:
		return e.thought(b, path)
	case protocol.BlockMedia:
		e.lose(path, "dropped: an assistant turn of this format is text")
	case protocol.BlockOpaque:
		return e.opaque(b.Opaque, path)
	case protocol.BlockToolResult:
		e.refuse(path, "is a tool result in an assistant turn")
	}
	return nil
}

// thought is a block of thinking, if Anthropic itself has sealed it: a vendor refuses any other.
func (e *request) thought(b protocol.Block, path string) []byte {
	t, from := b.Thinking, burncloud.Protocol("")
	if t == nil {
		t = &protocol.Thinking{}
	}
	if t.Signature != nil {
		from = t.Signature.From
	} else if t.Redacted != "" {
		from = e.r.From
	}
	switch {
	case from == burncloud.Messages && t.Redacted != "":
		out := word(word([]byte("{"), "type", "redacted_thinking"), "data", t.Redacted)
		return e.close(out, path)
	case from == burncloud.Messages && t.Signature.Value != "":
		out := word(word([]byte("{"), "type", "thinking"), "thinking", b.Text)
		return e.close(word(out, "signature", t.Signature.Value), path)
	case from != "" && from != burncloud.Messages:
		e.lose(path, "dropped: thoughts sealed by %s are for nobody else", from)
	default:
		e.lose(path, "dropped: the vendor takes no thoughts that it has not sealed")
	}
	return nil
}

// user adds what the user says, and what tools answer.
func (e *request) user(m protocol.Message, path string) {
	for j, b := range m.Blocks {
		at := element(path+".content", j)
		if b.Kind == protocol.BlockToolResult && b.Result != nil {
			if r, ok := e.result(b, at); ok {
				t := e.open(protocol.RoleUser, path)
				t.results = append(t.results, r)
			}
			continue
		}
		raw := e.asked(b, at)
		if raw == nil {
			continue
		}
		t := e.open(protocol.RoleUser, path)
		t.blocks = append(t.blocks, raw)
		e.turns.bare = false
	}
}

// asked is one block of the user or of a tool's result; nil when there is nothing to send.
func (e *request) asked(b protocol.Block, path string) []byte {
	switch b.Kind {
	case protocol.BlockText, protocol.BlockRefusal:
		if strings.TrimSpace(b.Text) == "" {
			return nil
		}
		if len(b.Citations) > 0 {
			e.lose(path+".citations", "dropped: a user's text has none in this format")
		}
		e.signature(b.Signature, path)
		return e.text(b, b.Text, path)
	case protocol.BlockMedia:
		return e.media(b, path)
	case protocol.BlockOpaque:
		return e.opaque(b.Opaque, path)
	case protocol.BlockThinking:
		e.lose(path, "dropped: only an assistant turn holds thoughts")
	case protocol.BlockToolCall, protocol.BlockToolResult:
		e.refuse(path, "is a %s, which cannot stand here", b.Kind)
	}
	return nil
}

// result is a tool's result.
func (e *request) result(b protocol.Block, path string) (result, bool) {
	r := b.Result
	wire, at := e.answer(r, path)
	out := word(word([]byte("{"), "type", "tool_result"), "tool_use_id", wire)
	var blocks [][]byte
	for i, inner := range r.Blocks {
		if raw := e.asked(inner, element(path+".content", i)); raw != nil {
			blocks = append(blocks, raw)
		}
	}
	if len(blocks) > 0 {
		out = list(key(out, "content"), blocks)
	}
	if r.IsError {
		out = append(key(out, "is_error"), "true"...)
	}
	e.signature(b.Signature, path)
	return result{at, e.finish(out, path, b.Cache)}, e.fault == nil
}
