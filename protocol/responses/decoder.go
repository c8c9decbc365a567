package responses

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/sse"
	"github.com/burncloud/burncloud/protocol"
)

// maxEvent is the largest event that is read, in bytes: the last one repeats the whole answer, drawn
// images too.
const maxEvent = 32 << 20

// decoder reads a vendor's stream. Its items may be told of in turns; the blocks they become are put one
// after another by the line.
type decoder struct {
	split sse.Splitter
	parse sse.Parser
	line  line

	started, ended bool
	called         bool // a call was made
	items          map[string]*flow
	newest         *flow
}

// flow is an item of a stream.
type flow struct {
	id     string
	parts  map[int]*block // of a message
	brief  *block         // of reasoning: its summary
	raw    *block         // of reasoning: its text
	call   *block
	part   int // the summary's newest part
	closed bool
}

// NewDecoder implements protocol.Bridge.
func (bridge) NewDecoder() protocol.StreamDecoder {
	return &decoder{split: sse.Splitter{Max: maxEvent}, items: map[string]*flow{}}
}

// Write implements protocol.StreamDecoder.
func (d *decoder) Write(dst []protocol.Event, p []byte) []protocol.Event {
	d.line.out = dst
	for rest := p; !d.ended; {
		piece, next, ok := d.split.Next(rest)
		if !ok {
			break
		}
		switch piece.Kind {
		case sse.Whole:
			d.whole(piece.Raw)
		case sse.Part, sse.Last:
			d.fail(broken("an event is larger than %d bytes", maxEvent))
		}
		rest = next
	}
	return d.line.take()
}

