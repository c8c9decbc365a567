package responses

import (
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// assistant writes the items of a turn of the model, in order.
func (w *composer) assistant(path string, blocks []protocol.Block) *burncloud.Fault {
	var said []placed
	before, lost := len(w.b), len(w.losses)
	for i, b := range place(path+".content", blocks) {
		speech := b.Kind == protocol.BlockText || b.Kind == protocol.BlockRefusal ||
			b.Kind == protocol.BlockOpaque && b.Opaque != nil && b.Opaque.From == burncloud.Responses && strings.HasPrefix(b.Opaque.Type, "content.")
		if speech {
			if b.Text != "" || b.Opaque != nil {
				said = append(said, b)
			}
			continue
		}
		w.spoken(said)
		said = nil
		switch {
		case b.Kind == protocol.BlockThinking:
			w.thought(b, fmt.Sprintf("rs_%s_%d", digits(path), i))
		case b.Kind == protocol.BlockToolCall && b.Call != nil:
			w.call(b, fmt.Sprintf("call_%s_%d", digits(path), i))
		case b.Kind == protocol.BlockMedia && b.Media != nil:
			w.drawn(b, fmt.Sprintf("ig_%s_%d", digits(path), i))
		case b.Kind == protocol.BlockOpaque && b.Opaque != nil:
			if fault := w.opaque(b, false); fault != nil {
				return fault
			}
		default:
			return refuse(b.path, fmt.Sprintf("is a %s, which cannot stand here", b.Kind))
		}
	}
	w.spoken(said)
	if len(w.b) == before && len(w.losses) == lost {
		w.add(path, "dropped: it is empty")
	}
	return nil
}

// digits is the number in "messages[7]".
func digits(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, "messages["), "]")
}

// spoken writes what the model said: a plain text as it is, else part by part.
func (w *composer) spoken(said []placed) {
	if len(said) == 0 {
		return
	}
	w.open('{')
	w.keyText("role", "assistant")
	w.key("content")
	if b := said[0]; len(said) == 1 && b.Kind == protocol.BlockText && len(b.Citations) == 0 {
		w.text(b.Text)
		w.shut('}')
		w.unmarked(b)
		return
	}
	w.open('[')
	for _, b := range said {
		switch b.Kind {
		case protocol.BlockText:
			w.outputText(b.Text, w.sources(b), nil)
		case protocol.BlockRefusal:
			w.refusal(b.Text)
		default:
			w.raw(b.Opaque.Raw)
		}
		w.unmarked(b)
	}
	w.shut(']')
	w.shut('}')
}

// sources are the citations that can be carried: those with an address.
func (w *composer) sources(b placed) []protocol.Citation {
	var out []protocol.Citation
	for i, c := range b.Citations {
		path := fmt.Sprintf("%s.citations[%d]", b.path, i)
		if c.URL == "" {
			w.add(path, "dropped: the vendor cites addresses only")
			continue
		}
		if c.Quote != "" {
			w.add(path+".cited_text", "dropped: the vendor has no such field")
		}
		out = append(out, c)
	}
	return out
}

// thought writes a reasoning item, if it is of this protocol.
func (w *composer) thought(b placed, id string) {
	t := b.Thinking
	if t == nil {
		t = &protocol.Thinking{}
	}
	sealed := t.Signature != nil && t.Signature.From == burncloud.Responses
	open := t.Signature == nil && w.r.From == burncloud.Responses && b.Text != ""
	if !sealed && !open || t.Redacted != "" {
		w.add(b.path, "dropped: thoughts can be sent back only to the vendor who sealed them")
		return
	}
	content := ""
	if sealed {
		own := ""
		if own, content = signed(t.Signature.Value); own != "" {
			id = own
		}
	}
	w.open('{')
	w.keyText("type", "reasoning")
	w.keyText("id", id)
	w.key("summary")
	w.open('[')
	if b.Text != "" && t.Summary {
		w.summaryText(b.Text)
	}
	w.shut(']')
	if b.Text != "" && !t.Summary {
		w.key("content")
		w.open('[')
		w.open('{')
		w.keyText("type", "reasoning_text")
		w.keyText("text", b.Text)
		w.shut('}')
		w.shut(']')
	}
	w.optText("encrypted_content", content)
	w.shut('}')
	w.unmarked(b)
}

// longestID is the longest call_id, in bytes.
const longestID = 64

// call writes the model's call of a tool. Its id is the client's where it fits, and made from its place
// where there is none.
func (w *composer) call(b placed, minted string) {
	c := b.Call
	id := c.ID
	switch {
	case id == "":
		id = minted
	case len(id) > longestID:
		id = "call_" + digest(id, 32)
	}
	if c.ID != "" {
		w.calls[c.ID] = id
	}
	w.waiting = append(w.waiting, called{id, c.Name, b.path})
	w.open('{')
	if c.Custom {
		w.custom[id] = true
		w.keyText("type", "custom_tool_call")
		w.keyText("call_id", id)
		w.keyText("name", c.Name)
		w.keyText("input", c.Args)
	} else {
		w.keyText("type", "function_call")
		w.keyText("call_id", id)
		w.keyText("name", c.Name)
		w.keyText("arguments", arguments(c.Args))
	}
	w.shut('}')
	w.unmarked(b)
}

// arguments are those of a call; none are an empty object.
func arguments(s string) string {
	if strings.TrimSpace(s) == "" {
		return "{}"
	}
	return s
}

// drawn writes an image that the model made, which only this protocol's own clients can send.
func (w *composer) drawn(b placed, id string) {
	if w.r.From != burncloud.Responses || b.Media.Kind != protocol.MediaImage || b.Media.Base64 == "" {
		w.add(b.path, "dropped: the vendor takes no %s of the model's own", b.Media.Kind)
		return
	}
	w.image(id, b.Media)
	w.unmarked(b)
}
