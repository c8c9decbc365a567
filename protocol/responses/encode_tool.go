package responses

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// longestName is the longest name of a tool, in bytes.
const longestName = 64

// These stand for the arguments of a tool that takes none; the second where the vendor is to see to it.
const (
	emptySchema  = `{"type":"object","properties":{}}`
	closedSchema = `{"type":"object","properties":{},"required":[],"additionalProperties":false}`
)

// tools writes what the model may call.
func (w *composer) tools() *burncloud.Fault {
	search := w.search()
	if len(w.r.Tools) == 0 && search == nil {
		return nil
	}
	w.key("tools")
	w.open('[')
	for i := range w.r.Tools {
		if fault := w.tool(i, &w.r.Tools[i]); fault != nil {
			return fault
		}
	}
	if search != nil {
		w.webSearch(search)
	}
	w.shut(']')
	return nil
}

// search is Chat's wish for a search in the web, which is a tool here.
func (w *composer) search() json.RawMessage {
	for _, m := range w.r.Extra {
		if w.r.From == burncloud.Chat && m.Name == "web_search_options" {
			return m.Value
		}
	}
	return nil
}

func (w *composer) webSearch(options json.RawMessage) {
	var v struct {
		Size     json.RawMessage `json:"search_context_size"`
		Location struct {
			Approximate json.RawMessage `json:"approximate"`
		} `json:"user_location"`
	}
	if json.Unmarshal(options, &v) != nil {
		w.add("web_search_options", "not understood: the vendor searches as it sees fit")
	}
	w.open('{')
	w.keyText("type", "web_search")
	if v.Size != nil {
		w.keyRaw("search_context_size", v.Size)
	}
	if where := members(v.Location.Approximate); len(where) > 0 {
		w.key("user_location")
		w.open('{')
		w.keyText("type", "approximate")
		w.putAll(slices.DeleteFunc(where, func(m protocol.Member) bool { return m.Name == "type" }))
		w.shut('}')
	}
	w.shut('}')
}

func (w *composer) tool(i int, t *protocol.Tool) *burncloud.Fault {
	path := fmt.Sprintf("tools[%d]", i)
	if o := t.Opaque; o != nil {
		if o.From != burncloud.Responses || !json.Valid(o.Raw) {
			return refuse(path, fmt.Sprintf("is a tool of the kind %q, which this model's vendor does not have", o.Type))
		}
		w.raw(o.Raw)
		return nil
	}
	if len(t.Name) > longestName {
		return refuse(path+".name", fmt.Sprintf("is longer than %d characters, the most that this model's vendor takes", longestName))
	}
	if t.Cache != "" {
		w.add(path+".cache_control", "dropped: the vendor has no marks on tools")
	}
	w.open('{')
	if t.Custom {
		w.keyText("type", "custom")
		w.keyText("name", t.Name)
		w.optText("description", t.Description)
	} else {
		w.keyText("type", "function")
		w.keyText("name", t.Name)
		w.optText("description", t.Description)
		w.key("parameters")
		switch {
		case len(t.Schema) > 0:
			w.raw(t.Schema)
		case w.r.From == burncloud.Responses:
			w.null()
		case t.Strict != nil && *t.Strict:
			w.raw([]byte(closedSchema))
		default:
			w.raw([]byte(emptySchema))
		}
		if strict := t.Strict; strict != nil {
			w.keyBool("strict", *strict)
		} else if w.r.From != burncloud.Responses { // whose default is true where it can be
			w.keyBool("strict", false)
		}
	}
	w.putAll(w.nested(path + "."))
	w.shut('}')
	return nil
}

// choice writes which tools the model must or may call.
func (w *composer) choice() {
	c := w.r.ToolChoice
	if c == nil {
		return
	}
	if len(w.r.Tools) == 0 {
		if c.Mode == "any" || c.Mode == "named" {
			w.add(named(w.r.From, "tool_choice"), "dropped: there are no tools to choose from")
		}
		return
	}
	w.key("tool_choice")
	w.chosen(c)
}

