package listen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Whatever bytes a connection brings, in whatever pieces: the handler sees only requests that net/http
// would have found in the same places, and the connection ends.
func FuzzConnection(f *testing.F) {
	f.Add([]byte("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /v1/y HTTP/1.1\r\nHost: h\r\n\r\n"), 9)
	f.Add([]byte("POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /v1/y HTTP/1.0\r\n\r\n"), 1)
	f.Add([]byte("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 40)
	f.Add([]byte("POST /v1/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc\r\nGET /v1/z HTTP/1.1\r\nHost: h\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		step = 1 + int(uint(step)%512)
		var served []string
		s := New(Options{MaxHeader: 2048, MaxBody: 4096, HeaderTimeout: 2 * time.Second, BodyTimeout: 2 * time.Second,
			Logger: slog.New(slog.DiscardHandler), Serve: func(x *Exchange) {
				b, f := x.ReadBody()
				if f != nil {
					plainFault(x, f)
					return
				}
				if x.Header("Content-Encoding") == nil {
					served = append(served, fmt.Sprintf("%s %s %q", x.Method(), x.Path(), b))
				}
				_ = x.Reply(200, nil, nil)
			}})
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			for at := 0; at < len(in); at += step {
				if _, err := there.Write(in[at:min(len(in), at+step)]); err != nil {
					return
				}
			}
		}()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		newConn(s, here).serve()
		if s.bodies.Load() != 0 {
			t.Fatalf("%d bytes of bodies are still charged", s.bodies.Load())
		}
		compare(t, in, served)
	})
}

// The same with a control plane: however data and control requests alternate and are cut, each is found
// where net/http would find it, and served by its own plane.
func FuzzHandOff(f *testing.F) {
	f.Add([]byte("GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: h\r\n\r\n"), 9)
	f.Add([]byte("PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /v1/y HTTP/1.1\r\nHost: h\r\n\r\n"), 1)
	f.Add([]byte("GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 500)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		step = 1 + int(uint(step)%512)
		var mu sync.Mutex
		var served []string
		note := func(method, path string, body []byte) {
			mu.Lock()
			defer mu.Unlock()
			served = append(served, fmt.Sprintf("%s %s %q", method, path, body))
		}
		s := New(Options{MaxHeader: 2048, HeaderTimeout: 2 * time.Second, BodyTimeout: 2 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Data: func(path []byte) bool { return bytes.HasPrefix(path, []byte("/v1/")) },
			Control: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				path, _, _ := strings.Cut(r.RequestURI, "?")
				if strings.HasPrefix(path, "/v1/") {
					t.Errorf("control got %q", path)
				}
				if b, err := io.ReadAll(r.Body); err == nil {
					note(r.Method, path, b)
				}
			}),
			Serve: func(x *Exchange) {
				if !bytes.HasPrefix(x.Path(), []byte("/v1/")) {
					t.Errorf("data got %q", x.Path())
				}
				b, f := x.ReadBody()
				if f != nil {
					plainFault(x, f)
					return
				}
				note(string(x.Method()), string(x.Path()), b)
				_ = x.Reply(200, nil, nil)
			}})
		s.control.start()
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			for at := 0; at < len(in); at += step {
				if _, err := there.Write(in[at:min(len(in), at+step)]); err != nil {
					return
				}
			}
		}()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		closed := make(chan struct{})
		newConn(s, &closeNoted{Conn: here, closed: closed}).serve()
		<-closed
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(in), []byte("content-encoding")) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		compare(t, in, served)
	})
}

type closeNoted struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *closeNoted) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// compare reads in with net/http, for as long as it can.
func compare(t *testing.T, in []byte, served []string) {
	t.Helper()
	br := bufio.NewReader(bytes.NewReader(in))
	for _, got := range served {
		for next, _ := br.Peek(2); string(next) == "\r\n"; next, _ = br.Peek(2) {
			_, _ = br.Discard(2)
		}
		r, err := http.ReadRequest(br)
		if err != nil {
			return // net/http does not like the URL, or a header it knows
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("served %s, but net/http finds no whole body: %v", got, err)
		}
		path, _, _ := bytes.Cut([]byte(r.RequestURI), []byte("?"))
		if r.Header.Get("Content-Encoding") != "" {
			return
		}
		if want := fmt.Sprintf("%s %s %q", r.Method, path, b); got != want {
			t.Fatalf("served %s, net/http reads %s", got, want)
		}
	}
}
