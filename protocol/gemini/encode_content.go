package gemini

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// content is a turn to be written. Results of functions stand in one of their own: some of Google's
// servers take nothing beside them.
type content struct {
	role    string
	parts   []part
	results bool
}

// item is a block of a turn, and where the client's request has it.
type item struct {
	b  *protocol.Block
	at string
}

// turn is what one side says until the other one does.
type turn struct {
	model bool
	items []item
	last  string // where its last message stands
}

// system is what stands before the first turn.
func (e *request) system() {
	for i := range e.r.System {
		b, at := &e.r.System[i], element("system", i)
		e.mark(at, b)
		switch {
		case b.Kind != protocol.BlockText:
			e.lose(at, "dropped: the system text is text only")
		case b.Text != "":
			e.told = append(e.told, textPart(b.Text))
		}
	}
}

// messages makes turns of the messages.
func (e *request) messages() {
	turns := e.group()
	current := 0 // the first turn behind what the user said last
	for i, t := range turns {
		if !t.model && t.speaks() {
			current = i
		}
	}
	for i := range turns {
		if t := &turns[i]; t.model {
			e.unanswered()
			e.model(t, i > current)
		} else {
			e.user(t)
		}
	}
	e.unanswered()
	if n := len(turns); n > 0 && turns[n-1].model && !e.own {
		e.lose(turns[n-1].last, "the vendor may begin a new turn in place of continuing this one")
	}
}

// speaks tells whether a turn of the user is more than results of calls.
func (t *turn) speaks() bool {
	for _, it := range t.items {
		if it.b.Kind != protocol.BlockToolResult {
			return true
		}
	}
	return false
}

// group joins messages of one side, leaves out what says nothing, and finds a place for system text that
// comes late: Google has none.
func (e *request) group() (turns []turn) {
	for i := range e.r.Messages {
		m := &e.r.Messages[i]
		at := element("messages", i)
		if m.Name != "" {
			e.lose(at+".name", noField)
		}
		if m.Role == protocol.RoleSystem {
			m = e.late(m, at, len(turns) == 0)
		}
		t := turn{model: m.Role == protocol.RoleAssistant, last: at}
		for k := range m.Blocks {
			b := &m.Blocks[k]
			if b.Kind == protocol.BlockText && b.Text == "" && (b.Signature == nil || b.Signature.From != burncloud.Gemini) {
				continue
			}
			t.items = append(t.items, item{b, element(at+".content", k)})
		}
		switch n := len(turns); {
		case len(t.items) == 0:
		case n > 0 && turns[n-1].model == t.model:
			turns[n-1].items, turns[n-1].last = append(turns[n-1].items, t.items...), at
		default:
			turns = append(turns, t)
		}
	}
	return turns
}

// late is a system message as the user's, or, before the first turn, a part of what stands there.
func (e *request) late(m *protocol.Message, at string, first bool) *protocol.Message {
	out := &protocol.Message{Role: protocol.RoleUser}
	for k, b := range m.Blocks {
		switch {
		case b.Kind != protocol.BlockText:
			e.lose(element(at+".content", k), "dropped: the system text is text only")
		case b.Text == "":
		case first:
			e.told = append(e.told, textPart(b.Text))
		default:
			out.Blocks = append(out.Blocks, protocol.Block{Kind: protocol.BlockText, Text: "[system] " + b.Text, Cache: b.Cache})
		}
	}
	if len(out.Blocks) > 0 {
		e.lose(at, "sent as the user's: Gemini takes system text only before the first turn")
	}
	return out
}

// user writes a turn of the user: first the results, in the order of the calls, then the rest.
func (e *request) user(t *turn) {
	var rest []part
	results := make([]*part, len(e.calls.calls))
	for _, it := range t.items {
		e.mark(it.at, it.b)
		if r := it.b.Result; it.b.Kind == protocol.BlockToolResult && r != nil {
			n := e.calls.byID(r.ID)
			if n < 0 {
				e.refuse(it.at, "is the result of %q, which is no call of the turn before it, or has a result already", r.ID)
				continue
			}
			p, beside := e.result(it, e.calls.take(n), e.calls.calls[n].name)
			results[n], rest = &p, append(rest, beside...)
			e.signature(it, nil)
			continue
		}
		if p, ok := e.said(it); ok {
			e.signature(it, &p)
			rest = append(rest, p)
		}
	}
	e.unanswered()
	c := content{role: "user", results: true}
	for _, p := range results {
		if p != nil {
			c.parts = append(c.parts, *p)
		}
	}
	e.add(c)
	e.add(content{role: "user", parts: rest})
}

// said is a block of the user's that is no result; ok is false when it is left out.
func (e *request) said(it item) (p part, ok bool) {
	switch b := it.b; b.Kind {
	case protocol.BlockText:
		return textPart(b.Text), true
	case protocol.BlockMedia:
		return e.media(it.at, b.Media)
	case protocol.BlockOpaque:
		return e.opaque(it.at, b.Opaque)
	}
	e.lose(it.at, "dropped: only the model can say this")
	return p, false
}

