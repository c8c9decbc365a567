package responses

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// input writes the conversation as a flat list of items.
func (w *composer) input() *burncloud.Fault {
	r := w.r
	if len(r.Messages) == 0 && len(r.System) == 0 {
		return refuse("messages", "is empty")
	}
	w.key("input")
	w.open('[')
	if !w.instructed {
		if fault := w.message("system", "system", r.System); fault != nil {
			return fault
		}
	}
	for i := range r.Messages {
		m, path := &r.Messages[i], "messages["+strconv.Itoa(i)+"]"
		if m.Name != "" {
			w.add(path+".name", "dropped: the vendor knows no names of participants")
		}
		var fault *burncloud.Fault
		switch m.Role {
		case protocol.RoleAssistant:
			fault = w.assistant(path, m.Blocks)
		case protocol.RoleSystem:
			fault = w.message("system", path+".content", m.Blocks)
		default:
			fault = w.user(path+".content", m.Blocks)
		}
		if fault != nil {
			return fault
		}
	}
	w.shut(']')
	if len(w.waiting) > 0 {
		return refuse(w.waiting[0].path, fmt.Sprintf("is a call of the tool %q without a result", w.waiting[0].name))
	}
	if n := len(r.Messages); n > 0 && r.Messages[n-1].Role == protocol.RoleAssistant && r.From != burncloud.Responses {
		w.add(fmt.Sprintf("messages[%d]", n-1), "the vendor starts a new turn and does not go on with this one")
	}
	return nil
}

// placed is a block and where it stands in the request.
type placed struct {
	*protocol.Block
	path string
}

func place(path string, blocks []protocol.Block) []placed {
	out := make([]placed, len(blocks))
	for i := range blocks {
		out[i] = placed{&blocks[i], path + "[" + strconv.Itoa(i) + "]"}
	}
	return out
}

// user writes the results of tools first, then what the user says.
func (w *composer) user(path string, blocks []protocol.Block) *burncloud.Fault {
	var said []placed
	results := false
	for _, b := range place(path, blocks) {
		switch {
		case b.Kind == protocol.BlockToolResult && b.Result != nil:
			results = true
			if fault := w.result(b); fault != nil {
				return fault
			}
		case b.Kind == protocol.BlockOpaque && b.Opaque != nil && !strings.HasPrefix(b.Opaque.Type, "content."):
			results = true
			if fault := w.opaque(b, true); fault != nil {
				return fault
			}
		default:
			said = append(said, b)
		}
	}
	if results && len(said) == 0 {
		return nil
	}
	return w.parts("user", path, said)
}

func (w *composer) message(role, path string, blocks []protocol.Block) *burncloud.Fault {
	return w.parts(role, path, place(path, blocks))
}

// parts writes a message of the user or the system.
func (w *composer) parts(role, path string, blocks []placed) *burncloud.Fault {
	said := slices.DeleteFunc(blocks, func(b placed) bool { return b.Kind == protocol.BlockText && b.Text == "" })
	if len(said) == 0 {
		if role != "system" {
			w.add(path, "dropped: it is empty")
		}
		return nil
	}
	w.open('{')
	w.keyText("role", role)
	w.key("content")
	if b := said[0]; len(said) == 1 && b.Kind == protocol.BlockText && b.Cache == "" {
		w.leftover(b)
		w.text(b.Text)
		w.shut('}')
		return nil
	}
	w.open('[')
	for _, b := range said {
		if fault := w.part(b); fault != nil {
			return fault
		}
	}
	w.shut(']')
	w.shut('}')
	return nil
}

// part writes one piece of input.
func (w *composer) part(b placed) *burncloud.Fault {
	switch {
	case b.Kind == protocol.BlockText || b.Kind == protocol.BlockRefusal:
		w.open('{')
		w.keyText("type", "input_text")
		w.keyText("text", b.Text)
	case b.Kind == protocol.BlockMedia && b.Media != nil:
		if fault := w.media(b); fault != nil {
			return fault
		}
	case b.Kind == protocol.BlockOpaque && b.Opaque != nil:
		return w.opaque(b, true)
	default:
		return refuse(b.path, fmt.Sprintf("is a %s, which cannot stand here", b.Kind))
	}
	w.mark(b)
	w.shut('}')
	w.leftover(b)
	return nil
}

