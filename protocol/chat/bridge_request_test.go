package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/chat"
)

func TestDecodeRequestRefuses(t *testing.T) {
	user := `{"role":"user","content":"Hi"}`
	with := func(members string) string { return `{"model":"m","messages":[` + user + `],` + members + `}` }
	said := func(message string) string { return `{"model":"m","messages":[` + user + `,` + message + `]}` }
	part := func(part string) string { return said(`{"role":"user","content":[` + part + `]}`) }
	for _, c := range []struct{ body, param, says string }{
		{``, "", "empty"},
		{`[]`, "", "JSON object"},
		{`{"model":"m"`, "", "JSON object"},
		{`{"model":"m","messages":[{"role":"user","content":"` + "\xff" + `"}]}`, "", "UTF-8"},
		{`{"messages":[` + user + `]}`, "model", "1 to 256"},
		{`{"model":7,"messages":[` + user + `]}`, "model", "string"},
		{`{"model":"m"}`, "messages", "missing"},
		{`{"model":"m","messages":null}`, "messages", "missing"},
		{`{"model":"m","messages":[]}`, "messages", "empty"},
		{`{"model":"m","messages":"Hi"}`, "messages", "array"},
		{`{"model":"m","messages":["Hi"]}`, "messages[0]", "object"},
		{`{"model":"m","messages":[{"content":"Hi"}]}`, "messages[0].role", "missing"},
		{`{"model":"m","messages":[{"role":"robot","content":"Hi"}]}`, "messages[0].role", "one of"},
		{`{"model":"m","messages":[{"role":"user"}]}`, "messages[0].content", "missing"},
		{`{"model":"m","messages":[{"role":"user","content":7}]}`, "messages[0].content", "parts"},
		{with(`"temperature":1,"temperature":2`), "temperature", "twice"},
		{with(`"temperature":"hot"`), "temperature", "number"},
		{with(`"max_tokens":"1"`), "max_tokens", "whole number"},
		{with(`"max_completion_tokens":-1`), "max_completion_tokens", "at least 0"},
		{with(`"n":0`), "n", "at least 1"},
		{with(`"stream":"yes"`), "stream", "true or false"},
		{with(`"stream_options":7`), "stream_options", "object"},
		{with(`"stop":[1]`), "stop[0]", "string"},
		{with(`"metadata":{"a":1}`), "metadata.a", "string"},
		{with(`"reasoning_effort":"huge"`), "reasoning_effort", "one of"},
		{with(`"verbosity":"chatty"`), "verbosity", "one of"},
		{with(`"response_format":{"type":"yaml"}`), "response_format.type", "one of"},
		{with(`"response_format":{}`), "response_format.type", "missing"},
		{with(`"response_format":{"type":"json_schema"}`), "response_format.json_schema.name", "missing"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":true}}`), "response_format.json_schema.schema", "object"},
		{with(`"tools":[{}]`), "tools[0].type", "missing"},
		{with(`"tools":[{"type":"function"}]`), "tools[0].function", "missing"},
		{with(`"tools":[{"type":"function","function":{}}]`), "tools[0].function.name", "missing"},
		{with(`"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]`), "tools[0].function.parameters", "object"},
		{with(`"tools":[{"type":"custom","custom":{"name":"f","format":{"type":"grammar","grammar":{}}}}]`), "tools[0].custom.format", "grammar"},
		{with(`"tools":[{"type":"function","function":{"name":"f"}}],"functions":[{"name":"g"}]`), "functions", "old form"},
		{with(`"tool_choice":"maybe"`), "tool_choice", "one of"},
		{with(`"tool_choice":{"type":"function","function":{}}`), "tool_choice.function.name", "missing"},
		{with(`"tool_choice":{"type":"function"}`), "tool_choice", "name what is chosen"},
		{with(`"tool_choice":"auto","function_call":"auto"`), "function_call", "old form"},
		{said(`{"role":"tool","content":"x"}`), "messages[1].tool_call_id", "missing"},
		{said(`{"role":"function","name":"f","content":"x"}`), "messages[1].name", "answers no"},
		{said(`{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}`), "messages[1].tool_calls[0].id", "missing"},
		{said(`{"role":"assistant","tool_calls":[{"id":"a","type":"function"}]}`), "messages[1].tool_calls[0].function", "missing"},
		{said(`{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"arguments":"{}"}}]}`), "messages[1].tool_calls[0].function.name", "missing"},
		{part(`{"text":"x"}`), "messages[1].content[0].type", "missing"},
		{part(`{"type":"text"}`), "messages[1].content[0].text", "missing"},
		{part(`{"type":"text","text":1}`), "messages[1].content[0].text", "string"},
		{part(`{"type":"image_url","image_url":{}}`), "messages[1].content[0].image_url.url", "missing"},
		{part(`{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}`), "messages[1].content[0].image_url.url", "https"},
		{part(`{"type":"image_url","image_url":{"url":"data:image/png,abc"}}`), "messages[1].content[0].image_url.url", "base64"},
		{part(`{"type":"input_audio","input_audio":{"format":"wav"}}`), "messages[1].content[0].input_audio.data", "missing"},
		{part(`{"type":"file","file":{}}`), "messages[1].content[0].file", "file_data"},
	} {
		r, fault := chat.NewBridge().DecodeRequest(inbound("", []byte(c.body)))
		if fault == nil {
			t.Errorf("%s is taken: %+v", c.body, r)
			continue
		}
		if fault.Kind != burncloud.Invalid || fault.Param != c.param || !strings.Contains(fault.Message, c.says) {
			t.Errorf("%s: param %q, %s: %s", c.body, fault.Param, fault.Kind, fault.Message)
		}
	}
	if _, fault := chat.NewBridge().DecodeRequest(protocol.Inbound{Endpoint: burncloud.EndpointCompletions, Body: []byte(with(`"n":1`))}); fault == nil {
		t.Error("completions are taken")
	}
}

func TestEncodeRequestForFamilies(t *testing.T) {
	long := strings.Repeat("u", 65)
	three, auto := int64(3), int64(-1)
	all := func() *protocol.Request {
		return &protocol.Request{
			From:      burncloud.Messages,
			System:    []protocol.Block{{Kind: protocol.BlockText, Text: "A", Cache: "1h"}, {Kind: protocol.BlockText, Text: "B"}},
			Messages:  []protocol.Message{{Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: "C"}, {Kind: protocol.BlockText, Text: "D"}}}, {Role: protocol.RoleAssistant, Blocks: []protocol.Block{{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: long, Name: "f"}}}}, {Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: long}}}}},
			MaxOutput: &three, User: long, Verbosity: "low", CacheKey: "k",
		}
	}
	for _, c := range []struct {
		model     string
		reasoning *protocol.Reasoning
		has, not  []string
		lost      []string
	}{
		{"gpt-5.6", &protocol.Reasoning{Off: true}, []string{`"max_completion_tokens":3`, `"safety_identifier":"`, `"verbosity":"low"`, `"prompt_cache_key":"k"`, `"prompt_cache_breakpoint":{"mode":"explicit"}`, `{"type":"text","text":"D"}`, `"reasoning_effort":"none"`, `"id":"call_`}, []string{long}, []string{"system[0].cache_control.ttl", "user"}},
		{"openai/gpt-5-mini", &protocol.Reasoning{Off: true}, []string{`"reasoning_effort":"minimal"`, `"max_completion_tokens"`}, []string{"breakpoint"}, []string{"reasoning", "system[0].cache_control"}},
		{"o3", &protocol.Reasoning{Off: true}, []string{`"reasoning_effort":"low"`}, nil, []string{"reasoning"}},
		{"gpt-4o", &protocol.Reasoning{Effort: "high"}, nil, []string{"reasoning_effort"}, []string{"reasoning"}},
		{"gpt-4o", &protocol.Reasoning{Off: true}, nil, []string{"reasoning_effort"}, nil},
		{"gpt-oss-120b", &protocol.Reasoning{Effort: "high"}, []string{`"max_tokens":3`, `"reasoning_effort":"high"`, `"content":"A\n\nB"`, `"content":"C\n\nD"`}, []string{"safety_identifier", "verbosity", "prompt_cache"}, []string{"verbosity"}},
		{"mistral-large-latest", &protocol.Reasoning{Budget: &auto}, []string{`"user":"`}, []string{`"id":"call_`, "reasoning"}, []string{"verbosity"}},
	} {
		r := all()
		r.Reasoning = c.reasoning
		body, losses, fault := chat.NewBridge().EncodeRequest(r, protocol.Destination{Model: c.model})
		if fault != nil || !json.Valid(body) {
			t.Fatalf("%s: %v, %s", c.model, fault, body)
		}
		for _, s := range c.has {
			if !strings.Contains(string(body), s) {
				t.Errorf("%s: no %s in %s", c.model, s, body)
			}
		}
		for _, s := range c.not {
			if strings.Contains(string(body), s) {
				t.Errorf("%s: %s in %s", c.model, s, body)
			}
		}
		lost := map[string]bool{}
		for _, l := range losses {
			lost[l.Field] = true
		}
		for _, field := range c.lost {
			if !lost[field] {
				t.Errorf("%s: the loss of %s is not told: %v", c.model, field, losses)
			}
		}
	}
}

