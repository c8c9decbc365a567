package http1

import (
	"errors"
	"testing"
)

func TestResponse(t *testing.T) {
	tests := []struct {
		head      string
		status    int
		length    int64
		chunked   bool
		keepAlive bool
		err       error
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 200, 3, false, true, nil},
		{"HTTP/1.1 529 \r\n\r\n", 529, -1, false, true, nil},
		{"HTTP/1.1 200\r\n\r\n", 200, -1, false, true, nil},
		{"HTTP/1.1 200 OK\nA: b\n\n", 200, -1, false, true, nil},
		{"HTTP/1.0 200 OK\r\n\r\n", 200, -1, false, false, nil},
		{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", 200, -1, false, true, nil},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200, -1, false, false, nil},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", 200, -1, true, true, nil},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 200, 3, false, true, nil},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 200, -1, true, false, nil},
		{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", 200, -1, true, false, nil},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 0, 0, false, false, errLength},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, 0, false, false, errCoding},
		{"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 0, 0, false, false, errFold},
		{"HTTP/1.1 200 OK\r\nA: b\x00\r\n\r\n", 0, 0, false, false, errValue},
		{"HTTP/1.1 2000 OK\r\n\r\n", 0, 0, false, false, errStatus},
		{"HTTP/1.1 099 OK\r\n\r\n", 0, 0, false, false, errStatus},
		{"HTTP/1.1  200 OK\r\n\r\n", 0, 0, false, false, errStatus},
		{"HTTP/1.2 200 OK\r\n\r\n", 0, 0, false, false, errStatus},
		{"SSH-2.0-OpenSSH", 0, 0, false, false, errStatus},
		{"HTTP/2", 0, 0, false, false, errStatus},
		{"\r\nHTTP/1.1 200 OK\r\n\r\n", 0, 0, false, false, errStatus},
	}
	for _, tt := range tests {
		var r Response
		r.Reset()
		n, err := r.Parse([]byte(tt.head))
		if !errors.Is(err, tt.err) {
			t.Errorf("%q: error %v, want %v", tt.head, err, tt.err)
			continue
		}
		if err != nil {
			continue
		}
		if n != len(tt.head) || r.Status != tt.status || r.ContentLength != tt.length || r.Chunked != tt.chunked || r.KeepAlive() != tt.keepAlive {
			t.Errorf("%q: n %d, status %d, length %d, chunked %v, keep-alive %v", tt.head, n, r.Status, r.ContentLength, r.Chunked, r.KeepAlive())
		}
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), 4)
	f.Add([]byte("HTTP/1.0 404\nA:b\n\n"), 1)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		var whole, pieces Response
		whole.Reset()
		pieces.Reset()
		n, err := whole.Parse(in)
		n2, err2 := 0, error(nil)
		for end := 0; end < len(in) && n2 == 0 && err2 == nil; {
			end = min(len(in), end+max(1, step%len(in)))
			n2, err2 = pieces.Parse(in[:end])
		}
		if n != n2 || err != err2 {
			t.Fatalf("whole: %d, %v; in pieces: %d, %v", n, err, n2, err2)
		}
		if n > 0 && err == nil && (whole.Status < 100 || whole.Status > 999 || whole.Chunked && whole.ContentLength >= 0) {
			t.Fatalf("status %d, chunked %v with length %d", whole.Status, whole.Chunked, whole.ContentLength)
		}
	})
}
