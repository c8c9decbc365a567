package chat

import (
	"slices"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// tools writes the tools and the choice among them.
func (e *encoding) tools() {
	offered := e.offered()
	written := 0
	for i := range e.r.Tools {
		if t := &e.r.Tools[i]; t.Opaque != nil || len(offered) == 0 || slices.Contains(offered, t.Name) {
			if written == 0 {
				e.w.array("tools")
			}
			written++
			e.tool("tools["+strconv.Itoa(i)+"]", t)
		}
	}
	if written > 0 {
		e.w.shut(']')
		if e.r.Parallel != nil {
			e.w.boolean("parallel_tool_calls", *e.r.Parallel)
		}
		e.choice()
		return
	}
	if c := e.r.ToolChoice; c != nil && (c.Mode == "any" || c.Mode == "named") {
		e.lose("tool_choice", "dropped: there are no tools to choose from")
	}
}

// offered are the names of the tools that are left when a vendor can only be told a subset by leaving
// out the others; empty for all.
func (e *encoding) offered() []string {
	c := e.r.ToolChoice
	if c == nil || !isSubset(c) || e.family.openai {
		return nil
	}
	e.lose("tools", "only the allowed ones are sent: the vendor cannot be told a subset")
	return c.Names
}

// isSubset tells whether a choice is among some of the tools only.
func isSubset(c *protocol.ToolChoice) bool {
	return len(c.Names) > 0 && (c.Mode == "auto" || c.Mode == "any") || c.Mode == "named" && len(c.Names) > 1
}

func (e *encoding) tool(at string, t *protocol.Tool) {
	switch {
	case t.Opaque != nil && t.Opaque.From == burncloud.Chat:
		e.w.rawElement(t.Opaque.Raw)
		return
	case t.Opaque != nil:
		e.refuse(at, "is a tool that another vendor runs ("+t.Opaque.Type+"); this model's vendor has none like it")
		return
	}
	e.checkName(at, t.Name)
	if t.Cache != "" {
		e.lose(at+".cache_control", noField)
	}
	kind := "function"
	if t.Custom && e.family.openai {
		kind = "custom"
	}
	e.w.open('{')
	e.w.str("type", kind)
	e.w.object(kind)
	e.w.str("name", t.Name)
	e.w.some("description", t.Description)
	switch {
	case t.Custom && kind == "function":
		e.lose(at, "sent as a function with one string, input: the vendor has no tools of free text")
		e.w.raw("parameters", []byte(freeText))
	case t.Schema != nil:
		e.w.raw("parameters", t.Schema)
	}
	if t.Strict != nil && kind == "function" {
		e.w.boolean("strict", *t.Strict)
	}
	e.w.shut('}')
	e.w.shut('}')
}

// freeText is the schema of a custom tool that is sent as a function.
const freeText = `{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}`

// maxName is the longest name of a tool.
const maxName = 64

func (e *encoding) checkName(at, name string) {
	if name == "" || len(name) > maxName || strings.Trim(name, nameLetters) != "" {
		e.refuse(at+".name", "must be 1 to 64 of letters, digits, _ and - for this model's vendor")
	}
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// choice writes tool_choice.
func (e *encoding) choice() {
	c := e.r.ToolChoice
	if c == nil {
		return
	}
	mode := c.Mode
	if mode == "any" {
		mode = "required"
	}
	switch {
	case c.Mode == "named" && len(c.Names) == 1:
		e.w.object("tool_choice")
		e.named(c.Names[0])
		e.w.shut('}')
	case c.Mode == "named" || len(c.Names) > 0 && c.Mode != "none":
		if c.Mode == "named" {
			mode = "required"
		}
		if !e.family.openai { // the others are left out of tools
			e.w.str("tool_choice", mode)
			return
		}
		e.w.object("tool_choice")
		e.w.str("type", "allowed_tools")
		e.w.object("allowed_tools")
		e.w.str("mode", mode)
		e.w.array("tools")
		for _, name := range c.Names {
			e.w.open('{')
			e.named(name)
			e.w.shut('}')
		}
		e.w.b = append(e.w.b, "]}}"...)
	default:
		e.w.str("tool_choice", mode)
	}
}

// named writes the members that name one tool.
func (e *encoding) named(name string) {
	kind := "function"
	if e.family.openai && declaredCustom(e.r, name) {
		kind = "custom"
	}
	e.w.str("type", kind)
	e.w.object(kind)
	e.w.str("name", name)
	e.w.shut('}')
}

func declaredCustom(r *protocol.Request, name string) bool {
	return slices.ContainsFunc(r.Tools, func(t protocol.Tool) bool { return t.Custom && t.Name == name })
}
