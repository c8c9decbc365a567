package chat

import (
	"path"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// content reads a message's content: a string, or parts.
func (d *decoding) content(at *place, raw []byte, needed bool) []protocol.Block {
	switch {
	case raw == nil:
		if needed {
			d.bad(at, "is missing")
		}
		return nil
	case raw[0] == '"':
		s := d.text(at, raw)
		if s == "" && !needed {
			return nil
		}
		return []protocol.Block{{Kind: protocol.BlockText, Text: s}}
	case raw[0] != '[':
		d.bad(at, "must be a string or an array of parts")
		return nil
	}
	var blocks []protocol.Block
	d.elements(at, raw, func(at *place, raw []byte) { blocks = append(blocks, d.part(at, raw)) })
	return blocks
}

// part reads one part of a content.
func (d *decoding) part(at *place, raw []byte) protocol.Block {
	if raw[0] == '"' {
		return protocol.Block{Kind: protocol.BlockText, Text: d.text(at, raw)}
	}
	var kind, cache string
	var inner []byte
	var rest []protocol.Member
	base := at
	d.members(at, raw, func(name string, at *place, v []byte) {
		switch name {
		case "type":
			kind = d.text(at, v)
		case "cache_control":
			cache = d.cacheControl(at, v)
		case "prompt_cache_breakpoint":
			cache = "5m"
		default:
			rest = append(rest, protocol.Member{Name: at.String(), Value: v})
		}
	})
	if d.fault != nil {
		return protocol.Block{}
	}
	for i := range rest {
		if rest[i].Name == base.member(kind).String() {
			inner = rest[i].Value
			rest = append(rest[:i], rest[i+1:]...)
			break
		}
	}
	b := protocol.Block{Cache: cache}
	known := true
	switch in := at.member(kind); kind {
	case "":
		d.bad(at.member("type"), "is missing")
	case "text", "refusal":
		b.Kind = protocol.BlockKind(kind)
		if inner == nil {
			d.bad(in, "is missing")
			break
		}
		b.Text = d.text(in, inner)
	case "image_url", "video_url", "input_audio", "file":
		if inner == nil {
			d.bad(in, "is missing")
			break
		}
		b.Kind, b.Media = protocol.BlockMedia, d.media(in, kind, inner)
	default:
		known = false
		b = opaque(kind, raw)
		b.Cache = cache
	}
	if known {
		for _, m := range rest {
			d.unknown(&place{name: m.Name}, m.Value)
		}
	}
	return b
}

func (d *decoding) media(at *place, kind string, raw []byte) *protocol.Media {
	switch kind {
	case "image_url":
		return d.linked(at, raw, protocol.MediaImage)
	case "video_url":
		return d.linked(at, raw, protocol.MediaVideo)
	case "input_audio":
		return d.audio(at, raw)
	}
	return d.file(at, raw)
}

// linked reads {"url":…}, or the bare address that some clients send.
func (d *decoding) linked(at *place, raw []byte, kind protocol.MediaKind) *protocol.Media {
	m := &protocol.Media{Kind: kind}
	if raw[0] == '"' {
		d.address(at, d.text(at, raw), m)
		return m
	}
	found := false
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "url":
			found = true
			d.address(at, d.text(at, raw), m)
		case "detail":
			m.Detail = d.text(at, raw)
		default:
			d.unknown(at, raw)
		}
	})
	if !found {
		d.bad(at.member("url"), "is missing")
	}
	return m
}

// address reads an address: the web's, or bytes in a data: URL.
func (d *decoding) address(at *place, s string, m *protocol.Media) {
	if head, data, ok := dataURL(s); ok {
		m.MIME, m.Base64 = head, data
		if data == "" {
			d.bad(at, "must hold base64 after its comma")
		}
		return
	}
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		d.bad(at, "must be an https: or a data: URL in base64")
	}
	m.URL = s
}

