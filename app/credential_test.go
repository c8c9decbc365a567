package app_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/internal/testkit"
)

const guarded = standard + `
  - {name: narrow, user: alice, secret: sk-narrow-0123456789abcdef, models: [fast, vip-model]}
  - {name: disabled, user: alice, secret: sk-disabled-0123456789abcd, enabled: false}
  - {name: expired, user: alice, secret: sk-expired-0123456789abcde, expires: 2020-01-01}
  - {name: off, user: off, secret: sk-off-0123456789abcdef00}
  - {name: vip, user: vip, secret: sk-vip-0123456789abcdef00}
groups:
  - {name: default}
  - {name: vip}
`

func guardedYAML() string {
	yaml := strings.Replace(guarded, "users:", "users:\n  - {username: off, balance: unlimited, enabled: false}\n  - {username: vip, group: vip, balance: unlimited}", 1)
	return strings.Replace(yaml, "channels:", "channels:\n  - {name: vip, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [vip-model], groups: [vip]}", 1)
}

// Every protocol's way to send a key is taken at every path, and none of them reaches the vendor.
func TestCredentialsInEveryPlace(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range spoken {
		for _, c := range []struct {
			query  string
			header []string
		}{
			{"", []string{"Authorization", "Bearer " + aliceKey}},
			{"", []string{"Authorization", "bearer  " + aliceKey + " "}},
			{"", []string{"authorization", "BEARER " + aliceKey}},
			{"", []string{"X-Api-Key", aliceKey}},
			{"", []string{"x-api-key", aliceKey}},
			{"", []string{"Api-Key", aliceKey}},
			{"", []string{"X-Goog-Api-Key", aliceKey}},
			{"key=" + aliceKey, nil},
			{"a=b&key=" + url.QueryEscape(aliceKey) + "&c=d", nil},
			{"key=sk-wrong", []string{"X-Api-Key", aliceKey}}, // a header counts before the query
		} {
			path := m.path
			if c.query != "" {
				path += "?" + c.query
			}
			got := b.post(path, "", m.body, c.header...)
			if got.status != 200 {
				t.Errorf("%s with %s %v: %d: %s", m.name, c.query, c.header, got.status, got.body)
				continue
			}
			sent := vendor.Last(t)
			if head := string(sent.Head); strings.Contains(head, aliceKey) || strings.Contains(head, "sk-wrong") || !strings.Contains(head, vendorKey) {
				t.Errorf("%s with %s %v: the vendor got\n%s", m.name, c.query, c.header, head)
			}
			if strings.Contains(c.query, "c=d") && !strings.HasSuffix(sent.Target, "?a=b&c=d") {
				t.Errorf("%s: target %s", m.name, sent.Target)
			}
		}
	}
}

// Who may not call is told so in the shape of the path, whatever the credential looks like, and costs no
// vendor anything.
func TestRefusedCallers(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, guardedYAML())
	for _, m := range spoken {
		for _, c := range []struct {
			name   string
			status int
			header []string
		}{
			{"nothing", 401, nil},
			{"empty bearer", 401, []string{"Authorization", "Bearer "}},
			{"basic", 401, []string{"Authorization", "Basic YWxpY2U6cGFzcw=="}},
			{"no scheme", 401, []string{"Authorization", aliceKey}},
			{"unknown", 401, []string{"Authorization", "Bearer sk-unknown-0123456789"}},
			{"unknown x-api-key", 401, []string{"X-Api-Key", "sk-unknown-0123456789"}},
			{"unknown, Google's", 401, []string{"X-Goog-Api-Key", "sk-unknown-0123456789"}},
			{"cut", 401, []string{"Authorization", "Bearer " + aliceKey[:len(aliceKey)-1]}},
			{"longer", 401, []string{"Authorization", "Bearer " + aliceKey + "x"}},
			{"another case", 401, []string{"Authorization", "Bearer " + strings.ToUpper(aliceKey)}},
			{"first is wrong", 401, []string{"Authorization", "Bearer sk-wrong", "X-Api-Key", aliceKey}},
			{"the vendor's own", 401, []string{"Authorization", "Bearer " + vendorKey}},
			{"long", 401, []string{"Authorization", "Bearer " + strings.Repeat("x", 20_000)}},
			{"disabled", 401, []string{"Authorization", "Bearer sk-disabled-0123456789abcd"}},
			{"expired", 401, []string{"Authorization", "Bearer sk-expired-0123456789abcde"}},
			{"disabled user", 403, []string{"Authorization", "Bearer sk-off-0123456789abcdef00"}},
			{"model not of the key", 403, []string{"Authorization", "Bearer sk-narrow-0123456789abcdef"}},
			{"model of another group", 404, []string{"Authorization", "Bearer sk-vip-0123456789abcdef00"}},
		} {
			got := b.post(m.path, "", m.body, c.header...)
			if got.status != c.status {
				t.Errorf("%s, %s: %d, want %d: %s", m.name, c.name, got.status, c.status, got.body)
				continue
			}
			checkShape(t, m.path, got)
			if c.status == 401 && got.header.Get("Www-Authenticate") == "" {
				t.Errorf("%s, %s: no WWW-Authenticate", m.name, c.name)
			}
			for i := 1; i < len(c.header); i += 2 {
				if _, secret, ok := strings.Cut(c.header[i], " "); ok && secret != "" && strings.Contains(string(got.body), secret) {
					t.Errorf("%s, %s: the answer repeats the credential: %s", m.name, c.name, got.body)
				}
			}
		}
	}
	body := `{"model":"vip-model","messages":[{"role":"user","content":"hi"}]}`
	for key, status := range map[string]int{"sk-vip-0123456789abcdef00": 200, aliceKey: 404, "sk-narrow-0123456789abcdef": 404, bobKey: 404} {
		if got := b.post("/v1/chat/completions", key, body); got.status != status {
			t.Errorf("vip-model with %s: %d: %s", key, got.status, got.body)
		}
	}
	if n := vendor.Count(); n != 1 {
		t.Errorf("the vendor was asked %d times", n)
	}
}

