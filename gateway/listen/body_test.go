package listen

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/burncloud/burncloud"
)

func gzipped(b string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, b)
	_ = w.Close()
	return out.String()
}

func brotlied(b string) string {
	var out bytes.Buffer
	w := brotli.NewWriter(&out)
	_, _ = io.WriteString(w, b)
	_ = w.Close()
	return out.String()
}

func zstded(b string) string {
	var out bytes.Buffer
	w, _ := zstd.NewWriter(&out)
	_, _ = io.WriteString(w, b)
	_ = w.Close()
	return out.String()
}

// chunkedIn frames b in chunks of n bytes.
func chunkedIn(b string, n int) string {
	var out strings.Builder
	for len(b) > 0 {
		k := min(n, len(b))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", k, b[:k])
		b = b[k:]
	}
	return out.String() + "0\r\n\r\n"
}

func random(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// Every size, framing and coding arrives whole, and the next request is found behind it.
func TestBodies(t *testing.T) {
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		b, f := x.ReadBody()
		if f != nil {
			plainFault(x, f)
			return
		}
		again, f := x.ReadBody()
		if f != nil || len(again) != len(b) {
			t.Errorf("second ReadBody: %d bytes, %v", len(again), f)
		}
		_ = x.Reply(200, nil, b)
	}})
	codings := map[string]func(string) string{"": func(b string) string { return b }, "gzip": gzipped, "BR": brotlied, "zstd": zstded, "x-gzip": gzipped, "identity": func(b string) string { return b }}
	for _, size := range []int{0, 1, 100, 3000, 4000, 4096, 5000, 16 << 10, 100_000, 1 << 20} {
		body := random(size)
		for coding, encode := range codings {
			encoded := encode(body)
			header := "POST /v1/b HTTP/1.1\r\nHost: h\r\n"
			if coding != "" {
				header += "Content-Encoding: " + coding + "\r\n"
			}
			c := dial(t, addr)
			in := header + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(encoded), encoded)
			for _, chunk := range []int{7, 1000, 20_000, 1 << 20} {
				if size > 50_000 && chunk < 1000 {
					continue
				}
				in += header + "Transfer-Encoding: chunked\r\n\r\n" + chunkedIn(encoded, chunk)
			}
			go func() { _, _ = io.WriteString(c, in+"GET /v1/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") }()
			for n := 0; ; n++ {
				r, got := c.reply()
				if r.StatusCode != 200 {
					t.Fatalf("size %d, coding %q, request %d: %d %.80q", size, coding, n, r.StatusCode, got)
				}
				if r.Close {
					break
				}
				if got != body {
					t.Fatalf("size %d, coding %q, request %d: %d other bytes", size, coding, n, len(got))
				}
			}
		}
	}
}

func TestBodyRefused(t *testing.T) {
	s, addr := start(t, Options{Serve: echo, MaxBody: 50_000})
	zip := gzipped(random(1000))
	tests := []struct {
		name, header, body string
		status             int
	}{
		{"declared too large", "Content-Length: 50001\r\n", "", 413},
		{"chunks too large", "Transfer-Encoding: chunked\r\n", chunkedIn(strings.Repeat("a", 50_001), 999), 413},
		{"gzip bomb", "Content-Encoding: gzip\r\nContent-Length: %d\r\n", gzipped(strings.Repeat("a", 10<<20)), 413},
		{"br bomb", "Content-Encoding: br\r\nContent-Length: %d\r\n", brotlied(strings.Repeat("a", 10<<20)), 413},
		{"zstd bomb", "Content-Encoding: zstd\r\nContent-Length: %d\r\n", zstded(strings.Repeat("a", 10<<20)), 413},
		{"chunked bomb", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunkedIn(gzipped(strings.Repeat("a", 10<<20)), 100), 413},
		{"encoded form too large", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunkedIn(strings.Repeat(gzipped(""), 10_000), 5000), 413},
		{"unknown coding", "Content-Encoding: deflate\r\nContent-Length: 3\r\n", "abc", 415},
		{"two codings", "Content-Encoding: gzip, br\r\nContent-Length: 3\r\n", "abc", 415},
		{"not gzip", "Content-Encoding: gzip\r\nContent-Length: %d\r\n", "this is not gzip at all, is it", 400},
		{"not br", "Content-Encoding: br\r\nContent-Length: %d\r\n", strings.Repeat("\xff\xfe", 100), 400},
		{"not zstd", "Content-Encoding: zstd\r\nContent-Length: %d\r\n", "this is not zstd at all, is it", 400},
		{"cut gzip", "Content-Encoding: gzip\r\nContent-Length: %d\r\n", zip[:len(zip)-9], 400},
		{"garbage behind gzip", "Content-Encoding: gzip\r\nContent-Length: %d\r\n", zip + "garbage", 400},
		{"garbage behind br", "Content-Encoding: br\r\nContent-Length: %d\r\n", brotlied("abc") + "garbage", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, addr)
			if strings.Contains(tt.header, "%d") {
				tt.header = fmt.Sprintf(tt.header, len(tt.body))
			}
			go func() {
				_, _ = io.WriteString(c, "POST /v1/b HTTP/1.1\r\nHost: h\r\n"+tt.header+"\r\n"+tt.body)
			}()
			c.want(tt.status, "")
		})
	}
	waitFor(t, func() bool { return s.Stats().BodyBytes == 0 })
}

