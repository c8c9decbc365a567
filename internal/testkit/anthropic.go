package testkit

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud"
)

var messagesFinish = map[string]string{"stop": "end_turn", "length": "max_tokens", "filter": "refusal", "tool": "tool_use"}

func namedEvent(name string, v any) []byte {
	b := fmt.Appendf(nil, "event: %s\ndata: ", name)
	return append(append(b, encode(v)...), '\n', '\n')
}

// anthropicUsage: input_tokens excludes both cache rows.
func anthropicUsage(u *burncloud.Usage, output int64) object {
	return object{
		"input_tokens", u.Input + u.AudioInput + u.ImageInput,
		"cache_creation_input_tokens", u.CacheWrite5m + u.CacheWrite1h,
		"cache_read_input_tokens", u.CacheRead,
		"cache_creation", object{"ephemeral_5m_input_tokens", u.CacheWrite5m, "ephemeral_1h_input_tokens", u.CacheWrite1h},
		"output_tokens", output, "service_tier", "standard",
	}
}

func (a *answer) message(content []object, finish any) object {
	o := object{"id", fmt.Sprintf("msg_fake%d", a.n), "type", "message", "role", "assistant", "model", a.model,
		"content", content, "stop_reason", finish, "stop_sequence", nil}
	return o
}

func messagesPlain(a *answer) []byte {
	content := []object{{"type", "text", "text", a.text()}}
	if a.call != "" {
		content = []object{{"type", "tool_use", "id", fmt.Sprintf("toolu_fake%d", a.n), "name", a.tool.name,
			"input", json.RawMessage(a.call)}}
	}
	m := a.message(content, messagesFinish[a.finish])
	if a.tokens != nil {
		m = append(m, "usage", anthropicUsage(a.tokens, a.tokens.TotalOutput()))
	}
	return encode(m)
}

func messagesStream(a *answer) [][]byte {
	var out [][]byte
	emit := func(name string, rest ...any) {
		out = append(out, namedEvent(name, append(object{"type", name}, rest...)))
	}
	m := a.message([]object{}, nil)
	if a.tokens != nil {
		m = append(m, "usage", anthropicUsage(a.tokens, 1))
	}
	emit("message_start", "message", m)
	if a.call != "" {
		emit("content_block_start", "index", 0, "content_block", object{"type", "tool_use",
			"id", fmt.Sprintf("toolu_fake%d", a.n), "name", a.tool.name, "input", object{}})
	} else {
		emit("content_block_start", "index", 0, "content_block", object{"type", "text", "text", ""})
	}
	emit("ping")
	if a.call != "" {
		for _, part := range pieces(a.call, 3) {
			emit("content_block_delta", "index", 0, "delta", object{"type", "input_json_delta", "partial_json", part})
		}
	}
	for _, w := range a.words {
		emit("content_block_delta", "index", 0, "delta", object{"type", "text_delta", "text", w})
	}
	emit("content_block_stop", "index", 0)
	delta := object{"stop_reason", messagesFinish[a.finish], "stop_sequence", nil}
	if a.tokens != nil {
		emit("message_delta", "delta", delta, "usage", object{"output_tokens", a.tokens.TotalOutput()})
	} else {
		emit("message_delta", "delta", delta)
	}
	emit("message_stop")
	return a.fail(out, namedEvent("error", object{"type", "error", "error", a.fault.anthropic()}))
}
