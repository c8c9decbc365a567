//go:build !race

// Not with the race detector: it makes sync.Pool forget at random.

package app_test

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// The most that one request, with key, routing, ledger, log and metrics, may allocate, and one event of a
// stream.
const (
	allocsPerRequest = 4
	allocsPerEvent   = 0.05
)

const plainReply = `{"id":"x","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"message":` +
	`{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}`

const (
	streamEvents = 2000
	streamEvent  = `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}` + "\n\n"
	streamEnd    = `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		`data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}` + "\n\n" + "data: [DONE]\n\n"
)

// frugalVendor answers without allocating anything per request or event.
func frugalVendor(t *testing.T) (url string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	plain := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(plainReply), plainReply)
	head := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	event := fmt.Appendf(nil, "%x\r\n%s\r\n", len(streamEvent), streamEvent)
	end := fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(streamEnd), streamEnd)
	serve := func(c net.Conn) {
		defer c.Close()
		buf := make([]byte, 16<<10)
		for n := 0; ; {
			k, err := c.Read(buf[n:])
			if err != nil {
				return
			}
			if n += k; !wholeRequest(buf[:n]) {
				continue
			}
			parts, events := [...][]byte{plain, nil}, 0
			if bytes.Contains(buf[:n], []byte(`"stream":true`)) {
				parts, events = [...][]byte{head, end}, streamEvents
			}
			n = 0
			if _, err := c.Write(parts[0]); err != nil {
				return
			}
			for range events {
				if _, err := c.Write(event); err != nil {
					return
				}
			}
			if _, err := c.Write(parts[1]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return "http://" + ln.Addr().String()
}

var lengthField = []byte("Content-Length: ")

func wholeRequest(b []byte) bool {
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok {
		return false
	}
	_, v, _ := bytes.Cut(head, lengthField)
	n := 0
	for len(v) > 0 && v[0] >= '0' && v[0] <= '9' {
		n, v = n*10+int(v[0]-'0'), v[1:]
	}
	return len(body) >= n
}

// exchange sends request and reads until the answer ends with end.
func exchange(t *testing.T, c net.Conn, buf, request, end []byte) {
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	n := 0
	for !bytes.HasSuffix(buf[:n], end) {
		if n > len(buf)/2 { // of a stream only the end counts
			n = copy(buf, buf[n-64:n])
		}
		k, err := c.Read(buf[n:])
		if err != nil {
			t.Fatalf("%v after %q", err, buf[:n])
		}
		n += k
	}
}

// TestAllocations: in the steady state a request and an event of a stream cost next to no garbage.
func TestAllocations(t *testing.T) {
	b := start(t, nil, strings.ReplaceAll(standard, "VENDOR", frugalVendor(t)))
	c, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 64<<10)
	request := func(body string) []byte {
		return []byte("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + bobKey +
			"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	}
	plain := request(`{"model":"gpt-5-mini","messages":[{"role":"user","content":"Hi."}],"max_tokens":10}`)
	stream := request(`{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"Hi."}],"max_tokens":10}`)
	// The least of several rounds: now and then a batch is written to the database meanwhile.
	count := func(times int, request, end []byte) float64 {
		least := math.Inf(1)
		for range 8 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range times {
				exchange(t, c, buf, request, end)
			}
			runtime.ReadMemStats(&after)
			least = min(least, float64(after.Mallocs-before.Mallocs)/float64(times))
		}
		return least
	}
	if n := count(500, plain, []byte(plainReply)); n > allocsPerRequest {
		t.Errorf("%.2f allocations per request, want at most %v", n, allocsPerRequest)
	}
	if n := count(2, stream, []byte("0\r\n\r\n")) / streamEvents; n > allocsPerEvent {
		t.Errorf("%.3f allocations per event, want at most %v", n, allocsPerEvent)
	}
}
