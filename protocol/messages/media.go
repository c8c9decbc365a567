package messages

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/burncloud/burncloud/protocol"
)

// media is an image or document of the user; nil when it is refused.
func (e *request) media(b protocol.Block, path string) []byte {
	m := b.Media
	if m == nil {
		return nil
	}
	kind := ""
	switch m.Kind {
	case protocol.MediaImage:
		kind = "image"
	case protocol.MediaDocument:
		kind = "document"
	default:
		e.refuse(path, "is %s, which this vendor does not take", m.Kind)
		return nil
	}
	source := e.source(m, path)
	if source == nil {
		return nil
	}
	out := append(key(word([]byte("{"), "type", kind), "source"), source...)
	switch {
	case m.Name != "" && kind == "document":
		out = word(out, "title", m.Name)
	case m.Name != "":
		e.lose(path+".name", "dropped: images have none in this format")
	}
	if m.Detail != "" && m.Detail != "auto" {
		e.lose(path+".detail", "dropped: this format has no such field")
	}
	e.signature(b.Signature, path)
	return e.finish(out, path, b.Cache)
}

// source is where the bytes of m are.
func (e *request) source(m *protocol.Media, path string) []byte {
	at := path + ".source"
	switch {
	case m.FileID != "" && e.native:
		return e.close(word(word([]byte("{"), "type", "file"), "file_id", m.FileID), at)
	case m.FileID != "":
		e.refuse(path, "names a file that another vendor keeps; send its bytes")
		return nil
	case m.URL != "":
		return e.close(word(word([]byte("{"), "type", "url"), "url", m.URL), at)
	case m.Base64 == "":
		e.refuse(path, "is empty")
		return nil
	case m.Kind == protocol.MediaImage:
		return e.image(m, path, at)
	}
	return e.document(m, path, at)
}

func (e *request) image(m *protocol.Media, path, at string) []byte {
	mime := plainMIME(m.MIME)
	if mime == "" {
		mime = imageOf(m.Base64)
	}
	switch mime {
	case "image/jpg":
		mime = "image/jpeg"
	case "image/jpeg", "image/png", "image/gif", "image/webp":
	default:
		e.refuse(path, "is an image of type %q; this vendor takes JPEG, PNG, GIF and WebP", mime)
		return nil
	}
	return e.close(word(word(word([]byte("{"), "type", "base64"), "media_type", mime), "data", m.Base64), at)
}

func (e *request) document(m *protocol.Media, path, at string) []byte {
	mime := plainMIME(m.MIME)
	if mime == "" && strings.HasPrefix(m.Base64, "JVBERi") {
		mime = "application/pdf"
	}
	if mime == "application/pdf" {
		return e.close(word(word(word([]byte("{"), "type", "base64"), "media_type", mime), "data", m.Base64), at)
	}
	text, err := base64.StdEncoding.DecodeString(m.Base64)
	if !textual(mime) || err != nil || !utf8.Valid(text) {
		e.refuse(path, "is a document of type %q; this vendor takes PDF and text", mime)
		return nil
	}
	if mime != "text/plain" {
		e.lose(path+".mime", "sent as plain text: this vendor has no %s", mime)
	}
	return e.close(word(word(word([]byte("{"), "type", "text"), "media_type", "text/plain"), "data", string(text)), at)
}

// textual tells whether a type is text that a model can read as it is.
func textual(mime string) bool {
	switch mime {
	case "application/json", "application/xml", "application/yaml", "application/x-yaml", "application/javascript":
		return true
	}
	return strings.HasPrefix(mime, "text/")
}

// plainMIME is a media type in lower case, without its parameters.
func plainMIME(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	return strings.ToLower(strings.TrimSpace(mime))
}

// imageOf tells an image's type from its first bytes.
func imageOf(data string) string {
	for prefix, mime := range map[string]string{"iVBORw0KGgo": "image/png", "/9j/": "image/jpeg", "R0lGOD": "image/gif", "UklGR": "image/webp"} {
		if strings.HasPrefix(data, prefix) {
			return mime
		}
	}
	return ""
}

// note is what stands in a reply for media, which this format's replies do not hold.
func note(m *protocol.Media) string {
	what := string(m.Kind)
	if m.MIME != "" {
		what += " of type " + m.MIME
	}
	if m.URL != "" {
		return "[" + what + ": " + m.URL + "]"
	}
	return "[" + what + ", which this format cannot hold]"
}
