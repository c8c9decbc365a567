package upstream

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

// vendor is a raw server: serve gets every connection.
type vendor struct {
	*testing.T
	origin *Origin
	addr   string
	conns  atomic.Int32
}

func newVendor(t *testing.T, serve func(nc net.Conn, br *bufio.Reader)) *vendor {
	t.Helper()
	return newVendorOn(t, "http", nil, serve)
}

func newVendorOn(t *testing.T, scheme string, config *tls.Config, serve func(nc net.Conn, br *bufio.Reader)) *vendor {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{T: t, addr: ln.Addr().String()}
	if v.origin, _, err = ParseOrigin(scheme + "://" + v.addr); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			v.conns.Add(1)
			mu.Lock()
			open[nc] = true
			mu.Unlock()
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer func() { _ = nc.Close() }()
				if config != nil {
					nc = tls.Server(nc, config)
				}
				serve(nc, bufio.NewReader(nc))
			}()
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for nc := range open {
			_ = nc.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return v
}

// answering serves every request on every connection with the same bytes.
func answering(t *testing.T, answer string) *vendor {
	return newVendor(t, func(nc net.Conn, br *bufio.Reader) {
		for readRequest(br) != nil {
			if _, err := io.WriteString(nc, answer); err != nil {
				return
			}
		}
	})
}

