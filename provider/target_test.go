package provider_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

func TestPrepare(t *testing.T) {
	const (
		chat, comp, msg, gen = burncloud.EndpointChat, burncloud.EndpointCompletions, burncloud.EndpointMessages, burncloud.EndpointGenerate
	)
	for _, c := range []struct {
		id, base     string
		ep           burncloud.Endpoint
		model        string
		want, stream string // origin and path; stream "" is the same
		header       string
	}{
		{"openai", "", chat, "gpt", "https://api.openai.com/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai", "https://api.openai.com/v1", chat, "gpt", "https://api.openai.com/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai", "https://API.openai.com/v1/", chat, "gpt", "https://api.openai.com/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai", "https://api.openai.com/v1/chat/completions", comp, "gpt", "https://api.openai.com/v1/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "http://127.0.0.1:11434", chat, "m", "http://127.0.0.1:11434/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "http://[::1]:8000/v1", chat, "m", "http://[::1]:8000/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/api/paas/v4", chat, "m", "https://h.example/api/paas/v4/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/openai", chat, "m", "https://h.example/openai/v1/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/v1/openai/", chat, "m", "https://h.example/v1/openai/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/v1beta/openai", chat, "m", "https://h.example/v1beta/openai/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/chat/completions", chat, "m", "https://h.example/chat/completions", "", "Authorization: Bearer k\r\n"},
		{"openai-compatible", "https://h.example/chat/completions/", comp, "m", "https://h.example/completions", "", "Authorization: Bearer k\r\n"},
		{"anthropic", "", msg, "claude", "https://api.anthropic.com/v1/messages", "", "X-Api-Key: k\r\n"},
		{"anthropic", "https://h.example/anthropic", msg, "claude", "https://h.example/anthropic/v1/messages", "", "X-Api-Key: k\r\n"},
		{"anthropic", "https://h.example/anthropic/v1/messages", msg, "claude", "https://h.example/anthropic/v1/messages", "", "X-Api-Key: k\r\n"},
		{"gemini", "", gen, "gemini-x", "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:generateContent",
			"https://generativelanguage.googleapis.com/v1beta/models/gemini-x:streamGenerateContent", "X-Goog-Api-Key: k\r\n"},
		{"gemini", "https://h.example/v1", burncloud.EndpointCountTokens, "models/gemini-x", "https://h.example/v1/models/gemini-x:countTokens", "", "X-Goog-Api-Key: k\r\n"},
		{"gemini", "https://h.example", burncloud.EndpointEmbed, "a/../b?c#d e", "https://h.example/v1beta/models/a%2F..%2Fb%3Fc%23d%20e:embedContent", "", "X-Goog-Api-Key: k\r\n"},
	} {
		row, _ := provider.ByID(c.id)
		got, err := row.Prepare(&burncloud.Channel{BaseURL: c.base}, "k", c.ep, c.model)
		if err != nil {
			t.Errorf("%s %s: %v", c.id, c.base, err)
			continue
		}
		if c.stream == "" {
			c.stream = c.want
		}
		if s := got.Origin + string(got.Path); s != c.want {
			t.Errorf("%s %q: got %s, want %s", c.id, c.base, s, c.want)
		}
		if s := got.Origin + string(got.StreamPath); s != c.stream {
			t.Errorf("%s %q stream: got %s, want %s", c.id, c.base, s, c.stream)
		}
		if string(got.Header) != c.header {
			t.Errorf("%s: header %q, want %q", c.id, got.Header, c.header)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	for _, c := range []struct{ id, base, secret, model, want string }{
		{"openai", "", "", "m", "needs a key"},
		{"openai", "", "a\r\nX-Evil: 1", "m", "control"},
		{"openai", "", "a b", "m", "space"},
		{"openai", "", "schlüssel", "m", "ASCII"},
		{"openai", "ftp://h.example", "k", "m", "http"},
		{"openai", "h.example/v1", "k", "m", "http"},
		{"openai", "https:///v1", "k", "m", "no host"},
		{"openai", "https://u:p@h.example", "k", "m", "user or password"},
		{"openai", "https://h.example?key=1", "k", "m", "query"},
		{"openai", "https://h.example#x", "k", "m", "fragment"},
		{"openai", "https://h.example/%zz", "k", "m", "not a URL"},
		{"openai-compatible", "", "k", "m", "needs a base URL"},
		{"anthropic", "", "k", "m", "no endpoint chat"},
	} {
		row, _ := provider.ByID(c.id)
		_, err := row.Prepare(&burncloud.Channel{BaseURL: c.base}, c.secret, burncloud.EndpointChat, c.model)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v", c, err)
		}
		if err != nil && c.secret != "k" && c.secret != "" && strings.Contains(err.Error(), c.secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	gemini, _ := provider.ByID("gemini")
	if _, err := gemini.Prepare(&burncloud.Channel{}, "k", burncloud.EndpointGenerate, ""); err == nil {
		t.Error("an empty model passed")
	}
	local, _ := provider.ByID("openai-compatible")
	got, err := local.Prepare(&burncloud.Channel{BaseURL: "http://127.0.0.1:1"}, "", burncloud.EndpointChat, "m")
	if err != nil || len(got.Header) != 0 {
		t.Errorf("a server without a key: %q, %v", got.Header, err)
	}
}

// FuzzCheckBaseURL: a base URL that passes gives targets that are URLs of the same host.
func FuzzCheckBaseURL(f *testing.F) {
	for _, s := range []string{"https://api.openai.com/v1", "http://[::1]:8000/", "https://h/v1/chat/completions", "//h", "https://h/%2f/../v1"} {
		f.Add(s)
	}
	row, _ := provider.ByID("openai-compatible")
	f.Fuzz(func(t *testing.T, base string) {
		if row.CheckBaseURL(base) != nil {
			return
		}
		got, err := row.Prepare(&burncloud.Channel{BaseURL: base}, "k", burncloud.EndpointChat, "m")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append([]byte(got.Origin), got.Path...) {
			if c <= ' ' || c == 0x7f {
				t.Fatalf("%q: %q %q would break the request line", base, got.Origin, got.Path)
			}
		}
		if _, err := url.Parse(got.Origin + string(got.Path)); err != nil {
			t.Fatalf("%q: %v", base, err)
		}
	})
}

func BenchmarkAppendPath(b *testing.B) {
	row, _ := provider.ByID("gemini")
	target, _ := row.Prepare(&burncloud.Channel{}, "k", burncloud.EndpointGenerate, "gemini-x")
	query, buf := []byte("alt=sse&key=abc"), make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = target.AppendPath(buf[:0], true, query)
	}
}