func (w *composer) chosen(c *protocol.ToolChoice) {
	mode := map[string]string{"none": "none", "auto": "auto", "any": "required", "named": "required"}[c.Mode]
	if mode == "" {
		mode = "auto"
	}
	switch {
	case mode == "none" || len(c.Names) == 0:
		w.text(mode)
	case c.Mode == "named" && len(c.Names) == 1:
		w.toolName(c.Names[0])
	default:
		w.open('{')
		w.keyText("type", "allowed_tools")
		w.keyText("mode", mode)
		w.key("tools")
		w.open('[')
		for _, name := range c.Names {
			w.toolName(name)
		}
		w.shut(']')
		w.shut('}')
	}
}

// toolName points at one of the tools.
func (w *composer) toolName(name string) {
	kind := "function"
	if slices.ContainsFunc(w.r.Tools, func(t protocol.Tool) bool { return t.Name == name && t.Custom }) {
		kind = "custom"
	}
	w.open('{')
	w.keyText("type", kind)
	w.keyText("name", name)
	w.shut('}')
}

// textOptions writes the wanted form of the answer. An echo names the form always.
func (w *composer) textOptions(request bool) {
	f, nested := w.r.Format, w.nested("text.")
	if f == nil && w.r.Verbosity == "" && len(nested) == 0 && request {
		return
	}
	w.key("text")
	w.open('{')
	switch {
	case f != nil:
		w.key("format")
		w.format(f)
	case !request:
		w.key("format")
		w.format(&protocol.Format{Type: "text"})
	}
	w.optText("verbosity", w.r.Verbosity)
	w.putAll(nested)
	w.shut('}')
}

func (w *composer) format(f *protocol.Format) {
	w.open('{')
	switch f.Type {
	case "json":
		w.keyText("type", "json_object")
	case "schema":
		w.keyText("type", "json_schema")
		name := f.Name
		if name == "" {
			name = "output"
		}
		w.keyText("name", name)
		w.optText("description", f.Description)
		w.key("schema")
		if len(f.Schema) == 0 {
			w.raw([]byte(`{"type":"object"}`))
		} else {
			w.raw(f.Schema)
		}
		switch strict := f.Strict; {
		case strict != nil:
			w.keyBool("strict", *strict)
		case w.r.From == burncloud.Messages || w.r.From == burncloud.Gemini: // where a schema always binds
			w.keyBool("strict", strictable(f.Schema, 0))
		}
	default:
		w.keyText("type", "text")
	}
	w.shut('}')
}

// deepest is how deep a schema is looked into.
const deepest = 64

// strictable tells whether a schema is one that the vendor can bind an answer to: every object in it
// takes no further properties and requires all its own.
func strictable(raw json.RawMessage, depth int) bool {
	if depth > deepest {
		return false
	}
	switch {
	case len(raw) > 0 && raw[0] == '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return false
		}
		for _, v := range list {
			if !strictable(v, depth+1) {
				return false
			}
		}
		return true
	case len(raw) == 0 || raw[0] != '{':
		return true
	}
	var s map[string]json.RawMessage
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	if string(s["type"]) == `"object"` || s["properties"] != nil {
		var properties map[string]json.RawMessage
		var required []string
		_ = json.Unmarshal(s["properties"], &properties) // absent, or not an object: there are none
		_ = json.Unmarshal(s["required"], &required)
		if string(s["additionalProperties"]) != "false" {
			return false
		}
		for name, v := range properties {
			if !slices.Contains(required, name) || !strictable(v, depth+1) {
				return false
			}
		}
	}
	for _, key := range []string{"items", "anyOf", "allOf", "oneOf", "prefixItems"} {
		if !strictable(s[key], depth+1) {
			return false
		}
	}
	for _, key := range []string{"$defs", "definitions"} {
		var defs map[string]json.RawMessage
		_ = json.Unmarshal(s[key], &defs)
		for _, v := range defs {
			if !strictable(v, depth+1) {
				return false
			}
		}
	}
	return true
}
