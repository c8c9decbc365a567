package gemini

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// readTools reads the functions of all entries of "tools"; what else stands there are Google's own tools.
func readTools(top *object) (tools []protocol.Tool) {
	for i, raw := range top.list("tools") {
		t := top.r.object(raw, element("tools", i))
		for k, f := range t.list("functionDeclarations") {
			tools = append(tools, readFunction(top.r.object(f, element(t.sub("functionDeclarations"), k))))
		}
		for k, m := range t.members {
			if !t.taken[k] && string(m.Value) != "null" {
				one, _ := json.Marshal(m.Name) // a string always marshals
				one = append(append(append([]byte{'{'}, one...), ':'), m.Value...)
				tools = append(tools, protocol.Tool{Opaque: &protocol.Opaque{From: burncloud.Gemini, Type: m.Name, Raw: append(one, '}')}})
			}
		}
	}
	return tools
}

func readFunction(f *object) protocol.Tool {
	t := protocol.Tool{Name: f.need("name"), Description: f.text("description")}
	if raw := f.take("parameters"); raw != nil {
		t.Schema = jsonSchema(f.r.object(raw, f.sub("parameters")))
	}
	if raw := f.take("parametersJsonSchema"); raw != nil {
		if t.Schema != nil {
			f.r.fail(f.sub("parametersJsonSchema"), "cannot stand beside parameters")
		}
		f.r.object(raw, f.sub("parametersJsonSchema"))
		t.Schema = slices.Clone(raw)
	}
	f.rest()
	return t
}

// readToolConfig reads which functions the model must or may call. VALIDATED is a choice of the model's
// whose arguments are held to the schema, which other formats say of each tool.
func readToolConfig(top *object, r *protocol.Request) {
	c := top.child("toolConfig")
	if c == nil {
		return
	}
	defer c.rest()
	f := c.child("functionCallingConfig")
	if f == nil {
		return
	}
	defer f.rest()
	names := f.texts("allowedFunctionNames")
	switch mode := strings.ToUpper(f.text("mode")); mode {
	case "", "MODE_UNSPECIFIED":
		if names != nil {
			r.ToolChoice = &protocol.ToolChoice{Mode: "auto", Names: names}
		}
	case "AUTO", "VALIDATED":
		r.ToolChoice = &protocol.ToolChoice{Mode: "auto", Names: names}
		for i := range r.Tools {
			if yes := true; mode == "VALIDATED" && r.Tools[i].Opaque == nil {
				r.Tools[i].Strict = &yes
			}
		}
	case "NONE":
		r.ToolChoice = &protocol.ToolChoice{Mode: "none"}
	case "ANY":
		r.ToolChoice = &protocol.ToolChoice{Mode: "any", Names: names}
		if len(names) == 1 {
			r.ToolChoice.Mode = "named"
		}
	default:
		f.r.fail(f.sub("mode"), "must be AUTO, ANY, NONE or VALIDATED")
	}
}
