package chat

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// reply is an answer, or a stream, that is being written.
type reply struct {
	w      writer
	r      *protocol.Request
	losses []protocol.Loss
	lost   map[protocol.Loss]bool
}

func newReply(r *protocol.Request) reply {
	if r == nil {
		r = &protocol.Request{}
	}
	return reply{r: r}
}

// lose notes a loss once.
func (e *reply) lose(field, reason string) {
	l := protocol.Loss{Field: field, Reason: reason}
	if e.lost[l] || len(e.losses) >= maxLosses {
		return
	}
	if e.lost == nil {
		e.lost = map[protocol.Loss]bool{}
	}
	e.lost[l] = true
	e.losses = append(e.losses, l)
}

// maxLosses is how many losses of one reply are noted.
const maxLosses = 256

// model is the name that the client used.
func (e *reply) model(vendors string) string {
	if e.r.Model != "" {
		return e.r.Model
	}
	return vendors
}

// old tells whether the client uses functions.
func (e *reply) old() bool { return e.r.Dialect == functions }

// hidden tells whether the client asked not to see thoughts.
func (e *reply) hidden() bool {
	return e.r.Reasoning != nil && e.r.Reasoning.Include != nil && !*e.r.Reasoning.Include
}

// message is what the blocks of a choice come to in this format.
type message struct {
	content, refusal, reasoning string
	runes                       int // of content
	thinking, calls, images     []*protocol.Block
	cited                       []protocol.Citation
	sealed                      bool
}

func (e *reply) choice(index int, c *protocol.Choice) {
	var m message
	for i := range c.Blocks {
		e.gather(fmt.Sprintf("choices[%d].content[%d]", index, i), &m, &c.Blocks[i])
	}
	w := &e.w
	w.open('{')
	w.integer("index", int64(index))
	w.object("message")
	w.str("role", "assistant")
	if m.content == "" && (len(m.calls) > 0 || m.refusal != "") {
		w.null("content")
	} else {
		w.str("content", m.content)
	}
	if m.refusal == "" {
		w.null("refusal")
	} else {
		w.str("refusal", m.refusal)
	}
	w.some("reasoning_content", m.reasoning)
	if m.sealed {
		w.array("reasoning_details")
		for i, b := range m.thinking {
			writeDetails(w, b, i)
		}
		w.shut(']')
	}
	e.calls(index, m.calls)
	if len(m.cited) > 0 {
		w.array("annotations")
		for i := range m.cited {
			writeCitation(w, &m.cited[i])
		}
		w.shut(']')
	}
	if len(m.images) > 0 {
		writeImages(w, m.images)
	}
	w.shut('}')
	if valid(c.LogProbs) {
		w.raw("logprobs", c.LogProbs)
	} else {
		w.null("logprobs")
	}
	w.str("finish_reason", e.finish(index, c.Stop, c.Sequence, len(m.calls) > 0))
	w.shut('}')
}