// result writes what a tool answered.
func (w *composer) result(b placed) *burncloud.Fault {
	c, ok := w.answered(b.Result)
	if !ok {
		return refuse(b.path, fmt.Sprintf("is the result of a call %q that was not made before it", b.Result.ID))
	}
	kind := "function_call_output"
	if w.custom[c.id] {
		kind = "custom_tool_call_output"
	}
	w.open('{')
	w.keyText("type", kind)
	w.keyText("call_id", c.id)
	w.key("output")
	said := slices.DeleteFunc(place(b.path+".content", b.Result.Blocks), func(b placed) bool {
		return b.Kind == protocol.BlockText && b.Text == ""
	})
	if b.Result.IsError {
		w.add(b.path+".is_error", "the vendor has no such field: the result begins with %q", toolError)
		said = append([]placed{{&protocol.Block{Kind: protocol.BlockText, Text: toolError}, b.path}}, said...)
		if len(said) == 2 && said[1].Kind == protocol.BlockText && said[1].Cache == "" {
			said = []placed{{&protocol.Block{Kind: protocol.BlockText, Text: toolError + said[1].Text}, b.path}}
		}
	}
	switch {
	case len(said) == 0:
		w.text("")
	case len(said) == 1 && said[0].Kind == protocol.BlockText && said[0].Cache == "":
		w.leftover(said[0])
		w.text(said[0].Text)
	default:
		w.open('[')
		for _, part := range said {
			if fault := w.part(part); fault != nil {
				return fault
			}
		}
		w.shut(']')
	}
	w.shut('}')
	w.unmarked(b)
	return nil
}

// toolError stands before the result of a call that failed.
const toolError = "[tool error] "

// answered is the call that a result is for: by its id, or, where there is none, the first that waits,
// of that name if there is one.
func (w *composer) answered(r *protocol.ToolResult) (called, bool) {
	at := slices.IndexFunc(w.waiting, func(c called) bool {
		if r.ID != "" {
			return c.id == w.calls[r.ID]
		}
		return r.Name == "" || c.name == r.Name
	})
	if at < 0 {
		return called{}, false
	}
	c := w.waiting[at]
	w.waiting = slices.Delete(w.waiting, at, at+1)
	return c, true
}

// marksFrom is the first of OpenAI's models that takes marks for its cache.
var marksFrom = [2]int{5, 6}

// marked tells whether the model takes marks for its cache; an older one refuses them.
func (w *composer) marked() bool {
	if w.r.From == burncloud.Responses {
		return true
	}
	version, ok := strings.CutPrefix(w.model(), "gpt-")
	if !ok {
		return false
	}
	if n := strings.IndexFunc(version, func(c rune) bool { return c != '.' && (c < '0' || c > '9') }); n >= 0 {
		version = version[:n]
	}
	a, b, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(a)
	minor, _ := strconv.Atoi(b) // none is 0
	return err == nil && (major > marksFrom[0] || major == marksFrom[0] && minor >= marksFrom[1])
}

// mark writes the end of a prefix to be cached.
func (w *composer) mark(b placed) {
	switch {
	case b.Cache == "":
	case !w.marked():
		w.add(b.path+".cache_control", "dropped: the model caches by itself and takes no marks")
	default:
		if b.Cache != "5m" {
			w.add(b.path+".cache_control.ttl", "dropped: the vendor sets how long it keeps a prefix")
		}
		w.key("prompt_cache_breakpoint")
		w.open('{')
		w.keyText("mode", "explicit")
		w.shut('}')
	}
}

// unmarked reports a mark where none can be.
func (w *composer) unmarked(b placed) {
	if b.Cache != "" {
		w.add(b.path+".cache_control", "dropped: the vendor takes no marks here")
	}
	w.leftover(b)
}

// leftover reports what a block has that no item can hold.
func (w *composer) leftover(b placed) {
	if b.Signature != nil {
		w.add(b.path+".signature", "dropped: it is for another vendor")
	}
}

// opaque writes what only this protocol understands, and refuses what of another protocol the meaning
// hangs on: what the user gave. What the other vendor's own tools did is left out.
func (w *composer) opaque(b placed, user bool) *burncloud.Fault {
	o := b.Opaque
	switch {
	case o.From == burncloud.Responses:
		w.raw(o.Raw)
	case user || o.Type == "compaction":
		return refuse(b.path, fmt.Sprintf("is of the type %q, which this model's vendor does not have", o.Type))
	default:
		w.add(b.path, "dropped: a %s is only for its own vendor", o.Type)
	}
	return nil
}
