package chat

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// media writes the members of a part with media. It reports false when it refused.
func (e *encoding) media(place string, m *protocol.Media) bool {
	if m.FileID != "" {
		return e.fileID(place, m)
	}
	switch m.Kind {
	case protocol.MediaImage:
		e.w.str("type", "image_url")
		e.w.object("image_url")
		e.w.str("url", locate(m, "image/png"))
		e.w.some("detail", closeness(m.Detail))
		e.w.shut('}')
		return true
	case protocol.MediaVideo:
		if e.family.openai {
			break
		}
		e.w.str("type", "video_url")
		e.w.object("video_url")
		e.w.str("url", locate(m, "video/mp4"))
		e.w.shut('}')
		return true
	case protocol.MediaAudio:
		if format := audioFormat(m.MIME); format != "" && m.Base64 != "" {
			e.w.str("type", "input_audio")
			e.w.object("input_audio")
			e.w.str("data", m.Base64)
			e.w.str("format", format)
			e.w.shut('}')
			return true
		}
	case protocol.MediaDocument:
		return e.document(place, m)
	}
	e.refuse(place, "is "+string(m.Kind)+" of a kind that this model's vendor does not take")
	return false
}

// closeness is OpenAI's word for how closely to look; Responses knows one more.
func closeness(word string) string {
	if word == "original" {
		return "high"
	}
	return word
}

// locate is where media is: its address, or its bytes as one.
func locate(m *protocol.Media, usual string) string {
	if m.URL != "" {
		return m.URL
	}
	kind := m.MIME
	if kind == "" {
		kind = usual
	}
	return "data:" + kind + ";base64," + m.Base64
}

func audioFormat(mime string) string {
	switch kind, _, _ := strings.Cut(mime, ";"); kind {
	case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return "wav"
	case "audio/mpeg", "audio/mp3":
		return "mp3"
	}
	return ""
}

func (e *encoding) fileID(place string, m *protocol.Media) bool {
	if e.r.From != burncloud.Chat || m.Kind == protocol.MediaImage {
		e.refuse(place, "is a file that is kept at another vendor; send its bytes")
		return false
	}
	e.w.str("type", "file")
	e.w.object("file")
	e.w.str("file_id", m.FileID)
	e.w.some("filename", m.Name)
	e.w.shut('}')
	return true
}

// document writes a PDF as a file, and a text as text.
func (e *encoding) document(place string, m *protocol.Media) bool {
	kind, _, _ := strings.Cut(m.MIME, ";")
	switch {
	case m.Base64 == "":
		e.refuse(place, "is an address, from which this model's vendor cannot fetch a document; send its bytes")
		return false
	case strings.HasPrefix(kind, "text/") || kind == "application/json":
		if text, err := base64.StdEncoding.DecodeString(m.Base64); err == nil && utf8.Valid(text) {
			e.lose(place, "sent as text: the vendor takes only PDF as files")
			e.w.str("type", "text")
			e.w.str("text", titled(m.Name, string(text)))
			return true
		}
	case kind == "application/pdf" || kind == "" || e.r.From == burncloud.Chat:
		name := m.Name
		if name == "" {
			name = "document.pdf"
		}
		e.w.str("type", "file")
		e.w.object("file")
		e.w.str("filename", name)
		e.w.str("file_data", locate(m, "application/pdf"))
		e.w.shut('}')
		return true
	}
	e.refuse(place, "is a document of type "+kind+", which this model's vendor does not take")
	return false
}

func titled(name, text string) string {
	if name == "" {
		return text
	}
	return name + ":\n" + text
}

// thoughts decides whether the thoughts of a turn are sent: vendors other than OpenAI want them back
// while the model works with tools; seals go to their own protocol alone.
func (e *encoding) thoughts(place string, t *turn) {
	if len(t.thinking) == 0 {
		return
	}
	if e.r.From == burncloud.Chat {
		t.reasoning = true
		return
	}
	place += ".thinking"
	switch {
	case e.family.openai:
		e.lose(place, "dropped: the vendor reads no thoughts")
		return
	case len(t.calls) == 0:
		e.lose(place, "dropped: the vendor reads no thoughts of finished turns")
		return
	}
	for _, b := range t.thinking {
		if b.Text != "" {
			t.reasoning = true
		}
		if k := b.Thinking; k != nil && (k.Redacted != "" || k.Signature != nil && k.Signature.From != burncloud.Chat) {
			e.lose(place+".signature", "dropped: it is another vendor's")
		}
	}
}

// writeThoughts writes the thoughts of a turn, and their seals where they came in this format or are of
// its vendors.
func (e *encoding) writeThoughts(t *turn) {
	var texts []string
	sealed := false
	for _, b := range t.thinking {
		if b.Text != "" {
			texts = append(texts, b.Text)
		}
		sealed = sealed || e.sealed(b)
	}
	e.w.some("reasoning_content", strings.Join(texts, gap))
	if !sealed {
		return
	}
	e.w.array("reasoning_details")
	for i, b := range t.thinking {
		k := *b
		if !e.sealed(b) {
			k.Thinking = nil
		}
		writeDetails(&e.w, &k, i)
	}
	e.w.shut(']')
}

func (e *encoding) sealed(b *protocol.Block) bool {
	k := b.Thinking
	return k != nil && (k.Signature != nil && (k.Signature.From == burncloud.Chat || e.r.From == burncloud.Chat) || k.Redacted != "" && e.r.From == burncloud.Chat)
}

// writeDetails writes a thought as elements of reasoning_details.
func writeDetails(w *writer, b *protocol.Block, index int) {
	k := b.Thinking
	if k == nil {
		k = &protocol.Thinking{}
	}
	from, seal := burncloud.Chat, ""
	if k.Signature != nil {
		from, seal = k.Signature.From, k.Signature.Value
	}
	detail := func(kind, name, value, signature string) {
		w.open('{')
		w.str("type", kind)
		w.str(name, value)
		w.some("signature", signature)
		w.str("format", formats[from])
		w.integer("index", int64(index))
		w.shut('}')
	}
	switch {
	case k.Redacted != "":
		detail("reasoning.encrypted", "data", k.Redacted, "")
	case from == burncloud.Responses:
		if b.Text != "" {
			detail("reasoning.summary", "summary", b.Text, "")
		}
		if seal != "" {
			detail("reasoning.encrypted", "data", seal, "")
		}
	case k.Summary:
		detail("reasoning.summary", "summary", b.Text, "")
	default:
		detail("reasoning.text", "text", b.Text, seal)
	}
}