// model writes a turn of the model's. Since Gemini 3 the first call of each step of the current turn has
// to be sealed; a call that another model made is not, and Google has a word for that.
func (e *request) model(t *turn, current bool) {
	var parts []part
	first := -1 // the first call
	var seal string
	for _, it := range t.items {
		e.mark(it.at, it.b)
		var p part
		ok := false
		switch b := it.b; b.Kind {
		case protocol.BlockThinking:
			if seal == "" && !e.own && first < 0 && t.calls() {
				if seal = e.sealOf(b); seal != "" {
					continue // it goes to the call
				}
			}
			p, ok = e.thought(it)
		case protocol.BlockToolCall:
			if p, ok = e.call(it); ok && first < 0 {
				first = len(parts)
			}
		case protocol.BlockRefusal:
			if p, ok = textPart(b.Text), b.Text != ""; ok {
				e.lose(it.at, "sent as text: Gemini has no refusals")
			}
		case protocol.BlockToolResult:
			e.refuse(it.at, "is a result; only the user can send one")
		default:
			p, ok = e.said(it)
		}
		if len(it.b.Citations) > 0 {
			e.lose(it.at+".citations", noField)
		}
		if ok {
			e.signature(it, &p)
			parts = append(parts, p)
		}
	}
	if first >= 0 && parts[first].signature == "" {
		if parts[first].signature = seal; seal == "" && current && e.family.since(3) {
			parts[first].signature = anySignature
		}
	}
	e.add(content{role: "model", parts: parts})
}

// calls tells whether a turn has a call.
func (t *turn) calls() bool {
	for _, it := range t.items {
		if it.b.Kind == protocol.BlockToolCall {
			return true
		}
	}
	return false
}

// sealOf is Google's seal on a thought.
func (e *request) sealOf(b *protocol.Block) string {
	if b.Thinking == nil || b.Thinking.Redacted != "" || b.Thinking.Signature == nil || b.Thinking.Signature.From != burncloud.Gemini {
		return ""
	}
	return b.Thinking.Signature.Value
}

// thought writes a thought. Google reads only its own: those it has sealed, and those of its own client.
func (e *request) thought(it item) (p part, ok bool) {
	seal, t := e.sealOf(it.b), it.b.Thinking
	foreign := t != nil && (t.Redacted != "" || t.Signature != nil && t.Signature.From != burncloud.Gemini)
	if seal == "" && (!e.own || foreign) {
		e.lose(it.at, "dropped: Gemini reads no thoughts but its own")
		return p, false
	}
	p = textPart(it.b.Text)
	p.thought, p.signature = true, seal
	return p, true
}

// signature puts a block's seal on its part, if it is Google's.
func (e *request) signature(it item, p *part) {
	s := it.b.Signature
	switch {
	case s == nil || s.Value == "":
	case s.From != burncloud.Gemini:
		e.lose(it.at+".signature", "dropped: it is another vendor's")
	case p != nil && p.kind != "":
		p.signature = s.Value
	}
}

// opaque is a block that only one protocol understands.
func (e *request) opaque(at string, o *protocol.Opaque) (p part, ok bool) {
	switch {
	case o == nil:
	case o.From == burncloud.Gemini && isObject(o.Raw):
		return part{body: o.Raw}, true
	case o.Type == "item_reference" || o.Type == "compaction":
		e.refuse(at, "is kept by another vendor (%s); this model's vendor cannot read it", o.Type)
	default:
		e.lose(at, "dropped: Gemini has nothing like %s", o.Type)
	}
	return p, false
}

// mark reports a cache mark: Google caches on its own.
func (e *request) mark(at string, b *protocol.Block) {
	if b.Cache != "" {
		e.lose(at+".cache_control", noField)
	}
	if b.Result != nil {
		for i := range b.Result.Blocks {
			e.mark(element(at+".content", i), &b.Result.Blocks[i])
		}
	}
}

// add adds what one side says to its turn.
func (e *request) add(c content) {
	n := len(e.turns)
	switch {
	case len(c.parts) == 0:
	case n > 0 && e.turns[n-1].role == c.role && !e.turns[n-1].results && !c.results:
		e.turns[n-1].parts = append(e.turns[n-1].parts, c.parts...)
	default:
		e.turns = append(e.turns, c)
	}
}

// contents sets the turns and what stands before them. The first turn has to be the user's, and some of
// Google's servers want a text in each of his.
func (e *request) contents() {
	blank := content{role: "user", parts: []part{textPart(" ")}}
	if e.family.gemma && len(e.told) > 0 {
		e.lose("system", "sent as the user's: this model takes no system text")
		blank.parts, e.told = e.told, nil
		if len(e.turns) > 0 && e.turns[0].role == "user" {
			e.turns[0].parts = append(blank.parts, e.turns[0].parts...)
		}
	}
	if len(e.turns) == 0 || e.turns[0].role != "user" {
		if !e.family.gemma || len(e.turns) == 0 {
			e.lose("messages", "a blank turn of the user was put in front: Gemini wants one")
		}
		e.turns = append([]content{blank}, e.turns...)
	}
	out := []byte{'['}
	for _, c := range e.turns {
		if c.role == "user" && !c.results && !e.own && !hasText(c.parts) {
			c.parts = append(c.parts, textPart(" "))
		}
		out = appendContent(comma(out), c.role, c.parts)
	}
	e.body.set("contents", append(out, ']'))
	if len(e.told) > 0 {
		e.body.set("systemInstruction", appendContent(nil, "", e.told))
	}
}

func hasText(parts []part) bool {
	for _, p := range parts {
		if p.kind == "text" || p.kind == "" && strings.Contains(string(p.body), `"text"`) {
			return true
		}
	}
	return false
}
