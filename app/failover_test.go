package app_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// twoChannels serves one model from two vendors: the first has the higher priority.
const twoChannels = `
channels:
  - {name: first, provider: openai, base_url: FIRST, keys: [sk-vendor-secret-0123456789], models: [gpt-5-mini], priority: 1}
  - {name: second, provider: openai, base_url: SECOND, keys: [sk-vendor-secret-0123456789], models: [gpt-5-mini]}
  - {name: claude1, provider: anthropic, base_url: FIRST, keys: [sk-vendor-secret-0123456789], models: [claude-sonnet-4-5], priority: 1}
  - {name: claude2, provider: anthropic, base_url: SECOND, keys: [sk-vendor-secret-0123456789], models: [claude-sonnet-4-5]}
  - {name: gemini1, provider: gemini, base_url: FIRST, keys: [sk-vendor-secret-0123456789], models: [gemini-2.5-flash], priority: 1}
  - {name: gemini2, provider: gemini, base_url: SECOND, keys: [sk-vendor-secret-0123456789], models: [gemini-2.5-flash]}
users:
  - {username: alice, balance: unlimited}
keys:
  - {name: alice, user: alice, secret: sk-alice-0123456789abcdef}
`

func startTwo(t *testing.T) (b *bed, first, second *testkit.Vendor) {
	first, second = testkit.NewVendor(t), testkit.NewVendor(t)
	yaml := strings.NewReplacer("FIRST", first.URL(), "SECOND", second.URL()).Replace(twoChannels)
	return start(t, nil, yaml, "BURNCLOUD_FIRST_BYTE_TIMEOUT=400ms", "BURNCLOUD_CONNECT_TIMEOUT=400ms"), first, second
}

// Whatever goes wrong before the first byte, the next channel serves, and the trail says what happened.
func TestRetryableFaultMovesOn(t *testing.T) {
	b, first, second := startTwo(t)
	for name, c := range map[string]struct {
		script testkit.Script
		kind   burncloud.Kind
	}{
		"500":            {testkit.Script{Status: 500}, burncloud.UpstreamError},
		"503":            {testkit.Script{Status: 503}, burncloud.UpstreamError},
		"529":            {testkit.Script{Status: 529}, burncloud.UpstreamError},
		"429":            {testkit.Script{Status: 429, RetryAfter: time.Second}, burncloud.UpstreamRateLimit},
		"401 of our key": {testkit.Script{Status: 401}, burncloud.UpstreamCredential},
		"403 of our key": {testkit.Script{Status: 403}, burncloud.UpstreamCredential},
		"402":            {testkit.Script{Status: 402}, burncloud.UpstreamCredential},
		// Twice: a connection that was used before may just have been closed, so it is tried once afresh.
		"reset":                {testkit.Script{Fail: testkit.Reset, After: -1, Times: 2}, burncloud.UpstreamConnect},
		"cut before an answer": {testkit.Script{Fail: testkit.Cut, After: -1, Times: 2}, burncloud.UpstreamConnect},
		"never answers":        {testkit.Script{Fail: testkit.Hang}, burncloud.UpstreamTimeout},
		"half a head":          {testkit.Script{Fail: testkit.HalfHead}, burncloud.UpstreamTimeout},
		"not HTTP":             {testkit.Script{Fail: testkit.Garbage}, burncloud.UpstreamBroken},
		"a web page":           {testkit.Script{Fail: testkit.HTML}, burncloud.UpstreamBroken},
		"half a document":      {testkit.Script{Fail: testkit.BadJSON}, burncloud.UpstreamBroken},
		"cut in the body":      {testkit.Script{Fail: testkit.Cut, After: 1}, burncloud.UpstreamBroken},
		"redirect":             {testkit.Script{Status: 302, Body: []byte("{}")}, burncloud.UpstreamBroken},
	} {
		t.Run(name, func(t *testing.T) {
			first.Reset()
			second.Reset()
			first.Script(c.script)
			got := b.post("/v1/chat/completions", aliceKey, `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`)
			if got.status != 200 || got.header.Get("X-Burncloud-Attempts") != "2" {
				t.Fatalf("%d, attempts %s: %s", got.status, got.header.Get("X-Burncloud-Attempts"), got.body)
			}
			if n := len(second.Requests()); n != 1 {
				t.Errorf("the second vendor was asked %d times", n)
			}
			rec := b.logged(got.header.Get("X-Request-Id"))
			if len(rec.Attempts) != 2 || rec.Attempts[0].Fault != c.kind || rec.Attempts[1].Fault != "" || rec.Fault != "" {
				t.Errorf("attempts %+v, want the first to be %s", rec.Attempts, c.kind)
			}
			if rec.Attempts[0].ChannelID == rec.Attempts[1].ChannelID || rec.ChannelID != rec.Attempts[1].ChannelID {
				t.Errorf("channels of %+v", rec)
			}
		})
	}
}