// Close implements protocol.StreamDecoder.
func (d *decoder) Close(dst []protocol.Event) []protocol.Event {
	d.line.out = dst
	if rest := d.split.Rest(); len(rest) > 0 && !d.ended {
		d.whole(rest) // some vendors leave out the last blank line
	}
	if !d.ended {
		d.fail(burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's stream stopped before its end"))
	}
	return d.line.take()
}

func (d *decoder) fail(f *burncloud.Fault) {
	d.line.add(protocol.Event{Kind: protocol.EventFail, Fault: f})
	d.ended = true
}

// whole reads one event of the stream.
func (d *decoder) whole(raw []byte) {
	name, data := d.parse.Parse(raw)
	data = legible(data)
	switch {
	case len(data) == 0:
		if len(name) == 0 && raw[0] == ':' {
			d.line.add(protocol.Event{Kind: protocol.EventPing})
		}
		return
	case string(data) == "[DONE]":
		return
	case !json.Valid(data) || data[0] != '{':
		d.fail(broken("an event is not a JSON object"))
		return
	}
	if kind := protocol.EventType(data); len(kind) > 0 {
		name = kind
	}
	if d.line.held > maxEvent {
		d.fail(broken("too much of it comes out of order"))
		return
	}
	d.event(string(name), data)
}

// told is what an event says, whatever its type.
type told struct {
	Output    *int64          `json:"output_index"`
	ItemID    string          `json:"item_id"`
	Content   int             `json:"content_index"`
	Brief     int             `json:"summary_index"`
	Delta     string          `json:"delta"`
	Text      string          `json:"text"`
	Refusal   string          `json:"refusal"`
	Arguments json.RawMessage `json:"arguments"`
	Input     string          `json:"input"`
	Item      json.RawMessage `json:"item"`
	Part      *part           `json:"part"`
	LogProbs  json.RawMessage `json:"logprobs"`
	Source    *annotation     `json:"annotation"`
	Response  *response       `json:"response"`
}

// event reads one event of a name; those that are not known are no part of the answer.
func (d *decoder) event(name string, data []byte) {
	switch name {
	case "", "error", "response.failed", "response.cancelled":
		d.failed(data)
		return
	case "keepalive", "ping":
		d.line.add(protocol.Event{Kind: protocol.EventPing})
		return
	case "response.created", "response.queued", "response.in_progress",
		"response.completed", "response.incomplete",
		"response.output_item.added", "response.output_item.done",
		"response.content_part.added", "response.content_part.done",
		"response.output_text.delta", "response.output_text.done", "response.output_text.annotation.added",
		"response.refusal.delta", "response.refusal.done",
		"response.reasoning_summary_part.added", "response.reasoning_summary_text.delta", "response.reasoning_text.delta",
		"response.function_call_arguments.delta", "response.function_call_arguments.done",
		"response.custom_tool_call_input.delta", "response.custom_tool_call_input.done":
	default:
		return
	}
	var v told
	if name == "response.content_part.added" || name == "response.content_part.done" {
		var head struct {
			Part struct {
				Type string `json:"type"`
			} `json:"part"`
		}
		if json.Unmarshal(data, &head) == nil && !known(head.Part.Type) {
			return // it comes whole with its item
		}
	}
	if err := json.Unmarshal(data, &v); err != nil {
		d.fail(broken("%v", err))
		return
	}
	if v.Response != nil {
		d.start(v.Response)
	}
	switch name {
	case "response.created", "response.queued", "response.in_progress":
	case "response.completed", "response.incomplete":
		d.end(name, data, v.Response)
	default:
		d.start(&response{})
		d.body(name, &v)
	}
}

// start opens the stream, once.
func (d *decoder) start(v *response) {
	if !d.started {
		d.started = true
		d.line.add(protocol.Event{Kind: protocol.EventStart, Start: v.head()})
	}
}

// failed reads an event that says that there will be no answer.
func (d *decoder) failed(data []byte) {
	f := failure(data)
	if f == nil {
		if protocol.EventType(data) == nil { // neither an event nor an error
			return
		}
		f = broken("it ends in an error without a reason")
	}
	d.fail(f)
}

// body reads what is said of an item.
func (d *decoder) body(name string, v *told) {
	switch name {
	case "response.output_item.added":
		d.added(v)
		return
	case "response.output_item.done":
		d.done(v)
		return
	}
	f := d.flow(v)
	if f.closed {
		return
	}
	switch name {
	case "response.content_part.added":
		if v.Part != nil && v.Part.Type != "reasoning_text" && v.Part.Type != "summary_text" {
			d.text(f, v.Content, v.Part.Type == "refusal")
		}
	case "response.content_part.done":
		if v.Part != nil && v.Part.Type != "reasoning_text" && v.Part.Type != "summary_text" {
			d.textDone(f, v.Content, v.Part)
		}
	case "response.output_text.delta":
		d.line.delta(d.text(f, v.Content, false), v.Delta, v.LogProbs)
	case "response.output_text.done":
		d.line.repair(d.text(f, v.Content, false), v.Text, v.LogProbs)
	case "response.output_text.annotation.added":
		if v.Source != nil {
			b := d.text(f, v.Content, false)
			b.sources = append(b.sources, citations([]annotation{*v.Source})...)
		}
	case "response.refusal.delta":
		d.line.delta(d.text(f, v.Content, true), v.Delta, nil)
	case "response.refusal.done":
		d.line.repair(d.text(f, v.Content, true), v.Refusal, nil)
	case "response.reasoning_summary_text.delta":
		d.brief(f, v.Brief, v.Delta)
	case "response.reasoning_text.delta":
		if f.raw == nil {
			f.raw = d.line.open(thinking(false))
		}
		d.line.delta(f.raw, v.Delta, nil)
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		d.line.delta(d.call(f), v.Delta, nil)
	case "response.function_call_arguments.done":
		d.line.repair(d.call(f), argumentsOf(v.Arguments), nil)
	case "response.custom_tool_call_input.done":
		d.line.repair(d.call(f), v.Input, nil)
	}
}

// flow is the item that an event is about: by its place, which all good vendors tell, else by its id,
// else the newest.
func (d *decoder) flow(v *told) *flow {
	key := ""
	switch {
	case v.Output != nil:
		key = fmt.Sprintf("#%d", *v.Output)
	case v.ItemID != "":
		key = v.ItemID
	case d.newest != nil:
		return d.newest
	}
	f := d.items[key]
	if f == nil {
		f = d.fresh(key)
	}
	return f
}

func (d *decoder) fresh(key string) *flow {
	f := &flow{parts: map[int]*block{}, id: fmt.Sprintf("call_%d", len(d.items))}
	d.items[key], d.newest = f, f
	return f
}

// end reads the event that ends the answer.
func (d *decoder) end(name string, data []byte, v *response) {
	if f := failure(data); f != nil {
		d.fail(f)
		return
	}
	if v == nil {
		d.fail(broken("it ends without a response"))
		return
	}
	if len(d.items) == 0 { // nothing was told along the way
		for i, raw := range v.Output {
			at := int64(i)
			if d.done(&told{Output: &at, Item: raw}); d.ended {
				return
			}
		}
	}
	if d.line.stuck() {
		d.fail(nameless())
		return
	}
	d.line.finishAll()
	if u, ok := usageOf(v.Usage); ok {
		d.line.add(protocol.Event{Kind: protocol.EventUsage, Usage: &u})
	}
	if name == "response.incomplete" {
		v.Status = "incomplete"
	}
	d.line.add(protocol.Event{Kind: protocol.EventStop, Stop: v.stop(d.called)})
	d.ended = true
}
