package messages

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// TestDecodeRequestRefuses: what is malformed is named by its path.
func TestDecodeRequestRefuses(t *testing.T) {
	ask := func(content string) string {
		return `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":` + content + `}]}`
	}
	with := func(member string) string {
		return `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],` + member + `}`
	}
	for body, param := range map[string]string{
		``:   "",
		`[]`: "",
		`{"model":"m","max_tokens":9,"messages":[]} {}`:                                                                                  "",
		`{"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}`:                                                                   "model",
		`{"model":"m","messages":[{"role":"user","content":"Hi"}]}`:                                                                      "max_tokens",
		`{"model":"m","max_tokens":"9","messages":[{"role":"user","content":"Hi"}]}`:                                                     "max_tokens",
		`{"model":"m","max_tokens":-1,"messages":[{"role":"user","content":"Hi"}]}`:                                                      "max_tokens",
		`{"model":"m","max_tokens":9}`:                                                                                                   "messages",
		`{"model":"m","max_tokens":9,"messages":[]}`:                                                                                     "messages",
		`{"model":"m","max_tokens":9,"messages":["Hi"]}`:                                                                                 "messages[0]",
		`{"model":"m","max_tokens":9,"messages":[{"role":"tool","content":"Hi"}]}`:                                                       "messages[0].role",
		`{"model":"m","max_tokens":9,"messages":[{"role":"user"}]}`:                                                                      "messages[0].content",
		`{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"a"}]}]}`:            "messages[0].content[0]",
		`{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":[]}]}]}`:  "messages[0].content[0].input",
		`{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"bc1.x"}]}]}`:         "messages[0].content[0].data",
		`{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","signature":"bc1.messages.s.eA"}]}]}`: "messages[0].content[0].signature",
		ask(`7`):                    "messages[0].content",
		ask(`[{"text":"no type"}]`): "messages[0].content[0].type",
		ask(`[{"type":"text"}]`):    "messages[0].content[0].text",
		ask(`[{"type":"image"}]`):   "messages[0].content[0].source",
		ask(`[{"type":"image","source":{"type":"base64","data":"eA=="}}]`):                   "messages[0].content[0].source.media_type",
		ask(`[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"2h"}}]`):  "messages[0].content[0].cache_control.ttl",
		ask(`[{"type":"tool_use","id":"a","name":"b","input":{}}]`):                          "messages[0].content[0]",
		ask(`[{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_result"}]}]`): "messages[0].content[0].content[0]",
		ask(`[{"type":"text","text":"a","text":"b"}]`):                                       "messages[0].content[0].text",
		with(`"system":7`): "system",
		with(`"system":[{"type":"image","source":{"type":"url","url":"https://example.com"}}]`): "system[0]",
		with(`"stream":"yes"`):                                    "stream",
		with(`"temperature":"hot"`):                               "temperature",
		with(`"stop_sequences":"END"`):                            "stop_sequences",
		with(`"stop_sequences":["a",1]`):                          "stop_sequences[1]",
		with(`"tools":[{"name":"a"}]`):                            "tools[0].input_schema",
		with(`"tools":[{"input_schema":{}}]`):                     "tools[0].name",
		with(`"tool_choice":{"type":"tool"}`):                     "tool_choice.name",
		with(`"tool_choice":{"type":"function"}`):                 "tool_choice.type",
		with(`"thinking":{"type":"enabled"}`):                     "thinking.budget_tokens",
		with(`"thinking":{"type":"on"}`):                          "thinking.type",
		with(`"output_config":{"format":{"type":"json_object"}}`): "output_config.format.type",
		with(`"output_config":{"format":{"type":"json_schema"}}`): "output_config.format.schema",
		with(`"service_tier":"flex"`):                             "service_tier",
		with(`"metadata":{"user_id":7}`):                          "metadata.user_id",
		with(`"model":"n"`):                                       "model",
	} {
		r, fault := NewBridge().DecodeRequest(inbound("", []byte(body)))
		if fault == nil || r != nil || fault.Kind != burncloud.Invalid || fault.Param != param || fault.Message == "" {
			t.Errorf("%s: %+v", body, fault)
		}
	}
}

