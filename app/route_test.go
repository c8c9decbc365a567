package app_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/burncloud/burncloud/internal/testkit"
)

const hi = `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`

// credentials counts what a vendor was asked with.
func credentials(v *testkit.Vendor) map[string]int {
	out := map[string]int{}
	for _, r := range v.Requests() {
		out[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]++
	}
	return out
}

// A channel with several credentials uses them in turn, also under load.
func TestCredentialsTakeTurns(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, `
channels: [{name: openai, provider: openai, base_url: VENDOR, keys: [sk-1, sk-2, sk-3], models: [gpt-5-mini]}]
users: [{username: alice, balance: unlimited}]
keys: [{name: alice, user: alice, secret: sk-alice-0123456789abcdef}]
`)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 9 {
				if got := b.post("/v1/chat/completions", aliceKey, hi); got.status != 200 {
					t.Errorf("%d: %s", got.status, got.body)
				}
			}
		})
	}
	all.Wait()
	if got := credentials(vendor); got["sk-1"] != 30 || got["sk-2"] != 30 || got["sk-3"] != 30 {
		t.Errorf("asked with %v", got)
	}
}

// The highest tier serves alone, in shares by weight; the next comes when it cannot, and the one after.
func TestWeightsAndTiers(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, `
channels:
  - {name: heavy, provider: openai, base_url: VENDOR, keys: [heavy], models: [gpt-5-mini], priority: 10, weight: 30}
  - {name: light, provider: openai, base_url: VENDOR, keys: [light], models: [gpt-5-mini], priority: 10, weight: 10}
  - {name: spare, provider: openai, base_url: VENDOR, keys: [spare], models: [gpt-5-mini], priority: 10, weight: 0}
  - {name: next, provider: openai, base_url: VENDOR, keys: [next], models: [gpt-5-mini], priority: 5}
  - {name: last, provider: openai, base_url: VENDOR, keys: [last], models: [gpt-5-mini], priority: -5}
  - {name: off, provider: openai, base_url: VENDOR, keys: [off], models: [gpt-5-mini], priority: 99, enabled: false}
users: [{username: alice, balance: unlimited}]
keys: [{name: alice, user: alice, secret: sk-alice-0123456789abcdef}]
`, "BURNCLOUD_ATTEMPTS=9")
	const calls = 800
	for range calls {
		if got := b.post("/v1/chat/completions", aliceKey, hi); got.status != 200 {
			t.Fatalf("%d: %s", got.status, got.body)
		}
	}
	got := credentials(vendor)
	// Three quarters of 800 have a deviation of about 12: ten of those are not chance.
	if got["heavy"]+got["light"] != calls || math.Abs(float64(got["heavy"])-600) > 125 {
		t.Errorf("asked with %v", got)
	}

	vendor.Reset()
	vendor.Script(testkit.Script{Status: 503, Times: 4})
	if got := b.post("/v1/chat/completions", aliceKey, hi); got.status != 200 || got.header.Get("X-Burncloud-Attempts") != "5" {
		t.Errorf("%d after %s attempts: %s", got.status, got.header.Get("X-Burncloud-Attempts"), got.body)
	}
	var order []string
	for _, r := range vendor.Requests() {
		order = append(order, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}
	text := strings.Join(order, " ")
	if text != "heavy light spare next last" && text != "light heavy spare next last" {
		t.Errorf("tried in the order %s", text)
	}

	vendor.Reset()
	vendor.Script(testkit.Script{Status: 503, Times: -1})
	got2 := b.post("/v1/chat/completions", aliceKey, hi)
	if n := vendor.Count(); got2.status != 502 || n != 5 {
		t.Errorf("%d after %d tries of 5 channels: %s", got2.status, n, got2.body)
	}
	checkShape(t, "/v1/chat/completions", got2)
}

// The bound on attempts holds however many channels there are.
func TestAttemptsAreBounded(t *testing.T) {
	vendor := testkit.NewVendor(t)
	var channels strings.Builder
	for _, name := range strings.Split("abcdefgh", "") {
		channels.WriteString("  - {name: " + name + ", provider: openai, base_url: VENDOR, keys: [sk-" + name + "], models: [gpt-5-mini]}\n")
	}
	b := start(t, vendor, "channels:\n"+channels.String()+`
users: [{username: alice, balance: unlimited}]
keys: [{name: alice, user: alice, secret: sk-alice-0123456789abcdef}]
`, "BURNCLOUD_ATTEMPTS=3")
	for range 10 {
		vendor.Reset()
		vendor.Script(testkit.Script{Status: 500, Times: -1})
		got := b.post("/v1/chat/completions", aliceKey, hi)
		if got.status != 502 || vendor.Count() != 3 || len(credentials(vendor)) != 3 {
			t.Errorf("%d, tried %v", got.status, credentials(vendor))
		}
	}
}

// Users of one group never reach a channel of another, also when their own cannot serve.
func TestGroupsAreApart(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, `
groups: [{name: default}, {name: vip}, {name: empty}]
channels:
  - {name: cheap, provider: openai, base_url: VENDOR, keys: [cheap], models: [gpt-5-mini]}
  - {name: fine, provider: openai, base_url: VENDOR, keys: [fine], models: [gpt-5-mini], groups: [vip], priority: 9}
  - {name: shared, provider: openai, base_url: VENDOR, keys: [shared], models: [both], groups: [vip, default]}
users:
  - {username: alice, balance: unlimited}
  - {username: vera, group: vip, balance: unlimited}
  - {username: eve, group: empty, balance: unlimited}
keys:
  - {name: alice, user: alice, secret: sk-alice-0123456789abcdef}
  - {name: vera, user: vera, secret: sk-vera-0123456789abcdef0}
  - {name: eve, user: eve, secret: sk-eve-0123456789abcdef00}
`)
	const vera, eve = "sk-vera-0123456789abcdef0", "sk-eve-0123456789abcdef00"
	both := strings.Replace(hi, "gpt-5-mini", "both", 1)
	for _, c := range []struct {
		key, body, with string
		status          int
	}{
		{aliceKey, hi, "cheap", 200}, {vera, hi, "fine", 200}, {eve, hi, "", 404},
		{aliceKey, both, "shared", 200}, {vera, both, "shared", 200}, {eve, both, "", 404},
	} {
		for _, down := range []bool{false, true} {
			vendor.Reset()
			want := c.status
			if down {
				vendor.Script(testkit.Script{Status: 503, Times: -1})
				if want == 200 {
					want = 502
				}
			}
			got := b.post("/v1/chat/completions", c.key, c.body)
			if got.status != want {
				t.Errorf("%s: %d, want %d: %s", c.key, got.status, want, got.body)
			}
			asked := credentials(vendor)
			if n := vendor.Count(); asked[c.with] != n || (n == 1) != (c.with != "") {
				t.Errorf("%s for %s: asked with %v", c.key, c.body, asked)
			}
		}
	}
}
