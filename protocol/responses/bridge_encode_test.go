package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

func said(text string) []protocol.Message {
	return []protocol.Message{{Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: text}}}}
}

// These are settings that the shared requests have not.
func TestEncodeSettings(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	num := func(s string) *json.Number { v := json.Number(s); return &v }
	strict := `{"type":"object","properties":{"a":{"type":"object","properties":{},"required":[],"additionalProperties":false}},"required":["a"],"additionalProperties":false}`
	for _, c := range []struct {
		name       string
		r          protocol.Request
		model      string
		want, loss string // parts of the output, and "field: …" of the losses
		refused    string // the Param
	}{
		{name: "cap", r: protocol.Request{From: burncloud.Messages, MaxOutput: n(3)}, want: `"max_output_tokens":16`, loss: "max_tokens: raised"},
		{name: "no output", r: protocol.Request{From: burncloud.Messages, MaxOutput: n(0)}, refused: "max_tokens"},
		{name: "stops", r: protocol.Request{From: burncloud.Gemini, Stop: []string{"a"}}, refused: "generationConfig.stopSequences"},
		{name: "choices", r: protocol.Request{From: burncloud.Gemini, Choices: n(2)}, refused: "generationConfig.candidateCount"},
		{name: "no penalty", r: protocol.Request{PresencePenalty: num("0.0"), FrequencyPenalty: num("0")}, want: `"store":false`},
		{name: "top k", r: protocol.Request{From: burncloud.Gemini, TopK: n(3)}, loss: "generationConfig.topK: dropped"},
		{name: "long user", r: protocol.Request{From: burncloud.Messages, User: strings.Repeat("u", 65)}, want: `"safety_identifier":"` + digest(strings.Repeat("u", 65), 64) + `"`, loss: "metadata.user_id: longer"},
		{name: "store", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "store", Value: json.RawMessage("true")}}}, want: `"store":true`},
		{name: "store no", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "store", Value: json.RawMessage("false")}}}, want: `"store":false`},
		{name: "foreign store", r: protocol.Request{From: burncloud.Messages, Extra: []protocol.Member{{Name: "store", Value: json.RawMessage("true")}}}, want: `"store":false`, loss: "store: dropped"},
		{name: "shared words", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "prompt_cache_retention", Value: json.RawMessage(`"24h"`)}}}, want: `"prompt_cache_retention":"24h"`},
		{name: "search", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "web_search_options", Value: json.RawMessage(`{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"NO"}}}`)}}}, want: `"tools":[{"type":"web_search","search_context_size":"low","user_location":{"type":"approximate","country":"NO"}}]`},
		{name: "mcp", r: protocol.Request{From: burncloud.Messages, Extra: []protocol.Member{{Name: "mcp_servers", Value: json.RawMessage(`[{"url":"x"}]`)}}}, refused: "mcp_servers"},
		{name: "cached content", r: protocol.Request{From: burncloud.Gemini, Extra: []protocol.Member{{Name: "cachedContent", Value: json.RawMessage(`"x"`)}}}, refused: "cachedContent"},
		{name: "bias of none", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "logit_bias", Value: json.RawMessage(`{}`)}}}, want: `"store":false`},
		{name: "sound", r: protocol.Request{From: burncloud.Chat, Extra: []protocol.Member{{Name: "modalities", Value: json.RawMessage(`["text","audio"]`)}}}, refused: "modalities"},
		{name: "forged members", r: protocol.Request{From: burncloud.Responses, Extra: []protocol.Member{{Name: "input", Value: json.RawMessage(`"x"`)}, {Name: "tools[0].x", Value: json.RawMessage(`1`)}, {Name: "later", Value: json.RawMessage(`1`)}}}, want: `"later":1`, loss: "input: dropped"},
		{name: "strict schema", r: protocol.Request{From: burncloud.Messages, Format: &protocol.Format{Type: "schema", Schema: json.RawMessage(strict)}}, want: `"strict":true`},
		{name: "loose schema", r: protocol.Request{From: burncloud.Messages, Format: &protocol.Format{Type: "schema", Schema: json.RawMessage(`{"type":"object","properties":{"a":{}}}`)}}, want: `"strict":false`},
		{name: "open schema inside", r: protocol.Request{From: burncloud.Gemini, Format: &protocol.Format{Type: "schema", Schema: json.RawMessage(`{"type":"array","items":{"anyOf":[{"type":"object"}]}}`)}}, want: `"strict":false`},
		{name: "budget of none", r: protocol.Request{Reasoning: &protocol.Reasoning{Budget: n(0)}}, want: `"reasoning":{"effort":"none"}`},
		{name: "large budget", r: protocol.Request{From: burncloud.Messages, Reasoning: &protocol.Reasoning{Budget: n(30000)}}, want: `"reasoning":{"effort":"xhigh"}`, loss: "thinking: a budget"},
		{name: "free budget", r: protocol.Request{Reasoning: &protocol.Reasoning{Budget: n(-1)}}, want: `"store":false`},
		{name: "long tool", r: protocol.Request{Tools: []protocol.Tool{{Name: strings.Repeat("t", 65)}}}, refused: "tools[0].name"},
		{name: "foreign tool", r: protocol.Request{From: burncloud.Messages, Tools: []protocol.Tool{{Opaque: &protocol.Opaque{From: burncloud.Messages, Type: "bash_20250124", Raw: json.RawMessage(`{}`)}}}}, refused: "tools[0]"},
		{name: "many named", r: protocol.Request{Tools: []protocol.Tool{{Name: "a"}, {Name: "b", Custom: true}}, ToolChoice: &protocol.ToolChoice{Mode: "named", Names: []string{"a", "b"}}}, want: `"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"a"},{"type":"custom","name":"b"}]}`},
		{name: "sealed", r: protocol.Request{From: burncloud.Responses, SealedThoughts: true}, want: `"include":["reasoning.encrypted_content"]`},
	} {
		c.r.Model, c.r.Messages = "m", said("Hi")
		out, losses, fault := NewBridge().EncodeRequest(&c.r, protocol.Destination{Model: c.model})
		if fault != nil || c.refused != "" {
			if fault == nil || fault.Kind != burncloud.Invalid || fault.Param != c.refused {
				t.Errorf("%s: %+v, want a refusal of %q", c.name, fault, c.refused)
			}
			continue
		}
		if !strings.Contains(string(out), c.want) || !json.Valid(out) {
			t.Errorf("%s: %s has no %s", c.name, out, c.want)
		}
		if got := fmt.Sprint(losses); c.loss == "" && len(losses) > 0 || !strings.Contains(strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(strings.ReplaceAll(c.loss, ": ", ""), " ", "")) {
			t.Errorf("%s: losses %v, want %q", c.name, losses, c.loss)
		}
	}
}