func TestVersions(t *testing.T) {
	for model, want := range map[string]version{
		"claude-3-7-sonnet-20250219": 307, "claude-3-opus-latest": 300, "claude-sonnet-4-20250514": 400,
		"claude-sonnet-4-5": 405, "anthropic/claude-opus-4.8": 408, "claude-fable-5": 500,
		"us.anthropic.claude-sonnet-4-20250514-v1:0": 400, "claude-opus-4-1@20250805": 401, "Claude-Haiku-4-5-20251001": 405,
		"claude-latest": 0, "deepseek-chat": 0, "": 0, "claude-2.1": 201,
	} {
		if got := versionOf(model); got != want {
			t.Errorf("%q: %d, want %d", model, got, want)
		}
	}
}

// TestModels: what a model does not know is not sent to it.
func TestModels(t *testing.T) {
	num := func(s string) *json.Number { n := json.Number(s); return &n }
	count := func(n int64) *int64 { return &n }
	schema := &protocol.Format{Type: "schema", Schema: json.RawMessage(`{"type":"array","items":{"oneOf":[{"type":"object","properties":{"a":{"type":"string","format":"phone","description":"A."}}},{"type":"null"}]},"maxItems":3}`)}
	now := []protocol.Tool{{Name: "now"}}
	for name, c := range map[string]struct {
		model  string
		r      protocol.Request
		want   []string // parts of the request
		not    []string
		losses string // their fields
	}{
		"effort to an old model":           {"claude-3-5-haiku-20241022", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "high"}}, nil, []string{"thinking"}, "reasoning"},
		"off to an old model":              {"claude-3-5-haiku-20241022", protocol.Request{Reasoning: &protocol.Reasoning{Off: true}}, nil, []string{"thinking"}, ""},
		"effort as budget":                 {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "medium"}, MaxOutput: count(9000)}, []string{`"thinking":{"type":"enabled","budget_tokens":2048}`}, []string{"effort"}, "reasoning.effort"},
		"effort":                           {"claude-opus-4-6", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "max"}, MaxOutput: count(9000)}, []string{`"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}`}, nil, ""},
		"xhigh before it was known":        {"claude-opus-4-6", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "xhigh"}, MaxOutput: count(9)}, []string{`"effort":"high"`}, nil, "reasoning.effort"},
		"xhigh":                            {"claude-opus-4-7", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "xhigh"}, MaxOutput: count(9)}, []string{`"effort":"xhigh"`}, nil, ""},
		"thoughts that Chat shows unasked": {"claude-opus-4-7", protocol.Request{From: burncloud.Chat, Reasoning: &protocol.Reasoning{Effort: "low"}, MaxOutput: count(9)}, []string{`"display":"summarized"`}, nil, ""},
		"minimal":                          {"claude-opus-4-7", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "minimal"}, MaxOutput: count(9)}, []string{`"effort":"low"`}, nil, "reasoning.effort"},
		"budget to a new model":            {"claude-opus-4-7", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(6000)}, MaxOutput: count(9)}, []string{`"type":"adaptive"`, `"effort":"medium"`}, []string{"budget"}, "reasoning.budget"},
		"budget where both are known":      {"claude-opus-4-6", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(6000)}, MaxOutput: count(9000)}, []string{`"budget_tokens":6000`}, nil, ""},
		"the model decides":                {"claude-opus-4-6", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(-1)}, MaxOutput: count(9)}, []string{`"thinking":{"type":"adaptive"}`}, []string{"effort"}, ""},
		"a small budget":                   {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(100)}, MaxOutput: count(9000)}, []string{`"budget_tokens":1024`}, nil, "reasoning.budget"},
		"a budget over the cap":            {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(8000)}, MaxOutput: count(4000)}, []string{`"budget_tokens":3999`}, nil, "reasoning.budget"},
		"no room to think":                 {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(8000)}, MaxOutput: count(1024)}, nil, []string{"thinking"}, "reasoning"},
		"the cap is ours":                  {"unknown", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(8000)}}, []string{`"max_tokens":12096`, `"budget_tokens":8000`}, nil, "max_tokens"},
		"thinking and a forced tool":       {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(2000)}, MaxOutput: count(4000), Tools: now, ToolChoice: &protocol.ToolChoice{Mode: "any"}}, []string{`"tool_choice":{"type":"any"}`}, []string{"thinking"}, "reasoning"},
		"adaptive and a forced tool":       {"claude-opus-4-7", protocol.Request{Reasoning: &protocol.Reasoning{Effort: "low"}, MaxOutput: count(4000), Tools: now, ToolChoice: &protocol.ToolChoice{Mode: "any"}}, []string{`"tool_choice":{"type":"any"}`, `"adaptive"`}, nil, ""},
		"sampling while thinking":          {"claude-sonnet-4-5", protocol.Request{Reasoning: &protocol.Reasoning{Budget: count(2000)}, MaxOutput: count(4000), Temperature: num("0.5"), TopP: num("0.96"), TopK: count(3)}, []string{`"top_p":0.96`}, []string{"temperature", "top_k"}, "temperature top_k"},
		"sampling of a fixed model":        {"claude-opus-4-7", protocol.Request{MaxOutput: count(9), Temperature: num("0.5"), TopP: num("0.9"), TopK: count(3)}, nil, []string{"temperature", "top_"}, "temperature top_p top_k"},
		"one is allowed":                   {"claude-opus-4-7", protocol.Request{MaxOutput: count(9), Temperature: num("1.0")}, []string{`"temperature":1.0`}, nil, ""},
		"both for an older model":          {"claude-3-7-sonnet", protocol.Request{MaxOutput: count(9), Temperature: num("0.5"), TopP: num("0.9")}, []string{`"temperature":0.5,"top_p":0.9`}, nil, ""},
		"a schema":                         {"claude-sonnet-4-5", protocol.Request{MaxOutput: count(9), Format: schema}, []string{`"schema":{"type":"array","items":{"anyOf":[{"type":"object","properties":{"a":{"type":"string","description":"A.\n\n{format: \"phone\"}"}},"additionalProperties":false},{"type":"null"}]},"description":"{maxItems: 3}"}`}, []string{"oneOf"}, "format.schema"},
		"a schema for an old model":        {"claude-3-7-sonnet", protocol.Request{MaxOutput: count(9), Format: schema}, []string{"It must satisfy this JSON Schema"}, []string{"output_config"}, "format"},
		"system text in the middle":        {"claude-opus-4-8", protocol.Request{MaxOutput: count(9), Messages: []protocol.Message{says("user", "Hi"), says("system", "French."), says("assistant", "Salut."), says("user", "Hm.")}}, []string{`{"role":"system","content":[{"type":"text","text":"French."}]}`}, nil, ""},
		"system text where it may not":     {"claude-opus-4-8", protocol.Request{MaxOutput: count(9), Messages: []protocol.Message{says("user", "Hi"), says("assistant", "Salut."), says("system", "French."), says("user", "Hm.")}}, []string{`"system":[{"type":"text","text":"French."}]`}, nil, "messages[2]"},
	} {
		r := c.r
		if r.Messages == nil {
			r.Messages = []protocol.Message{says("user", "Hi")}
		}
		body, losses, fault := NewBridge().EncodeRequest(&r, protocol.Destination{Model: c.model})
		if c.r.MaxOutput == nil && c.model != "unknown" {
			losses = losses[1:] // about the cap
		}
		var fields []string
		for _, l := range losses {
			fields = append(fields, l.Field)
		}
		if fault != nil || strings.Join(fields, " ") != c.losses {
			t.Errorf("%s: %v, losses %+v", name, fault, losses)
		}
		for _, s := range c.want {
			if !strings.Contains(string(body), s) {
				t.Errorf("%s: no %s in %s", name, s, body)
			}
		}
		for _, s := range c.not {
			if strings.Contains(string(body), s) {
				t.Errorf("%s: %s in %s", name, s, body)
			}
		}
	}
}

