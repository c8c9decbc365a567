package app_test

import (
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// speakers are the client protocols: how each asks for a word, plain and streamed, and how each says
// that a stream is complete.
var speakers = []struct {
	name           string
	path, stream   string // MODEL stands for the model
	body, streamed string
	end            string
}{
	{
		"chat", "/v1/chat/completions", "/v1/chat/completions",
		`{"model":"MODEL","max_tokens":500,"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"ping"}]}`,
		`{"model":"MODEL","max_tokens":500,"stream":true,"messages":[{"role":"user","content":"ping"}]}`,
		"data: [DONE]",
	},
	{
		"responses", "/v1/responses", "/v1/responses",
		`{"model":"MODEL","max_output_tokens":500,"instructions":"be brief","input":"ping"}`,
		`{"model":"MODEL","max_output_tokens":500,"stream":true,"input":[{"role":"user","content":[{"type":"input_text","text":"ping"}]}]}`,
		"response.completed",
	},
	{
		"messages", "/v1/messages", "/v1/messages",
		`{"model":"MODEL","max_tokens":500,"system":"be brief","messages":[{"role":"user","content":"ping"}]}`,
		`{"model":"MODEL","max_tokens":500,"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"ping"}]}]}`,
		"message_stop",
	},
	{
		"gemini", "/v1beta/models/MODEL:generateContent", "/v1beta/models/MODEL:streamGenerateContent?alt=sse",
		`{"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[{"role":"user","parts":[{"text":"ping"}]}],"generationConfig":{"maxOutputTokens":500}}`,
		`{"contents":[{"role":"user","parts":[{"text":"ping"}]}],"generationConfig":{"maxOutputTokens":500}}`,
		`"finishReason":"STOP"`,
	},
}

// vendorsBehind are models by the protocol that their vendor speaks.
var vendorsBehind = map[string]string{"openai": "gpt-5-mini", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash"}

// Every client protocol reaches every vendor, plain and streamed, and what the vendor counted is billed.
func TestEveryProtocolReachesEveryVendor(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, s := range speakers {
		for name, model := range vendorsBehind {
			fill := strings.NewReplacer("MODEL", model).Replace
			for _, stream := range []bool{false, true} {
				path, body := s.path, s.body
				if stream {
					path, body = s.stream, s.streamed
				}
				t.Run(s.name+" to "+name+map[bool]string{true: ", stream"}[stream], func(t *testing.T) {
					usage := burncloud.Usage{Input: 1000, CacheRead: 500, Output: 300}
					vendor.Script(testkit.Script{Usage: &usage, Text: "pong pong"})
					got := b.post(fill(path), bobKey, fill(body))
					text := string(got.body)
					if got.status != 200 || got.err != nil {
						t.Fatalf("%d, %v: %s", got.status, got.err, text)
					}
					if !strings.Contains(text, "pong") || stream && !strings.Contains(text, s.end) {
						t.Errorf("%s", text)
					}
					rec := b.logged(got.header.Get("X-Request-Id"))
					if rec.Usage != usage || !rec.CostKnown || rec.Cost == 0 || rec.Fault != "" || rec.Routed != model {
						t.Errorf("logged %+v", rec)
					}
					// The client's own protocol counts the same tokens, in its own words.
					if !stream && !strings.Contains(text, "300") {
						t.Errorf("the answer does not tell the 300 output tokens: %s", text)
					}
				})
			}
		}
	}
}

// What cannot be carried is told: in a header and in the log.
func TestLossIsTold(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	got := b.post("/v1/chat/completions", aliceKey,
		`{"model":"claude-sonnet-4-5","max_tokens":50,"seed":7,"messages":[{"role":"user","content":"ping"}]}`)
	if got.status != 200 || !strings.Contains(got.header.Get("X-Burncloud-Loss"), "seed") {
		t.Errorf("%d, loss %q: %s", got.status, got.header.Get("X-Burncloud-Loss"), got.body)
	}
	rec := b.logged(got.header.Get("X-Request-Id"))
	if len(rec.Losses) == 0 || rec.Losses[0].Field != "seed" || rec.Losses[0].Reason == "" {
		t.Errorf("logged losses %+v", rec.Losses)
	}
	if strings.Contains(string(vendor.Last(t).Body), "seed") {
		t.Errorf("the vendor got %s", vendor.Last(t).Body)
	}
}

// What would change the meaning is refused in the client's protocol, and the vendor never hears of it.
func TestUnbridgeableIsRefused(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for path, body := range map[string]string{
		"/v1/responses":        `{"model":"claude-sonnet-4-5","input":"x","previous_response_id":"resp_1"}`,
		"/v1/chat/completions": `{"model":"claude-sonnet-4-5","n":3,"messages":[{"role":"user","content":"x"}]}`,
	} {
		got := b.post(path, aliceKey, body)
		if got.status != 400 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
			continue
		}
		checkShape(t, path, got)
	}
	if vendor.Count() != 0 {
		t.Errorf("the vendor was asked %d times", vendor.Count())
	}
}

// A vendor's fault reaches the client in the client's protocol, in a stream too.
func TestBridgedFaults(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_EVENT_TIMEOUT=300ms")
	for _, s := range speakers {
		for name, model := range vendorsBehind {
			fill := strings.NewReplacer("MODEL", model).Replace
			t.Run(s.name+" to "+name, func(t *testing.T) {
				vendor.Reset()
				vendor.Script(testkit.Script{Status: 429})
				got := b.post(fill(s.path), aliceKey, fill(s.body))
				if got.status != 429 {
					t.Errorf("%d: %s", got.status, got.body)
				}
				checkShape(t, fill(s.path), got)

				vendor.Script(testkit.Script{Fail: testkit.Cut, After: 9, Events: 30, Text: strings.Repeat("word ", 60), EventDelay: 1e6})
				got = b.post(fill(s.stream), aliceKey, fill(s.streamed))
				text := string(got.body)
				if strings.Contains(text, s.end) || strings.Count(text, `"error"`) == 0 && got.status == 200 {
					t.Errorf("%d: a cut stream ends as\n%s", got.status, text)
				}
				if rec := b.logged(got.header.Get("X-Request-Id")); rec.Fault != burncloud.UpstreamBroken {
					t.Errorf("logged %s %q", rec.Fault, rec.Message)
				}
			})
		}
	}
}
