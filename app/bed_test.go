package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/app"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/internal/testkit"
)

// The keys that every bed has: alice is rich without limit, bob has what the test gives him.
const (
	aliceKey  = "sk-alice-0123456789abcdef"
	bobKey    = "sk-bob-0123456789abcdef00"
	vendorKey = "sk-vendor-secret-0123456789"
)

// bed is a whole BurnCloud on a free port, with its data in a temporary directory.
type bed struct {
	t    *testing.T
	url  string
	addr string
	dir  string
	stop func() // ends it gracefully; once
	seen map[string]bool
	log  io.Writer // where the process logs to; nil is the test's log
}

// start runs a BurnCloud on the resources in yaml. VENDOR in it stands for the vendor's URL.
func start(t *testing.T, vendor *testkit.Vendor, yaml string, settings ...string) *bed {
	t.Helper()
	dir := t.TempDir()
	b := &bed{t: t, dir: dir, seen: map[string]bool{}}
	b.run(vendor, yaml, settings...)
	return b
}

func (b *bed) run(vendor *testkit.Vendor, yaml string, settings ...string) {
	t := b.t
	t.Helper()
	if vendor != nil {
		yaml = strings.ReplaceAll(yaml, "VENDOR", vendor.URL())
	}
	file := filepath.Join(b.dir, "burncloud.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Options{
		Dir: b.dir, Providers: app.Providers(),
		Environ: append([]string{"BURNCLOUD_DATA_DIR=" + filepath.Join(b.dir, "data"), "BURNCLOUD_LOG_LEVEL=warn"}, settings...),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var log io.Writer = testLog{t}
	if b.log != nil {
		log = b.log
	}
	a, err := app.New(ctx, cfg, app.Options{Version: "test", Out: io.Discard, Log: log})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	b.addr, b.url = ln.Addr().String(), "http://"+ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, ln) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	t.Cleanup(b.stop)
	if got := b.do(http.MethodGet, "/healthz", "", "", "Connection", "close"); got.status != 200 { // the local socket is there before
		t.Fatalf("not healthy: %d: %s", got.status, got.body)
	}
}

// testLog writes warnings of the process into the test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Helper()
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// standard is one channel per protocol, all at the one vendor, and two users.
const standard = `
channels:
  - {name: openai, provider: openai, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gpt-5-mini, {name: fast, upstream: gpt-5-nano}, text-embedding-3-small, omni-moderation-latest, no-price-model]}
  - {name: anthropic, provider: anthropic, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [claude-sonnet-4-5]}
  - {name: gemini, provider: gemini, base_url: VENDOR, keys: [sk-vendor-secret-0123456789], models: [gemini-2.5-flash, gemini-embedding-001]}
users:
  - {username: alice, balance: unlimited}
  - {username: bob, balance: "1"}
keys:
  - {name: alice, user: alice, secret: sk-alice-0123456789abcdef}
  - {name: bob, user: bob, secret: sk-bob-0123456789abcdef00}
`

// answer is a reply, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

// post sends body as it is, with a key, and reads the whole answer.
func (b *bed) post(path, key string, body string, header ...string) answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, key, body, header...)
}

func (b *bed) do(method, path, key string, body string, header ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, raw, err}
}

// local speaks to the control plane over the socket in the data directory.
func (b *bed) local(method, path string, in, out any) {
	b.t.Helper()
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(b.dir, "data", "burncloud.sock"))
	}}}
	defer client.CloseIdleConnections()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, "http://burncloud/api/v1"+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	if res.StatusCode/100 != 2 {
		b.t.Fatalf("%s %s: %s: %s", method, path, res.Status, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			b.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
		}
	}
}

// logged waits for the record of a call. The record is written behind the answer, so it may be a moment
// late; waiting is bounded, and polls the same door a user would.
func (b *bed) logged(id string) burncloud.Record {
	b.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		var page struct {
			Items []burncloud.Record `json:"items"`
		}
		b.local("GET", "/logs?id="+id, nil, &page)
		if len(page.Items) == 1 {
			return page.Items[0]
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("call %s is not in the log", id)
		}
	}
}