// readRequest reads a whole request; nil at the end of the connection.
func readRequest(br *bufio.Reader) *http.Request {
	r, err := http.ReadRequest(br)
	if err != nil {
		return nil
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return r
}

func newPool(t *testing.T, opt Options) *Pool {
	p := New(opt)
	t.Cleanup(p.Close)
	return p
}

func (v *vendor) request(body ...string) *Request {
	r := &Request{Origin: v.origin, Method: "POST", Path: []byte("/v1/chat"), Header: []byte("A: b\r\n")}
	for _, b := range body {
		r.Body = append(r.Body, []byte(b))
	}
	return r
}

var patient = Timeouts{Connect: 5 * time.Second, FirstByte: 5 * time.Second, Idle: 5 * time.Second, Total: 20 * time.Second}

// body reads a reply to its end.
func body(r *Reply) (string, error) {
	var out []byte
	for {
		p, err := r.Read()
		if err == io.EOF {
			return string(out), nil
		}
		if err != nil {
			return string(out), err
		}
		out = append(out, p...)
	}
}

// do carries one request and reads its reply.
func do(p *Pool, c *Call, req *Request, t Timeouts) (status int, got string, reused bool, err error) {
	r, f := p.Do(c, req, t)
	if f != nil {
		return 0, "", false, f
	}
	defer r.Close()
	got, err = body(r)
	return r.Status, got, r.Reused(), err
}

func kindOf(err error) burncloud.Kind {
	var f *burncloud.Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return ""
}

func TestRequestOnTheWire(t *testing.T) {
	got := make(chan string, 1)
	v := newVendor(t, func(nc net.Conn, _ *bufio.Reader) {
		buf := make([]byte, 4096)
		n, _ := nc.Read(buf)
		got <- string(buf[:n])
		_, _ = io.WriteString(nc, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	for _, tt := range []struct {
		req  *Request
		want string
	}{
		{v.request("one ", "", "two"), "POST /v1/chat HTTP/1.1\r\nHost: " + v.addr + "\r\nA: b\r\nContent-Length: 7\r\n\r\none two"},
		{v.request(), "POST /v1/chat HTTP/1.1\r\nHost: " + v.addr + "\r\nA: b\r\nContent-Length: 0\r\n\r\n"},
		{&Request{Origin: v.origin, Method: "GET", Path: []byte("/x?y=%20")}, "GET /x?y=%20 HTTP/1.1\r\nHost: " + v.addr + "\r\n\r\n"},
	} {
		var c Call
		p := newPool(t, Options{})
		if status, _, _, err := do(p, &c, tt.req, patient); status != 204 || err != nil {
			t.Fatalf("%d, %v", status, err)
		}
		if g := <-got; g != tt.want {
			t.Errorf("sent %q, want %q", g, tt.want)
		}
	}
	for _, path := range []string{"", "x", "/a b", "/a\r\nX: y", "/\x7f", "/ä"} {
		var c Call
		req := v.request()
		req.Path = []byte(path)
		if _, f := newPool(t, Options{}).Do(&c, req, patient); f == nil || f.Kind != burncloud.Invalid {
			t.Errorf("path %q: %v", path, f)
		}
	}
}

// Bodies of every size arrive whole, in segments, over TCP and TLS.
func TestLargeRequests(t *testing.T) {
	echo := func(nc net.Conn, br *bufio.Reader) {
		for {
			r := readRequest(br)
			if r == nil {
				return
			}
			b, _ := io.ReadAll(r.Body)
			w := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(b)), Body: io.NopCloser(bytes.NewReader(b))}
			if w.Write(nc) != nil {
				return
			}
		}
	}
	server, client := certificates(t)
	for scheme, v := range map[string]*vendor{"http": newVendor(t, echo), "https": newVendorOn(t, "https", server, echo)} {
		p := newPool(t, Options{TLS: client})
		var c Call
		for _, size := range []int{1, 100, 4000, 8 << 10, 9 << 10, 60 << 10, 70 << 10, 1 << 20, 3 << 20} {
			half := strings.Repeat("abcdefg", size/14+1)
			_, got, _, err := do(p, &c, v.request(half, "-", half), patient)
			if err != nil || got != half+"-"+half {
				t.Fatalf("%s, %d: %d bytes, %v", scheme, size, len(got), err)
			}
			c.Reset()
		}
		if n := v.conns.Load(); n > 3 { // a large request may be answered before its writer has reported
			t.Errorf("%s: %d connections", scheme, n)
		}
	}
}

// What comes in, what is read, and whether the connection is used again; each in one piece and byte by
// byte.
func TestReplies(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	large := strings.Repeat("large body ", 30_000)
	tests := []struct {
		name, answer string
		method       string
		status       int
		body         string
		kind         burncloud.Kind // of the fault of Do or Read
		reuse        bool
		piece        bool // sent in one write alone
	}{
		{name: "length", answer: ok + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello", reuse: true},
		{name: "length 0", answer: ok + "Content-Length: 0\r\n\r\n", status: 200, reuse: true},
		{name: "large", answer: ok + "Content-Length: 330000\r\n\r\n" + large, status: 200, body: large, reuse: true},
		{name: "chunked", answer: ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x\r\ncde\r\n0\r\nT: v\r\n\r\n", status: 200, body: "abcde", reuse: true},
		{name: "large chunk", answer: ok + "Transfer-Encoding: chunked\r\n\r\n50910\r\n" + large + "\r\n0\r\n\r\n", status: 200, body: large, reuse: true},
		{name: "empty chunked", answer: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200, reuse: true},
		{name: "close-delimited", answer: ok + "\r\nuntil the end", status: 200, body: "until the end"},
		{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"},
		{name: "Connection: close", answer: ok + "Connection: close\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"},
		{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, reuse: true},
		{name: "304 with a length", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304, reuse: true},
		{name: "HEAD", method: "HEAD", answer: ok + "Content-Length: 5\r\n\r\n", status: 200, reuse: true},
		{name: "error with a body", answer: "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 3\r\n\r\nno!", status: 429, body: "no!", reuse: true},
		{name: "unknown status", answer: "HTTP/1.1 529 \r\nContent-Length: 2\r\n\r\nno", status: 529, body: "no", reuse: true},
		{name: "interim replies", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", status: 200, body: "hi", reuse: true},
		{name: "length and chunked", answer: ok + "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", status: 200, body: "ab"},
		// In one piece: bytes that come after the next request has been sent cannot be told from its reply.
		{name: "bytes behind the body", answer: ok + "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK", status: 200, body: "hi", piece: true},
		{name: "unknown coding passes", answer: ok + "Content-Encoding: deflate\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi", reuse: true},

		{name: "cut in the body", answer: ok + "Content-Length: 9\r\n\r\nhello", status: 200, body: "hello", kind: burncloud.UpstreamBroken},
		{name: "cut in a chunk", answer: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", status: 200, body: "hel", kind: burncloud.UpstreamBroken},
		{name: "cut between chunks", answer: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", status: 200, body: "hel", kind: burncloud.UpstreamBroken},
		{name: "cut before the last line", answer: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n", status: 200, body: "hel", kind: burncloud.UpstreamBroken},
		{name: "bad chunk", answer: ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", status: 200, kind: burncloud.UpstreamBroken},
		{name: "not HTTP", answer: "SSH-2.0-OpenSSH_9.2\r\n", kind: burncloud.UpstreamBroken},
		{name: "TLS alert", answer: "\x15\x03\x01\x00\x02\x02\x46", kind: burncloud.UpstreamBroken},
		{name: "cut in the head", answer: ok + "Content-Le", kind: burncloud.UpstreamBroken},
		{name: "cut in the first line", answer: "HTT", kind: burncloud.UpstreamBroken},
		{name: "two lengths", answer: ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", kind: burncloud.UpstreamBroken},
		{name: "other coding", answer: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", kind: burncloud.UpstreamBroken},
		{name: "switching", answer: "HTTP/1.1 101 Switching Protocols\r\n\r\n", kind: burncloud.UpstreamBroken},
		{name: "only interim", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20), kind: burncloud.UpstreamBroken},
		{name: "interim, then the end", answer: "HTTP/1.1 100 Continue\r\n\r\n", kind: burncloud.UpstreamBroken},
		{name: "huge head", answer: ok + "X: " + strings.Repeat("y", 70_000) + "\r\n\r\n", kind: burncloud.UpstreamBroken},
		{name: "nothing", answer: "", kind: burncloud.UpstreamConnect},
	}
	for _, tt := range tests {
		for _, step := range []int{1 << 20, 1} {
			if step == 1 && tt.piece {
				continue
			}
			if step == 1 && len(tt.answer) > 10_000 {
				step = 999
			}
			t.Run(tt.name, func(t *testing.T) {
				v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
					for readRequest(br) != nil {
						for at := 0; at < len(tt.answer); at += step {
							if _, err := io.WriteString(nc, tt.answer[at:min(len(tt.answer), at+step)]); err != nil {
								return
							}
						}
						if !tt.reuse {
							return
						}
					}
				})
				p := newPool(t, Options{})
				var c Call
				req := v.request("x")
				if tt.method != "" {
					req.Method, req.Body = tt.method, nil
				}
				for i := range 2 {
					status, got, reused, err := do(p, &c, req, patient)
					if status != tt.status || got != tt.body || kindOf(err) != tt.kind || err != nil && tt.kind == "" {
						t.Fatalf("%d, %.60q, %v; want %d, %.60q, %q", status, got, err, tt.status, tt.body, tt.kind)
					}
					if i == 1 && reused != tt.reuse {
						t.Errorf("reused %v, want %v", reused, tt.reuse)
					}
				}
				if st := p.Stats(); !tt.reuse && (st.Open != 0 || st.Idle != 0) || tt.reuse && (st.Open != 1 || st.Idle != 1) {
					t.Errorf("Stats %+v", st)
				}
			})
		}
	}
}

func TestReplyHeaders(t *testing.T) {
	v := answering(t, "HTTP/1.1 200 OK\r\nX-Request-Id: abc\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: 4\r\n\r\nbody")
	p := newPool(t, Options{})
	var c Call
	before := time.Now()
	r, f := p.Do(&c, v.request("x"), patient)
	if f != nil {
		t.Fatal(f)
	}
	if at := r.FirstByteAt(); at.Before(before) || at.After(time.Now()) {
		t.Errorf("FirstByteAt %v", at)
	}
	if r.ContentLength() != 4 || r.Ended() {
		t.Errorf("length %d, ended %v", r.ContentLength(), r.Ended())
	}
	piece, err := r.Read()
	if err != nil || string(piece) != "body" || !r.Ended() {
		t.Errorf("%q, %v, ended %v", piece, err, r.Ended())
	}
	var all []string
	r.VisitHeaders(func(name, value []byte) { all = append(all, string(name)+"="+string(value)) })
	if got := strings.Join(all, " "); got != "X-Request-Id=abc Set-Cookie=a set-cookie=b Content-Length=4" {
		t.Errorf("visited %s", got)
	}
	if string(r.Header("x-request-id")) != "abc" || r.Header("X") != nil {
		t.Error("Header")
	}
	r.Close()
	r.Close()
	if st := p.Stats(); st.Idle != 1 || len(st.Origins) != 1 || st.Origins[0].Origin != "http://"+v.addr {
		t.Errorf("Stats %+v", st)
	}
}

// Several chunks of one read are one piece: one read, one write.
func TestChunksOfOneReadAreOnePiece(t *testing.T) {
	v := answering(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n")
	var c Call
	r, f := newPool(t, Options{}).Do(&c, v.request("x"), patient)
	if f != nil {
		t.Fatal(f)
	}
	defer r.Close()
	if p, err := r.Read(); err != nil || string(p) != "abcdef" || !r.Ended() {
		t.Errorf("%q, %v, ended %v", p, err, r.Ended())
	}
	if _, err := r.Read(); err != io.EOF {
		t.Errorf("%v", err)
	}
}

// A body that is not read to its end costs the connection.
func TestUnreadBody(t *testing.T) {
	v := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	p := newPool(t, Options{})
	var c Call
	for range 2 {
		r, f := p.Do(&c, v.request("x"), patient)
		if f != nil || r.Reused() {
			t.Fatalf("%v", f)
		}
		r.Close()
	}
	if st := p.Stats(); st.Open != 0 {
		t.Errorf("Stats %+v", st)
	}
}

// certificates makes a server's configuration and that of a client which trusts it.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots}
}

func TestTLS(t *testing.T) {
	server, client := certificates(t)
	var resumed, full atomic.Int32
	v := newVendorOn(t, "https", server, func(nc net.Conn, br *bufio.Reader) {
		if readRequest(br) != nil {
			if state := nc.(*tls.Conn).ConnectionState(); state.DidResume {
				resumed.Add(1)
			} else {
				full.Add(1)
			}
			_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
		}
	})
	p := newPool(t, Options{TLS: client})
	var c Call
	for range 3 {
		if _, got, _, err := do(p, &c, v.request("x"), patient); got != "hi" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if full.Load() != 1 || resumed.Load() != 2 {
		t.Errorf("%d full handshakes, %d resumed", full.Load(), resumed.Load())
	}
	if _, _, _, err := do(newPool(t, Options{}), &c, v.request("x"), patient); kindOf(err) != burncloud.UpstreamConnect {
		t.Errorf("unknown authority: %v", err)
	}
	plain := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	plain.origin.Scheme = "https"
	if _, _, _, err := do(p, &c, plain.request("x"), Timeouts{Connect: time.Second}); kindOf(err) != burncloud.UpstreamConnect && kindOf(err) != burncloud.UpstreamTimeout {
		t.Errorf("TLS to a plain port: %v", err)
	}
}

func TestParseOrigin(t *testing.T) {
	for _, tt := range []struct{ in, origin, host, prefix string }{
		{"https://api.example.com", "https://api.example.com", "api.example.com:443", ""},
		{"https://API.Example.com/", "https://api.example.com", "api.example.com:443", ""},
		{" http://h:8080/openai/v1/ ", "http://h:8080", "h:8080", "/openai/v1"},
		{"http://h:80/a%20b", "http://h", "h:80", "/a%20b"},
		{"https://h:80", "https://h:80", "h:80", ""},
		{"http://[::1]:8080/x", "http://[::1]:8080", "[::1]:8080", "/x"},
		{"http://[::1]", "http://[::1]", "[::1]:80", ""},
	} {
		o, prefix, err := ParseOrigin(tt.in)
		if err != nil || o.String() != tt.origin || o.Host != tt.host || prefix != tt.prefix {
			t.Errorf("%q: %v, %q, %v", tt.in, o, prefix, err)
		}
	}
	for _, in := range []string{"", "api.example.com", "ftp://h", "https://", "https:///x", "https://u:secret@h", "https://h?k=secret", "https://h?",
		"https://h#f", "https://h\r\nX: y", "https://bücher.example", "http://h:port", "http://a b"} {
		o, _, err := ParseOrigin(in)
		if err == nil {
			t.Errorf("%q: accepted as %s", in, o)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the secret: %v", in, err)
		}
	}
}
