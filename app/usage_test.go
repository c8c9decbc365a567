package app_test

import (
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// metered is a request whose usage the vendor makes up.
type metered struct {
	name, path, model, body string
}

var meteredCalls = []metered{
	{"chat", "/v1/chat/completions", "gpt-5-mini", `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`},
	{"chat stream", "/v1/chat/completions", "gpt-5-mini", `{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}`},
	{"completions stream", "/v1/completions", "gpt-5-mini", `{"model":"gpt-5-mini","stream":true,"prompt":"hi"}`},
	{"responses", "/v1/responses", "gpt-5-mini", `{"model":"gpt-5-mini","input":"hi"}`},
	{"responses stream", "/v1/responses", "gpt-5-mini", `{"model":"gpt-5-mini","input":"hi","stream":true}`},
	{"messages", "/v1/messages", "claude-sonnet-4-5", `{"model":"claude-sonnet-4-5","max_tokens":999,"messages":[{"role":"user","content":"hi"}]}`},
	{"messages stream", "/v1/messages", "claude-sonnet-4-5", `{"model":"claude-sonnet-4-5","stream":true,"max_tokens":999,"messages":[{"role":"user","content":"hi"}]}`},
	{"generate", "/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
	{"generate stream", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", "gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
	{"generate array", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", "gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
}

// The vendor's count is what is logged and billed, bucket by bucket, in every protocol, and the ledger
// has exactly that sum.
func TestUsageIsReadAndBilled(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	want := burncloud.Usage{Input: 1000, CacheRead: 500, Output: 300, Reasoning: 100}
	var sum burncloud.Money
	for _, m := range meteredCalls {
		t.Run(m.name, func(t *testing.T) {
			u := want
			vendor.Script(testkit.Script{Usage: &u})
			got := b.post(m.path, bobKey, m.body)
			if got.status != 200 || got.err != nil {
				t.Fatalf("%d %v: %s", got.status, got.err, got.body)
			}
			rec := b.logged(got.header.Get("X-Request-Id"))
			expect := want
			if m.path == "/v1/messages" || strings.HasPrefix(m.path, "/v1/completions") {
				expect.Reasoning = rec.Usage.Reasoning // not every wire format can say it
			}
			if rec.Usage != expect {
				t.Errorf("logged %+v, want %+v", rec.Usage, expect)
			}
			if !rec.CostKnown || rec.Cost <= 0 || rec.Status != 200 || rec.Fault != "" || rec.Routed != m.model {
				t.Errorf("logged %+v", rec)
			}
			if len(rec.Attempts) != 1 || rec.Attempts[0].Status != 200 {
				t.Errorf("attempts %+v", rec.Attempts)
			}
			sum += rec.Cost
		})
	}
	var users struct{ Items []burncloud.User }
	b.local("GET", "/users", nil, &users)
	for _, u := range users.Items {
		if u.Username == "bob" && u.Balance != burncloud.USD-sum {
			t.Errorf("bob's balance is %s after calls for %s", u.Balance, sum)
		}
	}
}

// A vendor that sends no usage is billed by an estimate that says so.
func TestMissingUsageIsEstimated(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range meteredCalls {
		t.Run(m.name, func(t *testing.T) {
			vendor.Script(testkit.Script{NoUsage: true, Text: strings.Repeat("four ", 100)})
			got := b.post(m.path, aliceKey, m.body)
			rec := b.logged(got.header.Get("X-Request-Id"))
			if u := rec.Usage; !u.Estimated || u.Input == 0 || u.Output < 60 || u.Output > 260 || rec.Cost == 0 {
				t.Errorf("logged %+v, cost %s", u, rec.Cost)
			}
		})
	}
}

// A model without a price is for those without a limit alone; its cost is unknown, not zero.
func TestUnpricedModel(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	body := `{"model":"no-price-model","messages":[{"role":"user","content":"hi"}]}`
	got := b.post("/v1/chat/completions", aliceKey, body)
	if got.status != 200 || got.header.Get("X-Burncloud-Cost") != "" {
		t.Fatalf("%d %v: %s", got.status, got.header, got.body)
	}
	if rec := b.logged(got.header.Get("X-Request-Id")); rec.CostKnown || rec.Usage.Output == 0 {
		t.Errorf("logged %+v", rec)
	}
	before := vendor.Count()
	got = b.post("/v1/chat/completions", bobKey, body)
	if got.status != 403 || !strings.Contains(string(got.body), "no price") || vendor.Count() != before {
		t.Errorf("%d: %s", got.status, got.body)
	}
}
