//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// The request that every target gets, and the keys that ours checks.
const (
	keyCount     = 1000
	channelCount = 100
	plainModel   = "bench"
	liveModel    = "paced-600-500ms" // live streams: an event twice a second for five minutes
)

// streamModel paces one round: events 10 ms apart. Ours calls it "fast" and rewrites the name.
func (b *bench) streamModel() string {
	return fmt.Sprintf("paced-%d-10ms", b.span/(10*time.Millisecond))
}

// target is something to send requests to.
type target struct {
	name, addr    string
	stream, live  string // models
	streamsPrefix string // of the path of streams, where the target tells vendors apart by it
}

func (b *bench) direct() target {
	return target{"direct", b.addr.vendor, b.streamModel(), liveModel, ""}
}

func (b *bench) targets() (nginx, bare, ours target) {
	return target{"nginx", b.addr.nginx, b.streamModel(), liveModel, "/stream"},
		target{"fasthttp", b.addr.bare, b.streamModel(), liveModel, "/stream"},
		target{"burncloud", b.addr.ours, "fast", "slow", ""}
}

func (t target) plainURL() string { return "http://" + t.addr + "/v1/chat/completions" }

func (t target) streamPath() string { return t.streamsPrefix + "/v1/chat/completions" }

func secret(i int) string { return fmt.Sprintf("sk-bench-%032d", i) }

// filler makes the small request about 1 KB, as a short conversation is.
var small = `{"model":"bench","messages":[{"role":"system","content":"You are a helpful assistant."},` +
	`{"role":"user","content":"` + strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20) + `"}],"temperature":0.7}`

var largeBody = `{"model":"bench","messages":[{"role":"user","content":"` + strings.Repeat("0123456789abcdef", 1<<16) + `"}]}`

// streamBody asks for usage itself, as agents do, so that every target relays the same events.
func streamBody(model string) string {
	return `{"model":"` + model + `","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"` +
		strings.Repeat("Tell me a story. ", 10) + `"}]}`
}

// answer is the vendor's reply to the small request: 0.8 KB.
var answer = `{"id":"chatcmpl-bench","object":"chat.completion","created":1767323045,"model":"bench","choices":[{"index":0,` +
	`"message":{"role":"assistant","content":"` + strings.Repeat("A short answer of the model. ", 13) + `","refusal":null},` +
	`"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":210,"completion_tokens":80,"total_tokens":290,` +
	`"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}`

// writeNginx writes the configurations of the vendor and of the bare proxy: one worker each, no logs,
// keep-alive on both sides.
func (b *bench) writeNginx() error {
	common := `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
error_log stderr crit;
pid %s;
events { worker_connections 8192; }
http {
	access_log off;
	keepalive_requests 100000000;
	client_max_body_size 64m;
	client_body_buffer_size 2m;
	client_body_temp_path %s;
	proxy_temp_path %s;
	fastcgi_temp_path %s;
	uwsgi_temp_path %s;
	scgi_temp_path %s;
`
	tmp := b.path("tmp")
	head := func(name string) string {
		return fmt.Sprintf(common, b.path(name+".pid"), tmp, tmp, tmp, tmp, tmp)
	}
	vendor := head("vendor") + `	server {
		listen ` + b.addr.vendor + ` backlog=4096;
		location / { default_type application/json; return 200 '` + answer + `'; }
	}
}
`
	proxy := head("proxy") + `	upstream vendor { server ` + b.addr.vendor + `; keepalive 256; keepalive_requests 100000000; }
	upstream paced { server ` + b.addr.paced + `; keepalive 4096; keepalive_requests 100000000; }
	server {
		listen ` + b.addr.nginx + ` backlog=4096;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		location / { proxy_pass http://vendor; }
		location /stream { proxy_buffering off; proxy_read_timeout 300s; proxy_pass http://paced; }
	}
}
`
	if err := os.WriteFile(b.path("vendor.conf"), []byte(vendor), 0o644); err != nil {
		return err
	}
	return os.WriteFile(b.path("proxy.conf"), []byte(proxy), 0o644)
}

// writeGateway writes our configuration: two channels for each measured model, so that there is a
// choice to make, and others up to channelCount; the keys belong to users with a balance.
func (b *bench) writeGateway() error {
	var y bytes.Buffer
	fmt.Fprintf(&y, "server: {listen: %q, data_dir: %q}\n", b.addr.ours, b.path("data"))
	y.WriteString("channels:\n")
	channel := func(n int, addr, model, upstream string, priority int) {
		fmt.Fprintf(&y, "- {name: channel%d, provider: openai-compatible, base_url: \"http://%s\", keys: [sk-vendor-%d], "+
			"models: [{name: %s, upstream: %s}], priority: %d, weight: 10}\n", n, addr, n, model, upstream, priority)
	}
	n := 0
	for _, m := range []struct{ name, upstream, addr string }{
		{plainModel, plainModel, b.addr.vendor}, {"fast", b.streamModel(), b.addr.paced}, {"slow", liveModel, b.addr.paced},
	} {
		for _, priority := range []int{1, 1, 0} {
			channel(n, m.addr, m.name, m.upstream, priority)
			n++
		}
	}
	for ; n < channelCount; n++ {
		channel(n, b.addr.vendor, fmt.Sprintf("other-%d", n%30), "bench", n%3)
	}
	y.WriteString("users:\n")
	for i := range 10 {
		fmt.Fprintf(&y, "- {username: user%d, balance: 100000000}\n", i)
	}
	y.WriteString("keys:\n")
	for i := range keyCount {
		fmt.Fprintf(&y, "- {name: key%d, user: user%d, secret: %s, limit: 10000000}\n", i, i%10, secret(i))
	}
	y.WriteString("prices:\n")
	for _, m := range []string{plainModel, "fast", "slow"} {
		fmt.Fprintf(&y, "- {model: %s, input: 0.15, output: 0.60}\n", m)
	}
	return os.WriteFile(b.path("burncloud.yaml"), y.Bytes(), 0o600)
}

// check sends one request and wants text in its answer.
func check(url, body, text string) error {
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+secret(0))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(b), text) {
		return fmt.Errorf("%s answered %s %v: %.500s", url, resp.Status, err, b)
	}
	return nil
}
