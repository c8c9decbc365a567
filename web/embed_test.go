package web_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/web"
)

// anyAsset is the path of one hashed script of the build.
func anyAsset(t *testing.T) string {
	t.Helper()
	names, err := fs.Glob(web.FS(), "assets/index-*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("the build has no assets/index-*.js (%v); run npm run build in web/", err)
	}
	return "/" + names[0]
}

func TestHandler(t *testing.T) {
	asset := anyAsset(t)
	tests := []struct {
		name, method, path string
		status             int
		kind, cache        string
	}{
		{"root is the page", "GET", "/", 200, "text/html; charset=utf-8", "no-cache"},
		{"a route of the application", "GET", "/channels", 200, "text/html; charset=utf-8", "no-cache"},
		{"a deep route", "GET", "/logs/0192", 200, "text/html; charset=utf-8", "no-cache"},
		{"a hashed script", "GET", asset, 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"HEAD", "HEAD", asset, 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"the logo", "GET", "/logo.svg", 200, "image/svg+xml", "no-cache"},
		{"a provider's logo", "GET", "/providers/openai.svg", 200, "image/svg+xml", "no-cache"},
		{"a missing script is no page", "GET", "/assets/gone.js", 404, "", ""},
		{"the folder is no listing", "GET", "/assets", 200, "text/html; charset=utf-8", "no-cache"},
		{"up and out", "GET", "/../../etc/passwd.txt", 404, "", ""},
		{"the API", "GET", "/api/v1/nothing", 404, "", ""},
		{"the data plane", "GET", "/v1/chat/completions", 404, "", ""},
		{"Gemini's paths", "GET", "/v1beta/models", 404, "", ""},
		{"a write", "POST", "/channels", 405, "", ""},
	}
	h := web.Handler()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if tt.status != 200 {
				if strings.Contains(w.Body.String(), "<div id=") {
					t.Error("an error was answered with the page")
				}
				return
			}
			if got := w.Header().Get("Content-Type"); got != tt.kind {
				t.Errorf("Content-Type %q, want %q", got, tt.kind)
			}
			if got := w.Header().Get("Cache-Control"); got != tt.cache {
				t.Errorf("Cache-Control %q, want %q", got, tt.cache)
			}
			if tt.method == "HEAD" && w.Body.Len() != 0 {
				t.Error("HEAD has a body")
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	h := web.Handler()
	first := httptest.NewRecorder()
	h.ServeHTTP(first, httptest.NewRequest("GET", "/", nil))
	tag := first.Header().Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	for header, want := range map[string]int{tag: 304, strings.TrimPrefix(tag, "W/"): 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("If-None-Match %s: status %d, want %d", header, w.Code, want)
		}
	}
}

func TestCompression(t *testing.T) {
	h, asset := web.Handler(), anyAsset(t)
	get := func(accept string) *http.Response {
		r := httptest.NewRequest("GET", asset, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	plain, err := io.ReadAll(get("identity").Body)
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "*": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "": "", "br": ""} {
		res := get(accept)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, want)
		}
	}
	z, err := gzip.NewReader(get("gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(z); err != nil || string(unpacked) != string(plain) {
		t.Errorf("the compressed script is not the script (%v)", err)
	}
}
