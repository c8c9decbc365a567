package http1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const okHead = "POST /v1/chat?a=b HTTP/1.1\r\nHost: h\r\nX-Api-Key:  k 1 \r\nContent-Length: 12\r\n\r\n"

func TestRequest(t *testing.T) {
	var r Request
	r.Reset()
	n, err := r.Parse([]byte(okHead + "body"))
	if err != nil || n != len(okHead) {
		t.Fatalf("Parse = %d, %v; want %d", n, err, len(okHead))
	}
	got := fmt.Sprintf("%s %s %s %q %d %v", r.Method(), r.Path(), r.Query(), r.Header("x-api-key"), r.ContentLength, r.KeepAlive())
	if want := `POST /v1/chat a=b "k 1" 12 true`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r.Header("X-Api-Ke") != nil || r.Header("X-Api-Keys") != nil {
		t.Error("a name that is not there was found")
	}
	var names []string
	r.VisitHeaders(func(name, _ []byte) { names = append(names, string(name)) })
	if got := strings.Join(names, ","); got != "Host,X-Api-Key,Content-Length" {
		t.Errorf("visited %s", got)
	}
}

// However the bytes arrive and wherever they lie, the same is read.
func TestRequestInPieces(t *testing.T) {
	for step := 1; step < len(okHead); step++ {
		var r Request
		r.Reset()
		n := 0
		for end := 0; n == 0; {
			end = min(end+step, len(okHead))
			buf := append([]byte(nil), okHead[:end]...) // every call in another buffer
			var err error
			if n, err = r.Parse(buf); err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			if n == 0 && end == len(okHead) {
				t.Fatalf("step %d: not whole at the end", step)
			}
		}
		if n != len(okHead) || string(r.Header("X-API-KEY")) != "k 1" || string(r.Path()) != "/v1/chat" {
			t.Fatalf("step %d: n %d, key %q, path %q", step, n, r.Header("X-Api-Key"), r.Path())
		}
	}
}

