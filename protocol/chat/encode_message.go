package chat

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// conversation writes the messages. The results of a turn of calls come first, each a message of its
// own, whatever else the user said beside them.
func (e *encoding) conversation() {
	e.w.array("messages")
	e.markCache()
	if blocks, at := e.parts("system", e.r.System); len(blocks) > 0 {
		e.message("system", "", blocks, at)
	}
	messages := e.r.Messages
	for i := 0; i < len(messages); {
		switch messages[i].Role {
		case protocol.RoleUser:
			n := i
			for n < len(messages) && messages[n].Role == protocol.RoleUser {
				n++
			}
			e.users(i, messages[i:n])
			i = n
			continue
		case protocol.RoleAssistant:
			e.unanswered()
			e.assistant(i, &messages[i])
		default:
			if blocks, at := e.parts(at(i)+".content", messages[i].Blocks); len(blocks) > 0 {
				e.message("system", messages[i].Name, blocks, at)
			}
		}
		i++
	}
	e.unanswered()
	e.w.shut(']')
	if len(e.r.System)+len(messages) == 0 {
		e.refuse("messages", "is empty; send at least one message")
	}
	if n := len(messages); n > 0 && messages[n-1].Role == protocol.RoleAssistant && e.r.From != burncloud.Chat {
		e.lose(at(n-1), "the vendor begins a new turn in place of continuing this one")
	}
}

func at(message int) string { return "messages[" + strconv.Itoa(message) + "]" }

// users writes the messages of the user from number first on, up to the next turn of the model.
func (e *encoding) users(first int, messages []protocol.Message) {
	type shown struct {
		block protocol.Block
		from  string
	}
	var media []shown
	for i := range messages {
		for j := range messages[i].Blocks {
			if b := &messages[i].Blocks[j]; b.Kind == protocol.BlockToolResult && b.Result != nil {
				from := fmt.Sprintf("%s.content[%d]", at(first+i), j)
				for _, m := range e.result(from, b.Result) {
					media = append(media, shown{m, from})
				}
			}
		}
	}
	e.unanswered()
	if len(media) > 0 {
		var blocks []protocol.Block
		var places []string
		for _, m := range media {
			blocks, places = append(blocks, m.block), append(places, m.from)
		}
		e.message("user", "", blocks, places)
	}
	for i := range messages {
		if blocks, places := e.parts(at(first+i)+".content", messages[i].Blocks); len(blocks) > 0 {
			e.message("user", messages[i].Name, blocks, places)
		}
	}
}

// unanswered refuses a conversation in which a call has no result.
func (e *encoding) unanswered() {
	for _, id := range e.pending {
		e.refuse("messages", fmt.Sprintf("has no result for the tool call %q", id))
	}
	e.pending = e.pending[:0]
}

// result writes a message with the result of a call, and returns the media that it cannot hold.
func (e *encoding) result(from string, r *protocol.ToolResult) (media []protocol.Block) {
	found := false
	for i, id := range e.pending {
		if id == r.ID {
			e.pending, found = append(e.pending[:i], e.pending[i+1:]...), true
			break
		}
	}
	if !found {
		e.refuse(from, fmt.Sprintf("is the result of %q, which is no call of the turn before it", r.ID))
		return nil
	}
	var texts []string
	for i, b := range r.Blocks {
		path := fmt.Sprintf("%s.content[%d]", from, i)
		switch b.Kind {
		case protocol.BlockText, protocol.BlockRefusal, protocol.BlockThinking:
			texts = append(texts, b.Text)
		case protocol.BlockMedia:
			e.lose(path, "moved into a message of the user: results are text only")
			media = append(media, b)
		default:
			e.lose(path, "dropped: results are text only")
		}
		if b.Cache != "" {
			e.lose(path+".cache_control", noField)
		}
	}
	if r.IsError {
		texts = []string{"[tool error] " + strings.Join(texts, gap)}
		e.lose(from+".is_error", "written into the text: the vendor's protocol has no such field")
	}
	e.w.open('{')
	e.w.str("role", "tool")
	e.w.str("tool_call_id", e.family.callID(r.ID))
	if e.whole(len(texts)) {
		e.w.str("content", strings.Join(texts, gap))
	} else {
		e.w.array("content")
		for _, s := range texts {
			e.w.open('{')
			e.w.str("type", "text")
			e.w.str("text", s)
			e.w.shut('}')
		}
		e.w.shut(']')
	}
	e.w.shut('}')
	return media
}

// whole tells whether so many texts are written as one string: not all vendors take parts.
func (e *encoding) whole(texts int) bool {
	return texts < 2 || !e.family.openai && e.r.From != burncloud.Chat
}

