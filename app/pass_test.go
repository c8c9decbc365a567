package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/internal/testkit"
)

// odd is what a body may hold that a parser would lose: key order, unknown fields, spaces, number forms,
// escapes, unicode, a null, duplicate unknown keys.
const odd = ` "zeta" : {"b":1.0,"a":1e3, "c":-0.0,"d":1E+2,"e":12345678901234567890} ,
	"x_unknown":[ null,true , {"k":"\u00e9\/\ud83d\ude00 é😀 \u2028"} ],"dup":1,"dup":2,`

// passing is one endpoint with a request, where MODEL, if it stands there, is the model's place.
type passing struct {
	name, path, model, body string
}

var passings = []passing{
	{"chat", "/v1/chat/completions", "gpt-5-mini", `{` + odd + `"messages":[{"role":"user","content":"hi"}],"model": "MODEL" }`},
	{"chat, model first", "/v1/chat/completions", "gpt-5-mini", "\n" + `{"model":"MODEL",` + odd + `"messages":[{"role":"user","content":"hi"}]}` + "\n"},
	{"chat, doubled prefix", "/v1/v1/chat/completions", "gpt-5-mini", `{"model":"MODEL",` + odd + `"messages":[{"role":"user","content":"hi"}]}`},
	{"completions", "/v1/completions", "gpt-5-mini", `{"model":"MODEL",` + odd + `"prompt":"hi"}`},
	{"embeddings", "/v1/embeddings", "text-embedding-3-small", `{"model":"MODEL",` + odd + `"input":["a","b"]}`},
	{"moderations", "/v1/moderations", "omni-moderation-latest", `{"model":"MODEL",` + odd + `"input":"x"}`},
	{"responses", "/v1/responses", "gpt-5-mini", `{"model":"MODEL",` + odd + `"input":"hi"}`},
	{"messages", "/v1/messages", "claude-sonnet-4-5", `{"model":"MODEL",` + odd + `"max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`},
	{"generate", "/v1beta/models/MODEL:generateContent", "gemini-2.5-flash", `{` + odd + `"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
	{"generate under v1", "/v1/models/MODEL:generateContent", "gemini-2.5-flash", `{` + odd + `"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
	{"count tokens", "/v1beta/models/MODEL:countTokens", "gemini-2.5-flash", `{` + odd + `"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
	{"embed", "/v1beta/models/MODEL:embedContent", "gemini-embedding-001", `{` + odd + `"content":{"parts":[{"text":"hi"}]}}`},
}

// What the vendor gets is what the client sent, and what the client gets is what the vendor sent, to the byte.
func TestPassLaneKeepsEveryByte(t *testing.T) {
	vendor := testkit.NewVendor(t, testkit.Options{Key: vendorKey})
	b := start(t, vendor, standard)
	for _, p := range passings {
		t.Run(p.name, func(t *testing.T) {
			fill := strings.NewReplacer("MODEL", p.model).Replace
			reply := []byte("  {" + odd + `"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"id":"x"}` + " \n")
			vendor.Script(testkit.Script{Body: reply})
			got := b.post(fill(p.path), aliceKey, fill(p.body))
			if got.status != 200 {
				t.Fatalf("%d: %s", got.status, got.body)
			}
			if !bytes.Equal(got.body, reply) {
				t.Errorf("the client got\n%q\nbut the vendor sent\n%q", got.body, reply)
			}
			if sent := vendor.Last(t); string(sent.Body) != fill(p.body) {
				t.Errorf("the vendor got\n%q\nbut the client sent\n%q", sent.Body, fill(p.body))
			}
		})
	}
}

