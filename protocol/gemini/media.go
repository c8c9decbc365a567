package gemini

import (
	"encoding/base64"
	"net/url"
	"path"
	"strings"

	"github.com/burncloud/burncloud/protocol"
)

// inline is media that stands in the request. beside is the part, which may ask for a resolution.
func inline(d *object, beside *object) *protocol.Media {
	m := &protocol.Media{MIME: d.text("mimeType"), Base64: padded(d.text("data")), Name: d.text("displayName"), Detail: detail(beside)}
	if m.MIME == "" {
		d.r.fail(d.sub("mimeType"), "is required")
	}
	if m.Base64 == "" || !isBase64(m.Base64) {
		d.r.fail(d.sub("data"), "must be base64")
	}
	m.Kind = kindOf(m.MIME, "")
	d.rest()
	return m
}

// file is media that stands elsewhere: at a public address, or where only Google can read it.
func file(d *object, beside *object) *protocol.Media {
	m := &protocol.Media{MIME: d.text("mimeType"), Name: d.text("displayName"), Detail: detail(beside)}
	uri := d.need("fileUri")
	m.Kind = kindOf(m.MIME, uri)
	if isPublic(uri) {
		m.URL = uri
	} else {
		m.FileID = uri
	}
	d.rest()
	return m
}

// isPublic tells whether anybody can read what is at an address. Files of Google's own store look like
// addresses, but want the key that stored them.
func isPublic(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		!(strings.HasSuffix(u.Host, ".googleapis.com") && strings.Contains(u.Path, "/files/"))
}

// detail reads how closely an image is looked at. The steps that others do not have stay where they are.
func detail(part *object) string {
	i := part.index("mediaResolution")
	if i < 0 {
		return ""
	}
	level := ""
	if raw := part.members[i].Value; raw[0] == '{' {
		level = (&reader{}).object(raw, "").text("level")
	}
	switch level {
	case "MEDIA_RESOLUTION_LOW":
		level = "low"
	case "MEDIA_RESOLUTION_HIGH":
		level = "high"
	default:
		return ""
	}
	part.taken[i] = true
	return level
}

// endings are the types of files by the end of their name.
var endings = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".heic": "image/heic",
	".mp3": "audio/mp3", ".wav": "audio/wav", ".ogg": "audio/ogg", ".flac": "audio/flac", ".aac": "audio/aac",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".mpeg": "video/mpeg",
	".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/markdown", ".html": "text/html", ".csv": "text/csv",
}

// mimeOf guesses a type from an address; "" when it does not tell.
func mimeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return endings[strings.ToLower(path.Ext(u.Path))]
}

// magics are the types of files by how their base64 begins.
var magics = []struct{ begin, mime string }{
	{"iVBORw0KGg", "image/png"}, {"/9j/", "image/jpeg"}, {"R0lGOD", "image/gif"}, {"JVBERi", "application/pdf"},
	{"SUQz", "audio/mp3"}, {"ZkxhQ", "audio/flac"}, {"T2dnU", "audio/ogg"},
}

func sniff(data string) string {
	for _, m := range magics {
		if strings.HasPrefix(data, m.begin) {
			return m.mime
		}
	}
	return ""
}

// kindOf is what a type, or an address without one, holds.
func kindOf(mime, address string) protocol.MediaKind {
	if mime == "" {
		mime = mimeOf(address)
	}
	if u, err := url.Parse(address); mime == "" && err == nil {
		switch strings.TrimPrefix(u.Host, "www.") {
		case "youtube.com", "youtu.be", "m.youtube.com":
			return protocol.MediaVideo
		}
	}
	class, _, _ := strings.Cut(strings.ToLower(mime), "/")
	switch class {
	case "image":
		return protocol.MediaImage
	case "audio":
		return protocol.MediaAudio
	case "video":
		return protocol.MediaVideo
	}
	return protocol.MediaDocument
}

// padded is base64 in the standard form; Google reads the URL-safe one and one without padding too.
func padded(s string) string {
	if strings.ContainsAny(s, "-_") {
		s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	}
	if strings.ContainsAny(s, "\r\n") {
		s = strings.NewReplacer("\r", "", "\n", "").Replace(s)
	}
	if n := len(s) % 4; n > 1 {
		s += "=="[:4-n]
	}
	return s
}

// isBase64 looks at s in pieces, so that a large image needs no second copy.
func isBase64(s string) bool {
	var buf [768]byte
	for len(s) > 0 {
		n := min(1024, len(s))
		if _, err := base64.StdEncoding.Decode(buf[:], []byte(s[:n])); err != nil {
			return false
		}
		if s[n-1] == '=' && n < len(s) {
			return false
		}
		s = s[n:]
	}
	return true
}

// media writes media; ok is false when it cannot be. What stands at an address is fetched before, unless
// the operator wants it otherwise: newer models read public addresses themselves.
func (e *request) media(at string, m *protocol.Media) (p part, ok bool) {
	if m == nil {
		return p, false
	}
	mime := m.MIME
	if mime == "image/jpg" {
		mime = "image/jpeg"
	}
	body := []byte{'{'}
	switch {
	case m.Base64 != "":
		if mime == "" {
			mime = sniff(m.Base64)
		}
		if mime == "" {
			e.refuse(at, "must say its type, such as image/png")
			return p, false
		}
		p.kind = "inlineData"
		body = word(word(body, "mimeType", mime), "data", m.Base64)
	case m.FileID != "" && e.own:
		p.kind = "fileData"
		if mime != "" {
			body = word(body, "mimeType", mime)
		}
		body = word(body, "fileUri", m.FileID)
	case m.FileID != "":
		e.refuse(at, "is a file kept by another vendor; send its bytes")
		return p, false
	case m.URL != "":
		p.kind = "fileData"
		if mime == "" && !e.own {
			mime = mimeOf(m.URL)
		}
		if mime != "" {
			body = word(body, "mimeType", mime)
		}
		body = word(body, "fileUri", m.URL)
	default:
		e.lose(at, "dropped: it is empty")
		return p, false
	}
	switch {
	case m.Name == "":
	case e.own:
		body = word(body, "displayName", m.Name)
	default:
		e.lose(at+".name", noField)
	}
	p.body = append(body, '}')
	switch {
	case m.Detail == "low" || m.Detail == "high":
		if p.detail = m.Detail; !e.own && !e.family.since(3) {
			p.detail = ""
			e.lose(at+".detail", "dropped: this model takes no resolution for each image")
		}
	case m.Detail != "" && m.Detail != "auto":
		e.lose(at+".detail", "dropped: Gemini has no %q", m.Detail)
	}
	return p, true
}
