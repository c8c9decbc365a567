package responses

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

const (
	functionMembers = " type name description parameters strict "
	customMembers   = " type name description format "
)

// tools reads what the model may call. Tools that the vendor runs, and free text under a grammar, are
// kept as they are.
func (d *reader) tools(raw json.RawMessage) *burncloud.Fault {
	var list []json.RawMessage
	if fault := into("tools", raw, &list); fault != nil {
		return fault
	}
	for i, raw := range list {
		path := fmt.Sprintf("tools[%d]", i)
		var head struct {
			Type   string `json:"type"`
			Format struct {
				Type string `json:"type"`
			} `json:"format"`
		}
		if fault := into(path, raw, &head); fault != nil {
			return fault
		}
		grammar := head.Format.Type != "" && head.Format.Type != "text"
		switch {
		case head.Type == "":
			return refuse(path+".type", "is missing")
		case head.Type == "function" || head.Type == "custom" && !grammar:
			if fault := d.tool(path, raw); fault != nil {
				return fault
			}
		default:
			d.r.Tools = append(d.r.Tools, protocol.Tool{Opaque: &protocol.Opaque{From: burncloud.Responses, Type: head.Type, Raw: raw}})
		}
	}
	return nil
}

func (d *reader) tool(path string, raw json.RawMessage) *burncloud.Fault {
	var t struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Strict      *bool           `json:"strict"`
	}
	if fault := into(path, raw, &t); fault != nil {
		return fault
	}
	if t.Name == "" {
		return refuse(path+".name", "is missing")
	}
	out := protocol.Tool{Name: t.Name, Description: t.Description, Strict: t.Strict, Custom: t.Type == "custom"}
	switch p := t.Parameters; {
	case len(p) == 0 || jsonedit.IsNull(p):
	case p[0] != '{':
		return refuse(path+".parameters", "must be an object")
	default:
		out.Schema = p
	}
	if out.Custom {
		d.strange(path, raw, customMembers)
	} else {
		d.strange(path, raw, functionMembers)
	}
	d.r.Tools = append(d.r.Tools, out)
	return nil
}

// toolChoice reads which tools the model must or may call.
func (d *reader) toolChoice(raw json.RawMessage) *burncloud.Fault {
	if mode, ok := jsonedit.Text(raw); ok {
		if mode = choiceMode(mode); mode == "" {
			return refuse("tool_choice", "must be none, auto, required or an object")
		}
		d.r.ToolChoice = &protocol.ToolChoice{Mode: mode}
		return nil
	}
	type tool struct {
		Type string `json:"type"`
		Name string `json:"name"`
	}
	var c struct {
		tool
		Mode  string `json:"mode"`
		Tools []tool `json:"tools"`
	}
	if fault := into("tool_choice", raw, &c); fault != nil {
		return fault
	}
	named := func(t tool) bool { return (t.Type == "function" || t.Type == "custom") && t.Name != "" }
	switch {
	case named(c.tool):
		d.r.ToolChoice = &protocol.ToolChoice{Mode: "named", Names: []string{c.Name}}
		return nil
	case c.Type == "function" || c.Type == "custom":
		return refuse("tool_choice.name", "is missing")
	case c.Type == "allowed_tools":
		choice := &protocol.ToolChoice{Mode: choiceMode(c.Mode)}
		if choice.Mode == "" || choice.Mode == "none" {
			return refuse("tool_choice.mode", "must be auto or required")
		}
		for _, t := range c.Tools {
			if !named(t) {
				choice = nil
				break
			}
			choice.Names = append(choice.Names, t.Name)
		}
		if choice != nil && len(choice.Names) > 0 {
			d.r.ToolChoice = choice
			return nil
		}
	}
	d.keep("tool_choice", raw) // it is about tools that the vendor runs
	return nil
}

func choiceMode(s string) string {
	switch s {
	case "none", "auto":
		return s
	case "required":
		return "any"
	}
	return ""
}

// text reads the wanted form of the answer.
func (d *reader) text(raw json.RawMessage) *burncloud.Fault {
	var t struct {
		Format *struct {
			Type        string          `json:"type"`
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Schema      json.RawMessage `json:"schema"`
			Strict      *bool           `json:"strict"`
		} `json:"format"`
		Verbosity string `json:"verbosity"`
	}
	if fault := into("text", raw, &t); fault != nil {
		return fault
	}
	d.r.Verbosity = t.Verbosity
	d.strange("text", raw, " format verbosity ")
	f := t.Format
	if f == nil {
		return nil
	}
	out := &protocol.Format{Name: f.Name, Description: f.Description, Schema: f.Schema, Strict: f.Strict}
	switch f.Type {
	case "text":
		out.Type = "text"
	case "json_object":
		out.Type = "json"
	case "json_schema":
		out.Type = "schema"
		if len(f.Schema) == 0 || f.Schema[0] != '{' {
			return refuse("text.format.schema", "must be an object")
		}
	default:
		return refuse("text.format.type", "must be text, json_object or json_schema")
	}
	d.r.Format = out
	return nil
}

// reasoning reads how much the model should think, and whether the client wants to see it.
func (d *reader) reasoning(raw json.RawMessage) *burncloud.Fault {
	var t struct {
		Effort  string `json:"effort"`
		Summary string `json:"summary"`
		Old     string `json:"generate_summary"`
		Context string `json:"context"`
		Mode    string `json:"mode"`
	}
	if fault := into("reasoning", raw, &t); fault != nil {
		return fault
	}
	out := protocol.Reasoning{}
	switch t.Effort {
	case "", "minimal", "low", "medium", "high", "xhigh", "max":
		out.Effort = t.Effort
	case "none":
		out.Off = true
	default:
		return refuse("reasoning.effort", "must be none, minimal, low, medium, high, xhigh or max")
	}
	if t.Summary == "" {
		t.Summary = t.Old
	}
	wanted := t.Summary != "none"
	switch t.Summary {
	case "":
	case "auto", "none":
		out.Include = &wanted
	default:
		out.Include = &wanted
		quoted, _ := json.Marshal(t.Summary) // a string always marshals
		d.keep("reasoning.summary", quoted)
	}
	known := " effort summary generate_summary "
	if t.Context == "auto" { // the default
		known += "context "
	}
	if t.Mode == "standard" { // the default
		known += "mode "
	}
	d.strange("reasoning", raw, known)
	if out != (protocol.Reasoning{}) {
		d.r.Reasoning = &out
	}
	return nil
}
