package testkit_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

const (
	chatBody   = `{"model":"m","messages":[{"role":"user","content":"Reply with the word: pong"}]}`
	streamBody = `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"one two"}]}`
)

func request(method, path, body string, header ...string) string {
	s := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: vendor\r\n", method, path)
	for _, h := range header {
		s += h + "\r\n"
	}
	if method == "POST" {
		s += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	return s + "\r\n" + body
}

func post(path, body string, header ...string) string { return request("POST", path, body, header...) }

// dial opens a connection that ends with the test and never blocks for long.
func dial(t *testing.T, v *testkit.Vendor) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", v.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(5 * time.Second))
	return c
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// exchange sends one request and reads one whole response.
func exchange(t *testing.T, v *testkit.Vendor, raw string) (*http.Response, []byte, error) {
	t.Helper()
	c := dial(t, v)
	send(t, c, raw)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// TestWire pins every answer's shape, plain and streamed, with a tool and as an error.
func TestWire(t *testing.T) {
	const (
		tools     = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"]}}}]`
		anthTools = `,"tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"enum":["Paris"]}},"required":["city"]}}]`
		schema    = `,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object","properties":{"ok":{"type":"boolean"},"list":{"type":"array","items":{"type":"number"}}},"required":["ok","list"]}}}`
		version   = "Anthropic-Version: 2023-06-01"
	)
	messages := func(extra string) string {
		return `{"model":"m","max_tokens":100` + extra + `,"messages":[{"role":"user","content":[{"type":"text","text":"one two"}]}]}`
	}
	responses := func(extra string) string { return `{"model":"m","input":"one two"` + extra + `}` }
	contents := `{"contents":[{"role":"user","parts":[{"text":"one two"}]}]}`
	for name, raw := range map[string]string{
		"chat":             post("/v1/chat/completions", chatBody),
		"chat_n":           post("/v1/chat/completions", strings.Replace(chatBody, `{`, `{"n":2,`, 1)),
		"chat_cap":         post("/v1/chat/completions", strings.Replace(streamBody, `{`, `{"max_tokens":2,`, 1)),
		"chat_stream":      post("/v1/chat/completions", streamBody),
		"chat_tool":        post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"m"`+tools, 1)),
		"chat_tool_stream": post("/v1/chat/completions", strings.Replace(streamBody, `"m"`, `"m"`+tools, 1)),
		"chat_tool_result": post("/v1/chat/completions", `{"model":"m"`+tools+`,"messages":[{"role":"user","content":"w?"},{"role":"tool","tool_call_id":"x","content":"sunny"}]}`),
		"chat_schema":      post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"m"`+schema, 1)),
		"chat_404":         post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"fake-404"`, 1)),
		"chat_429":         post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"fake-429"`, 1)),
		"chat_error":       post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"fake-error"`, 1)),
		"chat_late_error":  post("/v1/chat/completions", strings.Replace(streamBody, `"m"`, `"fake-stream-error"`, 1)),
		"completions":      post("/v1/completions", `{"model":"m","prompt":"one two"}`),
		"completions_s":    post("/v1/completions", `{"model":"m","prompt":"one two","stream":true,"max_tokens":2}`),
		"embeddings":       post("/v1/embeddings", `{"model":"m","input":["a b","c"],"dimensions":4}`),
		"embeddings_b64":   post("/v1/embeddings", `{"model":"m","input":[1,2,3],"dimensions":4,"encoding_format":"base64"}`),
		"moderations":      post("/v1/moderations", `{"model":"m","input":"x"}`),
		"responses":        post("/v1/responses", responses("")),
		"responses_stream": post("/v1/responses", responses(`,"stream":true,"max_output_tokens":2`)),
		"responses_tool":   post("/v1/responses", responses(`,"stream":true,"tools":[{"type":"function","name":"f","parameters":{}}]`)),
		"responses_error":  post("/v1/responses", strings.Replace(responses(`,"stream":true`), `"m"`, `"fake-stream-error"`, 1)),
		"messages":         post("/v1/messages", messages(""), version),
		"messages_stream":  post("/v1/messages", messages(`,"stream":true`), version),
		"messages_tool":    post("/v1/messages", messages(`,"stream":true`+anthTools), version),
		"messages_count":   post("/v1/messages/count_tokens", messages(""), version),
		"messages_429":     post("/v1/messages", strings.Replace(messages(""), `"m"`, `"fake-429"`, 1), version),
		"messages_error":   post("/v1/messages", strings.Replace(messages(`,"stream":true`), `"m"`, `"fake-stream-error"`, 1), version),
		"gemini":           post("/v1beta/models/m:generateContent", contents),
		"gemini_sse":       post("/v1beta/models/m:streamGenerateContent?alt=sse", contents),
		"gemini_array":     post("/v1/models/m:streamGenerateContent", contents),
		"gemini_count":     post("/v1beta/models/m:countTokens", contents),
		"gemini_embed":     post("/v1beta/models/m:embedContent", `{"content":{"parts":[{"text":"x y"}]}}`),
		"gemini_429":       post("/v1beta/models/fake-429:generateContent", contents),
		"gemini_error":     post("/v1beta/models/fake-stream-error:streamGenerateContent?alt=sse", contents),
		"gemini_error_arr": post("/v1beta/models/fake-stream-error:streamGenerateContent", contents),
		"models":           request("GET", "/v1/models", "", "Authorization: Bearer x"),
		"models_gemini":    request("GET", "/v1beta/models", ""),
		"unknown":          post("/v1/nothing", "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			v := testkit.NewVendor(t, testkit.Options{Now: testkit.NewClock().Now, Models: []string{"a", "b"}})
			resp, body, err := exchange(t, v, raw)
			if err != nil {
				t.Fatal(err)
			}
			dump, err := httputil.DumpResponse(resp, false)
			if err != nil {
				t.Fatal(err)
			}
			testkit.Golden(t, filepath.Join("testdata", name+".golden"), append(dump, body...))
			if v.Count() != 1 || v.Last(t).Answered.IsZero() {
				t.Errorf("the request was not recorded as answered: %+v", v.Requests())
			}
		})
	}
}

// TestUsage checks the sums by which each vendor reports the same buckets.
func TestUsage(t *testing.T) {
	u := &burncloud.Usage{Input: 1, CacheRead: 20, CacheWrite5m: 300, CacheWrite1h: 4000, Output: 50_000, Reasoning: 10_000}
	v := testkit.NewVendor(t)
	get := func(raw, path string) float64 {
		t.Helper()
		v.Script(testkit.Script{Usage: u})
		_, body, err := exchange(t, v, raw)
		if err != nil {
			t.Fatal(err)
		}
		var at any
		if err := json.Unmarshal(body, &at); err != nil {
			t.Fatal(err)
		}
		for _, k := range strings.Split(path, ".") {
			at = at.(map[string]any)[k]
		}
		return at.(float64)
	}
	chat := post("/v1/chat/completions", chatBody)
	messages := post("/v1/messages", `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`, "Anthropic-Version: 1")
	gemini := post("/v1beta/models/m:generateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`)
	for _, c := range []struct {
		raw, path string
		want      float64
	}{
		{chat, "usage.prompt_tokens", 4321}, {chat, "usage.completion_tokens", 50_000}, {chat, "usage.total_tokens", 54_321},
		{chat, "usage.prompt_tokens_details.cached_tokens", 20}, {chat, "usage.prompt_tokens_details.cache_write_tokens", 4300},
		{messages, "usage.input_tokens", 1}, {messages, "usage.cache_creation_input_tokens", 4300},
		{messages, "usage.cache_creation.ephemeral_1h_input_tokens", 4000}, {messages, "usage.output_tokens", 50_000},
		{gemini, "usageMetadata.promptTokenCount", 4321}, {gemini, "usageMetadata.candidatesTokenCount", 40_000},
		{gemini, "usageMetadata.thoughtsTokenCount", 10_000}, {gemini, "usageMetadata.totalTokenCount", 54_321},
	} {
		if got := get(c.raw, c.path); got != c.want {
			t.Errorf("%s is %v, want %v", c.path, got, c.want)
		}
	}
}

