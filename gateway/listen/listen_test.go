package listen

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

// start serves opt on a loopback socket until the test ends.
func start(t *testing.T, opt Options) (*Server, string) {
	t.Helper()
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Data == nil {
		opt.Data = func(path []byte) bool { return bytes.HasPrefix(path, []byte("/v1/")) }
	}
	s := New(opt)
	s.last = 200 * time.Millisecond
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = s.Shutdown(ctx)
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, ln.Addr().String()
}

// client is a raw connection to the server under test.
type client struct {
	*testing.T
	net.Conn
	br *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(8 * time.Second))
	return &client{t, nc, bufio.NewReader(nc)}
}

func (c *client) send(format string, args ...any) {
	c.Helper()
	if _, err := fmt.Fprintf(c.Conn, format, args...); err != nil {
		c.Fatalf("send: %v", err)
	}
}

// reply reads one reply and its body.
func (c *client) reply() (*http.Response, string) {
	c.Helper()
	r, err := http.ReadResponse(c.br, nil)
	if err != nil {
		c.Fatalf("no reply: %v", err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.Fatalf("reply body: %v after %q", err, b)
	}
	return r, string(b)
}

// want reads one reply and checks its status and that its body contains text.
func (c *client) want(status int, text string) *http.Response {
	c.Helper()
	r, b := c.reply()
	if r.StatusCode != status || !strings.Contains(b, text) {
		c.Fatalf("got %d %q, want %d with %q", r.StatusCode, b, status, text)
	}
	return r
}

// wantClosed checks that nothing more comes and the connection is closed.
func (c *client) wantClosed() {
	c.Helper()
	if b, err := io.ReadAll(c.br); err != nil || len(b) > 0 {
		c.Fatalf("more came, or no clean end: %q, %v", b, err)
	}
}

// echo replies with the method, path, query and body it got.
func echo(x *Exchange) {
	b, f := x.ReadBody()
	if f != nil {
		plainFault(x, f)
		return
	}
	_ = x.Reply(200, nil, fmt.Appendf(nil, "%s %s %s %s", x.Method(), x.Path(), x.Query(), b))
}

const post = "POST /v1/x?q HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s"

func TestRefused(t *testing.T) {
	var served atomic.Int32
	_, addr := start(t, Options{MaxHeader: 2048, Serve: func(x *Exchange) { served.Add(1); echo(x) }})
	tests := []struct {
		name, in string
		status   int
		text     string
	}{
		{"length and coding", "POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "exclude"},
		{"two lengths", "POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400, "Content-Length"},
		{"list of lengths", "POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 4,4\r\n\r\nabcd", 400, "Content-Length"},
		{"odd coding", "POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, "chunked"},
		{"bare LF", "POST /v1/x HTTP/1.1\nHost: h\n\n", 400, "LF"},
		{"bare LF in the middle", "GET /v1/x HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400, "LF"},
		{"folded line", "GET /v1/x HTTP/1.1\r\nHost: h\r\nX: y\r\n z\r\n\r\n", 400, "folded"},
		{"NUL", "GET /v1/x HTTP/1.1\r\nHost: h\r\nX: y\x00\r\n\r\n", 400, "control"},
		{"no Host", "GET /v1/x HTTP/1.1\r\n\r\n", 400, "Host"},
		{"blank before colon", "GET /v1/x HTTP/1.1\r\nHost : h\r\n\r\n", 400, "colon"},
		{"absolute target", "GET http://h/v1/x HTTP/1.1\r\nHost: h\r\n\r\n", 400, "path"},
		{"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "path"},
		{"bad version", "GET /v1/x HTTP/1.7\r\nHost: h\r\n\r\n", 400, "HTTP/1.1"},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/2"},
		{"TLS on the plain port", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 400, "https\x00"},
		{"garbage", "hello\r\n\r\n", 400, "request line"},
		{"large head", "GET /v1/x HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("y", 9000), 431, "larger"},
		{"large whole head", "GET /v1/x HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("y", 2048) + "\r\n\r\n", 431, "larger"},
		{"many fields", "GET /v1/x HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X:\r\n", 300), 431, "many"},
		{"chunk size", "POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n", 400, "chunked"},
		{"chunk bare LF", "POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n", 400, "chunked"},
		{"chunk end", "POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloGET /v1/y HTTP/1.1\r\n\r\n", 400, "chunked"},
		{"unknown expectation", "POST /v1/x HTTP/1.1\r\nHost: h\r\nExpect: nothing\r\nContent-Length: 1\r\n\r\nx", 400, "Expect"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, addr)
			// What stands behind a refused request must not be taken for another one.
			c.send("%s", tt.in+"GET /v1/smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
			_ = c.Conn.(*net.TCPConn).CloseWrite()
			text := tt.text
			if text == "https\x00" {
				text = "http://"
			}
			r := c.want(tt.status, text)
			if !r.Close {
				t.Error("no Connection: close")
			}
			c.wantClosed()
		})
	}
	if n := served.Load(); n != 3 { // the three with a good head and bad chunks
		t.Errorf("the handler was called %d times, want 3", n)
	}
}

// A refused head is told without waiting for more bytes, and a fault is written by the Fault function
// that knows the path.
func TestFaultKnowsThePath(t *testing.T) {
	_, addr := start(t, Options{Serve: echo, Fault: func(x *Exchange, f *burncloud.Fault) {
		_ = x.Reply(f.Status(), []byte("Content-Type: application/json\r\n"), fmt.Appendf(nil, "%s at %q", f.Kind, x.Path()))
	}})
	c := dial(t, addr)
	c.send("POST /v1/messages HTTP/1.1\r\nHost : h\r\n")
	c.want(400, `invalid_request at "/v1/messages"`)
	c.wantClosed()
	c = dial(t, addr)
	c.send("POST\r\n")
	c.want(400, `invalid_request at ""`)
}

func TestPipelining(t *testing.T) {
	_, addr := start(t, Options{Serve: echo})
	in := fmt.Sprintf(post, 5, "hello") + fmt.Sprintf(post, 0, "") +
		"POST /v1/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" +
		"\r\nGET /v1/g HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	check := func(c *client) {
		t.Helper()
		c.want(200, "POST /v1/x q hello")
		c.want(200, "POST /v1/x q ")
		c.want(200, "POST /v1/c  abcde")
		if r := c.want(200, "GET /v1/g  "); !r.Close {
			t.Error("no Connection: close")
		}
		c.wantClosed()
	}
	t.Run("one packet", func(t *testing.T) {
		c := dial(t, addr)
		c.send("%s", in)
		check(c)
	})
	t.Run("one write per byte", func(t *testing.T) {
		c := dial(t, addr)
		go func() {
			for i := range len(in) {
				if _, err := c.Write([]byte{in[i]}); err != nil {
					return
				}
			}
		}()
		check(c)
	})
	t.Run("more than the buffer holds", func(t *testing.T) {
		c := dial(t, addr)
		go func() {
			_, _ = io.WriteString(c, strings.Repeat(fmt.Sprintf(post, 1000, strings.Repeat("z", 1000)), 50))
		}()
		for range 50 {
			c.want(200, "zzz")
		}
	})
}

func TestHTTP10(t *testing.T) {
	_, addr := start(t, Options{Serve: echo})
	c := dial(t, addr)
	c.send("POST /v1/a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi")
	if r := c.want(200, "POST /v1/a  hi"); r.Header.Get("Connection") != "keep-alive" {
		t.Errorf("Connection: %q", r.Header.Get("Connection"))
	}
	c.send("GET /v1/b HTTP/1.0\r\n\r\n")
	c.want(200, "GET /v1/b")
	c.wantClosed()
}

func TestKeepAliveAfterErrors(t *testing.T) {
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		if x.Header("Authorization") == nil {
			plainFault(x, burncloud.Faultf(burncloud.Unauthenticated, "no key")) // the body is not read
			return
		}
		echo(x)
	}})
	t.Run("small bodies are drained", func(t *testing.T) {
		c := dial(t, addr)
		for _, body := range []string{"", "small", strings.Repeat("m", 50_000)} {
			c.send(post, len(body), body)
			if r := c.want(401, "no key"); r.Close {
				t.Fatalf("closed after %d bytes", len(body))
			}
		}
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
		c.want(401, "no key")
		c.send("GET /v1/ok HTTP/1.1\r\nHost: h\r\nAuthorization: k\r\n\r\n")
		c.want(200, "/v1/ok")
	})
	t.Run("a large body closes, and the reply still arrives", func(t *testing.T) {
		c := dial(t, addr)
		body := strings.Repeat("m", 8<<20)
		c.send(post, len(body), body) // all of it is sent before anything is read
		if r := c.want(401, "no key"); !r.Close {
			t.Error("no Connection: close")
		}
		c.wantClosed()
	})
	t.Run("an expected continue that was never sent", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		if r := c.want(401, "no key"); !r.Close {
			t.Error("no Connection: close")
		}
	})
	t.Run("a chunked body that never ends", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.want(401, "no key")
		go func() {
			for {
				if _, err := io.WriteString(c, "1000\r\n"+strings.Repeat("c", 4096)+"\r\n"); err != nil {
					return
				}
			}
		}()
		if _, err := c.br.ReadByte(); err == nil {
			t.Error("the connection went on")
		}
	})
}

