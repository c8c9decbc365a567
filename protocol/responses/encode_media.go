package responses

import (
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// media begins an image or a file.
func (w *composer) media(b placed) *burncloud.Fault {
	m := b.Media
	foreign := m.FileID != "" && w.r.From != burncloud.Responses && w.r.From != burncloud.Chat
	switch {
	case foreign:
		return refuse(b.path, "is a file that another vendor keeps; send its content")
	case m.Kind == protocol.MediaImage && m.Base64 != "" && !pictured(m.MIME):
		return refuse(b.path, fmt.Sprintf("is an image of the type %q; this model's vendor takes png, jpeg, gif and webp", m.MIME))
	case m.Kind == protocol.MediaImage:
		w.open('{')
		w.keyText("type", "input_image")
		w.optText("file_id", m.FileID)
		if m.FileID == "" {
			w.keyText("image_url", address(m))
		}
		w.optText("detail", m.Detail)
	case m.Kind == protocol.MediaDocument:
		w.open('{')
		w.keyText("type", "input_file")
		switch {
		case m.FileID != "":
			w.keyText("file_id", m.FileID)
		case m.Base64 != "":
			w.keyText("filename", fileName(m))
			w.keyText("file_data", address(m))
		default:
			w.keyText("file_url", m.URL)
			w.optText("filename", m.Name)
		}
		w.optText("detail", m.Detail)
	case m.Kind == protocol.MediaAudio && w.r.From == burncloud.Responses && m.Base64 != "":
		w.open('{')
		w.keyText("type", "input_audio")
		w.key("input_audio")
		w.open('{')
		w.keyText("data", m.Base64)
		w.keyText("format", strings.TrimPrefix(m.MIME, "audio/"))
		w.shut('}')
	default:
		return refuse(b.path, fmt.Sprintf("is of the kind %q, which this model's vendor does not take", m.Kind))
	}
	return nil
}

// pictured tells the types of images that are taken. One without a type is left to the vendor to see.
func pictured(mime string) bool {
	switch mime {
	case "", "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp":
		return true
	}
	return false
}

// address is a URL, one that holds the bytes where there is no other.
func address(m *protocol.Media) string {
	if m.Base64 == "" {
		return m.URL
	}
	mime := m.MIME
	switch {
	case mime == "image/jpg":
		mime = "image/jpeg"
	case mime == "" && m.Kind == protocol.MediaImage:
		mime = sniffed(m.Base64)
	case mime == "":
		mime = "application/pdf"
	}
	return "data:" + mime + ";base64," + m.Base64
}

// sniffed is the type of an image by its first bytes.
func sniffed(base64 string) string {
	for prefix, mime := range map[string]string{"/9j/": "image/jpeg", "R0lG": "image/gif", "UklG": "image/webp"} {
		if strings.HasPrefix(base64, prefix) {
			return mime
		}
	}
	return "image/png"
}

// fileName is a name for the bytes of a file, which must have one.
func fileName(m *protocol.Media) string {
	switch {
	case m.Name != "":
		return m.Name
	case strings.HasPrefix(m.MIME, "text/"):
		return "file.txt"
	}
	return "file.pdf"
}
