package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

type thing struct {
	Name string `json:"name"`
}

// handler answers what the tests ask.
func handler(t *testing.T) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/things", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("content type %q", r.Header.Get("Content-Type"))
		}
		_, _ = w.Write(b)
	})
	mux.HandleFunc("GET /api/v1/things/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"name":"`+r.PathValue("id")+" "+r.URL.Query().Get("q")+" "+r.Header.Get("Authorization")+`"}`)
	})
	mux.HandleFunc("DELETE /api/v1/things/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("PATCH /api/v1/things/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"status":403,"code":"forbidden","detail":"no","request_id":"7"}`)
	})
	mux.HandleFunc("GET /api/v1/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	mux.HandleFunc("GET /api/v1/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	mux.HandleFunc("GET /api/v1/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.example.com/", http.StatusFound)
	})
	return mux
}

func TestOverHTTP(t *testing.T) {
	srv := httptest.NewServer(handler(t))
	defer srv.Close()
	c, err := client.Remote(srv.URL+"/", "bct_x")
	if err != nil {
		t.Fatal(err)
	}
	exercise(t, c, "Bearer bct_x")
}

func TestOverSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: handler(t)}}
	srv.Start()
	defer srv.Close()
	exercise(t, client.Socket(path), "")
}

func exercise(t *testing.T, c *client.Client, credential string) {
	ctx := context.Background()
	if got, err := client.Post[thing](ctx, c, "/things", thing{"x"}); err != nil || got.Name != "x" {
		t.Errorf("post: %v %v", got, err)
	}
	got, err := client.Get[thing](ctx, c, "/things/a%2Fb", url.Values{"q": {"1 2"}})
	if err != nil || got.Name != "a/b 1 2 "+credential {
		t.Errorf("get: %v %v", got, err)
	}
	if err := client.Delete(ctx, c, "/things/a"); err != nil {
		t.Errorf("delete: %v", err)
	}
	var p *control.Problem
	if _, err := client.Patch[thing](ctx, c, "/things/a", thing{}); !errors.As(err, &p) || p.Code != burncloud.Forbidden || p.Detail != "no" || p.Status != 403 {
		t.Errorf("patch: %v", err)
	}
	for path, want := range map[string]string{"/page": "did not answer like", "/broken": "502", "/away": "elsewhere.example.com"} {
		if _, err := client.Get[thing](ctx, c, path, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := client.Get[thing](canceled, c, "/things/a", nil); !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrUnreachable) {
		t.Errorf("canceled: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	remote, err := client.Remote(closed, "bct_secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client.Client{remote, client.Socket(filepath.Join(t.TempDir(), "none"))} {
		_, err := client.Get[thing](context.Background(), c, "/things/a", nil)
		if !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), c.Where()) || strings.Contains(err.Error(), "bct_secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestRemoteURL(t *testing.T) {
	for _, bad := range []string{"", "gateway", "gateway:3000", "ftp://x", "http://", "://"} {
		if _, err := client.Remote(bad, ""); err == nil {
			t.Errorf("%q is taken for a server", bad)
		}
	}
	if _, err := client.Remote("https://gateway.example.com/burncloud", "t"); err != nil {
		t.Error(err)
	}
}