func says(role protocol.Role, text string) protocol.Message {
	return protocol.Message{Role: role, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: text}}}
}

// TestRepeatedIDs: ids of calls are made unique, and results follow theirs.
func TestRepeatedIDs(t *testing.T) {
	r := &protocol.Request{Tools: []protocol.Tool{{Name: "now"}}, Messages: []protocol.Message{says("user", "Hi")}}
	for _, ids := range [][]string{{"a", "a"}, {"a", ""}, {"functions.now:0", ""}} {
		var calls, results []protocol.Block
		for i, id := range ids {
			calls = append(calls, protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: id, Name: "now"}})
			results = append(results, protocol.Block{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: id, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: string(rune('0' + i))}}}})
		}
		r.Messages = append(r.Messages, protocol.Message{Role: protocol.RoleAssistant, Blocks: calls}, protocol.Message{Role: protocol.RoleUser, Blocks: results})
	}
	body, losses, fault := NewBridge().EncodeRequest(r, claude)
	if fault != nil || len(losses) != 0 {
		t.Fatal(fault, losses)
	}
	back, fault := NewBridge().DecodeRequest(inbound("", body))
	if fault != nil {
		t.Fatal(fault)
	}
	seen := map[string]bool{}
	for i := 1; i < len(back.Messages); i += 2 {
		for j, b := range back.Messages[i].Blocks {
			id, got := b.Call.ID, back.Messages[i+1].Blocks[j].Result
			if seen[id] || got.ID != id || got.Blocks[0].Text != string(rune('0'+j)) {
				t.Errorf("call %q, result %+v in %s", id, got, body)
			}
			seen[id] = true
		}
	}
}

