package chat

import (
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// cite reads an annotation. It belongs to the open block of text.
func (c *choice) cite(dst []protocol.Event, raw []byte) []protocol.Event {
	var cited protocol.Citation
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		if inner := value.Of(raw); string(key) == "url_citation" {
			_ = jsonedit.Walk(inner, func(key []byte, _, value jsonedit.Span) bool {
				v := value.Of(inner)
				switch string(key) {
				case "url":
					cited.URL = lenient(v)
				case "title":
					cited.Title = lenient(v)
				case "content":
					cited.Quote = lenient(v)
				case "start_index":
					cited.Start = offset(v)
				case "end_index":
					cited.End = offset(v)
				}
				return true
			})
		}
		return true
	})
	if cited.URL == "" {
		return dst
	}
	dst = c.need(dst, protocol.BlockText)
	if cited.Start -= c.from; cited.Start < 0 || cited.End <= c.from {
		cited.Start, cited.End = 0, c.from
	}
	cited.End -= c.from
	c.citations = append(c.citations, cited)
	return dst
}

func offset(raw []byte) int {
	n, ok := jsonedit.Int(raw)
	if !ok || n < 0 || n > maxEvent {
		return 0
	}
	return int(n)
}

// image reads a picture that the model made.
func (c *choice) image(dst []protocol.Event, raw []byte) []protocol.Event {
	m := &protocol.Media{Kind: protocol.MediaImage}
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		if v := value.Of(raw); string(key) == "image_url" {
			m.URL = lenient(v)
			_ = jsonedit.Walk(v, func(key []byte, _, value jsonedit.Span) bool {
				if string(key) == "url" {
					m.URL = lenient(value.Of(v))
				}
				return true
			})
		}
		return true
	})
	if kind, data, ok := dataURL(m.URL); ok {
		m.URL, m.MIME, m.Base64 = "", kind, data
	}
	if m.URL == "" && m.Base64 == "" {
		return dst
	}
	return c.single(dst, protocol.Block{Kind: protocol.BlockMedia, Media: m})
}

// sound reads spoken output: what is said is also text.
func (c *choice) sound(dst []protocol.Event, raw []byte) []protocol.Event {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		switch v := value.Of(raw); string(key) {
		case "data":
			c.audio = append(c.audio, lenient(v)...)
		case "transcript":
			dst = c.text(dst, protocol.BlockText, lenient(v))
		}
		return true
	})
	return dst
}
