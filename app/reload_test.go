package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// rewrite replaces the configuration file of a running BurnCloud.
func (b *bed) rewrite(yaml string) {
	b.t.Helper()
	next := filepath.Join(b.dir, "next")
	if err := os.WriteFile(next, []byte(yaml), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(b.dir, "burncloud.yaml")); err != nil {
		b.t.Fatal(err)
	}
}

// answers waits until a call gets a status.
func (b *bed) answers(t *testing.T, key, model string, status int) (got answer) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s with %s to be answered with %d", model, key, status), func() string {
		if got = b.post("/v1/chat/completions", key, `{"model":"`+model+`","messages":[{"role":"user","content":"hi"}]}`); got.status != status {
			return fmt.Sprintf("%d: %s", got.status, got.body)
		}
		return ""
	})
	return got
}

// The file is taken over while calls go on: channels, keys, users and prices come, change and go.
func TestReloadOfTheFile(t *testing.T) {
	first, second := testkit.NewVendor(t), testkit.NewVendor(t)
	fill := func(yaml string) string {
		return strings.NewReplacer("FIRST", first.URL(), "SECOND", second.URL()).Replace(yaml)
	}
	const accounts = `
users: [{username: alice, balance: unlimited}]
keys: [{name: alice, user: alice, secret: sk-alice-0123456789abcdef}]
`
	const one = `
channels: [{name: one, provider: openai, base_url: FIRST, keys: [sk-1], models: [m, old]}]
prices: [{model: m, input: "1000", output: "1000"}]
`
	b := start(t, nil, fill(one+accounts))
	usage := &burncloud.Usage{Input: 1000}
	first.Script(testkit.Script{Times: -1, Usage: usage})
	second.Script(testkit.Script{Times: -1, Usage: usage})
	cost := func(got answer) string { return got.header.Get("X-Burncloud-Cost") }
	if got := b.answers(t, aliceKey, "m", 200); cost(got) != "1" {
		t.Errorf("cost %s, want 1", cost(got))
	}

	// A second channel before the first, another price, another key; a model is gone.
	b.rewrite(fill(`
channels:
  - {name: one, provider: openai, base_url: FIRST, keys: [sk-1], models: [m]}
  - {name: two, provider: openai, base_url: SECOND, keys: [sk-2], models: [m, new], priority: 5}
prices: [{model: m, input: "2000", output: "2000"}]
users: [{username: alice, balance: unlimited}, {username: carol, balance: "100"}]
keys: [{name: alice, user: alice, secret: sk-alice-0123456789abcdef}, {name: carol, user: carol, secret: sk-carol-0123456789abcdef}]
`))
	b.answers(t, aliceKey, "old", 404)
	b.answers(t, aliceKey, "new", 200)
	n := first.Count()
	if got := b.answers(t, "sk-carol-0123456789abcdef", "m", 200); cost(got) != "2" {
		t.Errorf("cost %s, want 2", cost(got))
	}
	if first.Count() != n || second.Last(t).Header.Get("Authorization") != "Bearer sk-2" {
		t.Errorf("the channel of the higher priority was not used")
	}

	// The second channel goes again, while a stream of it is under way, and with it a key and a user.
	second.Reset()
	second.Script(testkit.Script{Events: 200, EventDelay: 0, Fail: testkit.Stall, After: 5}, testkit.Script{Times: -1})
	stream := b.stream(t, aliceKey, "new")
	b.rewrite(fill(one + accounts))
	b.answers(t, "sk-carol-0123456789abcdef", "m", 401)
	b.answers(t, aliceKey, "new", 404)
	before := second.Count()
	for range 20 {
		b.answers(t, aliceKey, "m", 200)
	}
	if second.Count() != before {
		t.Error("a channel that is gone was used")
	}
	second.Wait(t, "the stream of the channel that is gone", func(r *testkit.Request) bool { return r.Stream && !r.ClosedEarly })
	stream.Close()
	second.Wait(t, "the end of the stream, by its client alone", testkit.ClosedEarly)

	// The same secret may go to another user, and a credential and an address of a channel may change.
	b.rewrite(fill(`
channels: [{name: one, provider: openai, base_url: SECOND, keys: [sk-3], models: [m]}]
users: [{username: dora, balance: unlimited}]
keys: [{name: alice, user: dora, secret: sk-alice-0123456789abcdef}]
`))
	eventually(t, "the new address of the channel", func() string {
		b.answers(t, aliceKey, "m", 200)
		if got := second.Requests(); len(got) == 0 || got[len(got)-1].Header.Get("Authorization") != "Bearer sk-3" {
			return "not asked with sk-3"
		}
		return ""
	})
	b.verify(t)
}

