package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store/storetest"
)

// get asks a server for a path, as a browser on this machine.
func get(t *testing.T, url string, header map[string]string, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestOutsideTheAPI(t *testing.T) {
	a := newApp(t, storetest.SQLite(t))
	var notReady error
	a.Ready = func(context.Context) error { return notReady }
	a.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "burncloud_requests_total 1\n") })
	a.serve(New(a.Options))
	doc, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	const afar = "gateway.example.com"
	for _, c := range []struct {
		name, path, host string
		header           map[string]string
		ready            error
		status           int
		kind, want       string
	}{
		{name: "alive", path: "/healthz", status: 200, kind: "text/plain; charset=utf-8", want: "ok\n"},
		{name: "alive while not ready", path: "/healthz", ready: errors.New("draining"), status: 200, want: "ok\n"},
		{name: "ready", path: "/readyz", status: 200, want: "ready\n"},
		{name: "not ready", path: "/readyz", ready: errors.New("secret reason"), status: 503, want: "not ready: internal error"},
		{name: "not ready, and why", path: "/readyz", ready: burncloud.Faultf(burncloud.Draining, "the server is stopping"), status: 503, want: "not ready: the server is stopping\n"},
		{name: "metrics", path: "/metrics", status: 200, want: "burncloud_requests_total 1\n"},
		{name: "metrics from afar", path: "/metrics", host: afar, status: 401, kind: "application/problem+json", want: "unauthenticated"},
		{name: "metrics through a proxy", path: "/metrics", header: map[string]string{"X-Forwarded-For": "203.0.113.7"}, status: 401, want: "unauthenticated"},
		{name: "document", path: "/api/openapi.json", status: 200, kind: "application/openapi+json", want: string(doc)},
		{name: "console", path: "/", status: 200, want: "console"},
		{name: "page of the console", path: "/channels/new", status: 200, want: "console"},
		{name: "unknown operation", path: "/api/v1/nothing", status: 404, kind: "application/problem+json", want: "not_found"},
		{name: "unknown under api", path: "/api/x", status: 404, kind: "application/problem+json", want: "not_found"},
		{name: "api itself", path: "/api/", status: 404, kind: "application/problem+json", want: "not_found"},
		{name: "data plane's path", path: "/v1/nothing", status: 404, kind: "application/problem+json", want: "not_found"},
		{name: "data plane's path, Gemini", path: "/v1beta/nothing", status: 404, kind: "application/problem+json", want: "not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			notReady = c.ready
			resp, b := get(t, a.here.URL+c.path, c.header, c.host)
			if resp.StatusCode != c.status || !strings.Contains(b, c.want) {
				t.Errorf("%d %q, want %d %q", resp.StatusCode, b, c.status, c.want)
			}
			if c.kind != "" && resp.Header.Get("Content-Type") != c.kind {
				t.Errorf("type %q, want %q", resp.Header.Get("Content-Type"), c.kind)
			}
			if strings.Contains(b, "secret reason") {
				t.Error("the cause of an internal error is shown")
			}
			for _, h := range []string{"X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
				if resp.Header.Get(h) == "" {
					t.Errorf("no %s", h)
				}
			}
		})
	}
}

func TestMetricsWithToken(t *testing.T) {
	r := newRun(t, storetest.SQLite(t))
	r.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })
	r.serve(New(r.Options))
	for _, s := range steps(
		step{as: "root", call: "POST /setup", body: `{"username":"root","password":"correct horse"}`, status: 201},
		step{as: "root", call: "POST /tokens", body: `{"name":"prometheus"}`, status: 201, save: map[string]string{"bct": "secret"}},
		signIn("alice", burncloud.Member),
		step{as: "alice", call: "POST /tokens", body: `{"name":"mine"}`, status: 201, save: map[string]string{"member": "secret"}},
	) {
		r.step(t, s)
	}
	for token, want := range map[string]int{r.vars["bct"]: 200, r.vars["member"]: 403, "bct_wrong": 401} {
		if resp, b := get(t, r.here.URL+"/metrics", map[string]string{"Authorization": "Bearer " + token}, "gateway.example.com"); resp.StatusCode != want {
			t.Errorf("%d %s, want %d", resp.StatusCode, b, want)
		}
	}
}