func TestRequestRefused(t *testing.T) {
	tests := []struct {
		name, head string
		want       error
	}{
		{"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", errBareLF},
		{"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\n\r\n", errBareLF},
		{"bare LF as the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", errBareLF},
		{"bare CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", errValue},
		{"folded line", "GET / HTTP/1.1\r\nHost: h\r\n x: y\r\n\r\n", errFold},
		{"folded line with a tab", "GET / HTTP/1.1\r\nHost: h\r\n\tx\r\n\r\n", errFold},
		{"blank before colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", errName},
		{"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", errName},
		{"empty name", "GET / HTTP/1.1\r\n: h\r\n\r\n", errName},
		{"blank in a name", "GET / HTTP/1.1\r\nHost: h\r\nA B: c\r\n\r\n", errName},
		{"non-ASCII name", "GET / HTTP/1.1\r\nHost: h\r\nÄ: c\r\n\r\n", errName},
		{"NUL in a name", "GET / HTTP/1.1\r\nHost: h\r\nA\x00: c\r\n\r\n", errName},
		{"NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: c\x00\r\n\r\n", errValue},
		{"control in a long value", "GET / HTTP/1.1\r\nHost: h\r\nA: 0123456789\x01bcdef\r\n\r\n", errValue},
		{"DEL in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: 01234567\x7f9\r\n\r\n", errValue},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", errHost},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", errHost},
		{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", errHost},
		{"user in Host", "GET / HTTP/1.1\r\nHost: a@h\r\n\r\n", errHost},
		{"list in Host", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", errHost},
		{"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", errLength},
		{"list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", errLength},
		{"signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", errLength},
		{"negative length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", errLength},
		{"empty length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n", errLength},
		{"hexadecimal length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", errLength},
		{"huge length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", errLength},
		{"length and coding", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", errBoth},
		{"coding and length", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", errBoth},
		{"two codings", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", errCoding},
		{"list of codings", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", errCoding},
		{"identity coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", errCoding},
		{"odd coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", errCoding},
		{"hidden coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n", errValue},
		{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", errCoding},
		{"odd Expect", "POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", errExpect},
		{"absolute target", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", errTarget},
		{"authority target", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", errTarget},
		{"star target", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", errTarget},
		{"blank in target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"control in target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"non-ASCII in target", "GET /ä HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"leading blank", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"trailing blank", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", errLine},
		{"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"no version", "GET /\r\nHost: h\r\n\r\n", errLine},
		{"method is no token", "GE[T / HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", errLine},
		{"small version", "GET / http/1.1\r\nHost: h\r\n\r\n", errLine},
		{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", ErrVersion},
		{"HTTP/3.0", "GET / HTTP/3.0\r\nHost: h\r\n\r\n", ErrVersion},
		{"HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", ErrVersion},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ErrPreface},
		{"TLS", "\x16\x03\x01\x02\x00", ErrTLS},
		{"too many fields", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", maxFields) + "\r\n", ErrFields},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Request
			r.Reset()
			n, err := r.Parse([]byte(tt.head))
			if !errors.Is(err, tt.want) {
				t.Errorf("Parse = %d, %v; want %v", n, err, tt.want)
			}
		})
	}
}

func TestRequestAccepted(t *testing.T) {
	tests := []struct {
		head      string
		keepAlive bool
		hasBody   bool
	}{
		{"GET / HTTP/1.1\r\nHost: h:80\r\n\r\n", true, false},
		{"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true, false},
		{"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", true, false},
		{"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", false, false},
		{"GET / HTTP/1.1\r\nHost: h\r\nConnection: foo , close\r\n\r\n", false, false},
		{"GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true, false},
		{"GET / HTTP/1.0\r\n\r\n", false, false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, false},
		{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", true, false},
		{"POST / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: CHUNKED\r\n\r\n", true, true},
		{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", true, false},
		{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 007\r\n\r\n", true, true},
		{"POST / HTTP/1.1\r\nHost: h\r\nA:\r\nB: \tx\t\r\nC: \xc3\xa4 \xff\r\n\r\n", true, false},
	}
	for _, tt := range tests {
		var r Request
		r.Reset()
		n, err := r.Parse([]byte(tt.head))
		if err != nil || n != len(tt.head) || r.KeepAlive() != tt.keepAlive || r.HasBody() != tt.hasBody {
			t.Errorf("%q: n %d, err %v, keep-alive %v, body %v", tt.head, n, err, r.KeepAlive(), r.HasBody())
		}
	}
}

// What this parser accepts, net/http accepts too and reads the same way; and the way the bytes arrive
// changes nothing.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(okHead), 7)
	f.Add([]byte("\r\nGET /a?b HTTP/1.0\r\nConnection: keep-alive, x\r\n\r\n"), 1)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n0\r\n\r\n"), 3)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 5)
	f.Add([]byte("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), 2)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		var whole Request
		whole.Reset()
		n, err := whole.Parse(in)
		var pieces Request
		pieces.Reset()
		n2, err2 := 0, error(nil)
		for end := 0; end < len(in) && n2 == 0 && err2 == nil; {
			end = min(len(in), end+max(1, step%len(in)))
			n2, err2 = pieces.Parse(in[:end])
		}
		if n != n2 || err != err2 {
			t.Fatalf("whole: %d, %v; in pieces: %d, %v", n, err, n2, err2)
		}
		if n == 0 || err != nil {
			return
		}
		head := bytes.TrimPrefix(in[:n], []byte("\r\n"))
		std, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
		if err != nil {
			return // net/http also parses the URL and looks at names it knows; stricter is fine
		}
		if std.Method != string(whole.Method()) || !strings.HasPrefix(std.RequestURI, string(whole.Path())) {
			t.Fatalf("request line: %s %s, net/http %s %s", whole.Method(), whole.Path(), std.Method, std.RequestURI)
		}
		if chunked := len(std.TransferEncoding) > 0; chunked != whole.Chunked {
			t.Fatalf("chunked %v, net/http %v", whole.Chunked, chunked)
		}
		if !whole.Chunked && max(whole.ContentLength, 0) != max(std.ContentLength, 0) {
			t.Fatalf("length %d, net/http %d", whole.ContentLength, std.ContentLength)
		}
		if std.Close == whole.KeepAlive() && !bytes.Contains(bytes.ToLower(head), []byte("connection")) {
			t.Fatalf("keep-alive %v, net/http closes %v", whole.KeepAlive(), std.Close)
		}
		whole.VisitHeaders(func(name, value []byte) {
			if EqualFold(name, "Host") || EqualFold(name, "Transfer-Encoding") {
				return // net/http moves them elsewhere
			}
			if EqualFold(name, "Trailer") || EqualFold(name, "Pragma") || EqualFold(name, "Cache-Control") {
				return // and it rewrites these
			}
			for _, v := range std.Header[http.CanonicalHeaderKey(string(name))] {
				if v == string(value) {
					return
				}
			}
			t.Fatalf("field %q: %q is not what net/http read: %q", name, value, std.Header)
		})
	})
}

func BenchmarkRequest(b *testing.B) {
	head := []byte("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: OpenAI/Python 1.2.3\r\n" +
		"Authorization: Bearer sk-0123456789abcdef0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\n" +
		"Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nX-Stainless-Lang: python\r\nX-Stainless-Os: Linux\r\n" +
		"Connection: keep-alive\r\nContent-Length: 1024\r\n\r\n")
	var r Request
	b.ReportAllocs()
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		r.Reset()
		if n, err := r.Parse(head); n != len(head) || err != nil {
			b.Fatal(n, err)
		}
	}
}