// TestEncodeRequestRefuses are the fields that would change the meaning if they were left out.
func TestEncodeRequestRefuses(t *testing.T) {
	zero := int64(0)
	user := []protocol.Message{{Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: "Hi"}}}}
	extra := func(from burncloud.Protocol, name, value string) *protocol.Request {
		return &protocol.Request{From: from, Messages: user, Extra: []protocol.Member{{Name: name, Value: json.RawMessage(value)}}}
	}
	for param, r := range map[string]*protocol.Request{
		"previous_response_id": extra(burncloud.Responses, "previous_response_id", `"resp_1"`),
		"background":           extra(burncloud.Responses, "background", `true`),
		"cachedContent":        extra(burncloud.Gemini, "cachedContent", `"c"`),
		"mcp_servers":          extra(burncloud.Messages, "mcp_servers", `[{}]`),
		"max_tokens":           {Messages: user, MaxOutput: &zero},
		"messages":             {},
		"tools[0].name":        {Messages: user, Tools: []protocol.Tool{{Name: strings.Repeat("f", 65)}}},
	} {
		_, _, fault := chat.NewBridge().EncodeRequest(r, protocol.Destination{Model: "m"})
		if fault == nil || fault.Kind != burncloud.Invalid || fault.Param != param {
			t.Errorf("%s: %+v", param, fault)
		}
	}
	for _, r := range []*protocol.Request{
		extra(burncloud.Responses, "background", `false`), extra(burncloud.Responses, "previous_response_id", `null`), extra(burncloud.Messages, "mcp_servers", `[ ]`),
	} {
		if _, losses, fault := chat.NewBridge().EncodeRequest(r, protocol.Destination{Model: "m"}); fault != nil || len(losses) > 0 {
			t.Errorf("%s: %v, %v", r.Extra[0].Name, fault, losses)
		}
	}
}

