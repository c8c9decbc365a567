package gemini

import (
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func TestPeek(t *testing.T) {
	const generate, embed, count = burncloud.EndpointGenerate, burncloud.EndpointEmbed, burncloud.EndpointCountTokens
	for _, c := range []struct {
		in      protocol.Inbound
		body    string
		cap     int64
		choices int64
		array   bool
	}{
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"contents":[]}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "models/m"}, `{"generationConfig":{"maxOutputTokens":64,"candidateCount":2}}`, 128, 2, false},
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"generation_config":{"max_output_tokens":64,"candidate_count":2}}`, 128, 2, false},
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"generationConfig":{"max_output_tokens":64}}`, 64, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"generationConfig":null}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"generationConfig":{"maxOutputTokens":null}}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m"}, `{"contents":[{"generationConfig":{"maxOutputTokens":"x"}}]}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m", Stream: true}, `{}`, 0, 1, true},
		{protocol.Inbound{Endpoint: generate, Model: "m", Stream: true, Query: []byte("key=k&alt=sse")}, `{}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m", Stream: true, Query: []byte("%24alt=sse")}, `{}`, 0, 1, false},
		{protocol.Inbound{Endpoint: generate, Model: "m", Stream: true, Query: []byte("alt=json&xalt=sse")}, `{}`, 0, 1, true},
		{protocol.Inbound{Endpoint: embed, Model: "m"}, `{"model":"models/m","content":{}}`, -1, 1, false},
		{protocol.Inbound{Endpoint: embed, Model: "m"}, `{"content":{}}`, -1, 1, false},
		{protocol.Inbound{Endpoint: count, Model: "m"}, `{"generateContentRequest":{"model":"models/m","contents":[]}}`, -1, 1, false},
	} {
		c.in.Body = []byte(c.body)
		p, fault := New().Peek(c.in)
		if fault != nil || p.Model != "m" || p.Stream != c.in.Stream || p.OutputCap != c.cap || p.Choices != c.choices || p.JSONArray != c.array {
			t.Errorf("%s ?%s: %+v, %v", c.body, c.in.Query, p, fault)
		}
	}
}

func TestPeekRefuses(t *testing.T) {
	for _, c := range []struct{ model, body, param string }{
		{"", `{}`, "model"}, {"a/../b", `{}`, "model"}, {"..", `{}`, "model"}, {"a?b", `{}`, "model"}, {"a%2fb", `{}`, "model"}, {"a&b", `{}`, "model"}, {"a b", `{}`, "model"},
		{"m", ``, ""}, {"m", `[]`, ""}, {"m", `{"generationConfig":7}`, "generationConfig"},
		{"m", `{"generationConfig":{},"generation_config":{}}`, "generationConfig"},
		{"m", `{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}}`, "generationConfig.maxOutputTokens"},
		{"m", `{"generationConfig":{"maxOutputTokens":"1"}}`, "generationConfig.maxOutputTokens"},
		{"m", `{"generationConfig":{"candidateCount":0}}`, "generationConfig.candidateCount"},
		{"m", `{"generationConfig":{"maxOutputTokens" 1}}`, "generationConfig"},
	} {
		_, fault := New().Peek(protocol.Inbound{Endpoint: burncloud.EndpointGenerate, Model: c.model, Body: []byte(c.body)})
		if fault == nil || fault.Kind != burncloud.Invalid || fault.Param != c.param {
			t.Errorf("%q %s: %v", c.model, c.body, fault)
		}
	}
	_, fault := New().Peek(protocol.Inbound{Endpoint: burncloud.EndpointEmbed, Model: "m", Body: []byte(`{"model":"models/n"}`)})
	if fault == nil || fault.Param != "model" || !strings.Contains(fault.Message, "models/m") {
		t.Error("another model in the body:", fault)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		endpoint             burncloud.Endpoint
		body, upstream, want string
	}{
		{burncloud.EndpointGenerate, `{"model":"x","contents":[]}`, "up", `{"model":"x","contents":[]}`},
		{burncloud.EndpointEmbed, `{"model":"models/m","x":1.0}`, "", `{"model":"models/m","x":1.0}`},
		{burncloud.EndpointEmbed, `{"model":"models/m","x":1.0}`, "up", `{"model":"models/up","x":1.0}`},
		{burncloud.EndpointEmbed, `{"x":1.0}`, "up", `{"x":1.0}`},
		{burncloud.EndpointCountTokens, `{"generateContentRequest":{"model":"models/m"}}`, "up", `{"generateContentRequest":{"model":"models/up"}}`},
	} {
		p, fault := New().Peek(protocol.Inbound{Endpoint: c.endpoint, Model: "m", Body: []byte(c.body)})
		if fault != nil {
			t.Fatal(fault)
		}
		if got := jsonedit.Apply([]byte(c.body), New().Edits(&p, c.upstream)); string(got) != c.want {
			t.Errorf("%s: %s", c.body, got)
		}
	}
}

func FuzzPeek(f *testing.F) {
	prototest.FuzzPeek(f, New(), burncloud.EndpointEmbed, `{"model":"models/m","content":{"parts":[]}}`, `{"content":{"model":"x"}}`)
}

func TestFaults(t *testing.T) { prototest.Faults(t, New(), "testdata/faults.golden") }
