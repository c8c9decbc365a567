package messages

import (
	"bytes"
	"encoding/json"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// DecodeRequest implements protocol.Bridge. What the neutral model has no word for is in Extra under its
// path, such as "tools[1].input_examples"; the indexes of messages and blocks are those of the client.
func (bridge) DecodeRequest(in protocol.Inbound) (*protocol.Request, *burncloud.Fault) {
	if !json.Valid(in.Body) {
		f := protocol.InvalidField("body", "must be JSON")
		f.Param = ""
		return nil, f
	}
	d := &reader{strict: true}
	o := d.object(bytes.TrimSpace(in.Body), "")
	r := &protocol.Request{From: burncloud.Messages, Model: o.need("model")}
	if stream := o.flag("stream"); stream != nil {
		r.Stream, r.StreamUsage = *stream, *stream
	}
	if o.take("max_tokens") == nil && in.Endpoint == burncloud.EndpointMessages {
		d.fail("max_tokens", "is required")
	}
	if r.MaxOutput = o.whole("max_tokens"); r.MaxOutput != nil && *r.MaxOutput < 0 {
		d.fail("max_tokens", "must not be negative")
	}
	d.system(r, o.take("system"))
	d.messages(r, o.take("messages"))
	d.tools(r, o.take("tools"))
	d.choice(r, o.take("tool_choice"))
	r.Temperature, r.TopP, r.TopK = o.number("temperature"), o.number("top_p"), o.whole("top_k")
	if raw := o.take("stop_sequences"); raw != nil {
		r.Stop = d.texts(raw, "stop_sequences")
	}
	d.thinking(r, o.take("thinking"), o.take("output_config"))
	if raw := o.take("output_format"); raw != nil && raw[0] == '{' { // as it was called before output_config
		r.Format = d.format(raw, "output_format")
	} else if raw != nil {
		o.give("output_format")
	}
	if raw := o.take("metadata"); raw != nil {
		m := d.object(raw, "metadata")
		r.User = m.text("user_id")
		m.rest()
	}
	switch tier := o.text("service_tier"); tier {
	case "", "auto":
		r.ServiceTier = tier
	case "standard_only":
		r.ServiceTier = "default"
	default:
		d.fail("service_tier", `must be "auto" or "standard_only"`)
	}
	o.rest()
	if d.fault != nil {
		return nil, d.fault
	}
	r.Extra = d.extra
	return r, nil
}

func (d *reader) texts(raw []byte, path string) (out []string) {
	for i, one := range d.elements(raw, path) {
		s, ok := jsonedit.Text(one)
		if !ok {
			d.fail(element(path, i), "must be a string")
		}
		out = append(out, s)
	}
	return out
}

func (d *reader) system(r *protocol.Request, raw []byte) {
	if raw == nil {
		return
	}
	r.System = d.content(raw, "system", "")
	for i, b := range r.System {
		if b.Kind != protocol.BlockText {
			d.fail(element("system", i), "must be a text block")
		}
	}
}

func (d *reader) messages(r *protocol.Request, raw []byte) {
	if raw == nil {
		d.fail("messages", "is required")
		return
	}
	all := d.elements(raw, "messages")
	if len(all) == 0 {
		d.fail("messages", "must hold at least one message")
	}
	for i, one := range all {
		o := d.object(one, element("messages", i))
		m := protocol.Message{Role: protocol.Role(o.need("role"))}
		switch m.Role {
		case protocol.RoleUser, protocol.RoleAssistant, protocol.RoleSystem:
		default:
			d.fail(o.sub("role"), `must be "user", "assistant" or "system"`)
		}
		if content := o.take("content"); content == nil {
			d.fail(o.sub("content"), "is required")
		} else {
			m.Blocks = d.content(content, o.sub("content"), m.Role)
		}
		o.rest()
		r.Messages = append(r.Messages, m)
		if d.fault != nil {
			return
		}
	}
}

func (d *reader) tools(r *protocol.Request, raw []byte) {
	if raw == nil {
		return
	}
	for i, one := range d.elements(raw, "tools") {
		o := d.object(one, element("tools", i))
		if kind := o.text("type"); kind != "" && kind != "custom" {
			r.Tools = append(r.Tools, protocol.Tool{Opaque: opaque(kind, one)})
			continue
		}
		t := protocol.Tool{Name: o.need("name"), Description: o.text("description"), Strict: o.flag("strict"), Cache: d.cache(o)}
		if schema := o.take("input_schema"); schema == nil {
			d.fail(o.sub("input_schema"), "is required")
		} else if schema[0] != '{' {
			d.fail(o.sub("input_schema"), "must be an object")
		} else {
			t.Schema = value(nil, schema)
		}
		o.rest()
		r.Tools = append(r.Tools, t)
	}
}

func (d *reader) choice(r *protocol.Request, raw []byte) {
	if raw == nil {
		return
	}
	o := d.object(raw, "tool_choice")
	c := &protocol.ToolChoice{Mode: o.need("type")}
	switch c.Mode {
	case "auto", "any", "none":
	case "tool":
		c.Mode, c.Names = "named", []string{o.need("name")}
	default:
		d.fail("tool_choice.type", `must be "auto", "any", "tool" or "none"`)
	}
	if serial := o.flag("disable_parallel_tool_use"); serial != nil {
		parallel := !*serial
		r.Parallel = &parallel
	}
	o.rest()
	r.ToolChoice = c
}

// thinking reads how much to think. An effort without thinking is a dialect of its own: it says how much
// to write, and no thoughts come back. An effort beside a budget, or beside thinking that is off, has no
// word in the model.
func (d *reader) thinking(r *protocol.Request, thinking, config []byte) {
	effort := ""
	if config != nil {
		o := d.object(config, "output_config")
		if effort = o.text("effort"); effort == "none" {
			d.fail("output_config.effort", "must be a level of effort")
		}
		if format := o.take("format"); format != nil {
			r.Format = d.format(format, "output_config.format")
		}
		o.rest()
	}
	if thinking == nil {
		if effort != "" {
			r.Reasoning, r.Dialect = &protocol.Reasoning{Effort: effort}, dialectEffort
		}
		return
	}
	o := d.object(thinking, "thinking")
	n := &protocol.Reasoning{}
	switch o.need("type") {
	case "enabled":
		if n.Budget = o.whole("budget_tokens"); n.Budget == nil || *n.Budget <= 0 {
			d.fail("thinking.budget_tokens", "must be a number of tokens")
		}
	case "adaptive":
		if n.Effort, effort = effort, ""; n.Effort == "" {
			decide := int64(-1)
			n.Budget = &decide
		}
	case "disabled":
		n.Off = true
	default:
		d.fail("thinking.type", `must be "enabled", "adaptive" or "disabled"`)
	}
	switch display := o.text("display"); display {
	case "":
	case "summarized", "omitted":
		shown := display == "summarized"
		n.Include = &shown
	default:
		d.fail("thinking.display", `must be "summarized" or "omitted"`)
	}
	if effort != "" {
		d.extra = append(d.extra, protocol.Member{Name: "output_config.effort", Value: jsonedit.AppendString(nil, effort)})
	}
	o.rest()
	r.Reasoning = n
}

func (d *reader) format(raw []byte, path string) *protocol.Format {
	o := d.object(raw, path)
	if o.need("type") != "json_schema" {
		d.fail(o.sub("type"), `must be "json_schema"`)
	}
	f := &protocol.Format{Type: "schema"}
	if schema := o.take("schema"); schema == nil || schema[0] != '{' {
		d.fail(o.sub("schema"), "must be an object")
	} else {
		f.Schema = value(nil, schema)
	}
	o.rest()
	return f
}
