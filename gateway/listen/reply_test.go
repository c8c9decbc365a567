package listen

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

// by serves each path by its own function.
func by(handlers map[string]func(x *Exchange)) func(x *Exchange) {
	return func(x *Exchange) { handlers[string(x.Path())](x) }
}

func TestReplies(t *testing.T) {
	large := strings.Repeat("0123456789", 100_000)
	_, addr := start(t, Options{Serve: by(map[string]func(*Exchange){
		"/v1/plain":  func(x *Exchange) { _ = x.Reply(200, []byte("A: b\r\nC: d\r\n"), []byte("plain")) },
		"/v1/large":  func(x *Exchange) { _ = x.Reply(200, nil, []byte(large)) },
		"/v1/odd":    func(x *Exchange) { _ = x.Reply(529, nil, []byte("odd")) },
		"/v1/empty":  func(x *Exchange) { _ = x.Reply(200, nil, nil) },
		"/v1/204":    func(x *Exchange) { _ = x.Reply(204, nil, nil) },
		"/v1/304":    func(x *Exchange) { _ = x.Reply(304, nil, []byte("not sent")) },
		"/v1/length": func(x *Exchange) { x.Begin(200, nil, 6); _ = x.Write([]byte("abc")); _ = x.Finish([]byte("def")) },
		"/v1/stream": func(x *Exchange) {
			x.Begin(200, []byte("Content-Type: text/event-stream\r\n"), -1)
			_ = x.Write(nil) // the head alone
			_ = x.Write([]byte("one"))
			_ = x.Write(nil)
			_ = x.Write([]byte(large))
			_ = x.End()
		},
		"/v1/finish":  func(x *Exchange) { x.Begin(200, nil, -1); _ = x.Finish([]byte("at once")) },
		"/v1/nothing": func(x *Exchange) { x.Begin(200, nil, -1); _ = x.End() },
		"/v1/head": func(x *Exchange) {
			x.Begin(200, []byte("X: "+strings.Repeat("y", 9000)+"\r\n"), -1)
			_ = x.Finish([]byte("z"))
		},
	})})
	tests := []struct {
		path   string
		status int
		body   string
	}{
		{"plain", 200, "plain"}, {"large", 200, large}, {"odd", 529, "odd"}, {"empty", 200, ""}, {"204", 204, ""},
		{"304", 304, ""}, {"length", 200, "abcdef"}, {"stream", 200, "one" + large}, {"finish", 200, "at once"},
		{"nothing", 200, ""}, {"head", 200, "z"},
	}
	c := dial(t, addr) // one connection for all: each end is found
	for _, tt := range tests {
		c.send("GET /v1/%s HTTP/1.1\r\nHost: h\r\n\r\n", tt.path)
		r, body := c.reply()
		if r.StatusCode != tt.status || body != tt.body || r.Close {
			t.Errorf("%s: %d, %d bytes, close %v", tt.path, r.StatusCode, len(body), r.Close)
		}
		if _, err := http.ParseTime(r.Header.Get("Date")); err != nil {
			t.Errorf("%s: Date %q", tt.path, r.Header.Get("Date"))
		}
		if r.Header.Get("Content-Length") != "" && tt.status == 204 {
			t.Errorf("%s: 204 with Content-Length", tt.path)
		}
	}
	t.Run("HEAD", func(t *testing.T) {
		c := dial(t, addr)
		for _, path := range []string{"large", "stream", "length", "plain"} {
			c.send("HEAD /v1/%s HTTP/1.1\r\nHost: h\r\n\r\n", path)
			r, err := http.ReadResponse(c.br, &http.Request{Method: "HEAD"})
			if err != nil || r.StatusCode != 200 {
				t.Fatalf("%s: %v", path, err)
			}
			if path == "large" && r.ContentLength != int64(len(large)) {
				t.Errorf("Content-Length %d", r.ContentLength)
			}
		}
	})
	t.Run("HTTP/1.0", func(t *testing.T) {
		c := dial(t, addr)
		c.send("GET /v1/stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
		r, body := c.reply()
		if len(r.TransferEncoding) > 0 || !r.Close || body != "one"+large {
			t.Errorf("coding %v, close %v, %d bytes", r.TransferEncoding, r.Close, len(body))
		}
		c.wantClosed()
	})
}

// The head and the first event are one write, and every event is seen before the next is made.
func TestStreamIsLive(t *testing.T) {
	next := make(chan struct{})
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		x.Begin(200, nil, -1)
		for i := range 3 {
			<-next
			if err := x.Write(fmt.Appendf(nil, "data: %d\n\n", i)); err != nil {
				t.Error(err)
			}
		}
		_ = x.End()
	}})
	c := dial(t, addr)
	c.send("GET /v1/s HTTP/1.1\r\nHost: h\r\n\r\n")
	next <- struct{}{}
	r, err := http.ReadResponse(c.br, nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	for i := range 3 {
		n, err := io.ReadAtLeast(r.Body, buf, 9)
		if err != nil || string(buf[:n]) != fmt.Sprintf("data: %d\n\n", i) {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		if i < 2 {
			next <- struct{}{}
		}
	}
}

// A client can tell a reply that was cut from a whole one, whatever its framing.
func TestCutReplies(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	_, addr := start(t, Options{
		Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil)),
		Serve: by(map[string]func(*Exchange){
			"/v1/abort":   func(x *Exchange) { x.Begin(200, nil, -1); _ = x.Write([]byte("abc")); x.Abort() },
			"/v1/short":   func(x *Exchange) { x.Begin(200, nil, 10); _ = x.Write([]byte("abc")) },
			"/v1/end":     func(x *Exchange) { x.Begin(200, nil, 10); _ = x.Write([]byte("abc")); _ = x.End() },
			"/v1/long":    func(x *Exchange) { x.Begin(200, nil, 3); _ = x.Write([]byte("ab")); _ = x.Write([]byte("cde")) },
			"/v1/forgot":  func(x *Exchange) { x.Begin(200, nil, -1); _ = x.Write([]byte("abc")) },
			"/v1/unsent":  func(x *Exchange) { x.Begin(200, nil, -1) },
			"/v1/panic":   func(x *Exchange) { x.Begin(200, nil, -1); _ = x.Write([]byte("abc")); panic("in the middle") },
			"/v1/nothing": func(x *Exchange) {},
			"/v1/early":   func(x *Exchange) { panic("before the reply") },
			"/v1/twice":   func(x *Exchange) { x.Begin(200, nil, 1); x.Begin(200, nil, 1) },
			"/v1/ok":      func(x *Exchange) { _ = x.Reply(200, nil, nil); _ = x.Reply(500, nil, []byte("again")) },
		})})
	for _, path := range []string{"abort", "short", "end", "long", "forgot", "unsent", "panic", "twice"} {
		for _, version := range []string{"1.1", "1.0"} {
			c := dial(t, addr)
			c.send("GET /v1/%s HTTP/%s\r\nHost: h\r\nAuthorization: Bearer secret\r\n\r\n", path, version)
			r, err := http.ReadResponse(c.br, nil)
			if err == nil {
				_, err = io.ReadAll(r.Body)
			}
			if err == nil {
				t.Errorf("%s, HTTP/%s: looks whole", path, version)
			}
		}
	}
	for _, path := range []string{"nothing", "early"} {
		c := dial(t, addr)
		c.send("GET /v1/%s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\n\r\n", path)
		c.want(500, "internal error")
	}
	c := dial(t, addr) // the server has survived it all
	c.send("GET /v1/ok HTTP/1.1\r\nHost: h\r\n\r\nGET /v1/ok HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, "")
	c.want(200, "")
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(log.String(), "in the middle") || !strings.Contains(log.String(), "before the reply") {
		t.Error("a panic was not logged")
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("a header value was logged")
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// A Fault function that itself panics costs its connection alone.
func TestFaultFunctionPanics(t *testing.T) {
	_, addr := start(t, Options{Serve: echo, Fault: func(*Exchange, *burncloud.Fault) { panic("fault") }})
	c := dial(t, addr)
	c.send("GET /v1/x HTTP/1.1\r\n\r\n")
	c.wantClosed()
	c = dial(t, addr)
	c.send(post, 1, "x")
	c.want(200, "x")
}

// A client that stops reading is given up after WriteTimeout, the write before that is not.
func TestSlowReader(t *testing.T) {
	failed := make(chan error, 1)
	_, addr := start(t, Options{WriteTimeout: 80 * time.Millisecond, Serve: func(x *Exchange) {
		x.Begin(200, nil, -1)
		piece := make([]byte, 256<<10)
		for {
			if err := x.Write(piece); err != nil {
				failed <- err
				failed <- x.Write(piece)
				return
			}
		}
	}})
	c := dial(t, addr)
	c.send("GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
	for range 2 {
		if f := burncloud.AsFault(<-failed); f.Kind != burncloud.Canceled {
			t.Errorf("%v", f)
		}
	}
}

// A stream may last much longer than WriteTimeout, which is for one write.
func TestStreamOutlivesWriteTimeout(t *testing.T) {
	_, addr := start(t, Options{WriteTimeout: 20 * time.Millisecond, HeaderTimeout: 20 * time.Millisecond, Serve: func(x *Exchange) {
		x.Begin(200, nil, -1)
		for range 10 {
			<-time.After(10 * time.Millisecond)
			if err := x.Write([]byte("x")); err != nil {
				t.Error(err)
			}
		}
		_ = x.End()
	}})
	c := dial(t, addr)
	c.send("GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, "xxxxxxxxxx")
}
