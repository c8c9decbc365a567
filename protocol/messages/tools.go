package messages

import (
	"encoding/json"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// The schemas of tools that come without one.
const (
	noArguments  = `{"type":"object","properties":{}}`
	anyArguments = `{"type":"object"}`
	freeText     = `{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}`
)

// encodeTools writes the tools, without those that the choice leaves out.
func (e *request) encodeTools() {
	e.declared = map[string]bool{}
	for i, t := range e.r.Tools {
		path := element("tools", i)
		if t.Opaque != nil {
			e.opaqueTool(t.Opaque, path)
			continue
		}
		if !e.allowed(t.Name) {
			e.lose(path, "dropped: the choice of tools leaves it out")
			continue
		}
		e.declared[t.Name] = true
		e.tools = append(e.tools, e.tool(t, path))
	}
}

func (e *request) opaqueTool(t *protocol.Opaque, path string) {
	if t.From != burncloud.Messages {
		e.refuse(path, "is %q, a tool of another vendor's own", t.Type)
		return
	}
	e.tools = append(e.tools, value(nil, t.Raw))
	e.declared[t.Type] = true
}

// allowed tells whether a tool is in the subset that the client allows. This format has no subsets.
func (e *request) allowed(name string) bool {
	c := e.r.ToolChoice
	if c == nil || len(c.Names) == 0 || c.Mode == "none" || c.Mode == "named" && len(c.Names) == 1 {
		return true
	}
	return slices.Contains(c.Names, name)
}

func (e *request) tool(t protocol.Tool, path string) []byte {
	if !legalName(t.Name) {
		e.refuse(path+".name", "must be up to 128 letters, digits, _ and -")
	}
	out := word([]byte("{"), "name", t.Name)
	if t.Description != "" {
		out = word(out, "description", t.Description)
	}
	strict := t.Strict != nil && *t.Strict
	if strict && e.model.before(firstSchema) && !e.native {
		e.lose(path+".strict", "dropped: the model cannot be held to a schema")
		strict = false
	}
	schema := e.schema(t, path)
	if strict && !e.native {
		var changes []string
		if schema, changes = narrow(schema); len(changes) > 0 {
			e.loseSchema(path+".schema", changes)
		}
	}
	out = append(key(out, "input_schema"), schema...)
	if strict {
		out = append(key(out, "strict"), "true"...)
	}
	return e.finish(out, path, t.Cache)
}

// schema is a tool's schema: an object at its root, as Anthropic wants it.
func (e *request) schema(t protocol.Tool, path string) []byte {
	if t.Custom {
		e.lose(path, "sent as a tool whose input is {\"input\": text}: this format has no tools without a schema")
		return []byte(freeText)
	}
	schema := value(nil, t.Schema)
	if len(t.Schema) == 0 || string(schema) == "null" || string(schema) == "{}" {
		return []byte(noArguments)
	}
	if e.native {
		return schema
	}
	members, ok := membersOf(schema)
	if !ok {
		e.refuse(path+".schema", "must be a JSON Schema")
		return schema
	}
	typed := false
	for _, m := range members {
		switch m.Name {
		case "type":
			if typed = true; string(m.Value) != `"object"` {
				e.refuse(path+".schema", "must be of an object: that is what this vendor's tools take")
			}
		case "oneOf", "anyOf", "allOf", "$ref":
			e.refuse(path+".schema", "must be of an object, not %s at its root", m.Name)
		}
	}
	if !typed {
		members = append([]protocol.Member{{Name: "type", Value: json.RawMessage(`"object"`)}}, members...)
	}
	return appendMembers(nil, members)
}

// legalName tells whether Anthropic takes a tool's name.
func legalName(name string) bool { return len(name) <= 128 && legalID(name) }

func legalID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return id != ""
}

// encodeChoice writes the choice of tools. It comes after the turns, since tools that only the history
// knows are declared there, and must not be called.
func (e *request) encodeChoice() {
	stubs := e.declareHistory()
	c := e.r.ToolChoice
	if len(e.tools) == 0 {
		if c != nil && (c.Mode == "any" || c.Mode == "named") {
			e.lose("tool_choice", "dropped: there are no tools")
		}
		return
	}
	serial := e.r.Parallel != nil && !*e.r.Parallel
	switch {
	case stubs:
		e.choice = []byte(`{"type":"none"`)
	case c == nil && !serial:
		return
	case c == nil || c.Mode == "auto":
		e.choice = []byte(`{"type":"auto"`)
	case c.Mode == "none":
		e.choice = []byte(`{"type":"none"`)
	case c.Mode == "named" && len(c.Names) == 1:
		if !e.declared[c.Names[0]] && !e.native {
			e.refuse("tool_choice", "names %q, which is none of the tools", c.Names[0])
		}
		e.choice = word([]byte(`{"type":"tool"`), "name", c.Names[0])
	case c.Mode == "any" || c.Mode == "named":
		e.choice = []byte(`{"type":"any"`)
	default:
		e.refuse("tool_choice", "is of a kind that is not known: %q", c.Mode)
		return
	}
	if serial && string(e.choice) != `{"type":"none"` {
		e.choice = append(key(e.choice, "disable_parallel_tool_use"), "true"...)
	}
	e.choice = e.close(e.choice, "tool_choice")
}

// declareHistory declares the tools of calls in the history when the client declares none: Anthropic
// refuses calls without tools. It reports that it did.
func (e *request) declareHistory() bool {
	if len(e.tools) > 0 || len(e.turns.called) == 0 || e.native {
		return false
	}
	for _, name := range e.turns.called {
		if e.declared[name] {
			continue
		}
		e.declared[name] = true
		e.tools = append(e.tools, append(append(key(word([]byte("{"), "name", name), "input_schema"), anyArguments...), '}'))
	}
	e.lose("tools", "declared those that the history calls, not to be called: the vendor wants them")
	return true
}

// forced tells whether the model must call a tool.
func (e *request) forced() bool {
	c := e.r.ToolChoice
	return e.choice != nil && c != nil && (c.Mode == "any" || c.Mode == "named")
}