// TestCacheMarks: four are sent, the last ones.
func TestCacheMarks(t *testing.T) {
	r := &protocol.Request{Tools: []protocol.Tool{{Name: "now", Cache: "5m"}}, System: []protocol.Block{{Kind: protocol.BlockText, Text: "a", Cache: "1h"}}}
	for _, s := range []string{"b", "c", "d", "e"} {
		r.Messages = append(r.Messages, protocol.Message{Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: s, Cache: "5m"}}})
	}
	body, losses, fault := NewBridge().EncodeRequest(r, claude)
	if fault != nil || strings.Count(string(body), "cache_control") != 4 || len(losses) != 2 || losses[0].Field != "tools[0].cache_control" || losses[1].Field != "system[0].cache_control" {
		t.Errorf("%s, %+v, %v", body, losses, fault)
	}
}

// TestSeals: no vendor gets another's.
func TestSeals(t *testing.T) {
	for _, from := range []burncloud.Protocol{burncloud.Chat, burncloud.Responses, burncloud.Gemini, "other"} {
		for _, b := range []protocol.Block{
			{Kind: protocol.BlockThinking, Text: "Hm.", Thinking: &protocol.Thinking{Signature: &protocol.Signature{From: from, Value: "FOREIGN"}}},
			{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: "FOREIGN", Signature: &protocol.Signature{From: from}}},
			{Kind: protocol.BlockText, Text: "Hm.", Signature: &protocol.Signature{From: from, Value: "FOREIGN"}},
		} {
			r := &protocol.Request{From: burncloud.Messages, Messages: []protocol.Message{says("user", "Hi"), {Role: protocol.RoleAssistant, Blocks: []protocol.Block{b}}, says("user", "So?")}}
			body, losses, fault := NewBridge().EncodeRequest(r, claude)
			if fault != nil || len(losses) == 0 || strings.Contains(string(body), "FOREIGN") {
				t.Errorf("%s, %+v, %v", body, losses, fault)
			}
			if b.Kind == protocol.BlockText {
				continue
			}
			reply, _ := NewBridge().EncodeResponse(&protocol.Response{Choices: []protocol.Choice{{Blocks: []protocol.Block{b}, Stop: protocol.StopEnd}}}, nil)
			var m struct{ Content json.RawMessage }
			if err := json.Unmarshal(reply, &m); err != nil {
				t.Fatal(err)
			}
			again, fault := NewBridge().DecodeRequest(inbound("", []byte(`{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":`+string(m.Content)+`}]}`)))
			if fault != nil {
				t.Fatal(fault)
			}
			got := again.Messages[0].Blocks[0].Thinking
			if got.Signature.From != from || got.Redacted != b.Thinking.Redacted || got.Signature.Value != b.Thinking.Signature.Value {
				t.Errorf("%s: %+v", reply, got)
			}
		}
	}
}

// TestHiddenThoughts: a client that wants none gets none, but for what it must send back.
func TestHiddenThoughts(t *testing.T) {
	hidden := false
	r := &protocol.Request{Model: "m", Reasoning: &protocol.Reasoning{Effort: "high", Include: &hidden}}
	for signature, want := range map[string]string{"": `"content":[{"type":"text"`, "c2ln": `"content":[{"type":"thinking","thinking":"","signature":"c2ln"},{"type":"text"`} {
		body, losses := NewBridge().EncodeResponse(&protocol.Response{Choices: []protocol.Choice{{Stop: protocol.StopEnd, Blocks: []protocol.Block{
			{Kind: protocol.BlockThinking, Text: "Secret.", Thinking: &protocol.Thinking{Signature: seal(signature)}}, {Kind: protocol.BlockText, Text: "Yes."},
		}}}}, r)
		if !strings.Contains(string(body), want) || strings.Contains(string(body), "Secret") || len(losses) != 0 {
			t.Errorf("%s, %v", body, losses)
		}
	}
}
