package messages

import (
	"encoding/base64"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// opaque keeps a block or tool that only this format knows.
func opaque(kind string, raw []byte) *protocol.Opaque {
	return &protocol.Opaque{From: burncloud.Messages, Type: kind, Raw: value(nil, raw)}
}

// content reads a string, or an array of blocks, of a message of role; role is "" outside of messages.
func (d *reader) content(raw []byte, path string, role protocol.Role) (out []protocol.Block) {
	if raw[0] == '"' {
		s, ok := jsonedit.Text(raw)
		if !ok {
			d.fail(path, "must be a string in valid UTF-8")
		}
		return []protocol.Block{{Kind: protocol.BlockText, Text: s}}
	}
	for i, one := range d.elements(raw, path) {
		out = append(out, d.block(one, element(path, i), role))
	}
	return out
}

// block reads one block of a request.
func (d *reader) block(raw []byte, path string, role protocol.Role) protocol.Block {
	o := d.object(raw, path)
	b := protocol.Block{}
	kind := o.need("type")
	switch kind {
	case "text":
		b.Kind, b.Text = protocol.BlockText, o.need("text")
		if string(o.take("citations")) != "[]" { // in a history they go back as they came
			o.give("citations")
		}
	case "image", "document":
		if b.Media = d.media(o, kind); b.Media != nil {
			b.Kind = protocol.BlockMedia
		}
	case "tool_use":
		b.Kind, b.Call = protocol.BlockToolCall, d.call(o, role)
	case "tool_result":
		b.Kind, b.Result = protocol.BlockToolResult, d.result(o, role)
	case "thinking", "redacted_thinking":
		b.Kind = protocol.BlockThinking
		b.Text, b.Thinking = d.thought(o, kind)
	}
	if b.Kind == "" {
		return protocol.Block{Kind: protocol.BlockOpaque, Opaque: opaque(kind, raw)}
	}
	b.Cache = d.cache(o)
	o.rest()
	return b
}

// give takes a member back from the taken ones.
func (o *object) give(name string) {
	if i := o.find(name); i >= 0 {
		o.taken[i] = false
	}
}

// cache reads a cache_control, whose lifetime is five minutes unless it says so.
func (d *reader) cache(o *object) string {
	raw := o.take("cache_control")
	if raw == nil {
		return ""
	}
	c := d.object(raw, o.sub("cache_control"))
	if c.need("type") != "ephemeral" {
		d.fail(c.sub("type"), `must be "ephemeral"`)
	}
	ttl := c.text("ttl")
	switch ttl {
	case "":
		ttl = "5m"
	case "5m", "1h":
	default:
		d.fail(c.sub("ttl"), `must be "5m" or "1h"`)
	}
	c.rest()
	return ttl
}

func (d *reader) call(o *object, role protocol.Role) *protocol.ToolCall {
	if role != protocol.RoleAssistant {
		d.fail(o.path, "is a tool call, which only an assistant message may hold")
	}
	c := &protocol.ToolCall{ID: o.need("id"), Name: o.need("name")}
	if input := o.take("input"); input == nil || input[0] != '{' {
		d.fail(o.sub("input"), "must be an object")
	} else {
		c.Args = string(value(nil, input))
	}
	if caller := o.take("caller"); caller != nil && string(value(nil, caller)) != `{"type":"direct"}` {
		o.give("caller")
	}
	return c
}

func (d *reader) result(o *object, role protocol.Role) *protocol.ToolResult {
	if role != protocol.RoleUser {
		d.fail(o.path, "is a tool result, which only a user message may hold")
		return nil
	}
	t := &protocol.ToolResult{ID: o.need("tool_use_id")}
	if failed := o.flag("is_error"); failed != nil {
		t.IsError = *failed
	}
	if raw := o.take("content"); raw != nil {
		t.Blocks = d.content(raw, o.sub("content"), "")
	}
	return t
}

// thought reads thinking. A signature of another vendor comes in the envelope that we gave the client.
func (d *reader) thought(o *object, kind string) (string, *protocol.Thinking) {
	if kind == "redacted_thinking" {
		data := o.need("data")
		s, ok := disclose("r", data)
		if !ok || s == nil {
			d.fail(o.sub("data"), "is not what was given out")
			return "", &protocol.Thinking{}
		}
		return "", &protocol.Thinking{Redacted: s.Value, Signature: &protocol.Signature{From: s.From}}
	}
	text := o.text("thinking")
	s, ok := disclose("s", o.text("signature"))
	if !ok {
		d.fail(o.sub("signature"), "is not what was given out")
	}
	return text, &protocol.Thinking{Signature: s}
}

// media reads an image or a document; nil is for a source that only this format knows.
func (d *reader) media(o *object, kind string) *protocol.Media {
	m := &protocol.Media{Kind: protocol.MediaImage}
	if kind == "document" {
		m.Kind = protocol.MediaDocument
	}
	raw := o.take("source")
	if raw == nil {
		d.fail(o.sub("source"), "is required")
		return m
	}
	s := d.object(raw, o.sub("source"))
	switch s.need("type") {
	case "base64":
		m.MIME, m.Base64 = s.need("media_type"), s.need("data")
	case "url":
		m.URL = s.need("url")
		inline(m)
	case "file":
		m.FileID = s.need("file_id")
	case "text":
		if m.MIME = s.text("media_type"); m.MIME == "" {
			m.MIME = "text/plain"
		}
		m.Base64 = base64.StdEncoding.EncodeToString([]byte(s.need("data")))
	default:
		return nil
	}
	if kind == "document" {
		m.Name = o.text("title")
		d.plainCitations(o)
	}
	s.rest()
	return m
}

// plainCitations takes the wish for no citations, which is what all other formats do.
func (d *reader) plainCitations(o *object) {
	if raw := o.take("citations"); raw != nil && string(value(nil, raw)) != `{"enabled":false}` {
		o.give("citations")
	}
}

// inline reads a data URL as the bytes that it is.
func inline(m *protocol.Media) {
	rest, ok := strings.CutPrefix(m.URL, "data:")
	if !ok {
		return
	}
	if head, data, ok := strings.Cut(rest, ","); ok {
		if mime, ok := strings.CutSuffix(head, ";base64"); ok {
			m.MIME, m.Base64, m.URL = mime, data, ""
		}
	}
}