func TestFromHere(t *testing.T) {
	for _, c := range []struct {
		peer, host string
		header     string
		local      bool
		want       bool
	}{
		{peer: "127.0.0.1:5", host: "127.0.0.1:3000", want: true},
		{peer: "127.0.0.1:5", host: "localhost:3000", want: true},
		{peer: "[::1]:5", host: "[::1]:3000", want: true},
		{peer: "[::ffff:127.0.0.1]:5", host: "localhost", want: true},
		{peer: "127.0.0.1:5", host: "gateway.example.com", want: false},
		{peer: "127.0.0.1:5", host: "localhost.example.com:3000", want: false},
		{peer: "127.0.0.1:5", host: "", want: false},
		{peer: "192.0.2.7:5", host: "localhost:3000", want: false},
		{peer: "127.0.0.1:5", host: "localhost:3000", header: "X-Forwarded-For", want: false},
		{peer: "127.0.0.1:5", host: "localhost:3000", header: "Forwarded", want: false},
		{peer: "@", host: "localhost", local: true, want: true},
		{peer: "@", host: "localhost", want: false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		if c.header != "" {
			r.Header.Set(c.header, "203.0.113.7")
		}
		if c.local {
			r = r.WithContext(Local(r.Context()))
		}
		if got := fromHere(r); got != c.want {
			t.Errorf("peer %s, host %s, %s: %v", c.peer, c.host, c.header, got)
		}
	}
}

// guarded serves h behind the guard alone.
func guarded(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := &server{Options: Options{Logger: slog.New(slog.DiscardHandler), Now: time.Now}}
	srv := httptest.NewServer(s.guard(h))
	t.Cleanup(srv.Close)
	return srv
}

func TestPanicIsAnswered(t *testing.T) {
	srv := guarded(t, func(http.ResponseWriter, *http.Request) { panic("inner secret") })
	resp, b := get(t, srv.URL, nil, "")
	if resp.StatusCode != 500 || !strings.Contains(b, `"code":"internal"`) || strings.Contains(b, "inner secret") {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

func TestBodyLimits(t *testing.T) {
	var got int
	srv := guarded(t, func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = len(b)
	})
	for _, c := range []struct{ size, status int }{{0, 200}, {1000, 200}, {maxBody, 200}, {maxBody + 1, 413}} {
		got = -1
		resp, err := http.Post(srv.URL, "application/json", strings.NewReader(strings.Repeat("x", c.size)))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status || c.status == 200 && got != c.size {
			t.Errorf("%d bytes: status %d, %d read", c.size, resp.StatusCode, got)
		}
	}
}

// TestBrokenBody: a body that breaks off is refused, and never handled as if it were whole.
func TestBrokenBody(t *testing.T) {
	srv := guarded(t, func(http.ResponseWriter, *http.Request) { t.Error("handled") })
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 400") {
		t.Errorf("%v %s", err, b)
	}
}

func TestProblems(t *testing.T) {
	s := &server{Options: Options{Logger: slog.New(slog.DiscardHandler)}}
	ctx := context.WithValue(context.Background(), requestIDKey{}, "id-7")
	for _, k := range burncloud.Kinds() {
		f := burncloud.Wrap(k, errors.New("hidden cause"), "told")
		p, ok := s.fail(ctx, f).(*Problem)
		if !ok || p.Status != f.Status() || p.Code != k || p.RequestID != "id-7" || p.Detail != "told" {
			t.Errorf("%s: %+v", k, p)
		}
		if b, err := json.Marshal(p); err != nil || strings.Contains(string(b), "hidden cause") {
			t.Errorf("%s: %s %v", k, b, err)
		}
	}
	p := s.fail(ctx, errors.New("hidden cause")).(*Problem)
	if p.Status != 500 || strings.Contains(p.Detail, "hidden") {
		t.Errorf("%+v", p)
	}
	f := burncloud.Faultf(burncloud.RateLimited, "slower")
	f.RetryAfter = 1500 * time.Millisecond
	if h := problemOf(ctx, f).GetHeaders(); h.Get("Retry-After") != "2" {
		t.Errorf("%v", h)
	}
}
