package responses

import (
	"fmt"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// encoder writes a stream. It keeps what was said, because the last event repeats all of it.
type encoder struct {
	writer
	a     *answer
	r     *protocol.Request
	seq   int64
	usage *burncloud.Usage

	ended   bool
	open    bool // a block is open
	skipped bool // it has no form here
	item    bool // the last item is announced and not done
	begun   bool // the open block's summary part is announced
	others  map[int]bool
}

// NewEncoder implements protocol.Bridge.
func (bridge) NewEncoder(r *protocol.Request) protocol.StreamEncoder {
	return &encoder{r: r, others: map[int]bool{}}
}

// Losses implements protocol.StreamEncoder.
func (e *encoder) Losses() []protocol.Loss {
	if e.a == nil {
		return nil
	}
	return e.a.losses
}

// Encode implements protocol.StreamEncoder.
func (e *encoder) Encode(dst []byte, v *protocol.Event) []byte {
	if e.ended {
		return dst
	}
	e.b = dst
	switch {
	case v.Kind == protocol.EventPing:
		e.b = append(e.b, ": ping\n\n"...)
	case v.Kind == protocol.EventFail:
		e.fail(v.Fault)
	case v.Choice != 0:
		e.start(nil)
		if !e.others[v.Choice] {
			e.others[v.Choice] = true
			e.a.add(fmt.Sprintf("choices[%d]", v.Choice), "dropped: the format has one answer")
		}
	default:
		e.step(v)
	}
	out := e.b
	e.b = nil
	return out
}

// step writes an event of the one answer there is.
func (e *encoder) step(v *protocol.Event) {
	e.start(v.Start)
	switch v.Kind {
	case protocol.EventBlockStart:
		e.stopBlock(nil)
		if v.Block != nil {
			e.startBlock(v.Block)
		}
	case protocol.EventDelta:
		if e.open && !e.skipped {
			e.delta(v)
		}
	case protocol.EventBlockStop:
		e.stopBlock(v.Block)
	case protocol.EventUsage:
		if v.Usage != nil {
			u := *v.Usage
			e.usage = &u
		}
	case protocol.EventStop:
		e.stopBlock(nil)
		s := e.a.ended(v.Stop, v.Sequence)
		e.doneItem()
		e.event("response." + s.word)
		e.key("response")
		e.a.write(&e.writer, s, e.usage, true)
		e.sent()
		e.ended = true
	}
}

// event begins an event; sent ends it.
func (e *encoder) event(name string) {
	e.b = append(append(append(e.b, "event: "...), name...), "\ndata: "...)
	e.writer.open('{')
	e.keyText("type", name)
	e.keyInt("sequence_number", e.seq)
	e.seq++
}

func (e *encoder) sent() { e.b = append(e.b, "}\n\n"...) }

// start writes the events that open a stream, once.
func (e *encoder) start(head *protocol.Response) {
	if e.a != nil {
		return
	}
	e.a = newAnswer(e.r, head)
	for _, name := range []string{"response.created", "response.in_progress"} {
		e.event(name)
		e.key("response")
		e.a.write(&e.writer, status{word: "in_progress"}, nil, false)
		e.sent()
	}
}

// fail ends the stream. It holds the same twice, as AppendStreamFault does and for its reason.
func (e *encoder) fail(f *burncloud.Fault) {
	if f == nil {
		f = burncloud.Faultf(burncloud.UpstreamBroken, "the stream broke off")
	}
	_, code := protocol.OpenAIWords(f)
	e.event("error")
	e.keyText("code", code)
	e.keyText("message", f.Message)
	e.keyTextOrNull("param", f.Param)
	e.key("error")
	e.b = protocol.AppendOpenAIError(e.b, f)
	e.sent()
	e.ended = true
}

// last is the newest item and its place.
func (e *encoder) last() (*made, int64) {
	n := len(e.a.items) - 1
	return &e.a.items[n], int64(n)
}

func (e *encoder) startBlock(b *protocol.Block) {
	before := len(e.a.items)
	it, ok := e.a.begin(b)
	e.open, e.skipped, e.begun = true, !ok, false
	if !ok {
		return
	}
	if len(e.a.items) > before {
		if e.item {
			e.itemEvent("response.output_item.done", before-1, false)
		}
		if b.Kind == protocol.BlockThinking {
			e.a.seal(it, e.a.path(), b.Thinking)
		}
		it.told, e.item = true, true
		e.itemEvent("response.output_item.added", before, true)
	}
	if it.kind == "message" {
		part := it.parts[len(it.parts)-1]
		e.at("response.content_part.added")
		e.key("part")
		part.write(&e.writer)
		e.sent()
	}
	first := protocol.Event{Text: b.Text}
	if b.Kind == protocol.BlockToolCall && b.Call != nil {
		first.Text = b.Call.Args
	}
	e.delta(&first)
}

// itemEvent announces an item or says that it is done.
func (e *encoder) itemEvent(name string, at int, begun bool) {
	e.event(name)
	e.keyInt("output_index", int64(at))
	e.key("item")
	e.a.items[at].write(&e.writer, begun)
	e.sent()
}

// doneItem says that the last item is done.
func (e *encoder) doneItem() {
	if e.item {
		e.item = false
		e.itemEvent("response.output_item.done", len(e.a.items)-1, false)
	}
}

// at begins an event about the newest item, or the newest part of it.
func (e *encoder) at(name string) {
	it, n := e.last()
	e.event(name)
	e.keyText("item_id", it.id)
	e.keyInt("output_index", n)
	switch it.kind {
	case "message":
		e.keyInt("content_index", int64(len(it.parts)-1))
	case "reasoning":
		e.keyInt("summary_index", 0)
	}
}

// delta writes the next piece of a text, of thoughts or of a call.
func (e *encoder) delta(v *protocol.Event) {
	it, _ := e.last()
	probabilities := probabilitiesOf(v.LogProbs)
	if v.Text == "" && probabilities == nil {
		return
	}
	switch it.kind {
	case "message":
		part := &it.parts[len(it.parts)-1]
		if part.refusal {
			e.say("response.refusal.delta", v.Text)
			break
		}
		part.probabilities = joinProbabilities(part.probabilities, probabilities)
		e.at("response.output_text.delta")
		e.keyText("delta", v.Text)
		e.probabilities(probabilities)
		e.sent()
	case "reasoning":
		if !e.begun {
			e.begun = true
			e.summaryPart("response.reasoning_summary_part.added", "")
		}
		e.say("response.reasoning_summary_text.delta", v.Text)
	case "function_call":
		e.say("response.function_call_arguments.delta", v.Text)
	case "custom_tool_call":
		e.say("response.custom_tool_call_input.delta", v.Text)
	}
	e.a.grow(v.Text)
}

func (e *encoder) say(name, text string) {
	e.at(name)
	e.keyText("delta", text)
	e.sent()
}

func (e *encoder) probabilities(array []byte) {
	if array == nil {
		array = []byte("[]")
	}
	e.keyRaw("logprobs", array)
}

func (e *encoder) summaryPart(name, text string) {
	e.at(name)
	e.key("part")
	e.summaryText(text)
	e.sent()
}

// stopBlock ends the open block, if one is.
func (e *encoder) stopBlock(end *protocol.Block) {
	if !e.open {
		return
	}
	e.open = false
	if e.skipped {
		return
	}
	if end != nil {
		e.a.finish(end)
	}
	it, _ := e.last()
	switch it.kind {
	case "message":
		e.stopPart(&it.parts[len(it.parts)-1])
	case "reasoning":
		if e.begun {
			e.at("response.reasoning_summary_text.done")
			e.keyText("text", string(it.text))
			e.sent()
			e.summaryPart("response.reasoning_summary_part.done", string(it.text))
		}
	case "function_call":
		if n := len(it.text); n == 0 {
			it.complete()
			e.say("response.function_call_arguments.delta", string(it.text))
		}
		e.at("response.function_call_arguments.done")
		e.keyText("name", it.call.Name)
		e.keyText("arguments", string(it.text))
		e.sent()
	case "custom_tool_call":
		e.at("response.custom_tool_call_input.done")
		e.keyText("input", string(it.text))
		e.sent()
	}
}

// stopPart ends a part of a message.
func (e *encoder) stopPart(part *spoken) {
	if part.refusal {
		e.at("response.refusal.done")
		e.keyText("refusal", string(part.text))
		e.sent()
	} else {
		for i := range part.sources {
			e.at("response.output_text.annotation.added")
			e.keyInt("annotation_index", int64(i))
			e.key("annotation")
			e.annotation(&part.sources[i])
			e.sent()
		}
		e.at("response.output_text.done")
		e.keyText("text", string(part.text))
		e.probabilities(part.probabilities)
		e.sent()
	}
	e.at("response.content_part.done")
	e.key("part")
	part.write(&e.writer)
	e.sent()
}
