package testkit

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/burncloud/burncloud"
)

func dataEvent(v any) []byte {
	return append(append([]byte("data: "), encode(v)...), '\n', '\n')
}

func done() []byte { return []byte("data: [DONE]\n\n") }

var chatFinish = map[string]string{"stop": "stop", "length": "length", "filter": "content_filter", "tool": "tool_calls"}

// openAIUsage undoes the product's buckets: prompt_tokens holds all input, the details its parts.
func openAIUsage(u *burncloud.Usage) object {
	return object{
		"prompt_tokens", u.TotalInput(), "completion_tokens", u.TotalOutput(), "total_tokens", u.Total(),
		"prompt_tokens_details", object{
			"cached_tokens", u.CacheRead, "cache_write_tokens", u.CacheWrite5m + u.CacheWrite1h,
			"audio_tokens", u.AudioInput, "image_tokens", u.ImageInput,
		},
		"completion_tokens_details", object{
			"reasoning_tokens", u.Reasoning, "audio_tokens", u.AudioOutput,
			"accepted_prediction_tokens", 0, "rejected_prediction_tokens", 0,
		},
	}
}

func (a *answer) chatID() string { return fmt.Sprintf("chatcmpl-fake%d", a.n) }

func chatPlain(a *answer) []byte {
	choices := make([]object, a.choices)
	for i := range choices {
		m := object{"role", "assistant", "content", a.text(), "refusal", nil, "annotations", []any{}}
		if a.call != "" {
			m = object{"role", "assistant", "content", nil, "tool_calls", []object{{
				"id", fmt.Sprintf("call_fake%d", a.n), "type", "function",
				"function", object{"name", a.tool.name, "arguments", a.call},
			}}, "refusal", nil}
		}
		choices[i] = object{"index", i, "message", m, "logprobs", nil, "finish_reason", chatFinish[a.finish]}
	}
	o := object{"id", a.chatID(), "object", "chat.completion", "created", a.created, "model", a.model, "choices", choices}
	if a.tokens != nil {
		o = append(o, "usage", openAIUsage(a.tokens))
	}
	return encode(append(o, "service_tier", "default", "system_fingerprint", nil))
}

func chatStream(a *answer) [][]byte {
	chunk := func(choices []object, usage any) []byte {
		o := object{"id", a.chatID(), "object", "chat.completion.chunk", "created", a.created, "model", a.model,
			"service_tier", "default", "system_fingerprint", nil, "choices", choices}
		if a.usage && a.tokens != nil {
			o = append(o, "usage", usage)
		}
		return dataEvent(o)
	}
	var out [][]byte
	delta := func(d object, finish any) {
		for i := range a.choices {
			out = append(out, chunk([]object{{"index", i, "delta", d, "logprobs", nil, "finish_reason", finish}}, nil))
		}
	}
	delta(object{"role", "assistant", "content", "", "refusal", nil}, nil)
	if a.call != "" {
		delta(object{"tool_calls", []object{{"index", 0, "id", fmt.Sprintf("call_fake%d", a.n), "type", "function",
			"function", object{"name", a.tool.name, "arguments", ""}}}}, nil)
		for _, part := range pieces(a.call, 3) {
			delta(object{"tool_calls", []object{{"index", 0, "function", object{"arguments", part}}}}, nil)
		}
	}
	for _, w := range a.words {
		delta(object{"content", w}, nil)
	}
	delta(object{}, chatFinish[a.finish])
	if a.usage && a.tokens != nil {
		out = append(out, chunk([]object{}, openAIUsage(a.tokens)))
	}
	return a.fail(append(out, done()), dataEvent(object{"error", a.fault.openAI()}))
}

func completionsPlain(a *answer) []byte {
	choices := make([]object, a.choices)
	for i := range choices {
		choices[i] = object{"text", a.text(), "index", i, "logprobs", nil, "finish_reason", chatFinish[a.finish]}
	}
	o := object{"id", fmt.Sprintf("cmpl-fake%d", a.n), "object", "text_completion", "created", a.created,
		"model", a.model, "choices", choices}
	if a.tokens != nil {
		o = append(o, "usage", openAIUsage(a.tokens))
	}
	return encode(o)
}

func completionsStream(a *answer) [][]byte {
	var out [][]byte
	chunk := func(choices []object, usage any) {
		o := object{"id", fmt.Sprintf("cmpl-fake%d", a.n), "object", "text_completion", "created", a.created,
			"model", a.model, "choices", choices}
		if a.usage && a.tokens != nil {
			o = append(o, "usage", usage)
		}
		out = append(out, dataEvent(o))
	}
	for i, w := range a.words {
		var finish any
		if i == len(a.words)-1 {
			finish = chatFinish[a.finish]
		}
		for c := range a.choices {
			chunk([]object{{"text", w, "index", c, "logprobs", nil, "finish_reason", finish}}, nil)
		}
	}
	if a.usage && a.tokens != nil {
		chunk([]object{}, openAIUsage(a.tokens))
	}
	return a.fail(append(out, done()), dataEvent(object{"error", a.fault.openAI()}))
}

// vector is a fixed unit vector; equal dimensions give equal vectors.
func vector(dims, fallback int) []float32 {
	if dims == 0 {
		dims = fallback
	}
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(1 / math.Sqrt(float64(dims)))
	}
	return v
}

func embeddingsPlain(a *answer) []byte {
	v := vector(a.dims, 8)
	data := make([]object, a.inputs)
	for i := range data {
		var e any = v
		if a.base64 {
			b := make([]byte, 0, 4*len(v))
			for _, f := range v {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
			}
			e = base64.StdEncoding.EncodeToString(b)
		}
		data[i] = object{"object", "embedding", "index", i, "embedding", e}
	}
	o := object{"object", "list", "data", data, "model", a.model}
	if a.tokens != nil {
		o = append(o, "usage", object{"prompt_tokens", a.tokens.TotalInput(), "total_tokens", a.tokens.TotalInput()})
	}
	return encode(o)
}

var moderationCategories = []string{"harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
	"illicit/violent", "self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors",
	"violence", "violence/graphic"}

func moderationsPlain(a *answer) []byte {
	flags, scores, kinds := object{}, object{}, object{}
	for _, c := range moderationCategories {
		flags, scores, kinds = append(flags, c, false), append(scores, c, 0.000012), append(kinds, c, []string{"text"})
	}
	results := make([]object, a.inputs)
	for i := range results {
		results[i] = object{"flagged", false, "categories", flags, "category_scores", scores,
			"category_applied_input_types", kinds}
	}
	return encode(object{"id", fmt.Sprintf("modr-fake%d", a.n), "model", a.model, "results", results})
}

// modelList has the shape that the request asks for: Gemini's by path, Anthropic's by its header.
func (op operation) modelList(models []string) []byte {
	data := make([]object, len(models))
	for i, m := range models {
		if op.protocol == burncloud.Gemini {
			data[i] = object{"name", "models/" + m, "version", "001", "displayName", m, "inputTokenLimit", 1048576,
				"outputTokenLimit", 65536, "supportedGenerationMethods", []string{"generateContent", "countTokens"}}
		} else {
			data[i] = object{"id", m, "object", "model", "created", 1735689600, "owned_by", "fakevendor",
				"type", "model", "display_name", m, "created_at", "2025-01-01T00:00:00Z"}
		}
	}
	if op.protocol == burncloud.Gemini {
		return encode(object{"models", data})
	}
	o := object{"object", "list", "data", data, "has_more", false}
	if len(models) > 0 {
		o = append(o, "first_id", models[0], "last_id", models[len(models)-1])
	}
	return encode(o)
}
