package app_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/internal/testkit"
)

const named = `
groups:
  - {name: default}
  - {name: vip}
channels:
  - {name: openai, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gpt-5-mini, org/model, "org/sub/model:8b", "llama3:8b", 模型]}
  - {name: anthropic, provider: anthropic, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [claude-sonnet-4-5, "us/claude:1"]}
  - {name: gemini, provider: gemini, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gemini-2.5-flash, {name: "org/tuned:v1", upstream: gemini-2.5-flash}]}
  - {name: vip, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [vip-model], groups: [vip]}
  - {name: off, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [off-model], enabled: false}
users:
  - {username: alice, balance: unlimited}
  - {username: vip, group: vip, balance: unlimited}
keys:
  - {name: alice, user: alice, secret: sk-alice-0123456789abcdef}
  - {name: narrow, user: alice, secret: sk-narrow-0123456789abcdef, models: [gpt-5-mini, "us/claude:1", "org/tuned:v1", vip-model, no-such]}
  - {name: vip, user: vip, secret: sk-vip-0123456789abcdef00}
`

// The list has the shape that the caller's headers or path ask for, and names what its key may use there.
func TestModelLists(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, named)
	all := []string{"claude-sonnet-4-5", "gemini-2.5-flash", "gpt-5-mini", "llama3:8b", "org/model", "org/sub/model:8b", "org/tuned:v1", "us/claude:1", "模型"}
	google := func(names ...string) []string {
		out := make([]string, len(names))
		for i, name := range names {
			out[i] = "models/" + name
		}
		return out
	}
	narrow := []string{"gpt-5-mini", "org/tuned:v1", "us/claude:1"}
	for _, c := range []struct {
		name, path string
		header     []string
		want       []string
	}{
		{"OpenAI's SDK", "/v1/models", []string{"Authorization", "Bearer " + aliceKey}, all},
		{"doubled prefix", "/v1/v1/models", []string{"Authorization", "Bearer " + aliceKey}, all},
		{"slash behind", "/v1/models/", []string{"Authorization", "Bearer " + aliceKey}, all},
		{"Anthropic's SDK", "/v1/models", []string{"X-Api-Key", aliceKey, "Anthropic-Version", "2023-06-01"}, all},
		{"Anthropic's page", "/v1/models?limit=1000", []string{"X-Api-Key", aliceKey, "Anthropic-Version", "2023-06-01"}, all},
		{"Google's path", "/v1beta/models", []string{"X-Goog-Api-Key", aliceKey}, google(all...)},
		{"Google's key in the query", "/v1beta/models?key=" + aliceKey, nil, google(all...)},
		{"Google's SDK on v1", "/v1/models", []string{"X-Goog-Api-Key", aliceKey}, google(all...)},
		{"narrow key", "/v1/models", []string{"Authorization", "Bearer sk-narrow-0123456789abcdef"}, narrow},
		{"narrow key at Anthropic's", "/v1/models", []string{"X-Api-Key", "sk-narrow-0123456789abcdef", "Anthropic-Version", "2023-06-01"}, narrow},
		{"narrow key at Google's", "/v1beta/models", []string{"X-Goog-Api-Key", "sk-narrow-0123456789abcdef"}, google(narrow...)},
		{"another group", "/v1/models", []string{"Authorization", "Bearer sk-vip-0123456789abcdef00"}, []string{"vip-model"}},
		{"another group at Anthropic's", "/v1/models", []string{"X-Api-Key", "sk-vip-0123456789abcdef00", "Anthropic-Version", "x"}, []string{"vip-model"}},
		{"another group at Google's", "/v1beta/models", []string{"X-Goog-Api-Key", "sk-vip-0123456789abcdef00"}, google("vip-model")},
	} {
		got := b.do(http.MethodGet, c.path, "", "", c.header...)
		if got.status != 200 || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d: %s", c.name, got.status, got.body)
			continue
		}
		names := listedNames(t, c.name, got.body)
		slices.Sort(names)
		if !slices.Equal(names, c.want) {
			t.Errorf("%s: %q, want %q", c.name, names, c.want)
		}
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times for what we know ourselves", n)
	}
}

