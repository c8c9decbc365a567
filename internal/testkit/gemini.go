package testkit

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud"
)

var geminiFinish = map[string]string{"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY", "tool": "STOP"}

// geminiUsage: promptTokenCount holds cached tokens, candidatesTokenCount excludes thoughts; zeros are
// left out. Google has no cache writes, so those count as fresh input.
func geminiUsage(u *burncloud.Usage) object {
	prompt, visible := u.TotalInput(), u.TotalOutput()-u.Reasoning
	o := object{"promptTokenCount", prompt}
	if visible > 0 {
		o = append(o, "candidatesTokenCount", visible)
	}
	o = append(o, "totalTokenCount", prompt+visible+u.Reasoning)
	if u.CacheRead > 0 {
		o = append(o, "cachedContentTokenCount", u.CacheRead)
	}
	o = append(o, "promptTokensDetails", modalities(u.Input+u.CacheRead+u.CacheWrite5m+u.CacheWrite1h, u.AudioInput, u.ImageInput))
	if u.AudioOutput+u.ImageOutput > 0 {
		o = append(o, "candidatesTokensDetails", modalities(u.Output-u.Reasoning, u.AudioOutput, u.ImageOutput))
	}
	if u.Reasoning > 0 {
		o = append(o, "thoughtsTokenCount", u.Reasoning)
	}
	return o
}

func modalities(text, audio, image int64) []object {
	out := []object{}
	for _, m := range []struct {
		name string
		n    int64
	}{{"TEXT", text}, {"AUDIO", audio}, {"IMAGE", image}} {
		if m.n > 0 {
			out = append(out, object{"modality", m.name, "tokenCount", m.n})
		}
	}
	return out
}

// geminiResponse is one GenerateContentResponse: the plain answer, or one event of a stream.
func (a *answer) geminiResponse(parts []object, finish string, final bool) object {
	candidates := make([]object, a.choices)
	for i := range candidates {
		c := object{"content", object{"parts", parts, "role", "model"}}
		if finish != "" {
			c = append(c, "finishReason", finish)
		}
		candidates[i] = append(c, "index", i)
	}
	o := object{"candidates", candidates}
	switch {
	case a.tokens != nil && final:
		o = append(o, "usageMetadata", geminiUsage(a.tokens))
	case a.tokens != nil:
		o = append(o, "usageMetadata", object{"promptTokenCount", a.tokens.TotalInput(), "totalTokenCount", a.tokens.TotalInput()})
	}
	return append(o, "modelVersion", a.model, "responseId", fmt.Sprintf("fake%d", a.n))
}

func (a *answer) geminiParts(text string) []object {
	if a.call != "" {
		return []object{{"functionCall", object{"name", a.tool.name, "args", json.RawMessage(a.call)}}}
	}
	return []object{{"text", text}}
}

func geminiPlain(a *answer) []byte {
	return encode(a.geminiResponse(a.geminiParts(a.text()), geminiFinish[a.finish], true))
}

func (a *answer) geminiEvents() []object {
	if a.call != "" || len(a.words) == 0 {
		return []object{a.geminiResponse(a.geminiParts(""), geminiFinish[a.finish], true)}
	}
	out := make([]object, len(a.words))
	for i, w := range a.words {
		last, finish := i == len(a.words)-1, ""
		if last {
			finish = geminiFinish[a.finish]
		}
		out[i] = a.geminiResponse([]object{{"text", w}}, finish, last)
	}
	return out
}

func geminiSSE(a *answer) [][]byte {
	frame := func(v any) []byte { return append(append([]byte("data: "), encode(v)...), "\r\n\r\n"...) }
	var out [][]byte
	for _, e := range a.geminiEvents() {
		out = append(out, frame(e))
	}
	return a.fail(out, frame(object{"error", a.fault.google()}))
}

// geminiArray is the stream without alt=sse: one JSON array, sent element by element.
func geminiArray(a *answer) [][]byte {
	var out [][]byte
	lead := "["
	for _, e := range a.geminiEvents() {
		out = append(out, append([]byte(lead), encode(e)...))
		lead = ",\r\n"
	}
	failure := append(encode(object{"error", a.fault.google()}), ']')
	if a.errorAt == 0 {
		lead = "["
	}
	return a.fail(append(out, []byte("]")), append([]byte(lead), failure...))
}

func geminiCount(a *answer) []byte {
	n := max(1, a.ask.words)
	return encode(object{"totalTokens", n, "promptTokensDetails", modalities(int64(n), 0, 0)})
}

func geminiEmbed(a *answer) []byte {
	o := object{"embedding", object{"values", vector(a.dims, 8)}}
	if a.tokens != nil {
		o = append(o, "usageMetadata", object{"promptTokenCount", a.tokens.TotalInput(), "totalTokenCount", a.tokens.TotalInput()})
	}
	return encode(o)
}
