package gemini

import (
	"fmt"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// contents reads the turns of a request. Calls and results need not have ids here: they are paired by
// name and order, and get ids by their place, so that the same history always reads the same.
type contents struct {
	r       *reader
	path    string
	turn    int
	part    int
	waiting queue // calls of the last model turn that have no result yet
	modeled bool  // the turn before was the model's
}

func (c *contents) read(top *object) (out []protocol.Message) {
	for i, raw := range top.list("contents") {
		o := c.r.object(raw, element("contents", i))
		c.turn = i
		m := protocol.Message{Role: protocol.RoleUser}
		switch role := o.text("role"); role {
		case "user", "function", "":
			c.modeled = false
		case "model":
			m.Role = protocol.RoleAssistant
			if !c.modeled {
				c.waiting = queue{}
			}
			c.modeled = true
		default:
			c.r.fail(o.sub("role"), `must be "user" or "model"`)
		}
		m.Blocks = c.parts(o)
		o.rest()
		switch n := len(out) - 1; {
		case len(m.Blocks) == 0:
		case n >= 0 && out[n].Role == m.Role: // some clients keep each event of a stream as a turn
			out[n].Blocks = append(out[n].Blocks, m.Blocks...)
		default:
			out = append(out, m)
		}
	}
	for i := range out {
		if out[i].Role == protocol.RoleAssistant {
			out[i].Blocks = joined(out[i].Blocks)
		}
	}
	return out
}

// system reads the systemInstruction, whose role says nothing.
func (c *contents) system(o *object) []protocol.Block {
	o.take("role")
	blocks := c.parts(o)
	o.rest()
	for _, b := range blocks {
		if b.Kind != protocol.BlockText {
			c.r.fail(o.sub("parts"), "must be text")
		}
	}
	return blocks
}

func (c *contents) parts(o *object) (out []protocol.Block) {
	for i, raw := range o.list("parts") {
		c.part, c.path = i, element(o.sub("parts"), i)
		if b, ok := c.block(c.r.object(raw, c.path), raw); ok {
			out = append(out, b)
		}
	}
	return out
}

// joined puts together what the model said in the pieces of a stream, which some clients send back piece by
// piece. What Google has sealed stays as it is; another vendor's seal is one on all pieces before it.
func joined(blocks []protocol.Block) []protocol.Block {
	out := blocks[:0]
	for _, b := range blocks {
		n := len(out) - 1
		switch {
		case n < 0 || out[n].Kind != b.Kind || out[n].Signature != nil || b.Signature != nil:
		case b.Kind == protocol.BlockText:
			out[n].Text += b.Text
			continue
		case b.Kind == protocol.BlockThinking && out[n].Thinking.Signature == nil && b.Thinking.Redacted == "" &&
			(b.Thinking.Signature == nil || b.Thinking.Signature.From != burncloud.Gemini):
			out[n].Text += b.Text
			out[n].Thinking = b.Thinking
			continue
		}
		out = append(out, b)
	}
	return out
}

// portable are the kinds of parts that the neutral model has a word for. A part has exactly one kind.
var portable = []string{"text", "inlineData", "fileData", "functionCall", "functionResponse"}

// beside are the members of a part that may accompany its kind.
var beside = []string{"thought", "thoughtSignature", "videoMetadata", "mediaResolution", "mediaProcessing", "partMetadata", "speechMetadata"}

// block reads a part; ok is false when it says nothing.
func (c *contents) block(o *object, raw []byte) (b protocol.Block, ok bool) {
	kind, kinds := "", 0
	for _, m := range o.members {
		if !slices.Contains(beside, m.Name) && string(m.Value) != "null" {
			kind = m.Name
			kinds++
		}
	}
	s, redacted, whose := disclose(o.text("thoughtSignature"))
	thought := o.flag("thought")
	isThought := thought != nil && *thought
	switch {
	case kinds > 1:
		c.r.fail(c.path, "must have exactly one kind of content")
		return b, false
	case !whose:
		c.r.fail(o.sub("thoughtSignature"), "was made by this gateway and is damaged")
		return b, false
	case kinds == 0 && s == nil && !isThought:
		c.r.fail(c.path, "has no content")
		return b, false
	case kinds == 1 && !slices.Contains(portable, kind):
		return protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Gemini, Type: kind, Raw: slices.Clone(raw)}}, true
	case isThought && (kind == "text" || kinds == 0):
		b = protocol.Block{Kind: protocol.BlockThinking, Text: o.text("text"), Thinking: &protocol.Thinking{Signature: s, Redacted: redacted, Summary: redacted == ""}}
		ok = b.Text != "" || s != nil
	default:
		b, ok = c.portable(o, kind)
		b.Signature = s
		ok = ok || s != nil
	}
	o.rest()
	return b, ok
}