// listedNames reads a list strictly in whichever of the three shapes it has.
func listedNames(t *testing.T, name string, body []byte) []string {
	t.Helper()
	var list struct {
		Object string
		Data   []struct {
			ID, Object, Type string
			Created          int64
			OwnedBy          string `json:"owned_by"`
			DisplayName      string `json:"display_name"`
			CreatedAt        string `json:"created_at"`
		}
		HasMore *bool   `json:"has_more"`
		FirstID *string `json:"first_id"`
		LastID  *string `json:"last_id"`
		Models  *[]struct {
			Name    string
			Methods []string `json:"supportedGenerationMethods"`
		}
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("%s: %v: %s", name, err, body)
	}
	out := []string{}
	switch {
	case list.Models != nil:
		for _, m := range *list.Models {
			if out = append(out, m.Name); !slices.Contains(m.Methods, "generateContent") || !slices.Contains(m.Methods, "streamGenerateContent") {
				t.Errorf("%s: %+v", name, m)
			}
		}
	case list.HasMore != nil:
		for _, m := range list.Data {
			if out = append(out, m.ID); m.Type != "model" || m.DisplayName == "" || m.CreatedAt == "" {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if n := len(out); n > 0 && (list.FirstID == nil || *list.FirstID != out[0] || list.LastID == nil || *list.LastID != out[n-1]) || *list.HasMore {
			t.Errorf("%s: %s", name, body)
		}
	default:
		for _, m := range list.Data {
			if out = append(out, m.ID); m.Object != "model" || m.Created == 0 || m.OwnedBy == "" {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if list.Object != "list" || list.Data == nil {
			t.Errorf("%s: %s", name, body)
		}
	}
	return out
}

// One model is found under any name that a list has, however a client writes it in a path.
func TestOneModel(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, named)
	for _, c := range []struct {
		path, want string
		status     int
		header     []string
	}{
		{"/v1/models/gpt-5-mini", `"id":"gpt-5-mini"`, 200, nil},
		{"/v1/models/org/model", `"id":"org/model"`, 200, nil},
		{"/v1/models/org%2Fmodel", `"id":"org/model"`, 200, nil},
		{"/v1/models/org/sub/model:8b", `"id":"org/sub/model:8b"`, 200, nil},
		{"/v1/models/org%2Fsub%2Fmodel%3A8b", `"id":"org/sub/model:8b"`, 200, nil},
		{"/v1/models/llama3:8b", `"id":"llama3:8b"`, 200, nil},
		{"/v1/models/%E6%A8%A1%E5%9E%8B", `"id":"模型"`, 200, nil},
		{"/v1/models/us/claude:1", `"type":"model"`, 200, []string{"Anthropic-Version", "2023-06-01"}},
		{"/v1beta/models/org/tuned:v1", `"name":"models/org/tuned:v1"`, 200, nil},
		{"/v1beta/models/gemini-2.5-flash", `"name":"models/gemini-2.5-flash"`, 200, nil},
		{"/v1/models/gemini-2.5-flash", `"name":"models/gemini-2.5-flash"`, 200, []string{"X-Goog-Api-Key", "x"}},
		{"/v1/models/vip-model", "", 404, nil},
		{"/v1/models/off-model", "", 404, nil},
		{"/v1/models/no-such", "", 404, nil},
		{"/v1/models/GPT-5-mini", "", 404, nil},
		{"/v1beta/models/gpt-5-mini", `"name":"models/gpt-5-mini"`, 200, nil},
		{"/v1/models/gpt-5-mini", `"type":"model"`, 200, []string{"Anthropic-Version", "2023-06-01"}},
		{"/v1beta/models/no-such", "", 404, nil},
		{"/v1/models/no-such", "", 404, []string{"Anthropic-Version", "2023-06-01"}},
	} {
		got := b.do(http.MethodGet, c.path, aliceKey, "", c.header...)
		if got.status != c.status || !strings.Contains(string(got.body), c.want) {
			t.Errorf("%s %v: %d: %s", c.path, c.header, got.status, got.body)
		}
		if c.status == 404 {
			shape := "/v1"
			switch {
			case len(c.header) > 0:
				shape = "/v1/messages"
			case strings.HasPrefix(c.path, "/v1beta"):
				shape = c.path
			}
			checkShape(t, shape, got)
		}
	}
}

// Such names are called as they are listed, and the vendor gets its own.
func TestCallsByOddNames(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, named)
	for _, c := range []struct{ path, model, upstream string }{
		{"/v1/chat/completions", "org/model", "org/model"},
		{"/v1/chat/completions", "org/sub/model:8b", "org/sub/model:8b"},
		{"/v1/chat/completions", "模型", "模型"},
		{"/v1/messages", "us/claude:1", "us/claude:1"},
		{"/v1beta/models/org/tuned:v1:generateContent", "", "gemini-2.5-flash"},
		{"/v1beta/models/org%2Ftuned%3Av1:generateContent", "", "gemini-2.5-flash"},
		{"/v1/models/org/tuned:v1:streamGenerateContent?alt=sse", "", "gemini-2.5-flash"},
	} {
		body := `{"model":"` + c.model + `","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`
		if c.model == "" {
			body = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`
		}
		if got := b.post(c.path, aliceKey, body); got.status != 200 {
			t.Errorf("%s %s: %d: %s", c.path, c.model, got.status, got.body)
			continue
		}
		if sent := vendor.Last(t); sent.Model != c.upstream {
			t.Errorf("%s %s: the vendor was asked for %q at %s", c.path, c.model, sent.Model, sent.Target)
		}
	}
}