// What the vendor blames the caller for is nobody else's to try.
func TestRejectedRequestIsNotRetried(t *testing.T) {
	b, first, second := startTwo(t)
	for _, status := range []int{400, 404, 413, 422} {
		first.Reset()
		second.Reset()
		first.Script(testkit.Script{Status: status, Message: "your temperature is wrong"})
		got := b.post("/v1/chat/completions", aliceKey, `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`)
		if got.status != status || !strings.Contains(string(got.body), "your temperature is wrong") {
			t.Errorf("%d became %d: %s", status, got.status, got.body)
		}
		if n := len(second.Requests()); n != 0 {
			t.Errorf("after %d the second vendor was asked too", status)
		}
		if rec := b.logged(got.header.Get("X-Request-Id")); rec.Fault != burncloud.UpstreamRejected || rec.Cost != 0 || rec.Status != status {
			t.Errorf("logged %+v", rec)
		}
	}
}

// When nobody can serve, the caller reads so in its own protocol; our credential's 401 is never its 401.
func TestLastFaultInTheCallersProtocol(t *testing.T) {
	b, first, second := startTwo(t)
	calls := map[string]metered{}
	for _, m := range meteredCalls {
		calls[m.name] = m
	}
	for _, c := range []struct {
		call   string
		vendor int
		want   int
	}{
		{"chat", 401, 502}, {"chat stream", 401, 502}, {"chat", 429, 429}, {"chat", 500, 502},
		{"responses", 401, 502}, {"messages", 401, 502}, {"messages", 429, 429}, {"messages stream", 529, 502},
		{"generate", 403, 502}, {"generate", 429, 429}, {"generate stream", 503, 502},
	} {
		first.Script(testkit.Script{Status: c.vendor, RetryAfter: 3 * time.Second, Message: "org-SECRET is out"})
		second.Script(testkit.Script{Status: c.vendor, RetryAfter: 3 * time.Second, Message: "org-SECRET is out"})
		m := calls[c.call]
		got := b.post(m.path, aliceKey, m.body)
		if got.status != c.want {
			t.Errorf("%s: vendor's %d became %d: %s", c.call, c.vendor, got.status, got.body)
		}
		if strings.Contains(string(got.body), "SECRET") {
			t.Errorf("%s: the vendor's words about our account reached the caller: %s", c.call, got.body)
		}
		if c.vendor == 429 && got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", c.call)
		}
		checkShape(t, m.path, got)
	}
}

// checkShape checks that an error body is what the path's official clients read.
func checkShape(t *testing.T, path string, got answer) {
	t.Helper()
	var e struct {
		Type  string
		Error struct {
			Message string
			Type    string
			Code    any
			Status  string
		}
	}
	if err := json.Unmarshal(got.body, &e); err != nil || e.Error.Message == "" {
		t.Errorf("%s: %v: %s", path, err, got.body)
		return
	}
	switch {
	case strings.Contains(path, "/messages"):
		if e.Type != "error" || e.Error.Type == "" {
			t.Errorf("%s: not Anthropic's shape: %s", path, got.body)
		}
	case strings.Contains(path, "/models/"):
		if code, ok := e.Error.Code.(float64); !ok || int(code) != got.status || e.Error.Status == "" {
			t.Errorf("%s: not Google's shape: %s", path, got.body)
		}
	default:
		if e.Error.Type == "" || e.Error.Code == nil {
			t.Errorf("%s: not OpenAI's shape: %s", path, got.body)
		}
	}
}
