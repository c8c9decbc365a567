package gemini

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// answer writes an answer, whole or in pieces, for the client who sent r.
type answer struct {
	model    string
	id       string
	created  string
	tier     string
	thoughts bool // the client wants them
	losses   []protocol.Loss
}

func answerTo(r *protocol.Request) answer {
	if r == nil {
		return answer{}
	}
	return answer{model: r.Model, thoughts: r.Reasoning != nil && r.Reasoning.Include != nil && *r.Reasoning.Include}
}

func (w *answer) lose(field, reason string, args ...any) {
	w.losses = append(w.losses, protocol.Loss{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

// head notes what is the same in every piece.
func (w *answer) head(a *protocol.Response) {
	if a == nil {
		return
	}
	w.id = a.ID
	if w.model == "" {
		w.model = a.Model
	}
	if a.Created > 0 {
		w.created = time.Unix(a.Created, 0).UTC().Format(time.RFC3339)
	}
	if a.ServiceTier != "" {
		if w.tier = tierWords[a.ServiceTier]; w.tier == "" && a.ServiceTier != "auto" {
			w.lose("service_tier", "dropped: Gemini has no tier %q", a.ServiceTier)
		}
	}
}

// EncodeResponse implements protocol.Bridge.
func (bridge) EncodeResponse(a *protocol.Response, r *protocol.Request) ([]byte, []protocol.Loss) {
	w := answerTo(r)
	if a == nil {
		a = &protocol.Response{}
	}
	w.head(a)
	choices := a.Choices
	if len(choices) == 0 {
		choices = []protocol.Choice{{Stop: protocol.StopEnd}}
	}
	dst := append(key([]byte{'{'}, "candidates"), '[')
	for i := range choices {
		dst = w.choice(comma(dst), i, &choices[i])
	}
	dst = append(dst, ']')
	if a.HasUsage {
		dst = w.usage(dst, a.Usage)
	} else if w.tier != "" {
		w.lose("service_tier", "dropped: Gemini tells it with the usage, and there is none")
	}
	return w.tail(dst), w.losses
}

func (w *answer) choice(dst []byte, n int, c *protocol.Choice) []byte {
	at := element("choices", n)
	var parts []part
	var s sources
	broken := false
	for i := range c.Blocks {
		b := &c.Blocks[i]
		p, ok, bad := w.block(element(at+".content", i), b)
		broken = broken || bad
		if !ok {
			continue
		}
		if b.Kind == protocol.BlockText {
			s.add(w, element(at+".content", i), b.Citations, b.Text, len(parts), 0)
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		parts = []part{textPart("")}
	}
	dst = appendContent(key(append(dst, '{'), "content"), "model", parts)
	dst = w.reason(dst, at, c.Stop, c.Sequence, broken)
	dst = whole(dst, "index", int64(n))
	if probable := toLogProbs(c.LogProbs); probable != nil {
		dst = value(key(dst, "logprobsResult"), probable)
	}
	return append(s.append(dst), '}')
}

// reason appends why a candidate ended.
func (w *answer) reason(dst []byte, at string, stop protocol.StopReason, sequence string, broken bool) []byte {
	if sequence != "" {
		w.lose(at+".stop_sequence", "dropped: Gemini does not say which one it was")
	}
	if stop == protocol.StopPause {
		w.lose(at+".stop_reason", "sent as OTHER: Gemini has no pause that the client may continue")
	}
	return word(dst, "finishReason", reasonOf(stop, broken))
}

// block writes a block that is whole; ok is false when it is left out, broken when that is because it is
// a call that cannot be read.
func (w *answer) block(at string, b *protocol.Block) (p part, ok, broken bool) {
	switch b.Kind {
	case protocol.BlockText:
		p, ok = textPart(b.Text), b.Text != "" || b.Signature != nil
	case protocol.BlockRefusal:
		if p, ok = textPart(b.Text), b.Text != ""; ok {
			w.lose(at, "sent as text: Gemini has no refusals")
		}
	case protocol.BlockThinking:
		return w.thought(at, b)
	case protocol.BlockToolCall:
		p, ok = w.call(at, b.Call)
		broken = !ok
	case protocol.BlockMedia:
		p, ok = w.media(at, b.Media)
	case protocol.BlockOpaque:
		p, ok = w.opaque(at, b.Opaque)
	default:
		w.lose(at, "dropped: it has no place in an answer")
	}
	p.signature = enclose(b.Signature, "")
	return p, ok, broken
}

// thought writes a thought for a client that wants it. A seal goes with it: the client sends it back.
func (w *answer) thought(at string, b *protocol.Block) (p part, ok, broken bool) {
	seal := sealed(b)
	if !w.thoughts {
		if seal != "" {
			w.lose(at+".signature", "dropped: the client asked for no thoughts")
		}
		return p, false, false
	}
	p = textPart(b.Text)
	p.thought, p.signature = true, seal
	if b.Thinking != nil && b.Thinking.Redacted != "" && seal == "" {
		w.lose(at, "dropped: nobody knows who can read it")
	}
	return p, b.Text != "" || seal != "", false
}

// sealed is the seal of a thought, for a client to keep.
func sealed(b *protocol.Block) string {
	if b.Thinking == nil {
		return ""
	}
	return enclose(b.Thinking.Signature, b.Thinking.Redacted)
}

// call writes a call. Arguments that are no object cannot be said here, and a function must not be run
// with others.
func (w *answer) call(at string, c *protocol.ToolCall) (p part, ok bool) {
	if c == nil {
		return p, false
	}
	body := []byte{'{'}
	if c.ID != "" {
		body = word(body, "id", c.ID)
	}
	body = key(word(body, "name", c.Name), "args")
	switch {
	case c.Custom:
		w.lose(at, "sent as a call with one string, input: Gemini has no tools of free text")
		body = append(word(append(body, '{'), "input", c.Args), '}')
	case strings.TrimSpace(c.Args) == "":
		body = append(body, "{}"...)
	case isObject([]byte(c.Args)):
		body = value(body, []byte(c.Args))
	default:
		w.lose(at, "dropped: the arguments of the call are no JSON object")
		return p, false
	}
	return part{kind: "functionCall", body: append(body, '}')}, true
}

func (w *answer) media(at string, m *protocol.Media) (p part, ok bool) {
	switch {
	case m == nil || m.Base64 == "" && m.URL == "":
		w.lose(at, "dropped: Gemini cannot point to it")
		return p, false
	case m.Base64 != "":
		mime := m.MIME
		if mime == "" {
			mime = sniff(m.Base64)
		}
		p = part{kind: "inlineData", body: append(word(word([]byte{'{'}, "mimeType", mime), "data", m.Base64), '}')}
	default:
		body := []byte{'{'}
		if m.MIME != "" {
			body = word(body, "mimeType", m.MIME)
		}
		p = part{kind: "fileData", body: append(word(body, "fileUri", m.URL), '}')}
	}
	return p, true
}

func (w *answer) opaque(at string, o *protocol.Opaque) (p part, ok bool) {
	if o == nil {
		return p, false
	}
	if o.From == burncloud.Gemini && isObject(o.Raw) {
		return part{body: o.Raw}, true
	}
	w.lose(at, "dropped: Gemini has nothing like %s", o.Type)
	return p, false
}

// usage appends the usageMetadata.
func (w *answer) usage(dst []byte, u burncloud.Usage) []byte {
	if u.CacheWrite5m+u.CacheWrite1h > 0 {
		w.lose("usage.cache_write", "counted as fresh input: Gemini writes no caches")
	}
	dst = append(key(dst, "usageMetadata"), '{')
	thoughts := min(u.Reasoning, u.Output)
	dst = whole(dst, "promptTokenCount", u.TotalInput())
	if u.CacheRead > 0 {
		dst = whole(dst, "cachedContentTokenCount", u.CacheRead)
	}
	dst = whole(dst, "candidatesTokenCount", u.TotalOutput()-thoughts)
	if thoughts > 0 {
		dst = whole(dst, "thoughtsTokenCount", thoughts)
	}
	dst = whole(dst, "totalTokenCount", u.Total())
	dst = details(dst, "promptTokensDetails", u.TotalInput()-u.AudioInput-u.ImageInput, u.AudioInput, u.ImageInput)
	dst = details(dst, "candidatesTokensDetails", u.Output-thoughts, u.AudioOutput, u.ImageOutput)
	if w.tier != "" {
		dst = word(dst, "serviceTier", w.tier)
	}
	return append(dst, '}')
}

// details appends tokens by kind, where there is more than text.
func details(dst []byte, name string, text, audio, image int64) []byte {
	if audio+image == 0 {
		return dst
	}
	dst = append(key(dst, name), '[')
	for _, d := range []struct {
		kind string
		n    int64
	}{{"TEXT", text}, {"AUDIO", audio}, {"IMAGE", image}} {
		if d.n > 0 {
			dst = append(whole(word(append(comma(dst), '{'), "modality", d.kind), "tokenCount", d.n), '}')
		}
	}
	return append(dst, ']')
}

// tail closes an answer, or a piece of one, with what is the same in all.
func (w *answer) tail(dst []byte) []byte {
	for _, m := range []struct{ name, text string }{{"modelVersion", w.model}, {"createTime", w.created}, {"responseId", w.id}} {
		if m.text != "" {
			dst = word(dst, m.name, m.text)
		}
	}
	return append(dst, '}')
}

// sources are those of a candidate to be written.
type sources struct {
	chunks, supports []byte
	known            map[[2]string]int // addresses and titles
}

// add adds the sources of a block, whose text is that of a part, or begins at a byte of all text.
func (s *sources) add(w *answer, at string, all []protocol.Citation, text string, part, begin int) {
	for i, c := range all {
		if c.Quote != "" {
			w.lose(element(at+".citations", i)+".cited_text", noField)
		}
		if c.URL == "" {
			w.lose(element(at+".citations", i), "dropped: Gemini cites addresses only")
			continue
		}
		n, ok := s.known[[2]string{c.URL, c.Title}]
		if !ok {
			if s.known == nil {
				s.known = map[[2]string]int{}
			}
			n = len(s.known)
			s.known[[2]string{c.URL, c.Title}] = n
			s.chunks = append(key(append(comma(s.chunks), '{'), "web"), '{')
			s.chunks = word(s.chunks, "uri", c.URL)
			if c.Title != "" {
				s.chunks = word(s.chunks, "title", c.Title)
			}
			s.chunks = append(s.chunks, "}}"...)
		}
		start, end, ok := bytesOf(text, c.Start, c.End)
		if !ok {
			continue
		}
		s.supports = append(key(append(comma(s.supports), '{'), "segment"), '{')
		if part > 0 {
			s.supports = whole(s.supports, "partIndex", int64(part))
		}
		if begin+start > 0 {
			s.supports = whole(s.supports, "startIndex", int64(begin+start))
		}
		s.supports = word(whole(s.supports, "endIndex", int64(begin+end)), "text", text[start:end])
		s.supports = fmt.Appendf(append(s.supports, '}'), `,"groundingChunkIndices":[%d]}`, n)
	}
}

// bytesOf turns a place in runes into one in bytes; ok is false when it is not known or not in text.
func bytesOf(text string, start, end int) (from, to int, ok bool) {
	if start < 0 || end <= start {
		return 0, 0, false
	}
	for n := 0; ; n++ {
		if n == start {
			from = to
		}
		if n == end {
			return from, to, true
		}
		if to >= len(text) {
			return 0, 0, false
		}
		_, size := utf8.DecodeRuneInString(text[to:])
		to += size
	}
}

// append appends the groundingMetadata, if there are sources.
func (s *sources) append(dst []byte) []byte {
	if len(s.chunks) == 0 {
		return dst
	}
	dst = append(append(key(append(key(dst, "groundingMetadata"), '{'), "groundingChunks"), '['), s.chunks...)
	dst = append(append(key(append(dst, ']'), "groundingSupports"), '['), s.supports...)
	return append(dst, "]}"...)
}
