package channel

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store/storetest"
)

// TestTest drives one channel per vendor through what vendors answer.
func TestTest(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	const web = "<!doctype html><html><title>nginx</title></html>"
	for _, c := range []struct {
		name, provider, model string
		status                int
		body                  string
		err                   error
		endpoint              burncloud.Endpoint
		sends                 string // a part of the request's body
		answer                string
		fault                 burncloud.Kind
		message               string // a part
	}{
		{name: "chat", provider: "openai", model: "gpt", status: 200, body: `{"choices":[{"message":{"role":"assistant","content":"pong"}}]}`,
			endpoint: burncloud.EndpointChat, sends: `"max_tokens":64`, answer: "pong"},
		{name: "thinker", provider: "openai", model: "gpt", status: 200, body: `{"choices":[{"message":{"role":"assistant","content":null},"finish_reason":"length"}]}`,
			endpoint: burncloud.EndpointChat},
		{name: "embedding", provider: "openai", model: "text-Embedding-9", status: 200, body: `{"data":[{"embedding":[1,2,3]}]}`,
			endpoint: burncloud.EndpointEmbeddings, sends: `"input":`, answer: "a vector of 3 numbers"},
		{name: "moderation", provider: "openai", model: "omni-moderation", status: 200, body: `{"results":[{"flagged":false}]}`,
			endpoint: burncloud.EndpointModerations, answer: "false"},
		{name: "messages", provider: "anthropic", model: "claude", status: 200, body: `{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"pong\n"}]}`,
			endpoint: burncloud.EndpointMessages, sends: `"max_tokens":64`, answer: "pong"},
		{name: "gemini", provider: "gemini", model: "gemini-9", status: 200, body: `{"candidates":[{"content":{"parts":[{"text":"pong"}]}}]}`,
			endpoint: burncloud.EndpointGenerate, sends: `"maxOutputTokens":64`, answer: "pong"},
		{name: "gemini embedding", provider: "gemini", model: "gemini-embedding", status: 200, body: `{"embedding":{"values":[1,2]}}`,
			endpoint: burncloud.EndpointEmbed, answer: "a vector of 2 numbers"},

		{name: "bad key", provider: "openai", model: "gpt", status: 401, body: `{"error":{"message":"Incorrect API key provided: ` + secretOne + `."}}`,
			endpoint: burncloud.EndpointChat, fault: burncloud.UpstreamCredential, message: "401 Unauthorized: Incorrect API key provided: …-one."},
		{name: "no money", provider: "openai", model: "gpt", status: 402, body: ``, endpoint: burncloud.EndpointChat, fault: burncloud.UpstreamCredential, message: "402"},
		{name: "no model", provider: "anthropic", model: "claude", status: 404, body: `{"type":"error","error":{"type":"not_found_error","message":"model: claude"}}`,
			endpoint: burncloud.EndpointMessages, fault: burncloud.UpstreamRejected, message: "model: claude"},
		{name: "limited", provider: "gemini", model: "g", status: 429, body: `[{"error":{"message":"slow\u0000 down\u202e"}}]`,
			endpoint: burncloud.EndpointGenerate, fault: burncloud.UpstreamRateLimit, message: "429 Too Many Requests: slow down"},
		{name: "broken", provider: "openai", model: "gpt", status: 529, body: strings.Repeat("x", 10_000), endpoint: burncloud.EndpointChat,
			fault: burncloud.UpstreamError, message: "529: xxx"},
		{name: "web page", provider: "openai", model: "gpt", status: 404, body: web, endpoint: burncloud.EndpointChat,
			fault: burncloud.UpstreamRejected, message: "is the base URL right?"},
		{name: "welcoming web page", provider: "openai", model: "gpt", status: 200, body: web, endpoint: burncloud.EndpointChat,
			fault: burncloud.UpstreamBroken, message: "is the base URL right?"},
		{name: "other json", provider: "openai", model: "gpt", status: 200, body: `{"ok":true}`, endpoint: burncloud.EndpointChat,
			fault: burncloud.UpstreamBroken, message: "is the base URL right?"},
		{name: "error in a 200", provider: "openai", model: "gpt", status: 200, body: `{"error":{"message":"quota"}}`, endpoint: burncloud.EndpointChat,
			fault: burncloud.UpstreamError, message: "quota"},
		{name: "redirect", provider: "openai", model: "gpt", status: 302, body: ``, endpoint: burncloud.EndpointChat, fault: burncloud.UpstreamBroken, message: "302 Found"},
		{name: "no answer", provider: "openai", model: "gpt", endpoint: burncloud.EndpointChat,
			err:   burncloud.Faultf(burncloud.UpstreamConnect, "connection refused"),
			fault: burncloud.UpstreamConnect, message: "connection refused"},
		{name: "strange error", provider: "openai", model: "gpt", endpoint: burncloud.EndpointChat, err: errors.New("secret detail"),
			fault: burncloud.Internal, message: "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := draft(c.name)
			d.Provider, d.Enabled = c.provider, false
			d.Models = []burncloud.ChannelModel{{Name: "first"}, {Name: "alias", Upstream: c.model}}
			ch := must(f.Create(ctx, d))(t)
			f.send = func(ctx context.Context, l *Live, secret string, ep burncloud.Endpoint, model string, body []byte) (*Sent, error) {
				if _, ok := ctx.Deadline(); !ok || l.ID != ch.ID || secret != secretOne || model != c.model {
					t.Errorf("sent with %v %q %q", l, secret, model)
				}
				if !json.Valid(body) || !strings.Contains(string(body), c.sends) {
					t.Errorf("sent %s", body)
				}
				if c.err != nil {
					return nil, c.err
				}
				return &Sent{Status: c.status, Body: []byte(c.body), FirstByte: 1500 * time.Microsecond, Duration: 2 * time.Millisecond}, nil
			}
			r := must(f.Test(ctx, ch.ID, "alias"))(t)
			if r.OK != (c.fault == "") || r.Fault != c.fault || r.Status != c.status || r.Endpoint != c.endpoint || r.Answer != c.answer {
				t.Errorf("%+v", r)
			}
			if !strings.Contains(r.Message, c.message) || r.OK != (r.Message == "") || len(r.Message) > 600 || strings.Contains(r.Message, "secret detail") {
				t.Errorf("message %q", r.Message)
			}
			if c.err == nil && (r.Latency != 2 || r.FirstByte != 1.5) {
				t.Errorf("timing %v %v", r.Latency, r.FirstByte)
			}
			if r.Model != "alias" || r.Upstream != c.model || r.Credential != "…-one" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestTestAgain: a model that refuses max_tokens is asked in the newer way, once.
func TestTestAgain(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	c := must(f.Create(ctx, draft("main")))(t)
	n := 0
	f.send = func(_ context.Context, _ *Live, _ string, _ burncloud.Endpoint, _ string, body []byte) (*Sent, error) {
		n++
		if strings.Contains(string(body), "max_completion_tokens") {
			return &Sent{Status: 200, Body: []byte(`{"choices":[{"message":{"content":"pong"}}]}`)}, nil
		}
		return &Sent{Status: 400, Body: []byte(`{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}}`)}, nil
	}
	if r := must(f.Test(ctx, c.ID, ""))(t); !r.OK || r.Answer != "pong" || r.Status != 200 || n != 2 {
		t.Errorf("%+v after %d calls", r, n)
	}
}

func TestTestRefuses(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	c := must(f.Create(ctx, draft("main")))(t)
	f.send = func(context.Context, *Live, string, burncloud.Endpoint, string, []byte) (*Sent, error) {
		t.Error("sent")
		return nil, errors.New("sent")
	}
	_, err := f.Test(ctx, "nobody", "")
	wantFault(t, err, burncloud.NotFound, "")
	_, err = f.Test(ctx, c.ID, "other")
	wantFault(t, err, burncloud.Invalid, "model")
	_, err = f.TestDraft(ctx, Draft{Provider: "openai", Models: models("m")}, "", "")
	wantFault(t, err, burncloud.Invalid, "keys")
	_, err = f.TestDraft(ctx, Draft{Provider: "openai", Models: models("m")}, "nobody", "")
	wantFault(t, err, burncloud.NotFound, "")
}

func TestTestDraft(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	c := must(f.Create(ctx, draft("main")))(t)
	var secret, base string
	f.send = func(_ context.Context, l *Live, s string, _ burncloud.Endpoint, _ string, _ []byte) (*Sent, error) {
		secret, base = s, l.BaseURL
		return &Sent{Status: 200, Body: []byte(`{"choices":[{"message":{"content":"pong"}}]}`)}, nil
	}
	d := Draft{Provider: "openai", BaseURL: "https://h.example", Models: models("m")}
	_, err := f.TestDraft(ctx, d, c.ID, "m")
	wantFault(t, err, burncloud.Invalid, "keys") // saved credentials go to no other host
	d.BaseURL = "https://api.openai.com/v1"
	if r := must(f.TestDraft(ctx, d, c.ID, "m"))(t); !r.OK || secret != secretOne || base != d.BaseURL {
		t.Errorf("%+v with %q at %q", r, secret, base)
	}
	d.Keys = []string{secretTwo}
	if r := must(f.TestDraft(ctx, d, c.ID, ""))(t); !r.OK || secret != secretTwo {
		t.Errorf("%+v with %q", r, secret)
	}
	if got := must(f.Get(ctx, c.ID))(t); got.BaseURL != "" {
		t.Error("a draft was saved")
	}
}