// stream begins a streaming call and gives its connection back once something of it has come.
func (b *bed) stream(t *testing.T, key, model string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	m := metered{path: "/v1/chat/completions", body: `{"model":"` + model + `","stream":true,"messages":[{"role":"user","content":"hi"}]}`}
	if _, err := io.WriteString(conn, m.request(key)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "data: ") {
			return conn
		}
	}
}

// A call that is under way ends as it began: a change of the file does not touch it.
func TestReloadLetsCallsFinish(t *testing.T) {
	vendor := testkit.NewVendor(t)
	yaml := strings.ReplaceAll(standard, "VENDOR", vendor.URL())
	b := start(t, nil, yaml)
	vendor.Script(testkit.Script{Events: 60, EventDelay: 10 * time.Millisecond})
	done := make(chan answer, 1)
	go func() {
		done <- b.post("/v1/chat/completions", aliceKey, `{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	}()
	vendor.Wait(t, "the call", testkit.Received)
	b.rewrite("{}\n")
	b.answers(t, aliceKey, "gpt-5-mini", 401)
	got := <-done
	if got.status != 200 || got.err != nil || !strings.HasSuffix(string(got.body), "data: [DONE]\n\n") {
		t.Errorf("%d, %v: %s", got.status, got.err, got.body)
	}
	if rec := b.logged(got.header.Get("X-Request-Id")); rec.Fault != "" || rec.Cost == 0 {
		t.Errorf("logged %+v", rec)
	}
	b.settled(t)
}

// A file that is wrong changes nothing, and says so in the log with its line; the next one counts again.
func TestReloadOfAWrongFile(t *testing.T) {
	vendor := testkit.NewVendor(t)
	yaml := strings.ReplaceAll(standard, "VENDOR", vendor.URL())
	log := new(syncBuffer)
	b := &bed{t: t, dir: t.TempDir(), seen: map[string]bool{}, log: log}
	b.run(nil, yaml)
	for name, wrong := range map[string]string{
		"not YAML":         "channels: [",
		"unknown field":    strings.Replace(yaml, "provider: openai", "provder: openai", 1),
		"dangling user":    strings.Replace(yaml, "user: bob", "user: nobody", 1),
		"unknown provider": strings.Replace(yaml, "provider: gemini", "provider: gemni", 1),
		"missing variable": strings.Replace(yaml, "sk-bob-0123456789abcdef00", "${NO_SUCH_VARIABLE}", 1),
		"a price in words": yaml + "prices: [{model: m, input: cheap, output: \"1\"}]\n",
		"two of a name":    yaml + "groups: [{name: a}, {name: a}]\n",
	} {
		before := strings.Count(log.String(), "was not applied")
		// Were any of it applied, bob's key would be gone.
		b.rewrite(strings.Replace(wrong, "{name: bob, user: bob", "{name: rob, user: bob", 1))
		eventually(t, "word of the wrong file: "+name, func() string {
			if text := log.String(); strings.Count(text, "was not applied") == before {
				return "none in " + text
			}
			return ""
		})
		for _, key := range []string{aliceKey, bobKey} {
			b.answers(t, key, "gpt-5-mini", 200)
		}
	}
	if text := log.String(); !strings.Contains(text, "burncloud.yaml:") || !strings.Contains(text, "provider") {
		t.Errorf("the log does not say where:\n%s", text)
	}
	var keys struct{ Items []burncloud.Key }
	b.local(http.MethodGet, "/keys", nil, &keys)
	for _, k := range keys.Items {
		if k.Name == "rob" {
			t.Error("a part of a wrong file was applied")
		}
	}
	b.rewrite(strings.Replace(yaml, bobKey, "sk-bobs-new-key-0123456789", 1))
	b.answers(t, "sk-bobs-new-key-0123456789", "gpt-5-mini", 200)
	b.answers(t, bobKey, "gpt-5-mini", 401)
}

// What the file declares for the owner is made when the owner is, by the console's setup.
func TestDeclaredKeyOfTheOwner(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, `
channels: [{name: openai, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gpt-5-mini]}]
keys: [{name: dev, user: root, secret: sk-owner-0123456789abcdef}]
`)
	const key = "sk-owner-0123456789abcdef"
	b.answers(t, key, "gpt-5-mini", 401)
	got := b.post("/api/v1/setup", "", `{"username":"root","password":"correct horse battery"}`)
	if got.status/100 != 2 {
		t.Fatalf("setup: %d: %s", got.status, got.body)
	}
	b.answers(t, key, "gpt-5-mini", 200)
}
