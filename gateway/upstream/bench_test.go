package upstream

import (
	"io"
	"net"
	"testing"
	"time"
)

// answerer is a vendor that answers every fixed-size request with the same bytes and allocates nothing.
func answerer(tb testing.TB, requestSize int, answer []byte) *Origin {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = nc.Close() }()
				buf := make([]byte, requestSize)
				for {
					if _, err := io.ReadFull(nc, buf); err != nil {
						return
					}
					if _, err := nc.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	o, _, err := ParseOrigin("http://" + ln.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

var benchTimeouts = Timeouts{Connect: 5 * time.Second, FirstByte: time.Minute, Idle: time.Minute, Total: 10 * time.Minute}

func BenchmarkCall(b *testing.B) {
	body := make([]byte, 1024)
	req := &Request{Method: "POST", Path: []byte("/v1/chat/completions"),
		Header: []byte("Authorization: Bearer 0123456789\r\nContent-Type: application/json\r\n"), Body: [][]byte{body[:500], body[500:]}}
	for _, bb := range []struct{ name, answer string }{
		{"length", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 800\r\n\r\n" + string(make([]byte, 800))},
		{"chunked", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n320\r\n" + string(make([]byte, 800)) + "\r\n0\r\n\r\n"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			// The size of the head depends on the port, which is not known before.
			o := answerer(b, len("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:00000\r\n")+len(req.Header)+len("Content-Length: 1024\r\n\r\n")+1024, []byte(bb.answer))
			req.Origin = o
			p := New(Options{})
			defer p.Close()
			var c Call
			b.ReportAllocs()
			for b.Loop() {
				r, f := p.Do(&c, req, benchTimeouts)
				if f != nil {
					b.Fatal(f)
				}
				n := 0
				for {
					piece, err := r.Read()
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n += len(piece)
				}
				r.Close()
				c.Reset()
				if n != 800 {
					b.Fatalf("%d bytes", n)
				}
			}
		})
	}
}
