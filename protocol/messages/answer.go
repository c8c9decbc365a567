package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// EncodeResponse implements protocol.Bridge. Losses are by their place in the reply's content, counted as
// the vendor's blocks are.
func (bridge) EncodeResponse(s *protocol.Response, r *protocol.Request) ([]byte, []protocol.Loss) {
	a := &answer{r: r}
	out := word(word([]byte("{"), "id", messageID(s)), "type", "message")
	out = word(word(out, "role", "assistant"), "model", a.model(s))
	var c protocol.Choice
	if len(s.Choices) > 0 {
		c = s.Choices[0]
	}
	if len(s.Choices) > 1 {
		a.lose("choices", "dropped: this format has one answer, the first")
	}
	if c.LogProbs != nil {
		a.lose("logprobs", "dropped: this format has none")
	}
	out = append(key(out, "content"), '[')
	called := false
	for i := range c.Blocks {
		raw := a.block(&c.Blocks[i], i)
		if raw == nil {
			continue
		}
		called = called || c.Blocks[i].Kind == protocol.BlockToolCall
		out = append(next(out), raw...)
	}
	out = appendStop(append(out, ']'), c.Stop, c.Sequence, called)
	a.tier(s.ServiceTier)
	out = appendUsage(key(out, "usage"), s.Usage, s.ServiceTier)
	return append(out, '}'), a.losses
}

// tier tells of a service tier that this format has no word for.
func (a *answer) tier(tier string) {
	if tier != "" && tier != "default" && tier != "priority" {
		a.lose("usage.service_tier", "told as standard: this format has no tier "+tier)
	}
}

func content(i int) string { return element("content", i) }

// block is one block of a reply; nil when there is nothing to send.
func (a *answer) block(b *protocol.Block, i int) []byte {
	a.signature(b, i)
	switch b.Kind {
	case protocol.BlockText, protocol.BlockRefusal:
		if b.Text == "" {
			return nil
		}
		out := word(word([]byte("{"), "type", "text"), "text", b.Text)
		if b.Kind == protocol.BlockRefusal {
			a.lose(content(i), "sent as text: this format has no blocks of refusal")
		}
		if cited := a.citations(b.Citations, i); len(cited) > 0 {
			out = list(key(out, "citations"), cited)
		}
		return append(out, '}')
	case protocol.BlockToolCall:
		if b.Call != nil {
			return a.call(b.Call, i)
		}
	case protocol.BlockThinking:
		return a.thought(b, i)
	case protocol.BlockMedia:
		if b.Media != nil {
			return append(word(word([]byte("{"), "type", "text"), "text", a.note(b.Media, i)), '}')
		}
	case protocol.BlockOpaque:
		return a.opaque(b.Opaque, i)
	case protocol.BlockToolResult:
		a.lose(content(i), "dropped: a reply of this format holds no tool results")
	}
	return nil
}

func (a *answer) signature(b *protocol.Block, i int) {
	if b.Signature != nil {
		a.lose(content(i)+".signature", "dropped: this format has no place for a seal of "+owner(b.Signature.From))
	}
}

// citations are the sources of a text, as far as they are addresses.
func (a *answer) citations(all []protocol.Citation, i int) (out [][]byte) {
	for _, c := range all {
		if c.URL == "" {
			a.lose(content(i)+".citations", "dropped: a source without address")
			continue
		}
		if c.Start != 0 || c.End != 0 {
			a.lose(content(i)+".citations", "said of the whole text: this format cites no parts")
		}
		out = append(out, appendCitation(nil, c))
	}
	return out
}

// call is a call of a tool. A call that is no object is cut off, and a client could only run it wrongly.
func (a *answer) call(c *protocol.ToolCall, i int) []byte {
	args := strings.TrimSpace(c.Args)
	switch {
	case c.Custom:
		a.lose(content(i), "sent with the input {\"input\": text}: this format has no tools without a schema")
		args = string(append(word([]byte("{"), "input", c.Args), '}'))
	case args == "":
		args = "{}"
	case !isObject([]byte(args)):
		a.lose(content(i), "dropped: the arguments of the call are no JSON object")
		return nil
	}
	out := word(word(word([]byte("{"), "type", "tool_use"), "id", callID(c, i)), "name", c.Name)
	return append(value(key(out, "input"), []byte(args)), '}')
}

// thought is a block of thinking. Seals of other vendors go in an envelope.
func (a *answer) thought(b *protocol.Block, i int) []byte {
	signature, data, ok := enclose(b.Thinking)
	if !ok {
		a.lose(content(i), "dropped: thoughts sealed by nobody knows whom")
		return nil
	}
	if data != "" {
		return append(word(word([]byte("{"), "type", "redacted_thinking"), "data", data), '}')
	}
	text := b.Text
	if a.hidden() {
		text = ""
	}
	if text == "" && signature == "" {
		return nil
	}
	out := word(word([]byte("{"), "type", "thinking"), "thinking", text)
	return append(word(out, "signature", signature), '}')
}

// note stands for media, which a reply cannot hold.
func (a *answer) note(m *protocol.Media, i int) string {
	a.lose(content(i), "a note in its place: a reply of this format is text")
	return note(m)
}

func (a *answer) opaque(o *protocol.Opaque, i int) []byte {
	if o == nil {
		return nil
	}
	if o.From != burncloud.Messages {
		a.lose(content(i), "dropped: "+o.Type+" is a block of "+owner(o.From)+" alone")
		return nil
	}
	return value(nil, o.Raw)
}