func TestConnectionCap(t *testing.T) {
	s, addr := start(t, Options{Serve: echo, MaxConns: 2})
	a, b := dial(t, addr), dial(t, addr)
	for _, c := range []*client{a, b} {
		c.send(post, 1, "x")
		c.want(200, "x")
	}
	c := dial(t, addr)
	c.send(post, 1, "x")
	if r := c.want(503, "too many"); !r.Close || r.Header.Get("Retry-After") == "" {
		t.Errorf("header %v", r.Header)
	}
	if st := s.Stats(); st.Connections != 2 || st.Refused != 1 {
		t.Errorf("Stats %+v", st)
	}
	_ = a.Close()
	waitFor(t, func() bool { return s.Stats().Connections == 1 })
	c = dial(t, addr)
	c.send(post, 1, "x")
	c.want(200, "x")
}

// waitFor polls for what another goroutine is about to do.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("did not happen in 5 s")
		}
		<-time.After(time.Millisecond)
	}
}

func TestSlowSenders(t *testing.T) {
	_, addr := start(t, Options{Serve: echo, HeaderTimeout: 60 * time.Millisecond, BodyTimeout: 60 * time.Millisecond, IdleTimeout: 80 * time.Millisecond})
	trickle := func(c *client, b string) {
		for i := 0; ; i++ {
			if _, err := c.Write([]byte{b[i%len(b)]}); err != nil {
				return
			}
			<-time.After(5 * time.Millisecond)
		}
	}
	t.Run("silent connection", func(t *testing.T) {
		dial(t, addr).wantClosed()
	})
	t.Run("silent after a request", func(t *testing.T) {
		c := dial(t, addr)
		c.send(post, 1, "x")
		c.want(200, "x")
		c.wantClosed()
	})
	t.Run("head that stops", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost:")
		c.want(408, "header")
	})
	t.Run("head byte by byte", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nX: ")
		go trickle(c, "x")
		c.want(408, "header")
	})
	t.Run("body that stops", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc")
		c.want(408, "slowly")
	})
	t.Run("body byte by byte", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
		go trickle(c, "x")
		c.want(408, "slowly")
	})
	t.Run("chunks byte by byte", func(t *testing.T) {
		c := dial(t, addr)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
		go trickle(c, "1\r\nx\r\n")
		c.want(408, "slowly")
	})
	t.Run("a slow body that makes progress is served", func(t *testing.T) {
		c := dial(t, addr)
		body := strings.Repeat("p", 6*minProgress)
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", len(body))
		for at := 0; at < len(body); at += minProgress {
			<-time.After(25 * time.Millisecond) // in all more than one BodyTimeout
			c.send("%s", body[at:at+minProgress])
		}
		c.want(200, body)
	})
}

func TestSeveralListeners(t *testing.T) {
	s, addr := start(t, Options{Serve: echo})
	ln, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	nc, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	c := &client{t, nc, bufio.NewReader(nc)}
	c.send(post, 2, "hi")
	c.want(200, "hi")
	c = dial(t, addr)
	c.send(post, 2, "ho")
	c.want(200, "ho")
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	if err := s.Serve(ln); !errors.Is(err, ErrClosed) {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}