// Calls without ids, and ids that are too long, find their results.
func TestEncodeCallIDs(t *testing.T) {
	call := func(id, name string) protocol.Block {
		return protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: id, Name: name, Args: "{}"}}
	}
	result := func(id, name, text string) protocol.Block {
		return protocol.Block{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: id, Name: name, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: text}}}}
	}
	long := strings.Repeat("x", 65)
	r := &protocol.Request{From: burncloud.Gemini, Model: "m", Messages: []protocol.Message{
		{Role: protocol.RoleAssistant, Blocks: []protocol.Block{call("", "a"), call("", "b"), call("", "a"), call(long, "c")}},
		{Role: protocol.RoleUser, Blocks: []protocol.Block{result("", "b", "B"), result("", "a", "A1"), result(long, "c", "C"), result("", "a", "A2")}},
	}}
	out, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{})
	if fault != nil || len(losses) > 0 {
		t.Fatal(losses, fault)
	}
	for id, text := range map[string]string{"call_0_0": "A1", "call_0_1": "B", "call_0_2": "A2", "call_" + digest(long, 32): "C"} {
		if want := fmt.Sprintf(`{"type":"function_call_output","call_id":%q,"output":%q}`, id, text); !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s has no %s", out, want)
		}
	}
}

// Only newer models take marks for their cache.
func TestEncodeMarks(t *testing.T) {
	for model, want := range map[string]bool{"gpt-5.6": true, "gpt-5.6-sol": true, "gpt-6": true, "gpt-5.10-x": true, "gpt-5.5": false, "gpt-5": false, "gpt-4o": false, "gpt-": false, "grok-9": false} {
		r := &protocol.Request{From: burncloud.Messages, Messages: said("Hi")}
		r.Messages[0].Blocks[0].Cache = "1h"
		out, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: model})
		if got := bytes.Contains(out, []byte(`"prompt_cache_breakpoint":{"mode":"explicit"}`)); fault != nil || got != want || len(losses) != 1 {
			t.Errorf("%s: %s, %v, %v", model, out, losses, fault)
		}
	}
}

// What another vendor's own tools did is left out; what the user gave is not.
func TestEncodeForeignBlocks(t *testing.T) {
	for _, c := range []struct {
		role    protocol.Role
		kind    string
		refused bool
	}{
		{protocol.RoleAssistant, "server_tool_use", false},
		{protocol.RoleAssistant, "compaction", true},
		{protocol.RoleUser, "search_result", true},
	} {
		r := &protocol.Request{From: burncloud.Messages, Messages: append(said("Hi"), protocol.Message{Role: c.role, Blocks: []protocol.Block{
			{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Messages, Type: c.kind, Raw: json.RawMessage(`{"secret":1}`)}},
			{Kind: protocol.BlockText, Text: "So."},
		}})}
		out, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{})
		if (fault != nil) != c.refused || bytes.Contains(out, []byte("secret")) || fault == nil && len(losses) == 0 {
			t.Errorf("%s: %s, %v, %v", c.kind, out, losses, fault)
		}
	}
}

// The answer repeats the settings of the request, as the format's clients expect.
func TestEcho(t *testing.T) {
	r, fault := NewBridge().DecodeRequest(inbound([]byte(`{"model":"m","instructions":"Be brief.","input":"Hi","temperature":0.5,"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":"required","metadata":{"a":"b"},"text":{"format":{"type":"json_object"}},"reasoning":{"effort":"low","summary":"auto"},"max_output_tokens":99,"parallel_tool_calls":false}`)))
	if fault != nil {
		t.Fatal(fault)
	}
	body, _ := NewBridge().EncodeResponse(&protocol.Response{ID: "chatcmpl-7", Model: "vendor-model"}, r)
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{
		"id": `"resp_7"`, "model": `"m"`, "instructions": `"Be brief."`, "temperature": "0.5", "tool_choice": `"required"`, "metadata": `{"a":"b"}`,
		"text": `{"format":{"type":"json_object"}}`, "reasoning": `{"effort":"low","summary":"auto"}`, "max_output_tokens": "99",
		"parallel_tool_calls": "false", "tools": `[{"name":"f","parameters":{"type":"object"},"type":"function"}]`, "usage": "null", "output": "[]",
	} {
		if v, _ := json.Marshal(got[k]); string(v) != want {
			t.Errorf("%s: %s, want %s", k, v, want)
		}
	}
}
