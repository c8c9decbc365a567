package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud/internal/testkit"
)

// request is m as bytes, with more header lines.
func (m metered) request(key string, lines ...string) string {
	return "POST " + m.path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n" +
		strings.Join(append(lines, ""), "\r\n") + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(m.body)) + m.body
}

// counted is what the fake vendor's answers to equal requests differ in.
var counted = regexp.MustCompile(`fake[0-9]+|"created(_at)?":[0-9]+`)

// An HTTP/1.0 client gets what it can read: no chunks, and the end of the connection as the end.
func TestHTTP10(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range meteredCalls {
		old := strings.Replace(m.request(aliceKey), "HTTP/1.1\r\nHost: x", "HTTP/1.0", 1)
		out := string(b.raw(t, old))
		reply, body, _ := strings.Cut(out, "\r\n\r\n")
		if !strings.Contains(reply, " 200 ") || strings.Contains(reply, "Transfer-Encoding") {
			t.Errorf("%s: %s", m.name, reply)
		}
		if want := string(b.post(m.path, aliceKey, m.body).body); counted.ReplaceAllString(body, "N") != counted.ReplaceAllString(want, "N") {
			t.Errorf("%s: got\n%s\nover HTTP/1.1\n%s", m.name, body, want)
		}
	}
	kept := strings.Replace(meteredCalls[0].request(aliceKey, "Connection: keep-alive"), "HTTP/1.1", "HTTP/1.0", 1)
	last := strings.Replace(meteredCalls[0].request(aliceKey), "HTTP/1.1", "HTTP/1.0", 1)
	if got := replies(t, b.raw(t, kept+last)); len(got) != 2 || got[1].status != 200 {
		t.Errorf("kept alive over HTTP/1.0: %+v", got)
	}
}

// Requests that come in one go are answered one by one, in order, whatever becomes of each.
func TestPipelining(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	var all strings.Builder
	var want []int
	add := func(status int, request string) {
		all.WriteString(request)
		want = append(want, status)
	}
	for range 3 {
		for _, m := range meteredCalls {
			add(200, m.request(aliceKey))
			add(401, m.request("sk-nobody"))
			add(400, metered{path: m.path, body: "{"}.request(aliceKey))
			add(404, metered{path: "/v1/nothing", body: m.body}.request(aliceKey))
			add(405, "GET "+m.path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			add(415, m.request(aliceKey, "Content-Encoding: deflate"))
			add(200, "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+aliceKey+"\r\n\r\n")
		}
	}
	add(200, meteredCalls[0].request(aliceKey, "Connection: close"))
	got := replies(t, b.raw(t, all.String()))
	if len(got) != len(want) {
		t.Fatalf("%d requests, %d replies; the last is %+v", len(want), len(got), got[len(got)-1])
	}
	seen := map[string]bool{}
	for i, a := range got {
		if a.status != want[i] || a.err != nil {
			t.Errorf("reply %d: %d, want %d, %v: %s", i, a.status, want[i], a.err, a.body)
		}
		id := a.header.Get("X-Request-Id")
		if id == "" || seen[id] {
			t.Errorf("reply %d has the request id %q", i, id)
		}
		seen[id] = true
	}
}

// A connection goes on after an error, and between the planes of the one port.
func TestOneConnectionForEverything(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for i := range 5 {
		for _, c := range []struct {
			status  int
			request string
		}{
			{200, meteredCalls[0].request(aliceKey)},
			{200, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
			{200, meteredCalls[1].request(aliceKey)},
			{401, meteredCalls[0].request("sk-nobody")},
			{401, "GET /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n"},
			{400, metered{path: "/v1/messages", body: "[]"}.request(aliceKey)},
			{404, metered{path: "/v1/messages", body: `{"model":"no-such"}`}.request(aliceKey)},
			{200, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
			{200, meteredCalls[5].request(aliceKey)},
			{200, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		} {
			if _, err := io.WriteString(conn, c.request); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatalf("round %d, %q: %v", i, c.request, err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != c.status || res.Close {
				t.Fatalf("round %d, %q: %d, closes: %v, %v: %s", i, c.request, res.StatusCode, res.Close, err, body)
			}
		}
	}
}
