package app_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
	"github.com/burncloud/burncloud/store/storetest"
)

// metering is one model in each protocol at one price: 1 USD per million tokens, so 1,000 nano-USD each.
const metering = `
channels:
  - {name: openai, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [chat-model]}
  - {name: anthropic, provider: anthropic, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [messages-model]}
  - {name: gemini, provider: gemini, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gemini-model]}
prices:
  - {model: chat-model, input: "1", output: "1"}
  - {model: messages-model, input: "1", output: "1"}
  - {model: gemini-model, input: "1", output: "1"}
users:
  - {username: alice, balance: unlimited}
keys:
  - {name: alice, user: alice, secret: sk-alice-0123456789abcdef}
`

// What a call of exactCalls costs, at most and in truth: a token per byte of the body, 64 for the
// vendor's template, and the output cap.
const (
	exactBody = 200
	exactCap  = 100
	exactCost = (exactBody + 64 + exactCap) * 1000 * burncloud.Money(1)
)

var exactCalls = []metered{
	{"chat", "/v1/chat/completions", "chat-model", `{"model":"chat-model","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`},
	{"chat stream", "/v1/chat/completions", "chat-model", `{"model":"chat-model","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`},
	{"messages", "/v1/messages", "messages-model", `{"model":"messages-model","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`},
	{"generate", "/v1beta/models/gemini-model:generateContent", "gemini-model", `{"generationConfig":{"maxOutputTokens":100},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
}

// engines runs a test on a BurnCloud over each database.
func engines(t *testing.T, test func(t *testing.T, settings ...string)) {
	t.Run("sqlite", func(t *testing.T) { test(t) })
	t.Run("postgres", func(t *testing.T) { test(t, "BURNCLOUD_DATABASE="+storetest.Database(t)) })
}

// A thousand calls at once on money for ten: ten are served and billed, once each, and the others are
// refused in their own protocol. Neither a balance nor a key's limit is ever passed.
func TestMoneyForTenOfAThousandCalls(t *testing.T) {
	engines(t, func(t *testing.T, settings ...string) {
		vendor := testkit.NewVendor(t)
		vendor.Script(testkit.Script{Times: -1, Usage: &burncloud.Usage{Input: exactBody + 64, Output: exactCap}})
		b := start(t, vendor, metering, settings...)
		t.Run("balance", func(t *testing.T) {
			user := b.newUser("poor", 10*exactCost, false)
			_, secret := b.newKey(user, "k", nil)
			b.storm(t, secret, user)
			b.local("POST", "/users/"+user+"/entries", map[string]any{"kind": "topup", "amount": exactCost.String()}, nil)
			b.oneMore(t, secret)
		})
		t.Run("key limit of a rich user", func(t *testing.T) {
			user := b.newUser("rich", 1_000_000*burncloud.USD, false)
			limit := 10 * exactCost
			id, secret := b.newKey(user, "k", &limit)
			b.storm(t, secret, user)
			b.local("PATCH", "/keys/"+id, map[string]any{"limit": (11 * exactCost).String()}, nil)
			b.oneMore(t, secret)
		})
		t.Run("key limit of a user without a limit", func(t *testing.T) {
			user := b.newUser("free", 0, true)
			limit := 10 * exactCost
			id, secret := b.newKey(user, "k", &limit)
			b.storm(t, secret, user)
			b.local("PATCH", "/keys/"+id, map[string]any{"unlimited": true}, nil)
			b.oneMore(t, secret)
		})
		b.settled(t)
	})
}

// storm makes the thousand calls and compares what the client saw with the ledger.
func (b *bed) storm(t *testing.T, secret, user string) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 200, MaxConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	served := map[string]bool{}
	var next atomic.Int64
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			for i := next.Add(1); i <= 1000; i = next.Add(1) {
				m := exactCalls[int(i)%len(exactCalls)]
				got, err := exact(client, b.url, secret, m)
				switch {
				case err != nil:
					t.Errorf("%s: %v", m.name, err)
				case got.status == 200:
					mu.Lock()
					served[got.header.Get("X-Request-Id")] = true
					mu.Unlock()
				case got.status == 402:
					checkShape(t, m.path, got)
				default:
					t.Errorf("%s: %d: %s", m.name, got.status, got.body)
				}
			}
		})
	}
	all.Wait()
	if len(served) != 10 {
		t.Errorf("%d calls were served on money for 10", len(served))
	}
	billed := b.billed(t, user)
	if got := slices.Sorted(maps.Keys(billed)); !slices.Equal(got, slices.Sorted(maps.Keys(served))) {
		t.Errorf("served %v, billed %v", slices.Sorted(maps.Keys(served)), got)
	}
	for id, amount := range billed {
		if amount != exactCost {
			t.Errorf("call %s cost %s, not %s", id, amount, exactCost)
		}
	}
}

func exact(client *http.Client, url, secret string, m metered) (answer, error) {
	body := m.body + strings.Repeat(" ", exactBody-len(m.body))
	req, err := http.NewRequest(http.MethodPost, url+m.path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, raw, nil}, err
}

// oneMore is served after money was added, and then nobody is again unless there is no limit any more.
func (b *bed) oneMore(t *testing.T, secret string) {
	t.Helper()
	got, err := exact(http.DefaultClient, b.url, secret, exactCalls[0])
	if err != nil || got.status != 200 {
		t.Errorf("after money was added: %v, %d: %s", err, got.status, got.body)
	}
}

// billed is what the ledger charged a user, by call id. A call that is charged twice fails the test.
func (b *bed) billed(t *testing.T, user string) map[string]burncloud.Money {
	t.Helper()
	out := map[string]burncloud.Money{}
	for _, e := range b.entries(url.Values{"user_id": {user}, "kind": {"settle"}}) {
		if _, twice := out[e.CallID]; twice {
			t.Errorf("call %s is billed twice", e.CallID)
		}
		out[e.CallID] = -e.Amount
	}
	return out
}

// entries is all of the ledger that fits the query.
func (b *bed) entries(q url.Values) (out []burncloud.Entry) {
	b.t.Helper()
	q.Set("limit", "500")
	for {
		var page struct {
			Items []burncloud.Entry
			Next  string
		}
		b.local("GET", "/ledger/entries?"+q.Encode(), nil, &page)
		out = append(out, page.Items...)
		if page.Next == "" {
			return out
		}
		q.Set("cursor", page.Next)
	}
}

// settled waits until no money is held, and checks the books.
func (b *bed) settled(t *testing.T) {
	t.Helper()
	eventually(t, "no open hold", func() string {
		var holds struct{ Items []any }
		b.local("GET", "/ledger/holds", nil, &holds)
		if len(holds.Items) > 0 {
			return fmt.Sprint(holds.Items)
		}
		return ""
	})
	b.verify(t)
}

// verify recomputes every balance.
func (b *bed) verify(t *testing.T) {
	t.Helper()
	var report struct {
		OK          bool
		Accounts    int
		Differences []any
	}
	b.local("POST", "/ledger/verify", nil, &report)
	if !report.OK {
		t.Errorf("ledger verify: %v", report.Differences)
	}
}

func (b *bed) newUser(name string, balance burncloud.Money, unlimited bool) (id string) {
	b.t.Helper()
	var u burncloud.User
	b.local("POST", "/users", map[string]any{"username": name, "balance": balance.String(), "unlimited": unlimited}, &u)
	return u.ID
}

// newKey makes a key; a nil limit is none.
func (b *bed) newKey(user, name string, limit *burncloud.Money) (id, secret string) {
	b.t.Helper()
	in := map[string]any{"name": name, "user_id": user, "unlimited": limit == nil}
	if limit != nil {
		in["limit"] = limit.String()
	}
	var k struct{ ID, Secret string }
	b.local("POST", "/keys", in, &k)
	return k.ID, k.Secret
}

// eventually waits until what tells nothing any more, for ten seconds at most.
func eventually(t *testing.T, want string, what func() string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := what()
		if got == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s: %s", want, got)
		}
	}
}
