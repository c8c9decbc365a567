package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud/internal/testkit"
)

// Requests that two readers could understand in two ways are refused before anything is sent on, and
// what stands behind them is never read as a request of its own.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	body := spoken[0].body
	smuggled := "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + aliceKey + "\r\n\r\n"
	length := fmt.Sprintf("Content-Length: %d", len(body))
	coded := "Transfer-Encoding: chunked"
	whole := chunked(body, 40) + "0\r\n\r\n"
	const path = "/v1/chat/completions"

	cases := map[string]string{
		"both":                   head(path, length, coded) + "\r\n" + whole,
		"both, the other way":    head(path, coded, length) + "\r\n" + whole,
		"both, length 0":         head(path, coded, "Content-Length: 0") + "\r\n" + whole,
		"length twice":           head(path, length, length) + "\r\n" + body,
		"two lengths":            head(path, length, "Content-Length: 3") + "\r\n" + body,
		"length list":            head(path, "Content-Length: 5, 5") + "\r\n" + body,
		"length with sign":       head(path, "Content-Length: +5") + "\r\n" + body,
		"negative length":        head(path, "Content-Length: -5") + "\r\n" + body,
		"hex length":             head(path, "Content-Length: 0x5") + "\r\n" + body,
		"no length":              head(path, "Content-Length: ") + "\r\n" + body,
		"length out of range":    head(path, "Content-Length: 99999999999999999999") + "\r\n" + body,
		"length wraps to 5":      head(path, "Content-Length: 18446744073709551621") + "\r\n" + body,
		"length with a blank":    head(path, "Content-Length: 5 5") + "\r\n" + body,
		"chunked twice":          head(path, coded, coded) + "\r\n" + whole,
		"chunked, chunked":       head(path, coded+", chunked") + "\r\n" + whole,
		"gzip, chunked":          head(path, "Transfer-Encoding: gzip, chunked") + "\r\n" + whole,
		"identity":               head(path, "Transfer-Encoding: identity") + "\r\n" + whole,
		"xchunked":               head(path, "Transfer-Encoding: xchunked") + "\r\n" + whole,
		"vertical tab chunked":   head(path, "Transfer-Encoding: \x0bchunked") + "\r\n" + whole,
		"quoted chunked":         head(path, `Transfer-Encoding: "chunked"`) + "\r\n" + whole,
		"blank before colon":     head(path, "Transfer-Encoding : chunked") + "\r\n" + whole,
		"chunked in HTTP/1.0":    strings.Replace(head(path, coded), "HTTP/1.1", "HTTP/1.0", 1) + "\r\n" + whole,
		"folded line":            head(path, "X-A: b", " c", length) + "\r\n" + body,
		"folded first line":      "POST " + path + " HTTP/1.1\r\n Host: x\r\n" + length + "\r\n\r\n" + body,
		"folded with tab":        head(path, "Transfer-Encoding:", "\tchunked") + "\r\n" + whole,
		"bare LF":                strings.ReplaceAll(head(path, length)+"\r\n", "\r\n", "\n") + body,
		"one bare LF":            head(path, "X-A: b\nContent-Length: 5", length) + "\r\n" + body,
		"bare LF ends the head":  head(path, length) + "\n" + body,
		"bare CR":                head(path, "X-A: b\rContent-Length: 5", length) + "\r\n" + body,
		"NUL in a value":         head(path, "X-A: b\x00c", length) + "\r\n" + body,
		"NUL in a name":          head(path, "X-\x00A: b", length) + "\r\n" + body,
		"no name":                head(path, ": b", length) + "\r\n" + body,
		"no colon":               head(path, "X-A", length) + "\r\n" + body,
		"no host":                strings.Replace(head(path, length), "Host: x\r\n", "", 1) + "\r\n" + body,
		"two hosts":              head(path, "Host: y", length) + "\r\n" + body,
		"bad host":               strings.Replace(head(path, length), "Host: x", "Host: x/y@z", 1) + "\r\n" + body,
		"whole URL":              strings.Replace(head(path, length), "POST /", "POST http://x/", 1) + "\r\n" + body,
		"HTTP/3":                 strings.Replace(head(path, length), "HTTP/1.1", "HTTP/3.0", 1) + "\r\n" + body,
		"no version":             strings.Replace(head(path, length), " HTTP/1.1", "", 1) + "\r\n" + body,
		"two blanks":             strings.Replace(head(path, length), "POST ", "POST  ", 1) + "\r\n" + body,
		"control in the path":    strings.Replace(head(path, length), "/v1/", "/v1/\x01", 1) + "\r\n" + body,
		"expects something else": head(path, length, "Expect: magic") + "\r\n" + body,

		"chunk size is no number":   head(path, coded) + "\r\nzz\r\n" + body + "\r\n0\r\n\r\n",
		"chunk size is negative":    head(path, coded) + "\r\n-1\r\n" + body + "\r\n0\r\n\r\n",
		"chunk size with 0x":        head(path, coded) + "\r\n0x10\r\n" + body + "\r\n0\r\n\r\n",
		"chunk size with a blank":   head(path, coded) + "\r\n 10\r\n" + body + "\r\n0\r\n\r\n",
		"chunk size wraps":          head(path, coded) + "\r\n10000000000000005\r\n" + body + "\r\n0\r\n\r\n",
		"chunk size empty":          head(path, coded) + "\r\n\r\n" + body + "\r\n0\r\n\r\n",
		"chunk too long":            head(path, coded) + "\r\n3\r\n" + body + "\r\n0\r\n\r\n",
		"chunk ends with LF":        head(path, coded) + "\r\n" + strings.Replace(chunked(body, 40), "\r\n", "\n", 1) + "0\r\n\r\n",
		"LF in a chunk extension":   head(path, coded) + "\r\n5;a=b\nc\r\n" + body + "\r\n0\r\n\r\n",
		"bare LF behind the data":   head(path, coded) + "\r\n5\r\n{\"a\":\n1\r\n}\r\n0\r\n\r\n",
		"garbage as trailer":        head(path, coded) + "\r\n" + chunked(body, 40) + "0\r\nGET / HTTP/1.1\r\n\r\n",
		"endless chunk extension":   head(path, coded) + "\r\n5;" + strings.Repeat("x", 10000) + "\r\n" + body + "\r\n0\r\n\r\n",
		"endless leading zeros":     head(path, coded) + "\r\n" + strings.Repeat("0", 10000) + "5\r\n" + body + "\r\n0\r\n\r\n",
		"end of chunks with LF":     head(path, coded) + "\r\n" + chunked(body, 40) + "0\n\n",
		"trailer with a blank":      head(path, coded) + "\r\n" + chunked(body, 40) + "0\r\nX A: b\r\n\r\n",
		"folded trailer":            head(path, coded) + "\r\n" + chunked(body, 40) + "0\r\nX-A: b\r\n c\r\n\r\n",
		"HTTP/2 without agreement":  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"TLS on a plain port":       "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
		"nothing of HTTP":           "hello\r\n\r\n",
		"a body before the request": body + "\r\n\r\n",
	}
	for name, request := range cases {
		t.Run(name, func(t *testing.T) {
			out := b.raw(t, request+smuggled)
			got := replies(t, out)
			if len(got) != 1 || got[0].status != 400 || got[0].header.Get("Connection") != "close" {
				t.Fatalf("answered\n%s", out)
			}
			checkShape(t, path, got[0])
			if bytes.Contains(out, []byte(aliceKey)) {
				t.Errorf("the answer repeats the credential: %s", out)
			}
		})
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times", n)
	}
}