// TestReplyInTheClientsWay: functions are answered with function_call, custom tools with free text, and
// thoughts that are not wanted are not shown.
func TestReplyInTheClientsWay(t *testing.T) {
	hide := false
	r := &protocol.Request{
		Model: "mine", Dialect: "functions", Reasoning: &protocol.Reasoning{Include: &hide},
		Tools: []protocol.Tool{{Name: "f"}},
	}
	thought := protocol.Block{Kind: protocol.BlockThinking, Text: "secret", Thinking: &protocol.Thinking{}}
	called := func(name, args string) protocol.Block {
		return protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: "a", Name: name, Args: args}}
	}
	two := &protocol.Response{Choices: []protocol.Choice{{Stop: protocol.StopTool, Blocks: []protocol.Block{thought, called("f", `{"x":1}`), called("f", `{}`)}}}}
	free := &protocol.Request{Tools: []protocol.Tool{{Name: "py", Custom: true}}}
	one := &protocol.Response{Choices: []protocol.Choice{{Stop: protocol.StopTool, Blocks: []protocol.Block{called("py", `{"input":"1\n2"}`)}}}}
	for _, c := range []struct {
		a         *protocol.Response
		r         *protocol.Request
		plain     []string
		streamed  []string
		losses    int
		forbidden string
	}{
		{two, r, []string{`"function_call":{"name":"f","arguments":"{\"x\":1}"}`, `"finish_reason":"function_call"`, `"model":"mine"`}, []string{`"function_call":{"name":"f","arguments":""}`, `"function_call":{"arguments":"{\"x\":"}`, `"finish_reason":"function_call"`}, 1, "secret"},
		{one, free, []string{`"custom":{"name":"py","input":"1\n2"}`, `"type":"custom"`}, []string{`"custom":{"name":"py","input":""}`, `"custom":{"input":"1\n2"}`}, 0, `{\"input`},
	} {
		plain, losses := chat.NewBridge().EncodeResponse(c.a, c.r)
		check := func(body []byte, wants []string, losses []protocol.Loss) {
			for _, s := range wants {
				if !strings.Contains(string(body), s) {
					t.Errorf("no %s in %s", s, body)
				}
			}
			if strings.Contains(string(body), c.forbidden) || len(losses) != c.losses {
				t.Errorf("%v: %s", losses, body)
			}
		}
		check(plain, c.plain, losses)
		streamed, losses := prototestWrite(c.r, c.a)
		check(streamed, c.streamed, losses)
	}
}
