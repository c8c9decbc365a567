package messages

import (
	"bytes"

	"github.com/burncloud/burncloud/protocol"
)

// wireBlock is the open block: what is known of it beside its text.
type wireBlock struct {
	index     int64
	head      *protocol.Block
	late      string // a call's input that came with its head, used when no more comes
	written   bool   // a call's input comes in pieces
	signature string
	citations []protocol.Citation
	members   []protocol.Member // of an opaque block, which is given whole at its end
	input     []byte            // of an opaque block
}

// add adds a delta to a block that only this format knows: pieces of its input, or members.
func (w *wireBlock) add(kind string, v *object) {
	if kind == "input_json_delta" {
		w.input = append(w.input, v.text("partial_json")...)
		return
	}
	for _, m := range v.members {
		if m.Name != "type" {
			w.set(m.Name, bytes.Clone(m.Value))
		}
	}
}

func (w *wireBlock) set(name string, raw []byte) {
	for i := range w.members {
		if w.members[i].Name == name {
			w.members[i].Value = raw
			return
		}
	}
	w.members = append(w.members, protocol.Member{Name: name, Value: raw})
}

// message takes a whole answer in place of a stream.
func (d *decoder) message(dst []protocol.Event, body []byte) []protocol.Event {
	if d.started {
		return dst
	}
	a, fault := bridge{}.DecodeResponse(body)
	if fault != nil {
		return d.fail(dst, fault)
	}
	d.ended = true
	c := a.Choices[0]
	head := *a
	head.Choices = nil
	dst = append(dst, protocol.Event{Kind: protocol.EventStart, Start: &head})
	for i, b := range c.Blocks {
		at, tail := b, protocol.Block{Kind: b.Kind, Citations: b.Citations}
		text := b.Text
		at.Text, at.Citations = "", nil
		if b.Call != nil {
			text, at.Call = b.Call.Args, &protocol.ToolCall{ID: b.Call.ID, Name: b.Call.Name}
		}
		if b.Thinking != nil && b.Thinking.Redacted == "" && b.Thinking.Signature != nil {
			at.Thinking, tail.Thinking = &protocol.Thinking{}, b.Thinking
		}
		dst = append(dst, protocol.Event{Kind: protocol.EventBlockStart, Index: i, Block: &at})
		if text != "" {
			dst = append(dst, protocol.Event{Kind: protocol.EventDelta, Index: i, Text: text})
		}
		last := protocol.Event{Kind: protocol.EventBlockStop, Index: i}
		if tail.Citations != nil || tail.Thinking != nil {
			last.Block = &tail
		}
		dst = append(dst, last)
	}
	if a.HasUsage {
		u := a.Usage
		dst = append(dst, protocol.Event{Kind: protocol.EventUsage, Usage: &u})
	}
	return append(dst, protocol.Event{Kind: protocol.EventStop, Stop: c.Stop, Sequence: c.Sequence})
}
