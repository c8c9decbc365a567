package chat

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func peek(ep burncloud.Endpoint, body string) (protocol.Peek, *burncloud.Fault) {
	return New().Peek(protocol.Inbound{Endpoint: ep, Body: []byte(body)})
}

func TestPeek(t *testing.T) {
	const chat, completions = burncloud.EndpointChat, burncloud.EndpointCompletions
	for _, c := range []struct {
		name, body string
		endpoint   burncloud.Endpoint
		want       protocol.Peek // Model, Stream, OutputCap, Choices, UsageAsked
	}{
		{"least", `{"model":"m"}`, chat, protocol.Peek{Model: "m", Choices: 1}},
		{"keys last", `{"messages":[{"role":"user","content":"\"model\":\"x\",\\"}],"stream":true,"model":"a/b:c"}`, chat, protocol.Peek{Model: "a/b:c", Stream: true, Choices: 1}},
		{"nested keys are others", `{"x":{"model":"y","stream":true,"n":9},"model":"m"}`, chat, protocol.Peek{Model: "m", Choices: 1}},
		{"escaped key", `{"mod\u0065l":"m","str\u0065am":true}`, chat, protocol.Peek{Model: "m", Stream: true, Choices: 1}},
		{"escaped value", `{"model":"\u6a21\/型"}`, chat, protocol.Peek{Model: "模/型", Choices: 1}},
		{"nulls are absent", `{"model":"m","stream":null,"max_tokens":null,"n":null,"stream_options":null}`, chat, protocol.Peek{Model: "m", Choices: 1}},
		{"cap", `{"model":"m","max_tokens":100}`, chat, protocol.Peek{Model: "m", OutputCap: 100, Choices: 1}},
		{"larger cap", `{"model":"m","max_tokens":100,"max_completion_tokens":50}`, chat, protocol.Peek{Model: "m", OutputCap: 100, Choices: 1}},
		{"larger cap, other way", `{"model":"m","max_tokens":100,"max_completion_tokens":500}`, chat, protocol.Peek{Model: "m", OutputCap: 500, Choices: 1}},
		{"cap of choices", `{"model":"m","max_tokens":100,"n":3}`, chat, protocol.Peek{Model: "m", OutputCap: 300, Choices: 3}},
		{"numbers of other forms", `{"model":"m","max_tokens":1e2,"n":2.0}`, chat, protocol.Peek{Model: "m", OutputCap: 200, Choices: 2}},
		{"huge", `{"model":"m","max_tokens":9000000000000000000,"n":9000000000000000000}`, chat, protocol.Peek{Model: "m", OutputCap: math.MaxInt64, Choices: 9000000000000000000}},
		{"chat has no best_of", `{"model":"m","max_tokens":100,"best_of":9,"prompt":["a","b"]}`, chat, protocol.Peek{Model: "m", OutputCap: 100, Choices: 1}},
		{"best_of", `{"model":"m","max_tokens":100,"best_of":5,"n":2,"prompt":"a"}`, completions, protocol.Peek{Model: "m", OutputCap: 500, Choices: 5}},
		{"prompts", `{"model":"m","max_tokens":10,"n":2,"prompt":["a","b","c"]}`, completions, protocol.Peek{Model: "m", OutputCap: 60, Choices: 6}},
		{"prompts of tokens", `{"model":"m","max_tokens":10,"prompt":[[1,2],[3]]}`, completions, protocol.Peek{Model: "m", OutputCap: 20, Choices: 2}},
		{"one prompt of tokens", `{"model":"m","max_tokens":10,"prompt":[1,2,3]}`, completions, protocol.Peek{Model: "m", OutputCap: 10, Choices: 1}},
		{"no prompts", `{"model":"m","max_tokens":10,"prompt":[]}`, completions, protocol.Peek{Model: "m", OutputCap: 10, Choices: 1}},
		{"usage asked", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, chat, protocol.Peek{Model: "m", Stream: true, UsageAsked: true, Choices: 1}},
		{"usage not asked", `{"model":"m","stream":true,"stream_options":{"include_usage":false}}`, chat, protocol.Peek{Model: "m", Stream: true, Choices: 1}},
		{"options without stream are the vendor's to judge", `{"model":"m","stream_options":7}`, chat, protocol.Peek{Model: "m", Choices: 1}},
		{"embeddings", `{"model":"m","input":["a"],"n":"x"}`, burncloud.EndpointEmbeddings, protocol.Peek{Model: "m", OutputCap: -1, Choices: 1}},
		{"moderations", `{"model":"m","input":"a"}`, burncloud.EndpointModerations, protocol.Peek{Model: "m", OutputCap: -1, Choices: 1}},
	} {
		p, fault := peek(c.endpoint, c.body)
		if fault != nil {
			t.Errorf("%s: %v", c.name, fault)
			continue
		}
		got := protocol.Peek{Model: p.Model, Stream: p.Stream, OutputCap: p.OutputCap, Choices: p.Choices, UsageAsked: p.UsageAsked}
		if got != c.want || p.Endpoint != c.endpoint || p.ObjectEnd != strings.LastIndexByte(c.body, '}') {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

func TestPeekRefuses(t *testing.T) {
	for _, c := range []struct{ body, param, says string }{
		{``, "", "empty"},
		{" \n", "", "empty"},
		{"\xef\xbb\xbf{}", "", "byte order mark"},
		{"\xff\xfe{\x00}\x00", "", "UTF-8"},
		{"{\x00}\x00", "", "UTF-8"},
		{`[]`, "", "not a JSON object"},
		{`"model"`, "", "not a JSON object"},
		{`{"model":"m"`, "", "not a JSON object"},
		{`{"model":"m"}{"model":"n"}`, "", "nothing after"},
		{`{"model":"m",/*"*/"x":1}`, "", "not a JSON object"},
		{`{}`, "model", "missing"},
		{`{"model":null}`, "model", "missing"},
		{`{"model":7}`, "model", "string"},
		{`{"model":["m"]}`, "model", "string"},
		{"{\"model\":\"\xff\"}", "model", "UTF-8"},
		{`{"model":""}`, "model", "1 to 256"},
		{`{"model":"a\nb"}`, "model", "control"},
		{`{"model":"` + strings.Repeat("x", 300) + `"}`, "model", "1 to 256"},
		{`{"model":"m","model":"n"}`, "model", "twice"},
		{`{"model":"m","mod\u0065l":"n"}`, "model", "twice"},
		{`{"model":"m","Model":"n"}`, "model", "letter case"},
		{`{"Model":"m"}`, "model", "letter case"},
		{`{"model":"m","M\u004fDEL":"n"}`, "model", "letter case"},
		{`{"model":"m","ſtream":true}`, "stream", "letter case"},
		{`{"model":"m","max_toKens":5}`, "max_tokens", "letter case"}, // the K is a Kelvin sign
		{`{"model":"m","stream":true,"stream":false}`, "stream", "twice"},
		{`{"model":"m","stream":"true"}`, "stream", "true or false"},
		{`{"model":"m","stream":1}`, "stream", "true or false"},
		{`{"model":"m","max_tokens":"100"}`, "max_tokens", "whole number"},
		{`{"model":"m","max_tokens":1.5}`, "max_tokens", "whole number"},
		{`{"model":"m","max_tokens":-1}`, "max_tokens", "at least 0"},
		{`{"model":"m","max_tokens":1,"max_tokens":2}`, "max_tokens", "twice"},
		{`{"model":"m","max_completion_tokens":{}}`, "max_completion_tokens", "whole number"},
		{`{"model":"m","n":0}`, "n", "at least 1"},
		{`{"model":"m","n":true}`, "n", "whole number"},
		{`{"model":"m","stream":true,"stream_options":"x"}`, "stream_options", "object"},
		{`{"model":"m","stream":true,"stream_options":{},"stream_options":{}}`, "stream_options", "twice"},
		{`{"model":"m","stream":true,"stream_options":{"include_usage":1}}`, "stream_options.include_usage", "true or false"},
		{`{"model":"m","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`, "stream_options.include_usage", "twice"},
		{`{"model":"m","stream":true,"stream_options":{"a" 1}}`, "stream_options", "not a JSON object"},
	} {
		_, fault := peek(burncloud.EndpointChat, c.body)
		if fault == nil || fault.Kind != burncloud.Invalid || fault.Param != c.param || !strings.Contains(fault.Message, c.says) {
			t.Errorf("%.60q: %v, param %q", c.body, fault, fault.Param)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct{ name, body, upstream, want string }{
		{"none", `{"model":"m"}`, "", `{"model":"m"}`},
		{"same name", `{"model":"m"}`, "m", `{"model":"m"}`},
		{"name", `{ "x":1.0, "model" : "m","y":1e3}`, "up", `{ "x":1.0, "model" : "up","y":1e3}`},
		{"name with quotes", `{"model":"m"}`, `a"b\`, `{"model":"a\"b\\"}`},
		{"usage", `{"model":"m","stream":true}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"usage and spaces", "{\"model\":\"m\",\"stream\":true }\n", "", "{\"model\":\"m\",\"stream\":true ,\"stream_options\":{\"include_usage\":true}}\n"},
		{"both", `{"stream":true,"model":"m","x":[]}`, "up", `{"stream":true,"model":"up","x":[],"stream_options":{"include_usage":true}}`},
		{"both, options first", `{"stream_options":{"include_usage":false},"stream":true,"model":"m"}`, "up", `{"stream_options":{"include_usage":true},"stream":true,"model":"up"}`},
		{"asked", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"null options", `{"model":"m","stream":true,"stream_options":null}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"empty options", `{"model":"m","stream":true,"stream_options":{ }}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"null usage", `{"model":"m","stream":true,"stream_options":{"include_usage": null }}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage": true }}`},
		{"other options", `{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}`, "", `{"model":"m","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}`},
		{"no stream", `{"model":"m","stream":false}`, "", `{"model":"m","stream":false}`},
	} {
		p, fault := peek(burncloud.EndpointChat, c.body)
		if fault != nil {
			t.Errorf("%s: %v", c.name, fault)
			continue
		}
		if got := jsonedit.Apply([]byte(c.body), New().Edits(&p, c.upstream)); string(got) != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzPeek(f *testing.F) {
	for _, body := range []string{
		`{"model":"m","stream":true,"messages":[]}`, `{"stream_options":{"a":1},"model":"m","stream":true,"n":2,"max_tokens":9}`,
		`{"model":"m","stream":true,"stream_options":{"include_usage":null}}`, `{"mod\u0065l":"m","x":{"model":"y"}}`, `{"model":"m","stream":true,"stream_options":null}`,
	} {
		f.Add([]byte(body), "up\"stream")
	}
	f.Fuzz(func(t *testing.T, body []byte, upstream string) {
		p, fault := peek(burncloud.EndpointChat, string(body))
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%q: %+v", body, fault)
			}
			return
		}
		var before, after map[string]any
		if json.Unmarshal(body, &before) != nil {
			return // the vendor will say so
		}
		out := jsonedit.Apply(body, New().Edits(&p, upstream))
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%q becomes %q: %v", body, out, err)
		}
		if before["model"] != p.Model {
			t.Fatalf("%q: model %q, not %q", body, p.Model, before["model"])
		}
		if want := strings.ToValidUTF8(string([]rune(upstream)), "\ufffd"); upstream != "" && after["model"] != want {
			t.Fatalf("%q: model %q, want %q", out, after["model"], want)
		}
		if p.Stream {
			if options, _ := after["stream_options"].(map[string]any); options["include_usage"] != true {
				t.Fatalf("%q becomes %q without usage", body, out)
			}
		}
		delete(before, "model")
		delete(after, "model")
		if p.Stream {
			delete(before, "stream_options")
			delete(after, "stream_options")
		}
		a, _ := json.Marshal(before)
		b, _ := json.Marshal(after)
		if string(a) != string(b) {
			t.Fatalf("%q becomes %q", body, out)
		}
	})
}

func TestFaults(t *testing.T) { prototest.Faults(t, New(), "testdata/faults.golden") }

func BenchmarkPeek(b *testing.B) {
	message := `{"role":"user","content":"` + strings.Repeat(`Tell me about the usage of things, please.\n`, 20) + `"},`
	image := `{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + strings.Repeat("iVBORw0KGgoAAAANSUhE", 100_000) + `"}}]},`
	for _, c := range []struct{ name, messages string }{{"1KB", message}, {"50KB", strings.Repeat(message, 55)}, {"2MB", image}} {
		in := protocol.Inbound{Endpoint: burncloud.EndpointChat, Body: []byte(`{"messages":[` + c.messages + `{}],"temperature":0.7,"max_tokens":500,"model":"gpt-5-mini","stream":true}`)}
		codec := New()
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.Body)))
			b.ReportAllocs()
			for b.Loop() {
				if p, fault := codec.Peek(in); fault != nil || p.OutputCap != 500 {
					b.Fatal(p, fault)
				}
			}
		})
	}
}
