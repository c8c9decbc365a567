package provider_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

// TestCatalog holds each row to what the rest of the house relies on.
func TestCatalog(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range provider.All() {
		t.Run(r.ID, func(t *testing.T) {
			if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(r.ID) || ids[r.ID] {
				t.Errorf("id %q is malformed or taken", r.ID)
			}
			ids[r.ID] = true
			if r.Name == "" || len(r.Endpoints) == 0 || r.KeyHint == "" {
				t.Errorf("name, endpoints or key hint is missing: %+v", r)
			}
			if got, ok := provider.ByID(r.ID); !ok || got != r {
				t.Errorf("ByID(%q) = %v, %v", r.ID, got, ok)
			}
			if r.Docs != "" {
				if u, err := url.Parse(r.Docs); err != nil || u.Scheme != "https" {
					t.Errorf("docs %q is not an https URL", r.Docs)
				}
			}
			ch := &burncloud.Channel{}
			if r.BaseURL == "" {
				if err := r.CheckBaseURL(""); err == nil {
					t.Error("an empty base URL passed, and the row has none")
				}
				ch.BaseURL = "https://vendor.example"
			} else if u, err := url.Parse(r.BaseURL); err != nil || u.Scheme != "https" || u.Path != "" {
				t.Errorf("base URL %q is not https://host", r.BaseURL)
			}
			for ep, tmpl := range r.Endpoints {
				if !r.Speaks(ep) {
					t.Errorf("does not speak its own endpoint %s", ep)
				}
				if !strings.HasPrefix(tmpl, "/v") {
					t.Errorf("%s: path %q does not begin with a version", ep, tmpl)
				}
				target, err := r.Prepare(ch, "secret", ep, "some-model")
				if err != nil {
					t.Fatalf("%s: %v", ep, err)
				}
				for _, p := range [][]byte{target.Path, target.StreamPath} {
					if strings.ContainsAny(string(p), "{}?# ") || strings.Contains(string(p), "//") {
						t.Errorf("%s: bad path %q", ep, p)
					}
				}
				if r.Auth != provider.NoAuth && !strings.Contains(string(target.Header), "secret\r\n") {
					t.Errorf("%s: header %q lacks the secret", ep, target.Header)
				}
				for _, d := range target.Defaults {
					if !strings.HasPrefix(string(d.Text), d.Name+": ") || !strings.HasSuffix(string(d.Text), "\r\n") {
						t.Errorf("default %q is no header line", d.Text)
					}
					if !provider.ForwardRequest([]byte(d.Name)) {
						t.Errorf("default %s would never be replaced by the caller's", d.Name)
					}
				}
			}
			if m, err := r.PrepareModels(ch, "secret"); err != nil || !strings.HasSuffix(string(m.Path), "/models") {
				t.Errorf("models: %q, %v", m.Path, err)
			}
		})
	}
	if _, ok := provider.ByID("nobody"); ok {
		t.Error("ByID finds what is not there")
	}
	provider.All()[0] = nil
	if provider.All()[0] == nil {
		t.Error("All hands out its own slice")
	}
}