// portable reads a part that is no thought.
func (c *contents) portable(o *object, kind string) (b protocol.Block, ok bool) {
	switch kind {
	case "inlineData":
		return protocol.Block{Kind: protocol.BlockMedia, Media: inline(o.child(kind), o)}, true
	case "fileData":
		return protocol.Block{Kind: protocol.BlockMedia, Media: file(o.child(kind), o)}, true
	case "functionCall":
		call := c.call(o.child(kind))
		return protocol.Block{Kind: protocol.BlockToolCall, Call: call}, true
	case "functionResponse":
		return protocol.Block{Kind: protocol.BlockToolResult, Result: c.result(o.child(kind))}, true
	}
	b = protocol.Block{Kind: protocol.BlockText, Text: o.text("text")}
	return b, b.Text != ""
}

func (c *contents) call(f *object) *protocol.ToolCall {
	call := &protocol.ToolCall{ID: f.text("id"), Name: f.need("name"), Args: args(f)}
	if call.ID == "" {
		call.ID = placed(c.turn, c.part)
	}
	f.rest()
	c.waiting.add(call.ID, call.Name)
	return call
}

// args are the arguments of a call, on one line.
func args(f *object) string {
	raw := f.take("args")
	if raw == nil {
		if f.index("partialArgs") >= 0 {
			f.r.fail(f.sub("args"), "is missing; send the arguments of a call whole, not in partialArgs")
		}
		return "{}"
	}
	if raw[0] != '{' {
		f.r.fail(f.sub("args"), "must be an object")
	}
	return string(value(nil, raw))
}

// placed is the id of a call that has none: where it stands.
func placed(turn, part int) string { return fmt.Sprintf("call_%d_%d", turn, part) }

func (c *contents) result(f *object) *protocol.ToolResult {
	res := &protocol.ToolResult{ID: f.text("id"), Name: f.need("name")}
	res.ID = c.answer(res.ID, res.Name)
	if raw := f.take("response"); raw != nil {
		res.Blocks, res.IsError = readResult(f.r.object(raw, f.sub("response")), raw)
	}
	for i, raw := range f.list("parts") {
		p := f.r.object(raw, element(f.sub("parts"), i))
		var m *protocol.Media
		if d := p.child("inlineData"); d != nil {
			m = inline(d, p)
		} else if d := p.child("fileData"); d != nil {
			m = file(d, p)
		} else {
			f.r.fail(p.path, "must have inlineData or fileData")
			continue
		}
		res.Blocks = append(res.Blocks, protocol.Block{Kind: protocol.BlockMedia, Media: m})
		p.rest()
	}
	f.rest()
	return res
}

// answer finds the call that a result belongs to, and returns its id: the one with the same id, else the
// oldest of the same name. A result without a call keeps its id, or gets one that no call has.
func (c *contents) answer(id, name string) string {
	n := -1
	if id != "" {
		n = c.waiting.byID(id)
	}
	if n < 0 {
		n = c.waiting.byName(name)
	}
	switch {
	case n >= 0:
		return c.waiting.take(n)
	case id == "":
		return placed(c.turn, c.part)
	}
	return id
}

// readResult is what a function answered. Google's convention is an object with an output or an error;
// any other object is the answer itself.
func readResult(o *object, raw []byte) (blocks []protocol.Block, failed bool) {
	count, last := 0, ""
	for _, m := range o.members {
		if string(m.Value) != "null" {
			count++
			last = m.Name
		}
	}
	text := string(value(nil, raw))
	failed = o.take("error") != nil
	switch {
	case count == 0:
		return nil, false
	case count > 1:
	case last == "output", last == "result", last == "content", last == "error":
		if said := o.take(last); said[0] == '"' {
			text = o.text(last)
		} else if failed {
			text = string(value(nil, said))
		}
	}
	if text == "" {
		return nil, failed
	}
	return []protocol.Block{{Kind: protocol.BlockText, Text: text}}, failed
}