// A change of a key or a user holds for the very next call.
func TestRevokedAtOnce(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	user := b.newUser("eve", 0, true)
	id, secret := b.newKey(user, "k", nil)
	m := spoken[0]
	for _, step := range []struct {
		method, path string
		in           any
		status       int
	}{
		{"PATCH", "/keys/" + id, map[string]any{"name": "k2"}, 200},
		{"PATCH", "/keys/" + id, map[string]any{"enabled": false}, 401},
		{"PATCH", "/keys/" + id, map[string]any{"enabled": true}, 200},
		{"PATCH", "/keys/" + id, map[string]any{"models": []string{"fast"}}, 403},
		{"PATCH", "/keys/" + id, map[string]any{"models": []string{}}, 200},
		{"PATCH", "/users/" + user, map[string]any{"enabled": false}, 403},
		{"PATCH", "/users/" + user, map[string]any{"enabled": true}, 200},
		{"PATCH", "/users/" + user, map[string]any{"unlimited": false}, 402},
		{"PATCH", "/users/" + user, map[string]any{"unlimited": true}, 200},
		{"DELETE", "/keys/" + id, nil, 401},
	} {
		b.local(step.method, step.path, step.in, nil)
		if got := b.post(m.path, secret, m.body); got.status != step.status {
			t.Errorf("after %s %v: %d, want %d: %s", step.method, step.in, got.status, step.status, got.body)
		}
	}
}

// Paths and methods that are none are refused in the shape of the protocol they look like.
func TestUnknownPathsAndMethods(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/chat/completions", 405}, {"PUT", "/v1/messages", 405}, {"DELETE", "/v1/responses", 405},
		{"GET", "/v1beta/models/gemini-2.5-flash:generateContent", 405}, {"HEAD", "/v1/embeddings", 405},
		{"POST", "/v1/models", 405}, {"PATCH", "/v1/chat/completions", 405},
		{"POST", "/v1/chat", 404}, {"POST", "/v1", 404}, {"POST", "/v1/", 404}, {"POST", "/v1/chat/completions/x", 404},
		{"POST", "/v1/messages/x", 404}, {"POST", "/v1/CHAT/completions", 404}, {"POST", "/v1//chat/completions", 404},
		{"POST", "/v1/chat%2fcompletions", 404}, {"POST", "/v1/../v1/chat/completions", 404}, {"POST", "/v1/./chat/completions", 404},
		{"POST", "/v1beta/chat/completions", 404}, {"POST", "/v1beta/models/gemini-2.5-flash:explode", 404},
		{"POST", "/v1beta/models/:generateContent", 404}, {"POST", "/v1beta/models/no-such:generateContent", 404},
		{"POST", "/v1beta/models/a%00b:generateContent", 400},
		{"POST", "/v1beta/models/..%2f..%2fx:generateContent", 400}, {"POST", "/v1beta/models/a%3fkey=b:generateContent", 400},
	} {
		got := b.do(c.method, c.path, aliceKey, `{"model":"gpt-5-mini","contents":[]}`)
		if got.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, got.status, c.status, got.body)
			continue
		}
		if c.method != "HEAD" {
			checkShape(t, strings.Replace(c.path, "/v1beta/", "/v1beta/models/", 1), got)
		}
		if c.status == 405 && got.header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
	for _, path := range []string{"/v1beta/models/a%zz:generateContent", "/v1beta/models/a%:generateContent"} {
		got := replies(t, b.raw(t, metered{path: path, body: "{}"}.request(aliceKey, "Connection: close")))
		if len(got) != 1 || got[0].status != 400 {
			t.Errorf("%s: %+v", path, got)
			continue
		}
		checkShape(t, path, got[0])
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times, last %s", n, vendor.Last(t).Target)
	}
}
