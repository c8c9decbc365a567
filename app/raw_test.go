package app_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// spoken is one path of each protocol with a request that works.
var spoken = []metered{
	{"chat", "/v1/chat/completions", "gpt-5-mini", `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`},
	{"completions", "/v1/completions", "gpt-5-mini", `{"model":"gpt-5-mini","prompt":"hi"}`},
	{"embeddings", "/v1/embeddings", "text-embedding-3-small", `{"model":"text-embedding-3-small","input":"hi"}`},
	{"responses", "/v1/responses", "gpt-5-mini", `{"model":"gpt-5-mini","input":"hi"}`},
	{"messages", "/v1/messages", "claude-sonnet-4-5", `{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`},
	{"generate", "/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
}

// raw writes bytes to a new connection and reads what comes back until the other side closes.
func (b *bed) raw(t *testing.T, request string) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // a server that refuses early need not take it all
	out, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%v after %q", err, out)
	}
	return out
}

// replies splits what came back on one connection into its replies.
func replies(t *testing.T, raw []byte) (out []answer) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(raw))
	for {
		if _, err := r.Peek(1); err == io.EOF {
			return out
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		if res.Close { // ReadResponse takes it out
			res.Header.Set("Connection", "close")
		}
		body, err := io.ReadAll(res.Body)
		out = append(out, answer{res.StatusCode, res.Header, body, err})
	}
}

// head is a request head without Content-Length, and without the empty line.
func head(path string, lines ...string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + aliceKey + "\r\n" + strings.Join(append(lines, ""), "\r\n")
}

// metrics are figures of /metrics without labels.
func (b *bed) metrics(t *testing.T, names ...string) []float64 {
	t.Helper()
	got := b.do(http.MethodGet, "/metrics", "", "")
	out := make([]float64, len(names))
	for i, name := range names {
		_, rest, ok := strings.Cut("\n"+string(got.body), "\nburncloud_"+name+" ")
		text, _, _ := strings.Cut(rest, "\n")
		v, err := strconv.ParseFloat(text, 64)
		if !ok || err != nil {
			t.Fatalf("no %s in /metrics: %d, %v: %s", name, got.status, err, got.body)
		}
		out[i] = v
	}
	return out
}