// gap is what stands between texts that become one.
const gap = "\n\n"

// parts are the blocks of a message that content can hold, and the place of each.
func (e *encoding) parts(path string, blocks []protocol.Block) (out []protocol.Block, places []string) {
	for i, b := range blocks {
		place := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case b.Kind == protocol.BlockToolResult:
			continue
		case (b.Kind == protocol.BlockText || b.Kind == protocol.BlockRefusal) && b.Text == "":
			if e.r.From != burncloud.Chat {
				continue // some vendors refuse them, and they say nothing
			}
		case b.Kind == protocol.BlockOpaque && b.Opaque != nil && b.Opaque.From != burncloud.Chat:
			e.foreign(place, b.Opaque)
			continue
		case b.Kind == protocol.BlockToolCall || b.Kind == protocol.BlockThinking:
			e.lose(place, "dropped: only the model can say this")
			continue
		}
		out, places = append(out, b), append(places, place)
	}
	return out, places
}

// foreign is a block that another protocol alone understands.
func (e *encoding) foreign(place string, o *protocol.Opaque) {
	if o.From == burncloud.Responses && o.Type != "web_search_call" {
		e.refuse(place, "is an item of type "+o.Type+", which this model's vendor cannot read")
		return
	}
	e.lose(place, "dropped: the vendor has nothing like "+o.Type)
}

// message writes a message of the user or the system.
func (e *encoding) message(role, name string, blocks []protocol.Block, places []string) {
	e.w.open('{')
	e.w.str("role", role)
	e.w.some("name", name)
	marked := make([]bool, len(blocks))
	plain := true
	for i, b := range blocks {
		marked[i] = b.Cache != "" && e.mark(places[i])
		plain = plain && !marked[i] && (b.Kind == protocol.BlockText || b.Kind == protocol.BlockRefusal)
		if len(b.Citations) > 0 {
			e.lose(places[i]+".citations", noField)
		}
		if b.Signature != nil {
			e.lose(places[i]+".signature", "dropped: it is another vendor's")
		}
	}
	if plain && e.whole(len(blocks)) {
		texts := make([]string, len(blocks))
		for i, b := range blocks {
			texts[i] = b.Text
		}
		e.w.str("content", strings.Join(texts, gap))
		e.w.shut('}')
		return
	}
	e.w.array("content")
	for i, b := range blocks {
		e.part(places[i], role, &b, marked[i])
	}
	e.w.shut(']')
	e.w.shut('}')
}

// part writes one part of a content.
func (e *encoding) part(place, role string, b *protocol.Block, marked bool) {
	switch {
	case b.Kind == protocol.BlockOpaque && b.Opaque != nil:
		e.w.rawElement(b.Opaque.Raw)
		return
	case b.Kind == protocol.BlockMedia && b.Media != nil:
		if role != "user" {
			e.refuse(place, "is media, which this model's vendor takes only from the user")
			return
		}
		e.w.open('{')
		if !e.media(place, b.Media) {
			e.w.b = append(e.w.b, `"type":"text","text":""`...) // refused: never sent
		}
	default:
		e.w.open('{')
		e.w.str("type", "text")
		e.w.str("text", b.Text)
	}
	if marked {
		e.w.object("prompt_cache_breakpoint")
		e.w.str("mode", "explicit")
		e.w.shut('}')
	}
	e.w.shut('}')
}

// maxMarks is how many cache breakpoints a vendor takes.
const maxMarks = 4

// markCache counts the marks of where to cache; only the last four can be sent.
func (e *encoding) markCache() {
	if !e.family.breakpoints() {
		return
	}
	count := func(blocks []protocol.Block) {
		for _, b := range blocks {
			if b.Cache != "" && (b.Kind == protocol.BlockText && b.Text != "" || b.Kind == protocol.BlockMedia) {
				e.marks++
			}
		}
	}
	count(e.r.System)
	for _, m := range e.r.Messages {
		if m.Role != protocol.RoleAssistant {
			count(m.Blocks)
		}
	}
}

// mark tells whether the mark at place is sent.
func (e *encoding) mark(place string) bool {
	if !e.family.breakpoints() {
		e.lose(place+".cache_control", noField)
		return false
	}
	if e.marks--; e.marks >= maxMarks {
		e.lose(place+".cache_control", "dropped: only the last four are sent")
		return false
	}
	if e.r.From != burncloud.Chat {
		e.lose(place+".cache_control.ttl", "dropped: the vendor decides how long it caches")
	}
	return true
}