func TestFailures(t *testing.T) {
	read := func(c net.Conn) (string, error) {
		b, err := io.ReadAll(c)
		return string(b), err
	}
	for _, c := range []struct {
		name   string
		script testkit.Script
		check  func(t *testing.T, got string, err error)
	}{
		{"cut", testkit.Script{Fail: testkit.Cut, After: 2}, func(t *testing.T, got string, err error) {
			if err != nil || strings.Count(got, "data: ") != 2 || strings.Contains(got, "\r\n0\r\n") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"cut after the head", testkit.Script{Fail: testkit.Cut}, func(t *testing.T, got string, err error) {
			if err != nil || !strings.HasSuffix(got, "\r\n\r\n") || !strings.Contains(got, "chunked") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"cut before the head", testkit.Script{Fail: testkit.Cut, After: -1}, func(t *testing.T, got string, err error) {
			if err != nil || got != "" {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"reset", testkit.Script{Fail: testkit.Reset, After: -1}, func(t *testing.T, got string, err error) {
			if !errors.Is(err, syscall.ECONNRESET) || got != "" {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"bad chunk", testkit.Script{Fail: testkit.BadChunk, After: 1}, func(t *testing.T, got string, err error) {
			if !strings.Contains(got, "\r\nzz\r\n") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"bad event", testkit.Script{Fail: testkit.BadEvent, After: 1, Close: true}, func(t *testing.T, got string, err error) {
			if strings.Count(got, "broken") != 1 || !strings.Contains(got, "[DONE]") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"bad JSON", testkit.Script{Fail: testkit.BadJSON, Close: true}, func(t *testing.T, got string, err error) {
			if strings.Contains(got, "[DONE]") || !strings.HasSuffix(got, "\r\n0\r\n\r\n") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"html", testkit.Script{Fail: testkit.HTML, Status: 502, Close: true}, func(t *testing.T, got string, err error) {
			if !strings.HasPrefix(got, "HTTP/1.1 502") || !strings.Contains(got, "</html>") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"garbage", testkit.Script{Fail: testkit.Garbage}, func(t *testing.T, got string, err error) {
			if !strings.HasPrefix(got, "\x00") {
				t.Errorf("%v\n%q", err, got)
			}
		}},
		{"interim", testkit.Script{Interim: 103, Close: true}, func(t *testing.T, got string, err error) {
			if !strings.HasPrefix(got, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n") {
				t.Errorf("%v\n%s", err, got)
			}
		}},
		{"raw pieces", testkit.Script{Pieces: [][]byte{[]byte("a\x00"), []byte("\r\nb")}, Framing: testkit.CloseFraming}, func(t *testing.T, got string, err error) {
			if _, body, _ := strings.Cut(got, "\r\n\r\n"); body != "a\x00\r\nb" || strings.Contains(got, "Content-Length") {
				t.Errorf("%v\n%q", err, got)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := testkit.NewVendor(t)
			v.Script(c.script)
			conn := dial(t, v)
			send(t, conn, post("/v1/chat/completions", streamBody))
			got, err := read(conn)
			c.check(t, got, err)
		})
	}
}

// TestHangUp has a client leave while the vendor is silent in three ways.
func TestHangUp(t *testing.T) {
	for _, model := range []string{"fake-hang", "fake-stall", "fake-half-head", "fake-stream-1000-1h", "fake-slow"} {
		t.Run(model, func(t *testing.T) {
			v := testkit.NewVendor(t)
			c := dial(t, v)
			send(t, c, post("/v1/chat/completions", strings.Replace(streamBody, `"m"`, `"`+model+`"`, 1)))
			v.Wait(t, "request", testkit.Received)
			c.Close()
			r := v.Wait(t, "hang-up", testkit.ClosedEarly)
			if r.ClosedAt.Before(r.Time) || !r.Answered.IsZero() {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestKeepAliveAndPipelining(t *testing.T) {
	v := testkit.NewVendor(t)
	c := dial(t, v)
	one := post("/v1/chat/completions", chatBody)
	send(t, c, one+one)
	br := bufio.NewReader(c)
	for range 2 {
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(b, []byte("pong")) {
			t.Fatalf("%v %s", err, b)
		}
	}
	rs := v.Requests()
	if len(rs) != 2 || rs[0].Conn != rs[1].Conn || rs[0].ClosedEarly || rs[1].ClosedEarly {
		t.Errorf("%+v", rs)
	}
	if open, ever := v.Conns(); open != 1 || ever != 1 {
		t.Errorf("%d open, %d ever", open, ever)
	}
}

func TestCloseIdle(t *testing.T) {
	v := testkit.NewVendor(t)
	idle, busy := dial(t, v), dial(t, v)
	send(t, idle, post("/v1/chat/completions", chatBody))
	if _, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil {
		t.Fatal(err)
	}
	v.Wait(t, "answer", testkit.Answered)
	send(t, busy, post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"fake-hang"`, 1)))
	v.Wait(t, "second request", func(r *testkit.Request) bool { return r.N == 2 })
	// The first connection is idle from the moment its server goroutine has noted the answer's end.
	for v.CloseIdle() != 1 {
	}
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("idle connection: %v", err)
	}
	if open, _ := v.Conns(); open < 1 {
		t.Error("the busy connection was closed too")
	}
}

func TestRequestIsKeptRaw(t *testing.T) {
	v := testkit.NewVendor(t)
	head := "POST /v1/chat/completions?a=%20b HTTP/1.1\r\nhost: x\r\nX-Odd:  two  \r\ntransfer-encoding: chunked\r\n\r\n"
	c := dial(t, v)
	send(t, c, head+"5\r\n"+chatBody[:5]+"\r\n"+fmt.Sprintf("%x;ext=1\r\n%s\r\n0\r\n\r\n", len(chatBody)-5, chatBody[5:]))
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	r := v.Last(t)
	if string(r.Head) != head || string(r.Body) != chatBody || !r.Chunked || r.Model != "m" || r.Endpoint != "chat" {
		t.Errorf("%+v\n%q\n%q", r, r.Head, r.Body)
	}
}

func TestBadRequests(t *testing.T) {
	for _, raw := range []string{
		"nonsense\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	} {
		v := testkit.NewVendor(t)
		resp, body, err := exchange(t, v, raw)
		if err != nil || resp.StatusCode != 400 || v.Count() != 0 {
			t.Errorf("%q: %v %v %s", raw, resp, err, body)
		}
	}
}

func TestKey(t *testing.T) {
	v := testkit.NewVendor(t, testkit.Options{Key: "right"})
	gemini := `{"contents":[{"parts":[{"text":"x"}]}]}`
	messages := `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`
	for _, c := range []struct {
		raw    string
		status int
	}{
		{post("/v1/chat/completions", chatBody), 401},
		{post("/v1/chat/completions", chatBody, "Authorization: Bearer wrong"), 401},
		{post("/v1/chat/completions", chatBody, "Authorization: Bearer right"), 200},
		{post("/v1/chat/completions", chatBody, "X-Api-Key: right"), 401},
		{post("/v1/messages", messages, "Anthropic-Version: 1", "X-Api-Key: right"), 200},
		{post("/v1/messages", messages, "Anthropic-Version: 1", "X-Api-Key: wrong"), 401},
		{post("/v1/messages", messages, "X-Api-Key: right"), 400},
		{post("/v1beta/models/m:generateContent", gemini, "X-Goog-Api-Key: right"), 200},
		{post("/v1beta/models/m:generateContent?key=right", gemini), 200},
		{post("/v1beta/models/m:generateContent", gemini), 400},
		{request("GET", "/v1/models", "", "X-Api-Key: right"), 200},
	} {
		if resp, body, err := exchange(t, v, c.raw); err != nil || resp.StatusCode != c.status {
			t.Errorf("%.60q: %v %v, want %d\n%s", c.raw, resp, err, c.status, body)
		}
	}
}

func TestScriptsAreTakenInOrder(t *testing.T) {
	v := testkit.NewVendor(t)
	v.Script(testkit.Script{Status: 500, Times: 2}, testkit.Script{Model: "other", Status: 418}, testkit.Script{Status: 503, RetryAfter: 1500 * time.Millisecond})
	for i, want := range []int{500, 500, 503, 200} {
		resp, _, err := exchange(t, v, post("/v1/chat/completions", chatBody))
		if err != nil || resp.StatusCode != want {
			t.Fatalf("request %d: %v %v, want %d", i, resp, err, want)
		}
		if want == 503 && resp.Header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After is %q", resp.Header.Get("Retry-After"))
		}
	}
	v.Reset()
	if resp, _, err := exchange(t, v, post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"other"`, 1))); err != nil || resp.StatusCode != 200 {
		t.Errorf("after Reset: %v %v", resp, err)
	}
}

func TestGzip(t *testing.T) {
	v := testkit.NewVendor(t)
	resp, body, err := exchange(t, v, post("/v1/chat/completions", strings.Replace(chatBody, `"m"`, `"fake-gzip"`, 1)))
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v %v", resp, err)
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(zr); err != nil || !json.Valid(b) {
		t.Errorf("%v %s", err, b)
	}
}

// TestPace streams a few events with a gap and sees that they do not come at once.
func TestPace(t *testing.T) {
	v := testkit.NewVendor(t)
	start := time.Now()
	_, body, err := exchange(t, v, post("/v1/chat/completions", strings.Replace(streamBody, `"m"`, `"fake-stream-5-10ms"`, 1)))
	if err != nil || bytes.Count(body, []byte(`"content":"word `)) != 5 {
		t.Fatalf("%v\n%s", err, body)
	}
	if took := time.Since(start); took < 60*time.Millisecond {
		t.Errorf("eight events 10 ms apart took %v", took)
	}
}

func TestAdmin(t *testing.T) {
	v := testkit.NewVendor(t)
	call := func(method, path, body string, want int) string {
		t.Helper()
		raw := request(method, path, body)
		resp, b, err := exchange(t, v, raw)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("%s %s: %v %v %s", method, path, resp, err, b)
		}
		return string(b)
	}
	call("POST", "/_script", `{"Status":429,"RetryAfter":"3s","Message":"slow down"}`, 200)
	call("POST", "/_script", `[{"Body":"{\"a\":1}"},{"Pieces":["x","y"],"EventDelay":"1ms"}]`, 200)
	call("POST", "/_script", `{"Statsu":429}`, 400)
	call("POST", "/_script", `{"Delay":"soon"}`, 400)
	call("POST", "/_nothing", `{}`, 404)
	if got := call("POST", "/v1/chat/completions", chatBody, 429); !strings.Contains(got, "slow down") {
		t.Error(got)
	}
	if got := call("POST", "/v1/chat/completions", chatBody, 200); got != `{"a":1}` {
		t.Error(got)
	}
	if got := call("POST", "/v1/chat/completions", chatBody, 200); got != "xy" {
		t.Error(got)
	}
	var rs []struct {
		Model, Body string
		Answered    bool
	}
	if err := json.Unmarshal([]byte(call("GET", "/_requests", "", 200)), &rs); err != nil || len(rs) != 3 || rs[0].Body != chatBody || !rs[0].Answered {
		t.Errorf("%v %+v", err, rs)
	}
	if got := call("GET", "/_stats", "", 200); !strings.Contains(got, `"requests":3`) {
		t.Error(got)
	}
	call("POST", "/_close", "", 200)
	call("DELETE", "/_requests", "", 200)
	if v.Count() != 0 {
		t.Error("requests were not forgotten")
	}
}