// A channel's mapping changes the model's name and nothing else.
func TestMappedModelIsTheOnlyEdit(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	body := `{` + odd + `"messages":[{"role":"user","content":"my \"model\":\"fast\""}],"model" : "fast","n":1}`
	if got := b.post("/v1/chat/completions", aliceKey, body); got.status != 200 {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	want := strings.Replace(body, `"model" : "fast"`, `"model" : "gpt-5-nano"`, 1)
	if sent := string(vendor.Last(t).Body); sent != want {
		t.Errorf("the vendor got\n%s\nwant\n%s", sent, want)
	}
}

// A stream reaches the client as it is: comments, odd line ends and unknown fields too.
func TestStreamsKeepEveryByte(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	chunk := func(s string) string {
		return `data: {"id":"c","object":"chat.completion.chunk","x_new":1.0,"choices":[{"index":0,"delta":{"content":"` + s + `"},"finish_reason":null}]}`
	}
	pieces := [][]byte{
		[]byte(": keep-alive\n\n"),
		[]byte(chunk("é😀") + "\n\n" + chunk("two") + "\r\n\r\n"),
		[]byte(": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\n" + chunk("th")[:40]),
		[]byte(chunk("th")[40:] + "\n\n"),
		[]byte(`data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"),
		[]byte(`data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}` + "\n\n"),
		[]byte("data: [DONE]\n\n"),
	}
	whole := bytes.Join(pieces, nil)

	t.Run("usage asked for by the client", func(t *testing.T) {
		vendor.Script(testkit.Script{Pieces: pieces})
		body := `{"model":"gpt-5-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`
		got := b.post("/v1/chat/completions", aliceKey, body)
		if !bytes.Equal(got.body, whole) {
			t.Errorf("got\n%q\nwant\n%q", got.body, whole)
		}
		if sent := string(vendor.Last(t).Body); sent != body {
			t.Errorf("the vendor got %s", sent)
		}
	})
	t.Run("usage asked for by us", func(t *testing.T) {
		vendor.Script(testkit.Script{Pieces: pieces})
		got := b.post("/v1/chat/completions", aliceKey, `{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
		want := bytes.Replace(whole, pieces[5], nil, 1)
		if !bytes.Equal(got.body, want) {
			t.Errorf("got\n%q\nwant\n%q", got.body, want)
		}
		if sent := string(vendor.Last(t).Body); !strings.Contains(sent, `"include_usage":true`) {
			t.Errorf("the vendor was not asked for usage: %s", sent)
		}
		rec := b.logged(got.header.Get("X-Request-Id"))
		if u := rec.Usage; u.Input != 7 || u.Output != 3 || u.Estimated || !rec.CostKnown || rec.Cost == 0 {
			t.Errorf("logged %+v, cost %s", u, rec.Cost)
		}
	})
}

// The caller's credential ends at the gateway, the channel's never shows, and only listed headers pass.
func TestHeaders(t *testing.T) {
	vendor := testkit.NewVendor(t, testkit.Options{Key: vendorKey})
	b := start(t, vendor, standard)
	vendor.Script(testkit.Script{Header: map[string][]string{
		"Set-Cookie": {"a=b"}, "X-Ratelimit-Remaining-Tokens": {"99"}, "Openai-Organization": {"acme"}, "Server": {"x"},
	}})
	got := b.post("/v1/chat/completions?key=sk-wrong&foo=1", aliceKey, `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`,
		"Cookie", "c=1", "X-Forwarded-For", "10.0.0.1", "OpenAI-Beta", "x=1", "Traceparent", "00-aa-bb-01", "Accept-Encoding", "gzip")
	if got.status != 200 {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	sent := vendor.Last(t)
	if head := string(sent.Head); strings.Contains(head, aliceKey) || strings.Contains(head, "sk-wrong") {
		t.Errorf("the caller's credential reached the vendor:\n%s", head)
	}
	if sent.Header.Get("Authorization") != "Bearer "+vendorKey || sent.Header.Get("Openai-Beta") != "x=1" || sent.Header.Get("Traceparent") == "" {
		t.Errorf("headers to the vendor: %v", sent.Header)
	}
	for _, name := range []string{"Cookie", "X-Forwarded-For"} {
		if sent.Header.Get(name) != "" {
			t.Errorf("%s reached the vendor", name)
		}
	}
	if !strings.HasSuffix(sent.Target, "?foo=1") {
		t.Errorf("target %s", sent.Target)
	}
	for _, name := range []string{"Set-Cookie", "Openai-Organization", "Server"} {
		if got.header.Get(name) != "" {
			t.Errorf("%s reached the client", name)
		}
	}
	if got.header.Get("X-Ratelimit-Remaining-Tokens") != "99" || got.header.Get("X-Request-Id") == "" ||
		got.header.Get("X-Burncloud-Model") != "gpt-5-mini" || got.header.Get("X-Burncloud-Cost") == "" {
		t.Errorf("headers to the client: %v", got.header)
	}
}