// valid tells whether raw is a JSON object.
func valid(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' && json.Valid(raw) }

// gather takes one block into a message.
func (e *reply) gather(place string, m *message, b *protocol.Block) {
	switch {
	case b.Kind == protocol.BlockText:
		if len(m.calls) > 0 && b.Text != "" {
			e.lose(place, "joined to the text before the calls: the format has no order of text and calls")
		}
		for _, c := range b.Citations {
			if placed, ok := e.cite(place, c, m.runes, utf8.RuneCountInString(b.Text)); ok {
				m.cited = append(m.cited, placed)
			}
		}
		m.content += b.Text
		m.runes += utf8.RuneCountInString(b.Text)
		e.unsigned(place, b)
	case b.Kind == protocol.BlockRefusal:
		m.refusal += b.Text
	case b.Kind == protocol.BlockThinking:
		if e.hidden() {
			return
		}
		if m.reasoning != "" && b.Text != "" {
			m.reasoning += gap
		}
		m.reasoning += b.Text
		m.thinking = append(m.thinking, b)
		m.sealed = m.sealed || sealedReply(b)
	case b.Kind == protocol.BlockToolCall && b.Call != nil:
		m.calls = append(m.calls, b)
	case b.Kind == protocol.BlockMedia && b.Media != nil && b.Media.Kind == protocol.MediaImage:
		m.images = append(m.images, b)
	default:
		e.skip(place, b)
	}
}

// skip is a block that the format cannot hold.
func (e *reply) skip(place string, b *protocol.Block) {
	what := string(b.Kind)
	switch {
	case b.Opaque != nil:
		what = b.Opaque.Type
	case b.Media != nil:
		what = string(b.Media.Kind)
	}
	e.lose(place, "dropped: the format has nothing like "+what)
}

func (e *reply) unsigned(place string, b *protocol.Block) {
	if b.Signature != nil {
		e.lose(place+".signature", "dropped: the format has no place for it on text")
	}
}

// sealedReply tells whether a thought has a seal that the client must send back.
func sealedReply(b *protocol.Block) bool {
	return b.Thinking != nil && (b.Thinking.Redacted != "" || b.Thinking.Signature != nil)
}

// cite makes a citation of a block of n runes one of the whole content, of which before runes came
// before.
func (e *reply) cite(place string, c protocol.Citation, before, n int) (protocol.Citation, bool) {
	if c.URL == "" {
		e.lose(place+".citations", "dropped: the format has only citations of web pages")
		return c, false
	}
	if c.Start < 0 || c.End <= c.Start || c.End > n {
		c.Start, c.End = 0, n
	}
	if c.Quote != "" {
		e.lose(place+".citations.quote", "dropped: the format has no such field")
	}
	c.Start, c.End = c.Start+before, c.End+before
	return c, true
}

func writeCitation(w *writer, c *protocol.Citation) {
	w.open('{')
	w.str("type", "url_citation")
	w.object("url_citation")
	w.integer("start_index", int64(c.Start))
	w.integer("end_index", int64(c.End))
	w.str("url", c.URL)
	w.str("title", c.Title)
	w.b = append(w.b, "}}"...)
}

// writeImages writes pictures in the form that vendors of this format have for them; it has none of its
// own.
func writeImages(w *writer, images []*protocol.Block) {
	w.array("images")
	for _, b := range images {
		w.open('{')
		w.str("type", "image_url")
		w.object("image_url")
		w.str("url", locate(b.Media, "image/png"))
		w.b = append(w.b, "}}"...)
	}
	w.shut(']')
}

// calls writes the calls of a message: all, or for a client of functions the first.
func (e *reply) calls(index int, calls []*protocol.Block) {
	if len(calls) == 0 {
		return
	}
	w := &e.w
	if e.old() {
		w.object("function_call")
		w.str("name", calls[0].Call.Name)
		w.str("arguments", arguments(calls[0].Call))
		w.shut('}')
		e.onlyOne(index, len(calls))
		return
	}
	w.array("tool_calls")
	for n, b := range calls {
		c := b.Call
		w.open('{')
		w.str("id", callID(c.ID, index, n))
		if input, custom := e.free(c); custom {
			w.str("type", "custom")
			w.object("custom")
			w.str("name", c.Name)
			w.str("input", input)
		} else {
			w.str("type", "function")
			w.object("function")
			w.str("name", c.Name)
			w.str("arguments", arguments(c))
		}
		w.shut('}')
		if b.Signature != nil {
			writeSeal(w, b.Signature)
		}
		w.shut('}')
	}
	w.shut(']')
}

func (e *reply) onlyOne(index, calls int) {
	if calls > 1 {
		e.lose(fmt.Sprintf("choices[%d].tool_calls", index), "only the first is sent: the client uses functions, of which one is called at a time")
	}
}

// callID is the id of a call, made of its place where the vendor gave none.
func callID(id string, choice, n int) string {
	if id == "" {
		return fmt.Sprintf("call_%d_%d", choice, n)
	}
	return id
}

func arguments(c *protocol.ToolCall) string {
	if c.Args == "" && !c.Custom {
		return "{}"
	}
	return c.Args
}

// free is the free text of a call of a custom tool, which a vendor without such tools wraps in an
// object.
func (e *reply) free(c *protocol.ToolCall) (string, bool) {
	if c.Custom {
		return c.Args, true
	}
	if !declaredCustom(e.r, c.Name) {
		return "", false
	}
	return unwrap(c.Args), true
}

func unwrap(args string) string {
	raw := []byte(args)
	input := args
	if json.Valid(raw) {
		_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
			if s, ok := jsonedit.Text(value.Of(raw)); ok && string(key) == "input" {
				input = s
			}
			return true
		})
	}
	return input
}

// finish is the finish_reason.
func (e *reply) finish(choice int, stop protocol.StopReason, sequence string, called bool) string {
	place := fmt.Sprintf("choices[%d].stop", choice)
	switch stop {
	case protocol.StopLength:
		return "length"
	case protocol.StopFilter:
		return "content_filter"
	case protocol.StopSequence:
		if sequence != "" {
			e.lose(place+"_sequence", "dropped: the format does not say which one it was")
		}
	case protocol.StopPause:
		e.lose(place, "sent as stop: the format has no pause")
	case protocol.StopOther:
		e.lose(place, "sent as stop: the format has no such reason")
	}
	switch {
	case called && e.old():
		return "function_call"
	case called:
		return "tool_calls"
	}
	return "stop"
}