// dataURL splits data:<type>[;parameters];base64,<data>.
func dataURL(s string) (kind, data string, ok bool) {
	if len(s) < 5 || !strings.EqualFold(s[:5], "data:") {
		return "", "", false
	}
	head, data, ok := strings.Cut(s[5:], ",")
	if !ok || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return "", "", true
	}
	kind, _, _ = strings.Cut(head, ";")
	return strings.ToLower(strings.TrimSpace(kind)), data, true
}

func (d *decoding) audio(at *place, raw []byte) *protocol.Media {
	m := &protocol.Media{Kind: protocol.MediaAudio}
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "data":
			m.Base64 = d.text(at, raw)
			if _, data, ok := dataURL(m.Base64); ok {
				m.Base64 = data
			}
		case "format":
			m.MIME = audioType(d.text(at, raw))
		default:
			d.unknown(at, raw)
		}
	})
	if m.Base64 == "" {
		d.bad(at.member("data"), "is missing")
	}
	return m
}

func audioType(format string) string {
	if format == "mp3" {
		return "audio/mpeg"
	}
	return "audio/" + format
}

func (d *decoding) file(at *place, raw []byte) *protocol.Media {
	m := &protocol.Media{Kind: protocol.MediaDocument}
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "file_id":
			m.FileID = d.text(at, raw)
		case "filename":
			m.Name = d.text(at, raw)
		case "file_data":
			s := d.text(at, raw)
			if !strings.Contains(s, ":") { // bare base64
				m.Base64 = s
				return
			}
			d.address(at, s, m)
		default:
			d.unknown(at, raw)
		}
	})
	if m.Base64 == "" && m.URL == "" && m.FileID == "" {
		d.bad(at, "must have file_data or file_id")
	}
	if m.Base64 != "" && m.MIME == "" {
		m.MIME = "application/pdf"
		if t, ok := documentTypes[strings.ToLower(path.Ext(m.Name))]; ok {
			m.MIME = t
		}
	}
	return m
}

// documentTypes are by the ending of a name what a file without a type is; else it is a PDF.
var documentTypes = map[string]string{
	".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".html": "text/html",
	".json": "application/json", ".xml": "application/xml",
}

// details reads reasoning_details, in which thoughts travel with their seals. The format of each names
// the vendor whose seal it is.
func (d *decoding) details(at *place, raw []byte) []protocol.Block {
	var blocks []protocol.Block
	d.elements(at, raw, func(at *place, raw []byte) {
		var kind, format, text, signature, data string
		d.members(at, raw, func(name string, at *place, raw []byte) {
			switch name {
			case "type":
				kind = d.text(at, raw)
			case "format":
				format = d.text(at, raw)
			case "text", "summary":
				text = d.text(at, raw)
			case "signature":
				signature = d.text(at, raw)
			case "data":
				data = d.text(at, raw)
			}
		})
		b := protocol.Block{Kind: protocol.BlockThinking, Text: text, Thinking: &protocol.Thinking{Summary: kind == "reasoning.summary"}}
		from := sealer(format)
		switch {
		case signature != "":
			b.Thinking.Signature = &protocol.Signature{From: from, Value: signature}
		case data != "" && from == burncloud.Responses:
			b.Thinking.Summary = true
			b.Thinking.Signature = &protocol.Signature{From: from, Value: data}
			if n := len(blocks) - 1; n >= 0 && blocks[n].Thinking.Summary && blocks[n].Thinking.Signature == nil {
				blocks[n].Thinking.Signature = b.Thinking.Signature // its summary came before it
				return
			}
		case data != "":
			b.Thinking.Redacted, b.Thinking.Signature = data, &protocol.Signature{From: from}
		case text == "":
			return
		}
		blocks = append(blocks, b)
	})
	return blocks
}

// formats are the words that reasoning_details use for whose thoughts they hold.
var formats = map[burncloud.Protocol]string{
	burncloud.Chat:      "unknown",
	burncloud.Messages:  "anthropic-claude-v1",
	burncloud.Gemini:    "google-gemini-v1",
	burncloud.Responses: "openai-responses-v1",
}

// sealer is the protocol of a word of formats.
func sealer(format string) burncloud.Protocol {
	for p, word := range formats {
		if word == format {
			return p
		}
	}
	return burncloud.Chat
}