// A client that goes away while it sends is Canceled, not Invalid.
func TestBodyCut(t *testing.T) {
	kinds := make(chan burncloud.Kind, 1)
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		_, f := x.ReadBody()
		kinds <- f.Kind
	}})
	for _, in := range []string{
		"Content-Length: 10\r\n\r\nabc", "Content-Length: 100000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
		"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n" + gzipped("abc")[:9],
	} {
		c := dial(t, addr)
		c.send("POST /v1/b HTTP/1.1\r\nHost: h\r\n%s", in)
		_ = c.Close()
		if kind := <-kinds; kind != burncloud.Canceled {
			t.Errorf("%q: %s", in, kind)
		}
	}
}

func TestContinue(t *testing.T) {
	_, addr := start(t, Options{Serve: echo})
	c := dial(t, addr)
	for range 2 {
		c.send("POST /v1/b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		line, err := c.br.ReadString('\n')
		if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if line, _ = c.br.ReadString('\n'); line != "\r\n" {
			t.Fatalf("%q", line)
		}
		c.send("hello")
		c.want(200, "hello")
	}
	c.send("POST /v1/b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
	c.want(200, "hello") // the body was there already: no 100
}

// Bodies in memory share a budget: one over it is refused, and what is released can be used again.
func TestBodyBudget(t *testing.T) {
	hold, held := make(chan struct{}), make(chan struct{})
	s, addr := start(t, Options{BodyBudget: 300_000, Serve: func(x *Exchange) {
		b, f := x.ReadBody()
		if f != nil {
			plainFault(x, f)
			return
		}
		held <- struct{}{}
		<-hold
		_ = x.Reply(200, nil, fmt.Appendf(nil, "%d", len(b)))
	}})
	var clients []*client
	for range 2 {
		c := dial(t, addr)
		c.send(post, 100_000, strings.Repeat("a", 100_000))
		<-held
		clients = append(clients, c)
	}
	if got := s.Stats(); got.BodyBytes < 200_000 || got.Exchanges != 2 {
		t.Errorf("Stats %+v", got)
	}
	for _, in := range []string{
		fmt.Sprintf(post, 100_000, strings.Repeat("a", 100_000)),
		"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunkedIn(strings.Repeat("a", 100_000), 5000),
	} {
		c := dial(t, addr)
		c.send("%s", in)
		c.want(503, "too many large requests")
	}
	small := dial(t, addr) // what fits into the connection's own buffer is not charged
	small.send(post, 5, "small")
	<-held
	close(hold)
	small.want(200, "5")
	for _, c := range clients {
		c.want(200, "100000")
	}
	waitFor(t, func() bool { return s.Stats().BodyBytes == 0 })
	c := dial(t, addr)
	c.send(post, 100_000, strings.Repeat("a", 100_000))
	<-held
	c.want(200, "100000")
}

// net/http's own client, many at once, in every way it can send a body.
func TestNetHTTPClients(t *testing.T) {
	_, addr := start(t, Options{Serve: echo})
	var wg sync.WaitGroup
	hc := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}
	defer hc.CloseIdleConnections()
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 30 {
				body := strings.Repeat(string(rune('a'+i)), j*j*37)
				var from io.Reader = strings.NewReader(body)
				if j%2 == 0 {
					from = io.MultiReader(from) // hides the length: chunked
				}
				r, err := hc.Post("http://"+addr+"/v1/n", "text/plain", from)
				if err != nil {
					t.Error(err)
					return
				}
				got, _ := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if string(got) != "POST /v1/n  "+body {
					t.Errorf("client %d, request %d: %d bytes", i, j, len(got))
				}
			}
		}()
	}
	wg.Wait()
}
