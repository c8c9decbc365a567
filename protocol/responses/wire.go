package responses

import (
	"encoding/json"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// item is one of a conversation's items, of those kinds that the neutral model has a word for.
type item struct {
	Type      string          `json:"type"`
	Role      string          `json:"role"`
	ID        string          `json:"id"`
	CallID    string          `json:"call_id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Input     string          `json:"input"`
	Output    json.RawMessage `json:"output"`
	Content   json.RawMessage `json:"content"`
	Summary   []part          `json:"summary"`
	Encrypted string          `json:"encrypted_content"`
	Result    string          `json:"result"`        // of image_generation_call: base64
	Format    string          `json:"output_format"` // of image_generation_call
}

// part is a piece of an item's content.
type part struct {
	Type        string          `json:"type"`
	Text        string          `json:"text"`
	Refusal     string          `json:"refusal"`
	ImageURL    string          `json:"image_url"`
	FileID      string          `json:"file_id"`
	FileURL     string          `json:"file_url"`
	FileData    string          `json:"file_data"`
	Filename    string          `json:"filename"`
	Detail      string          `json:"detail"`
	Annotations []annotation    `json:"annotations"`
	LogProbs    json.RawMessage `json:"logprobs"`
	Breakpoint  *struct{}       `json:"prompt_cache_breakpoint"`
	Cache       *struct {
		TTL string `json:"ttl"`
	} `json:"cache_control"` // not of this format, but what clients of many gateways send
	Audio *struct {
		Data   string `json:"data"`
		Format string `json:"format"`
	} `json:"input_audio"`
}

// annotation is a source of a text.
type annotation struct {
	Type     string      `json:"type"`
	URL      string      `json:"url"`
	Title    string      `json:"title"`
	Filename string      `json:"filename"`
	Start    json.Number `json:"start_index"`
	End      json.Number `json:"end_index"`
}

// Members that are read, and those that say nothing that another vendor could use: ids of the store,
// how far an item got, and which of the client's own parts it belongs to.
const (
	itemMembers = " type role id call_id name arguments input output content summary encrypted_content result output_format status phase namespace caller "
	partMembers = " type text refusal image_url file_id file_url file_data filename detail annotations logprobs prompt_cache_breakpoint cache_control input_audio "
)

// block is the neutral form of a part; ok is false for kinds of parts that have none.
func (p *part) block() (b protocol.Block, ok bool) {
	switch p.Type {
	case "input_text", "output_text", "text":
		b = protocol.Block{Kind: protocol.BlockText, Text: p.Text, Citations: citations(p.Annotations)}
	case "refusal":
		b = protocol.Block{Kind: protocol.BlockRefusal, Text: p.Refusal}
	case "input_image":
		b = protocol.Block{Kind: protocol.BlockMedia, Media: media(protocol.MediaImage, p.ImageURL, p.FileID)}
		b.Media.Detail = p.Detail
	case "input_file":
		b = protocol.Block{Kind: protocol.BlockMedia, Media: media(protocol.MediaDocument, p.FileURL, p.FileID)}
		if p.FileData != "" {
			b.Media = media(protocol.MediaDocument, p.FileData, "")
			if b.Media.Base64 == "" && !strings.Contains(p.FileData, ":") { // bare base64, as some clients send it
				b.Media.Base64, b.Media.URL = p.FileData, ""
				b.Media.MIME = mimeOf(p.Filename)
			}
		}
		b.Media.Name, b.Media.Detail = p.Filename, p.Detail
	case "input_audio":
		if p.Audio == nil {
			return b, false
		}
		b = protocol.Block{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaAudio, MIME: "audio/" + p.Audio.Format, Base64: p.Audio.Data}}
	default:
		return b, false
	}
	switch {
	case p.Cache != nil && p.Cache.TTL == "1h":
		b.Cache = "1h"
	case p.Cache != nil || p.Breakpoint != nil:
		b.Cache = "5m"
	}
	return b, true
}

// media reads an address, which may hold the bytes itself.
func media(kind protocol.MediaKind, url, id string) *protocol.Media {
	m := &protocol.Media{Kind: kind, URL: url, FileID: id}
	head, data, ok := strings.Cut(url, ",")
	if !ok || len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return m
	}
	words := strings.Split(head[5:], ";")
	if !strings.EqualFold(words[len(words)-1], "base64") {
		return m
	}
	m.MIME, m.Base64, m.URL = strings.ToLower(words[0]), data, ""
	if m.MIME == "base64" {
		m.MIME = ""
	}
	return m
}

// mimeOf guesses what a file is from its name.
func mimeOf(name string) string {
	switch _, ext, _ := cutLast(strings.ToLower(name), "."); ext {
	case "pdf":
		return "application/pdf"
	case "txt", "md":
		return "text/plain"
	}
	return ""
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if n := strings.LastIndex(s, sep); n >= 0 {
		return s[:n], s[n+len(sep):], true
	}
	return s, "", false
}

// citations are those annotations that name a source.
func citations(in []annotation) []protocol.Citation {
	var out []protocol.Citation
	for _, a := range in {
		c := protocol.Citation{URL: a.URL, Title: a.Title}
		if c.Title == "" {
			c.Title = a.Filename
		}
		if c.URL == "" && c.Title == "" {
			continue
		}
		start, ok1 := jsonedit.Int([]byte(a.Start))
		end, ok2 := jsonedit.Int([]byte(a.End))
		if ok1 && ok2 && 0 <= start && start <= end && end <= maxIndex {
			c.Start, c.End = int(start), int(end)
		}
		out = append(out, c)
	}
	return out
}

const maxIndex = 1 << 31

// parts reads content: a string, or a list.
func parts(raw json.RawMessage) (out []part, raws []json.RawMessage, err error) {
	switch {
	case len(raw) == 0 || jsonedit.IsNull(raw):
		return nil, nil, nil
	case raw[0] == '"':
		s, _ := jsonedit.Text(raw)
		return []part{{Type: "input_text", Text: s}}, []json.RawMessage{raw}, nil
	}
	if raws, err = elements(raw); err != nil {
		return nil, nil, err
	}
	out = make([]part, len(raws))
	for i, r := range raws {
		out[i].Type = typeOf(r)
		if out[i].Type != "" && !known(out[i].Type) { // its members may be of any type
			continue
		}
		if err := json.Unmarshal(r, &out[i]); err != nil {
			return nil, nil, err
		}
	}
	return out, raws, nil
}

// elements are those of an array.
func elements(raw json.RawMessage) (out []json.RawMessage, err error) {
	err = jsonedit.Elements(raw, func(value jsonedit.Span) bool {
		out = append(out, value.Of(raw))
		return true
	})
	return out, err
}

// typeOf is the type of an item or a part; "" when it has none, or is no object.
func typeOf(raw json.RawMessage) (kind string) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // what is no object has no type
		if string(key) != "type" {
			return true
		}
		kind, _ = jsonedit.Text(value.Of(raw))
		return false
	})
	return kind
}

// known tells the kinds of parts that the neutral model has a word for.
func known(kind string) bool {
	switch kind {
	case "input_text", "output_text", "text", "refusal", "input_image", "input_file", "input_audio", "summary_text", "reasoning_text":
		return true
	}
	return false
}

// thoughts are the blocks of a reasoning item: its summary, its raw text, each where there is one. The
// seal stands on the last.
func (it *item) thoughts(sig *protocol.Signature, redacted string) ([]protocol.Block, error) {
	content, _, err := parts(it.Content)
	if err != nil {
		return nil, err
	}
	var out []protocol.Block
	add := func(text string, summary bool) {
		out = append(out, protocol.Block{Kind: protocol.BlockThinking, Text: text, Thinking: &protocol.Thinking{Summary: summary}})
	}
	if s := joined(it.Summary); s != "" {
		add(s, true)
	}
	if s := joined(content); s != "" {
		add(s, false)
	}
	if len(out) == 0 {
		if sig == nil && redacted == "" {
			return nil, nil
		}
		add("", false)
	}
	last := out[len(out)-1].Thinking
	last.Signature, last.Redacted = sig, redacted
	return out, nil
}

// joined is the text of several parts, a blank line between them.
func joined(in []part) string {
	var texts []string
	for _, p := range in {
		if p.Text != "" {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// opaque is a piece that only this protocol understands. The type of a part begins with "content.", that
// of an item does not.
func opaque(kind string, raw json.RawMessage) protocol.Block {
	return protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Responses, Type: kind, Raw: raw}}
}
