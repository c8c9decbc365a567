package chat

import (
	"fmt"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// assistant writes a turn of the model.
func (e *encoding) assistant(i int, m *protocol.Message) {
	t := turn{name: m.Name}
	for j := range m.Blocks {
		e.say(fmt.Sprintf("%s.content[%d]", at(i), j), &t, &m.Blocks[j])
	}
	if e.thoughts(at(i), &t); t.empty() {
		return
	}
	e.w.open('{')
	e.w.str("role", "assistant")
	e.w.some("name", t.name)
	switch {
	case len(t.parts) > 0:
		e.w.array("content")
		if t.content != "" {
			e.w.open('{')
			e.w.str("type", "text")
			e.w.str("text", t.content)
			e.w.shut('}')
		}
		for _, raw := range t.parts {
			e.w.rawElement(raw)
		}
		e.w.shut(']')
	case t.content != "":
		e.w.str("content", t.content)
	case len(t.calls) > 0 || t.refusal != "" || t.audio != nil:
		e.w.null("content")
	default:
		e.w.str("content", "")
	}
	e.w.some("refusal", t.refusal)
	if t.audio != nil {
		e.w.raw("audio", t.audio)
	}
	if t.reasoning {
		e.writeThoughts(&t)
	}
	e.calls(&t)
	e.w.shut('}')
}

// turn is what a turn of the model comes to in this format.
type turn struct {
	name      string
	content   string
	parts     [][]byte
	refusal   string
	audio     []byte
	thinking  []*protocol.Block
	reasoning bool // the thoughts are sent
	calls     []*protocol.Block
	places    []string // of the calls
}

func (t *turn) empty() bool {
	return t.content == "" && t.parts == nil && t.refusal == "" && t.audio == nil && len(t.calls) == 0 && !t.reasoning
}

// say takes one block into a turn.
func (e *encoding) say(place string, t *turn, b *protocol.Block) {
	switch {
	case b.Kind == protocol.BlockText:
		t.content += b.Text
	case b.Kind == protocol.BlockRefusal && (e.family.openai || e.r.From == burncloud.Chat):
		t.refusal += b.Text
	case b.Kind == protocol.BlockRefusal:
		t.content += b.Text
		e.lose(place, "sent as text: the vendor may not know refusals")
	case b.Kind == protocol.BlockToolCall && b.Call != nil:
		t.calls, t.places = append(t.calls, b), append(t.places, place)
	case b.Kind == protocol.BlockThinking:
		t.thinking = append(t.thinking, b)
	case b.Kind == protocol.BlockOpaque && b.Opaque != nil && b.Opaque.From == burncloud.Chat:
		if b.Opaque.Type == "audio" {
			t.audio = b.Opaque.Raw
		} else {
			t.parts = append(t.parts, b.Opaque.Raw)
		}
	case b.Kind == protocol.BlockOpaque && b.Opaque != nil:
		e.foreign(place, b.Opaque)
	default:
		e.lose(place, "dropped: the vendor takes media only from the user")
	}
	if b.Cache != "" {
		e.lose(place+".cache_control", noField)
	}
	if len(b.Citations) > 0 {
		e.lose(place+".citations", noField)
	}
	if b.Signature != nil && b.Kind != protocol.BlockToolCall {
		e.lose(place+".signature", "dropped: it is another vendor's")
	}
}

// calls writes the calls of a turn, whose results must follow.
func (e *encoding) calls(t *turn) {
	if len(t.calls) == 0 {
		return
	}
	e.w.array("tool_calls")
	for n, b := range t.calls {
		c := b.Call
		kind, name, args := "function", "arguments", c.Args
		switch {
		case c.Custom && e.family.openai:
			kind, name = "custom", "input"
		case c.Custom:
			args = `{"input":` + string(jsonedit.AppendString(nil, c.Args)) + "}"
		case args == "":
			args = "{}"
		}
		e.checkName(t.places[n], c.Name)
		e.pending = append(e.pending, c.ID)
		e.w.open('{')
		e.w.str("id", e.family.callID(c.ID))
		e.w.str("type", kind)
		e.w.object(kind)
		e.w.str("name", c.Name)
		e.w.str(name, args)
		e.w.shut('}')
		e.seal(t.places[n], b.Signature)
		e.w.shut('}')
	}
	e.w.shut(']')
}

// seal writes the seal of a call, in the form that Google's own endpoint of this format uses.
func (e *encoding) seal(place string, s *protocol.Signature) {
	switch {
	case s == nil:
	case s.From == burncloud.Chat || e.r.From == burncloud.Chat:
		writeSeal(&e.w, s)
	default:
		e.lose(place+".signature", "dropped: it is another vendor's")
	}
}

func writeSeal(w *writer, s *protocol.Signature) {
	w.object("extra_content")
	w.object("google")
	w.str("thought_signature", s.Value)
	w.b = append(w.b, "}}"...)
}
