package listen

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // the websocket handshake asks for it
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func controlHandler(t *testing.T, gone chan<- struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "control %s %s %s", r.Method, r.RequestURI, b)
	})
	mux.HandleFunc("/api/addr", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	mux.HandleFunc("/api/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	mux.HandleFunc("/api/ws", func(w http.ResponseWriter, r *http.Request) {
		nc, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = nc.Close() }()
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		_, _ = fmt.Fprintf(nc, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			base64.StdEncoding.EncodeToString(sum[:]))
		for { // echo masked text frames of up to 125 bytes
			var head [6]byte
			if _, err := io.ReadFull(rw, head[:]); err != nil {
				return
			}
			data := make([]byte, head[1]&0x7f)
			if _, err := io.ReadFull(rw, data); err != nil {
				return
			}
			for i := range data {
				data[i] ^= head[2+i%4]
			}
			_, _ = nc.Write(append([]byte{head[0], byte(len(data))}, data...))
		}
	})
	return mux
}

func TestHandOffAndBack(t *testing.T) {
	s, addr := start(t, Options{Serve: echo, Control: controlHandler(t, nil)})
	t.Run("alternating", func(t *testing.T) {
		c := dial(t, addr)
		for i := range 20 {
			c.send("POST /api/%d?a=%%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", i)
			c.want(200, fmt.Sprintf("control POST /api/%d?a=%%20 body", i))
			c.send(post, 5, "hello")
			c.want(200, "POST /v1/x q hello")
		}
		if st := s.Stats(); st.Connections != 1 {
			t.Errorf("Stats %+v", st)
		}
	})
	control := "POST /api/a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
	chunked := "PUT /api/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
	data := fmt.Sprintf(post, 5, "hello")
	encoded := "POST /v1/y HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	t.Run("pipelined", func(t *testing.T) {
		c := dial(t, addr)
		c.send("%s", control+data+chunked+encoded+data+control+control+data)
		c.want(200, "control POST /api/a body")
		c.want(200, "POST /v1/x q hello")
		c.want(200, "control PUT /api/b body")
		c.want(200, "POST /v1/y  abc")
		c.want(200, "POST /v1/x q hello")
		c.want(200, "control POST /api/a body")
		c.want(200, "control POST /api/a body")
		c.want(200, "POST /v1/x q hello")
	})
	t.Run("pipelined beyond one buffer", func(t *testing.T) {
		c := dial(t, addr)
		body := strings.Repeat("x", 3000)
		in := strings.Repeat(control+fmt.Sprintf(post, len(body), body), 30)
		go func() { _, _ = io.WriteString(c, in) }()
		for range 30 {
			c.want(200, "control POST")
			c.want(200, body)
		}
	})
	t.Run("byte by byte", func(t *testing.T) {
		c := dial(t, addr)
		in := control + data + chunked + data
		go func() {
			for i := range len(in) {
				if _, err := c.Write([]byte{in[i]}); err != nil {
					return
				}
			}
		}()
		c.want(200, "control POST /api/a body")
		c.want(200, "POST /v1/x q hello")
		c.want(200, "control PUT /api/b body")
		c.want(200, "POST /v1/x q hello")
	})
	t.Run("a control body that looks like a data request", func(t *testing.T) {
		c := dial(t, addr)
		inner := "POST /v1/x?q HTTP/1.1\r\nHost: evil\r\nContent-Length: 5\r\n\r\nevil!"
		c.send("POST /api/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner)
		c.want(200, "evil!")
		c.send("%s", data)
		c.want(200, "POST /v1/x q hello")
	})
	t.Run("large control upload before", func(t *testing.T) {
		c := dial(t, addr)
		body := strings.Repeat("u", 500_000)
		go func() {
			_, _ = fmt.Fprintf(c, "POST /api/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s%s", len(body), body, data)
		}()
		c.want(200, body)
		c.want(200, "POST /v1/x q hello")
	})
	t.Run("an expected continue after control", func(t *testing.T) {
		c := dial(t, addr)
		c.send("%s", control)
		c.want(200, "control")
		c.send("POST /v1/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		if line, err := c.br.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
			t.Fatalf("%q, %v", line, err)
		}
		_, _ = c.br.ReadString('\n')
		c.send("hello")
		c.want(200, "hello")
	})
	t.Run("RemoteAddr", func(t *testing.T) {
		c := dial(t, addr)
		c.send("GET /api/addr HTTP/1.1\r\nHost: h\r\n\r\n")
		c.want(200, c.LocalAddr().String())
	})
	waitFor(t, func() bool { return s.Stats().Connections <= 8 })
}

// What the data plane refuses, it refuses too on a connection that comes back from net/http, which
// itself would take some of it.
func TestRefusedAfterControl(t *testing.T) {
	_, addr := start(t, Options{Serve: echo, Control: controlHandler(t, nil)})
	for _, in := range []string{
		"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
		"POST /v1/x HTTP/1.1\nHost: h\n\n",
		"POST /v1/x HTTP/1.1\r\nHost: h\nA: b\r\n\r\n",
		"POST /v1/x HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
	} {
		for _, together := range []bool{false, true} {
			c := dial(t, addr)
			first := "GET /api/a HTTP/1.1\r\nHost: h\r\n\r\n"
			if together {
				c.send("%s", first+in)
				c.want(200, "control")
			} else {
				c.send("%s", first)
				c.want(200, "control")
				c.send("%s", in)
			}
			c.want(400, "")
			c.wantClosed()
		}
	}
}

func TestWebsocketThroughControl(t *testing.T) {
	_, addr := start(t, Options{Serve: echo, Control: controlHandler(t, nil)})
	c := dial(t, addr)
	c.send(post, 2, "hi") // the connection was the data plane's before
	c.want(200, "hi")
	c.send("GET /api/ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r, err := http.ReadResponse(c.br, nil)
	if err != nil || r.StatusCode != 101 || r.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%v, %v", r, err)
	}
	for _, text := range []string{"one", "two", strings.Repeat("z", 125)} {
		frame := []byte{0x81, 0x80 | byte(len(text)), 1, 2, 3, 4}
		for i := range len(text) {
			frame = append(frame, text[i]^frame[2+i%4])
		}
		_, _ = c.Write(frame)
		got := make([]byte, 2+len(text))
		if _, err := io.ReadFull(c.br, got); err != nil || string(got[2:]) != text {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// Events through the control plane are live, and its handler sees the client leave.
func TestEventsThroughControl(t *testing.T) {
	gone := make(chan struct{}, 1)
	_, addr := start(t, Options{Serve: echo, Control: controlHandler(t, gone)})
	c := dial(t, addr)
	c.send("GET /api/events HTTP/1.1\r\nHost: h\r\n\r\n")
	r, err := http.ReadResponse(c.br, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(r.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) || !lines.Scan() {
			t.Fatalf("%q", lines.Text())
		}
	}
	_ = c.Close()
	select {
	case <-gone:
	case <-time.After(2 * time.Second):
		t.Error("the handler did not see the client leave")
	}
}

func TestWithoutControl(t *testing.T) {
	_, addr := start(t, Options{Serve: echo})
	c := dial(t, addr)
	c.send("GET /api/x HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(404, "no such path")
	c.wantClosed()
}
