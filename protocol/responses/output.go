package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// answer is an answer on its way to a client: its head, and the items it has so far. Both the plain
// answer and the stream are made of it.
type answer struct {
	losses
	r     *protocol.Request
	head  protocol.Response
	base  string // what the ids of items are made of
	items []made
}

// made is an item of an answer.
type made struct {
	kind      string // message, function_call, custom_tool_call, reasoning, image_generation_call, or "" for raw
	id        string
	parts     []spoken          // of a message
	call      protocol.ToolCall // without Args
	text      []byte            // of reasoning, and a call's Args
	encrypted string            // of reasoning
	media     *protocol.Media
	raw       json.RawMessage
	cut       bool // it is not complete
	told      bool // a stream has said its id
}

// spoken is a part of a message.
type spoken struct {
	refusal       bool
	text          []byte
	sources       []protocol.Citation
	probabilities json.RawMessage
}

func newAnswer(r *protocol.Request, head *protocol.Response) *answer {
	if r == nil {
		r = &protocol.Request{}
	}
	a := &answer{r: r}
	if head != nil {
		a.head = *head
		a.head.Choices = nil
	}
	a.base = a.head.ID
	for _, prefix := range []string{"resp_", "chatcmpl-", "msg_", "gen-"} {
		if rest, ok := strings.CutPrefix(a.base, prefix); ok {
			a.base = rest
			break
		}
	}
	if a.base == "" {
		a.base = digest(fmt.Sprintf("%s %d", a.head.Model, a.head.Created), 24)
	}
	return a
}

// mint is the id of the item that comes next.
func (a *answer) mint(prefix string) string {
	return prefix + "_" + a.base + "_" + strconv.Itoa(len(a.items))
}

func (a *answer) path() string { return fmt.Sprintf("output[%d]", len(a.items)) }

// begin adds the item of a block, without what the block says; ok is false when the format has none.
// A text or a refusal that follows another becomes a part of the same message.
func (a *answer) begin(b *protocol.Block) (it *made, ok bool) {
	switch b.Kind {
	case protocol.BlockText, protocol.BlockRefusal:
		n := len(a.items)
		if n == 0 || a.items[n-1].kind != "message" {
			a.items = append(a.items, made{kind: "message", id: a.mint("msg")})
			n++
		}
		it = &a.items[n-1]
		it.parts = append(it.parts, spoken{refusal: b.Kind == protocol.BlockRefusal})
		return it, true
	case protocol.BlockThinking:
		a.items = append(a.items, made{kind: "reasoning", id: a.mint("rs")})
	case protocol.BlockToolCall:
		a.items = append(a.items, a.call(b.Call))
	case protocol.BlockMedia:
		if b.Media == nil || b.Media.Kind != protocol.MediaImage || b.Media.Base64 == "" {
			a.add(a.path(), "dropped: the format has no place for such media")
			return nil, false
		}
		a.items = append(a.items, made{kind: "image_generation_call", id: a.mint("ig"), media: b.Media})
	case protocol.BlockOpaque:
		o := b.Opaque
		if o == nil || o.From != burncloud.Responses || strings.HasPrefix(o.Type, "content.") || !json.Valid(o.Raw) {
			kind := "block"
			if o != nil {
				kind = o.Type
			}
			a.add(a.path(), "dropped: a %s has no form here", kind)
			return nil, false
		}
		a.items = append(a.items, made{raw: o.Raw})
	default:
		a.add(a.path(), "dropped: a %s cannot stand in an answer", b.Kind)
		return nil, false
	}
	return &a.items[len(a.items)-1], true
}

func (a *answer) call(c *protocol.ToolCall) made {
	it := made{kind: "function_call", id: a.mint("fc")}
	if c != nil {
		it.call = *c
	}
	it.call.Args = ""
	if it.call.Custom {
		it.kind, it.id = "custom_tool_call", a.mint("ctc")
	}
	if it.call.ID == "" {
		it.call.ID = a.mint("call")
	}
	return it
}

// grow adds to what the newest block says.
func (a *answer) grow(text string) {
	it := &a.items[len(a.items)-1]
	switch it.kind {
	case "message":
		part := &it.parts[len(it.parts)-1]
		part.text = append(part.text, text...)
	case "reasoning", "function_call", "custom_tool_call":
		it.text = append(it.text, text...)
	}
}

// finish adds what became known at the end of the newest block.
func (a *answer) finish(b *protocol.Block) {
	it, path := &a.items[len(a.items)-1], fmt.Sprintf("output[%d]", len(a.items)-1)
	if b.Signature != nil {
		a.add(path+".signature", "dropped: the format has no place for it")
	}
	switch it.kind {
	case "message":
		part := &it.parts[len(it.parts)-1]
		for _, c := range b.Citations {
			if c.URL == "" || part.refusal {
				a.add(path+".annotations", "dropped: a source without an address")
				continue
			}
			if c.Quote != "" {
				a.add(path+".annotations", "the cited words were dropped: the format has no place for them")
			}
			part.sources = append(part.sources, c)
		}
	case "reasoning":
		a.seal(it, path, b.Thinking)
	}
}

// seal keeps the vendor's seal where the client keeps it.
func (a *answer) seal(it *made, path string, t *protocol.Thinking) {
	id, encrypted := enclose(t)
	if t != nil && t.Redacted != "" && encrypted == "" {
		a.add(path+".encrypted_content", "dropped: it does not say whose it is")
	}
	if id != "" && !it.told {
		it.id = id
	}
	if encrypted != "" {
		it.encrypted = encrypted
	}
}

// complete fills in what a call must have.
func (it *made) complete() {
	if it.kind == "function_call" && len(bytes.TrimSpace(it.text)) == 0 {
		it.text = []byte("{}")
	}
}

// write writes an item. begun leaves out its content: the form in which a stream announces it.
func (it *made) write(w *writer, begun bool) {
	status := "completed"
	switch {
	case begun:
		status = "in_progress"
	case it.cut:
		status = "incomplete"
	}
	if it.kind == "" {
		w.raw(it.raw)
		return
	}
	if it.kind == "image_generation_call" && !begun {
		w.image(it.id, it.media)
		return
	}
	w.open('{')
	w.keyText("type", it.kind)
	w.keyText("id", it.id)
	switch it.kind {
	case "message":
		w.keyText("status", status)
		w.keyText("role", "assistant")
		w.key("content")
		w.open('[')
		for i := range it.parts {
			if !begun {
				it.parts[i].write(w)
			}
		}
		w.shut(']')
	case "reasoning":
		w.key("summary")
		w.open('[')
		if len(it.text) > 0 && !begun {
			w.summaryText(string(it.text))
		}
		w.shut(']')
		if !begun {
			w.optText("encrypted_content", it.encrypted)
		}
	case "image_generation_call":
		w.keyText("status", status)
		w.keyNull("result")
	default:
		w.keyText("status", status)
		w.keyText("call_id", it.call.ID)
		w.keyText("name", it.call.Name)
		args := string(it.text)
		if begun {
			args = ""
		}
		if it.call.Custom {
			w.keyText("input", args)
		} else {
			w.keyText("arguments", args)
		}
	}
	w.shut('}')
}

func (s *spoken) write(w *writer) {
	if s.refusal {
		w.refusal(string(s.text))
		return
	}
	probabilities := s.probabilities
	if probabilities == nil {
		probabilities = json.RawMessage("[]")
	}
	w.outputText(string(s.text), s.sources, probabilities)
}
