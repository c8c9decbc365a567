package listen

import (
	"io"
	"net"
	"testing"

	"github.com/burncloud/burncloud"
)

// roundTrips has a raw client send request and read answer bytes, b.N times on one connection.
func roundTrips(b *testing.B, s *Server, request []byte, answer int) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = s.Serve(ln) }()
	b.Cleanup(func() { _ = ln.Close() })
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	buf := make([]byte, answer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := nc.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(nc, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// One whole exchange over a loopback socket: head, body, hang-up watch registered and taken back, one
// reply. The client's two system calls are part of the time.
func BenchmarkExchange(b *testing.B) {
	request := append([]byte("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"+
		"Authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n"), make([]byte, 1024)...)
	body := make([]byte, 800)
	header := []byte("Content-Type: application/json\r\n")
	head := len("HTTP/1.1 200 OK\r\n") + len(header) + len("Date: Sun, 22 Nov 2026 02:04:54 GMT\r\nContent-Length: 800\r\n\r\n")
	interrupted := func(burncloud.Kind) {}
	s := New(Options{Serve: func(x *Exchange) {
		if p, f := x.ReadBody(); f != nil || len(p) != 1024 {
			b.Errorf("%d bytes, %v", len(p), f)
		}
		x.OnInterrupt(interrupted)
		if x.Header("Authorization") == nil {
			b.Error("no header")
		}
		if err := x.Reply(200, header, body); err != nil {
			b.Error(err)
		}
		x.OnInterrupt(nil)
	}})
	roundTrips(b, s, request, head+len(body))
}

// One streamed event of 230 bytes, written and received.
func BenchmarkEvent(b *testing.B) {
	event := make([]byte, 230)
	frame := len("e6\r\n") + len(event) + len("\r\n")
	next := make(chan struct{})
	s := New(Options{Serve: func(x *Exchange) {
		x.Begin(200, nil, -1)
		for range next {
			if err := x.Write(event); err != nil {
				b.Error(err)
			}
		}
		_ = x.End()
	}})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = s.Serve(ln) }()
	b.Cleanup(func() { _ = ln.Close() })
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte("GET /v1/s HTTP/1.1\r\nHost: h\r\n\r\n")); err != nil {
		b.Fatal(err)
	}
	head := len("HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 02:04:54 GMT\r\nTransfer-Encoding: chunked\r\n\r\n")
	buf := make([]byte, head+frame)
	next <- struct{}{}
	if _, err := io.ReadFull(nc, buf); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		next <- struct{}{}
		if _, err := io.ReadFull(nc, buf[:frame]); err != nil {
			b.Fatal(err)
		}
	}
	close(next)
}
