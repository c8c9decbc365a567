package testkit

import (
	"fmt"

	"github.com/burncloud/burncloud"
)

func responsesUsage(u *burncloud.Usage) object {
	return object{
		"input_tokens", u.TotalInput(),
		"input_tokens_details", object{"cached_tokens", u.CacheRead, "cache_write_tokens", u.CacheWrite5m + u.CacheWrite1h},
		"output_tokens", u.TotalOutput(), "output_tokens_details", object{"reasoning_tokens", u.Reasoning},
		"total_tokens", u.Total(),
	}
}

// response is the object that stands in the plain answer and in the stream's outer events.
func (a *answer) response(status string, output []object, final bool) object {
	var usage, details any
	if final && a.tokens != nil {
		usage = responsesUsage(a.tokens)
	}
	if final && a.finish == "length" {
		details = object{"reason", "max_output_tokens"}
	}
	return object{"id", fmt.Sprintf("resp_fake%d", a.n), "object", "response", "created_at", a.created,
		"status", status, "background", false, "error", nil, "incomplete_details", details, "instructions", nil,
		"max_output_tokens", nil, "model", a.model, "output", output, "parallel_tool_calls", true,
		"previous_response_id", nil, "reasoning", object{"effort", nil, "summary", nil}, "store", true,
		"temperature", 1.0, "text", object{"format", object{"type", "text"}}, "tool_choice", "auto", "tools", []any{},
		"top_p", 1.0, "truncation", "disabled", "usage", usage, "user", nil, "metadata", object{}}
}

func (a *answer) responseStatus() string {
	if a.finish == "length" {
		return "incomplete"
	}
	return "completed"
}

func (a *answer) responseItem(status, text, arguments string, whole bool) object {
	if a.call != "" {
		return object{"id", fmt.Sprintf("fc_fake%d", a.n), "type", "function_call", "status", status,
			"arguments", arguments, "call_id", fmt.Sprintf("call_fake%d", a.n), "name", a.tool.name}
	}
	content := []object{}
	if whole {
		content = append(content, outputText(text))
	}
	return object{"id", a.responseItemID(), "type", "message", "status", status, "content", content, "role", "assistant"}
}

func (a *answer) responseItemID() string {
	if a.call != "" {
		return fmt.Sprintf("fc_fake%d", a.n)
	}
	return fmt.Sprintf("msg_fake%d", a.n)
}

func outputText(text string) object {
	return object{"type", "output_text", "annotations", []any{}, "logprobs", []any{}, "text", text}
}

func responsesPlain(a *answer) []byte {
	item := a.responseItem("completed", a.text(), a.call, true)
	return encode(a.response(a.responseStatus(), []object{item}, true))
}

func responsesStream(a *answer) [][]byte {
	var out [][]byte
	emit := func(name string, rest ...any) {
		out = append(out, namedEvent(name, append(object{"type", name, "sequence_number", len(out)}, rest...)))
	}
	emit("response.created", "response", a.response("in_progress", []object{}, false))
	emit("response.in_progress", "response", a.response("in_progress", []object{}, false))
	emit("response.output_item.added", "output_index", 0, "item", a.responseItem("in_progress", "", "", false))
	id := a.responseItemID()
	if a.call != "" {
		for _, part := range pieces(a.call, 3) {
			emit("response.function_call_arguments.delta", "item_id", id, "output_index", 0, "delta", part)
		}
		emit("response.function_call_arguments.done", "item_id", id, "output_index", 0,
			"name", a.tool.name, "arguments", a.call)
	} else {
		at := []any{"item_id", id, "output_index", 0, "content_index", 0}
		part := func(name string, rest ...any) { emit(name, append(at[:len(at):len(at)], rest...)...) }
		part("response.content_part.added", "part", outputText(""))
		for _, w := range a.words {
			part("response.output_text.delta", "delta", w, "logprobs", []any{})
		}
		part("response.output_text.done", "text", a.text(), "logprobs", []any{})
		part("response.content_part.done", "part", outputText(a.text()))
	}
	item := a.responseItem("completed", a.text(), a.call, true)
	emit("response.output_item.done", "output_index", 0, "item", item)
	emit("response."+a.responseStatus(), "response", a.response(a.responseStatus(), []object{item}, true))
	e := a.fault.openAI()
	return a.fail(out, namedEvent("error", object{"type", "error", "sequence_number", a.errorAt,
		"code", e[7], "message", a.fault.message, "param", nil}))
}
