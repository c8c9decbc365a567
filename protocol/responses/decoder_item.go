package responses

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud/protocol"
)

// added reads the head of an item.
func (d *decoder) added(v *told) {
	kind := typeOf(v.Item)
	var it item
	switch kind {
	case "message", "reasoning", "function_call", "custom_tool_call":
		if err := json.Unmarshal(v.Item, &it); err != nil {
			d.fail(broken("%v", err))
			return
		}
	}
	if v.ItemID == "" {
		v.ItemID = it.ID
	}
	f := d.flow(v)
	if f.closed { // a vendor that gives all items one place
		key := v.ItemID
		if v.Output != nil {
			key = fmt.Sprintf("#%d", *v.Output)
		}
		f = d.fresh(key)
	}
	if kind == "function_call" || kind == "custom_tool_call" {
		d.named(f, &it)
	}
}

// named makes a call known; what it is called with follows.
func (d *decoder) named(f *flow, it *item) *block {
	b := d.call(f)
	if b.ready || it.Name == "" {
		return b
	}
	c := it.called(f.id)
	c.Args = ""
	b.start.Call = c
	d.line.ready(b)
	return b
}

// call is the block of an item that is a call. It is not ready before its name is known.
func (d *decoder) call(f *flow) *block {
	if f.call == nil {
		d.called = true
		f.call = d.line.hold(protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: f.id}})
	}
	return f.call
}

// text is the block of a part of a message.
func (d *decoder) text(f *flow, at int, refusal bool) *block {
	b := f.parts[at]
	if b == nil {
		kind := protocol.BlockText
		if refusal {
			kind = protocol.BlockRefusal
		}
		b = d.line.open(protocol.Block{Kind: kind})
		f.parts[at] = b
	}
	return b
}

// textDone reads a part of a message that is complete.
func (d *decoder) textDone(f *flow, at int, p *part) {
	b := d.text(f, at, p.Type == "refusal")
	d.line.repair(b, p.Text+p.Refusal, p.LogProbs)
	if sources := citations(p.Annotations); len(sources) > 0 {
		b.sources = sources
	}
	end := b.end()
	d.line.finish(b, end)
}

func thinking(summary bool) protocol.Block {
	return protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Summary: summary}}
}

// brief reads a piece of a summary. Its parts are joined by blank lines.
func (d *decoder) brief(f *flow, at int, text string) {
	if f.brief == nil {
		f.brief = d.line.open(thinking(true))
	} else if at != f.part && f.brief.got > 0 {
		text = "\n\n" + text
	}
	f.part = at
	d.line.delta(f.brief, text, nil)
}

// done reads a whole item: what was not told before is told now.
func (d *decoder) done(v *told) {
	kind := typeOf(v.Item)
	var it item
	switch kind {
	case "message", "reasoning", "function_call", "custom_tool_call", "image_generation_call":
		if err := json.Unmarshal(v.Item, &it); err != nil {
			d.fail(broken("%v", err))
			return
		}
	}
	if v.ItemID == "" {
		v.ItemID = it.ID
	}
	f := d.flow(v)
	if f.closed {
		return
	}
	f.closed = true
	switch kind {
	case "message":
		d.messageDone(f, &it)
	case "reasoning":
		d.reasoningDone(f, &it)
	case "function_call", "custom_tool_call":
		d.callDone(f, &it)
	case "":
		d.line.drop(f)
	default:
		d.line.drop(f)
		b := opaque(kind, v.Item)
		if it.Result != "" {
			b = it.image()
		}
		d.line.finish(d.line.open(b), nil)
	}
}

func (d *decoder) messageDone(f *flow, it *item) {
	in, raws, err := parts(it.Content)
	if err != nil {
		d.fail(broken("%v", err))
		return
	}
	for i := range in {
		if in[i].Type == "output_text" || in[i].Type == "text" || in[i].Type == "input_text" || in[i].Type == "refusal" {
			d.textDone(f, i, &in[i])
			continue
		}
		b, ok := in[i].block()
		if !ok {
			b = opaque("content."+in[i].Type, raws[i])
		}
		d.line.finish(d.line.open(b), nil)
	}
	d.line.drop(f)
}

func (d *decoder) reasoningDone(f *flow, it *item) {
	blocks, err := it.thoughts(sign(it.ID, it.Encrypted), "")
	if err != nil {
		d.fail(broken("%v", err))
		return
	}
	for i := range blocks {
		b := &blocks[i]
		at := &f.raw
		if b.Thinking.Summary {
			at = &f.brief
		}
		if *at == nil {
			*at = d.line.open(thinking(b.Thinking.Summary))
		}
		d.line.repair(*at, b.Text, nil)
		if b.Thinking.Signature != nil {
			d.line.finish(*at, &protocol.Block{Kind: protocol.BlockThinking, Thinking: b.Thinking})
		}
	}
	d.line.drop(f)
}

func (d *decoder) callDone(f *flow, it *item) {
	b := d.named(f, it)
	args := it.Input
	if it.Type == "function_call" {
		args = argumentsOf(it.Arguments)
	}
	d.line.repair(b, args, nil)
	if !b.ready {
		d.fail(nameless())
		return
	}
	d.line.finish(b, nil)
}
