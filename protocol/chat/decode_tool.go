package chat

import (
	"bytes"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// tool reads an element of tools.
func (d *decoding) tool(at *place, raw []byte) {
	var kind, cache string
	var inner []byte
	var rest []protocol.Member
	d.members(at, raw, func(name string, at *place, v []byte) {
		switch name {
		case "type":
			kind = d.text(at, v)
		case "function", "custom":
			if inner = v; kind == "" {
				kind = name // some clients leave the type out
			}
		case "cache_control":
			cache = d.cacheControl(at, v)
		default:
			rest = append(rest, protocol.Member{Name: at.String(), Value: bytes.Clone(v)})
		}
	})
	var t protocol.Tool
	switch {
	case kind == "":
		d.bad(at.member("type"), "is missing")
	case kind == "function" && inner != nil:
		t = d.function(at.member(kind), inner)
	case kind == "custom" && inner != nil:
		t = d.custom(at.member(kind), inner)
	case kind == "function" || kind == "custom":
		d.bad(at.member(kind), "is missing")
	default:
		t.Opaque = &protocol.Opaque{From: burncloud.Chat, Type: kind, Raw: bytes.Clone(raw)}
		rest = nil
	}
	d.extra = append(d.extra, rest...)
	t.Cache = cache
	d.r.Tools = append(d.r.Tools, t)
}

func (d *decoding) function(at *place, raw []byte) (t protocol.Tool) {
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "name":
			t.Name = d.text(at, raw)
		case "description":
			t.Description = d.text(at, raw)
		case "parameters":
			t.Schema = d.schema(at, raw)
		case "strict":
			t.Strict = d.flag(at, raw)
		default:
			d.unknown(at, raw)
		}
	})
	d.named(at, t.Name)
	return t
}

func (d *decoding) custom(at *place, raw []byte) protocol.Tool {
	t := protocol.Tool{Custom: true}
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "name":
			t.Name = d.text(at, raw)
		case "description":
			t.Description = d.text(at, raw)
		case "format":
			d.grammar(at, raw)
		default:
			d.unknown(at, raw)
		}
	})
	d.named(at, t.Name)
	return t
}

// grammar reads the format of a custom tool: free text needs no word, a grammar has none.
func (d *decoding) grammar(at *place, raw []byte) {
	d.members(at, raw, func(name string, at *place, v []byte) {
		if name == "type" && d.word(at, v, "text", "grammar") == "grammar" {
			d.bad(at.up, "is a grammar, which no vendor of another protocol can follow")
		}
	})
}

func (d *reader) named(at *place, name string) {
	if name == "" {
		d.bad(at.member("name"), "is missing")
	}
}

// choice reads tool_choice.
func (d *decoding) choice(at *place, raw []byte) {
	c := &protocol.ToolChoice{}
	d.r.ToolChoice = c
	if raw[0] == '"' {
		c.Mode = modeOf(d.word(at, raw, "none", "auto", "required", "any"))
		return
	}
	var kind string
	var inner []byte
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "type":
			kind = d.word(at, raw, "function", "custom", "allowed_tools")
		case "function", "custom", "allowed_tools":
			if inner = raw; kind == "" {
				kind = name // some clients leave the type out
			}
		default:
			d.unknown(at, raw)
		}
	})
	if d.fault != nil {
		return
	}
	if kind == "" || inner == nil {
		d.bad(at, `must name what is chosen, such as {"type":"function","function":{"name":"f"}}`)
		return
	}
	if kind != "allowed_tools" {
		c.Mode, c.Names = "named", []string{d.nameIn(at.member(kind), inner)}
		return
	}
	c.Mode = "auto"
	d.members(at.member(kind), inner, func(name string, at *place, raw []byte) {
		switch name {
		case "mode":
			c.Mode = modeOf(d.word(at, raw, "auto", "required"))
		case "tools":
			d.elements(at, raw, func(at *place, raw []byte) {
				d.members(at, raw, func(name string, at *place, raw []byte) {
					if name == "function" || name == "custom" {
						c.Names = append(c.Names, d.nameIn(at, raw))
					}
				})
			})
		}
	})
}

// modeOf is a word of tool_choice in the model. Mistral's clients write any.
func modeOf(word string) string {
	if word == "required" {
		return "any"
	}
	return word
}

func (d *decoding) nameIn(at *place, raw []byte) (name string) {
	d.members(at, raw, func(key string, at *place, raw []byte) {
		if key == "name" {
			name = d.text(at, raw)
		}
	})
	d.named(at, name)
	return name
}

// oldChoice reads function_call, the old form of tool_choice.
func (d *decoding) oldChoice(at *place, raw []byte) {
	d.r.Dialect = functions
	if d.r.ToolChoice != nil {
		d.bad(at, "is the old form of tool_choice; send one of them")
		return
	}
	if raw[0] == '"' {
		d.r.ToolChoice = &protocol.ToolChoice{Mode: d.word(at, raw, "none", "auto")}
		return
	}
	d.r.ToolChoice = &protocol.ToolChoice{Mode: "named", Names: []string{d.nameIn(at, raw)}}
}

// cacheControl reads the mark that clients of other formats put on parts.
func (d *reader) cacheControl(at *place, raw []byte) string {
	ttl := "5m"
	d.members(at, raw, func(name string, at *place, raw []byte) {
		if name == "ttl" {
			ttl = d.word(at, raw, "5m", "1h")
		}
	})
	return ttl
}