// Heads that are too large are refused as such.
func TestHeadOverTheLimit(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_MAX_HEADER=8KB")
	for _, m := range spoken {
		body := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(m.body), m.body)
		for name, request := range map[string]string{
			"long value":  head(m.path, "X-A: "+strings.Repeat("a", 9000)) + body,
			"many lines":  head(m.path, strings.Repeat("X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 240)+"X-B: b") + body,
			"more fields": head(m.path, strings.Repeat("A: \r\n", 300)+"X-B: b") + body,
			"long query":  head(m.path+"?"+strings.Repeat("a", 9000)) + body,
			"never ends":  head(m.path, "X-A: "+strings.Repeat("a", 100_000)),
		} {
			got := replies(t, b.raw(t, request))
			if len(got) != 1 || got[0].status != 431 || got[0].header.Get("Connection") != "close" {
				t.Errorf("%s, %s: %+v", m.name, name, got)
				continue
			}
			if name != "long query" { // a request line that is not whole has no path, so no protocol
				checkShape(t, m.path, got[0])
			}
		}
		if got := replies(t, b.raw(t, head(m.path, "Connection: close", "X-A: "+strings.Repeat("a", 6000))+body)); len(got) != 1 || got[0].status != 200 {
			t.Errorf("%s: a head below the limit: %+v", m.name, got)
		}
	}
	if n := vendor.Count(); n != len(spoken) {
		t.Errorf("the vendor was asked %d times", n)
	}
}

// Who sends slowly is cut, with an answer when there is somebody to answer.
func TestSlowSendersAreCut(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_HEADER_TIMEOUT=200ms", "BURNCLOUD_BODY_TIMEOUT=200ms", "BURNCLOUD_IDLE_TIMEOUT=200ms")
	whole := spoken[0]
	length := fmt.Sprintf("Content-Length: %d", len(whole.body))
	for name, c := range map[string]struct {
		send   string
		drip   bool // one byte after another, so that something is always under way
		status int  // 0: just closed
	}{
		"nothing":                   {"", false, 0},
		"half a request line":       {"POST /v1/chat/comp", false, 408},
		"half a head":               {head(whole.path), false, 408},
		"a head byte by byte":       {head(whole.path) + "X-A: " + strings.Repeat("a", 60_000), true, 408},
		"no body":                   {head(whole.path, length) + "\r\n", false, 408},
		"half a body":               {head(whole.path, length) + "\r\n" + whole.body[:20], false, 408},
		"no first chunk":            {head(whole.path, "Transfer-Encoding: chunked") + "\r\n", false, 408},
		"half a chunk":              {head(whole.path, "Transfer-Encoding: chunked") + "\r\n20\r\n{", false, 408},
		"no last chunk":             {head(whole.path, "Transfer-Encoding: chunked") + "\r\n" + chunked(whole.body, 9), false, 408},
		"a body byte by byte":       {head(whole.path, "Content-Length: 60000") + "\r\n" + strings.Repeat(" ", 60_000), true, 408},
		"a chunk byte by byte":      {head(whole.path, "Transfer-Encoding: chunked") + "\r\nffff\r\n" + strings.Repeat(" ", 60_000), true, 408},
		"half a gzip":               {head(whole.path, "Content-Encoding: gzip", "Content-Length: 999") + "\r\n" + packed(t, "gzip", whole.body)[:20], false, 408},
		"idle behind a good answer": {head(whole.path, length) + "\r\n" + whole.body, false, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			out := b.drip(t, c.send, c.drip)
			if d := time.Since(begun); d > 6*time.Second {
				t.Errorf("cut after %s", d)
			}
			got := replies(t, out)
			switch {
			case c.status == 0 && len(got) == 0:
			case len(got) == 1 && got[0].status == c.status:
				if c.status != 200 {
					checkShape(t, whole.path, got[0])
				}
			default:
				t.Errorf("%s", out)
			}
		})
	}
	t.Cleanup(func() {
		if n := vendor.Count(); n != 1 {
			t.Errorf("the vendor was asked %d times", n)
		}
	})
}

// drip sends and reads until the other side closes. While dripping it sends a byte whenever a pause of
// 5 ms brought nothing back.
func (b *bed) drip(t *testing.T, send string, drip bool) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	first := send
	if drip {
		first = send[:30]
	}
	if _, err := io.WriteString(conn, first); err != nil {
		t.Fatal(err)
	}
	var out []byte
	p := make([]byte, 4096)
	for rest := send[len(first):]; len(rest) > 0; rest = rest[1:] {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond)) // a closed one is seen by Read
		n, err := conn.Read(p)
		if out = append(out, p[:n]...); n > 0 || err == io.EOF {
			break
		}
		if _, err := io.WriteString(conn, rest[:1]); err != nil {
			break
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	more, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%v behind %q", err, append(out, more...))
	}
	return append(out, more...)
}
