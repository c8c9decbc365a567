package upstream

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/burncloud/burncloud"
)

const hi = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

// A reused connection that dies before an answer is replaced once; nothing else is sent again.
func TestRetry(t *testing.T) {
	t.Run("stale connection", func(t *testing.T) {
		v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
			if readRequest(br) != nil {
				_, _ = io.WriteString(nc, hi) // and closes, though it did not say so
			}
		})
		p := newPool(t, Options{})
		var c Call
		for i := range 4 {
			if _, got, reused, err := do(p, &c, v.request("x"), patient); got != "hi" || err != nil || reused {
				t.Fatalf("request %d: %q, reused %v, %v", i, got, reused, err)
			}
		}
	})
	t.Run("closes after it has read the second request", func(t *testing.T) {
		var requests atomic.Int32
		v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
			for i := 0; readRequest(br) != nil; i++ {
				if requests.Add(1); i == 1 {
					return
				}
				_, _ = io.WriteString(nc, hi)
			}
		})
		p := newPool(t, Options{})
		var c Call
		for range 2 {
			if _, got, _, err := do(p, &c, v.request("x"), patient); got != "hi" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
		}
		if requests.Load() != 3 {
			t.Errorf("%d requests", requests.Load())
		}
	})
	t.Run("never after the first byte", func(t *testing.T) {
		var requests atomic.Int32
		v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
			for i := 0; readRequest(br) != nil; i++ {
				if requests.Add(1); i == 1 {
					_, _ = io.WriteString(nc, "H")
					return
				}
				_, _ = io.WriteString(nc, hi)
			}
		})
		p := newPool(t, Options{})
		var c Call
		_, _, _, _ = do(p, &c, v.request("x"), patient)
		if _, _, _, err := do(p, &c, v.request("x"), patient); kindOf(err) != burncloud.UpstreamBroken || requests.Load() != 2 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
	t.Run("never on a fresh connection", func(t *testing.T) {
		v := newVendor(t, func(_ net.Conn, br *bufio.Reader) { readRequest(br) })
		var c Call
		if _, _, _, err := do(newPool(t, Options{}), &c, v.request("x"), patient); kindOf(err) != burncloud.UpstreamConnect || v.conns.Load() != 1 {
			t.Errorf("%v after %d connections", err, v.conns.Load())
		}
	})
	t.Run("never after a timeout", func(t *testing.T) {
		var requests atomic.Int32
		v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
			for readRequest(br) != nil {
				if requests.Add(1) == 1 {
					_, _ = io.WriteString(nc, hi)
				}
			}
		})
		p := newPool(t, Options{})
		var c Call
		_, _, _, _ = do(p, &c, v.request("x"), patient)
		if _, _, _, err := do(p, &c, v.request("x"), Timeouts{FirstByte: 30 * time.Millisecond}); kindOf(err) != burncloud.UpstreamTimeout || requests.Load() != 2 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
}

// Each of the four timeouts is met, neither much later nor earlier than an eighth before its time.
func TestTimeouts(t *testing.T) {
	hang := func(answer string, then func(nc net.Conn)) *vendor {
		return newVendor(t, func(nc net.Conn, br *bufio.Reader) {
			readRequest(br)
			_, _ = io.WriteString(nc, answer)
			if then != nil {
				then(nc)
			}
			_, _ = io.Copy(io.Discard, br) // until the other side closes
		})
	}
	trickle := func(piece string) func(nc net.Conn) {
		return func(nc net.Conn) {
			for {
				if _, err := io.WriteString(nc, piece); err != nil {
					return
				}
				<-time.After(5 * time.Millisecond)
			}
		}
	}
	const limit = 80 * time.Millisecond
	blocked := Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	tests := []struct {
		name string
		v    *vendor
		opt  Options
		t    Timeouts
		body string
	}{
		{"connect", hang("", nil), blocked, Timeouts{Connect: limit}, ""},
		{"total while connecting", hang("", nil), blocked, Timeouts{Total: limit}, ""},
		{"first byte", hang("", nil), Options{}, Timeouts{FirstByte: limit}, ""},
		{"total before the first byte", hang("", nil), Options{}, Timeouts{FirstByte: time.Minute, Total: limit}, ""},
		{"head without an end", hang("HTTP/1.1 200 OK\r\nX: ", trickle("y")), Options{}, Timeouts{FirstByte: limit}, ""},
		{"idle", hang(hi[:len(hi)-1], nil), Options{}, Timeouts{FirstByte: time.Minute, Idle: limit, Total: time.Minute}, "h"},
		{"total within a lively stream", hang("HTTP/1.1 200 OK\r\n\r\n", trickle("z")), Options{}, Timeouts{Idle: time.Minute, Total: limit}, "z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPool(t, tt.opt)
			var c Call
			began := time.Now()
			_, got, _, err := do(p, &c, tt.v.request("x"), tt.t)
			took := time.Since(began)
			if kindOf(err) != burncloud.UpstreamTimeout || !strings.HasPrefix(got, tt.body) {
				t.Errorf("%q, %v", got, err)
			}
			if took < limit-limit/8 || took > limit+2*time.Second {
				t.Errorf("took %v", took)
			}
			if st := p.Stats(); st.Open != 0 {
				t.Errorf("Stats %+v", st)
			}
		})
	}
}

// A stream may last longer than every timeout but the total, and the sparse deadlines hold over many
// requests on one connection.
func TestStreamOutlivesIdleTimeout(t *testing.T) {
	v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
		for readRequest(br) != nil {
			_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for range 8 {
				<-time.After(8 * time.Millisecond)
				_, _ = io.WriteString(nc, "1\r\nx\r\n")
			}
			_, _ = io.WriteString(nc, "0\r\n\r\n")
		}
	})
	p := newPool(t, Options{})
	var c Call
	for i := range 4 {
		if _, got, reused, err := do(p, &c, v.request("x"), Timeouts{FirstByte: 50 * time.Millisecond, Idle: 50 * time.Millisecond}); got != "xxxxxxxx" || err != nil || reused != (i > 0) {
			t.Fatalf("request %d: %q, reused %v, %v", i, got, reused, err)
		}
	}
}

func TestNoConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o, _, _ := ParseOrigin("http://" + ln.Addr().String())
	_ = ln.Close()
	var c Call
	_, f := newPool(t, Options{}).Do(&c, &Request{Origin: o, Method: "GET", Path: []byte("/")}, patient)
	if f == nil || f.Kind != burncloud.UpstreamConnect || !f.Retry() {
		t.Errorf("refused: %v", f)
	}
	if strings.Contains(f.Message, "127.0.0.1") {
		t.Errorf("the message names the address: %s", f.Message)
	}
	dead := Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no such host") }}
	if _, f := newPool(t, dead).Do(&c, &Request{Origin: o, Method: "GET", Path: []byte("/")}, patient); f == nil || f.Kind != burncloud.UpstreamConnect {
		t.Errorf("DNS: %v", f)
	}
}

// Cancel works at every stage, at once, with the kind that came first.
func TestCancel(t *testing.T) {
	reached := make(chan struct{}, 1)
	silent := newVendor(t, func(_ net.Conn, br *bufio.Reader) {
		readRequest(br)
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, br)
	})
	streaming := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
		readRequest(br)
		_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, br)
	})
	deaf := newVendor(t, func(nc net.Conn, _ *bufio.Reader) {
		reached <- struct{}{}
		_, _ = nc.Read(make([]byte, 1))
		<-time.After(100 * time.Millisecond) // reads nothing more, while a large body is written
	})
	noHandshake := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
		_, _ = br.ReadByte()
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, br)
	})
	noHandshake.origin.Scheme = "https"
	dialing := Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		reached <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for _, tt := range []struct {
		name string
		opt  Options
		req  *Request
	}{
		{"dialing", dialing, silent.request("x")},
		{"handshake", Options{}, noHandshake.request("x")},
		{"writing", Options{}, deaf.request(strings.Repeat("large", 4<<20))},
		{"waiting for the head", Options{}, silent.request("x")},
		{"reading the body", Options{}, streaming.request("x")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPool(t, tt.opt)
			var c Call
			canceled := make(chan time.Time, 1)
			go func() {
				<-reached
				<-time.After(10 * time.Millisecond)
				canceled <- time.Now()
				c.Cancel(burncloud.Draining)
				c.Cancel(burncloud.Canceled)
			}()
			_, _, _, err := do(p, &c, tt.req, patient)
			if kindOf(err) != burncloud.Draining {
				t.Errorf("%v", err)
			}
			if late := time.Since(<-canceled); late > 100*time.Millisecond {
				t.Errorf("returned %v after Cancel", late)
			}
			if _, _, _, err := do(p, &c, tt.req, patient); kindOf(err) != burncloud.Draining {
				t.Errorf("the next Do: %v", err)
			}
			if st := p.Stats(); st.Open != 0 {
				t.Errorf("Stats %+v", st)
			}
		})
	}
	t.Run("before Do", func(t *testing.T) {
		v := answering(t, hi)
		p := newPool(t, Options{})
		var c Call
		if _, _, _, err := do(p, &c, v.request("x"), patient); err != nil {
			t.Fatal(err)
		}
		c.Cancel(burncloud.Canceled) // the connection is in the pool: it is left alone
		if _, _, _, err := do(p, &c, v.request("x"), patient); kindOf(err) != burncloud.Canceled {
			t.Errorf("%v", err)
		}
		c.Reset()
		if _, got, reused, err := do(p, &c, v.request("x"), patient); got != "hi" || !reused || err != nil {
			t.Errorf("after Reset: %q, reused %v, %v", got, reused, err)
		}
	})
}

// Cancels that race with the end of a call never close a connection that somebody else has.
func TestCancelRace(t *testing.T) {
	v := answering(t, hi)
	p := newPool(t, Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 200 {
				var c Call
				var racing sync.WaitGroup
				if i%2 == 0 {
					racing.Add(1)
					go func() { defer racing.Done(); c.Cancel(burncloud.Canceled) }()
				}
				_, got, _, err := do(p, &c, v.request("x"), patient)
				if i%2 == 1 && (err != nil || got != "hi") {
					t.Errorf("call %d that nobody cancelled: %q, %v", j, got, err)
				}
				if err != nil && kindOf(err) != burncloud.Canceled {
					t.Errorf("call %d: %v", j, err)
				}
				racing.Wait()
			}
		}()
	}
	wg.Wait()
	if st := p.Stats(); st.Open != st.Idle {
		t.Errorf("Stats %+v", st)
	}
}

func TestPoolLimits(t *testing.T) {
	v := answering(t, hi)
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1000, now.Load()) }
	p := newPool(t, Options{MaxPerOrigin: 3, MaxIdle: 2, IdleTimeout: time.Hour, Now: clock})
	var calls [3]Call
	var replies []*Reply
	for i := range calls {
		r, f := p.Do(&calls[i], v.request("x"), Timeouts{})
		if f != nil {
			t.Fatal(f)
		}
		replies = append(replies, r)
	}
	var extra Call
	if _, f := p.Do(&extra, v.request("x"), Timeouts{}); f == nil || f.Kind != burncloud.UpstreamConnect {
		t.Errorf("over the cap: %v", f)
	}
	var conns []*conn
	for _, r := range replies {
		if _, err := body(r); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, r.cn)
		r.Close()
	}
	if st := p.Stats(); st.Open != 2 || st.Idle != 2 {
		t.Errorf("Stats %+v", st)
	}
	r, f := p.Do(&extra, v.request("x"), Timeouts{})
	if f != nil || r.cn != conns[1] {
		t.Errorf("the connection used last is not the first to be used: %v", f)
	}
	_, _ = body(r)
	now.Store(int64(30 * time.Minute))
	r.Close()
	now.Store(int64(70 * time.Minute))
	p.sweep()
	if st := p.Stats(); st.Idle != 1 {
		t.Errorf("after 70 minutes: %+v", st)
	}
	now.Store(int64(91 * time.Minute))
	if _, _, reused, err := do(p, &extra, v.request("x"), Timeouts{}); reused || err != nil {
		t.Errorf("an expired connection was used: %v", err)
	}
	now.Store(int64(200 * time.Minute))
	p.sweep()
	if st := p.Stats(); st.Open != 0 || len(st.Origins) != 0 {
		t.Errorf("in the end: %+v", st)
	}
	if _, got, _, err := do(p, &extra, v.request("x"), Timeouts{}); got != "hi" || err != nil {
		t.Errorf("after the origin was forgotten: %q, %v", got, err)
	}
}

// The vendor answers before it has read a large body: the answer counts, not the broken write.
func TestEarlyAnswer(t *testing.T) {
	for name, linger := range map[string]func(br *bufio.Reader, done <-chan struct{}){
		"and closes":     func(*bufio.Reader, <-chan struct{}) {},
		"and stays open": func(_ *bufio.Reader, done <-chan struct{}) { <-done },
		"and reads on":   func(br *bufio.Reader, _ <-chan struct{}) { _, _ = io.Copy(io.Discard, br) },
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
				_, _ = br.ReadString('\n')
				_, _ = io.WriteString(nc, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!")
				linger(br, done)
			})
			defer close(done)
			p := newPool(t, Options{})
			var c Call
			began := time.Now()
			status, got, _, err := do(p, &c, v.request(strings.Repeat("x", 20<<20)), patient)
			if name != "and closes" && (status != 413 || got != "no!" || err != nil) {
				t.Errorf("%d %q %v", status, got, err)
			}
			// A vendor that closes with unread input resets the connection, and the reset may overtake its
			// answer; then the call fails, but it does not hang.
			if name == "and closes" && status != 413 && kindOf(err) == "" {
				t.Errorf("%d %q %v", status, got, err)
			}
			if took := time.Since(began); took > patient.FirstByte/2 {
				t.Errorf("waited %v for the vendor to read", took)
			}
		})
	}
}

// flusher is what compressing writers have.
type flusher interface {
	io.WriteCloser
	Flush() error
}

var codings = map[string]func(w io.Writer) flusher{
	"gzip": func(w io.Writer) flusher { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) flusher { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) flusher { z, _ := zstd.NewWriter(w); return z },
}

// Encoded replies are decoded as they come: each event is there before the vendor makes the next.
func TestEncodedStream(t *testing.T) {
	for coding, open := range codings {
		t.Run(coding, func(t *testing.T) {
			next := make(chan struct{})
			v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
				for readRequest(br) != nil {
					_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: "+coding+"\r\nTransfer-Encoding: chunked\r\n\r\n")
					w := open(chunker{nc})
					for i := range 4 {
						<-next
						_, _ = io.WriteString(w, "data: "+strconv.Itoa(i)+"\n\n")
						_ = w.Flush()
					}
					<-next
					_ = w.Close()
					_, _ = io.WriteString(nc, "0\r\n\r\n")
				}
			})
			p := newPool(t, Options{})
			var c Call
			for i := range 2 {
				r, f := p.Do(&c, v.request("x"), patient)
				if f != nil {
					t.Fatal(f)
				}
				if r.Reused() != (i > 0) || r.ContentLength() != -1 || r.Header("content-encoding") != nil {
					t.Errorf("reused %v, length %d", r.Reused(), r.ContentLength())
				}
				r.VisitHeaders(func(name, _ []byte) {
					if strings.EqualFold(string(name), "Content-Encoding") {
						t.Error("Content-Encoding was visited")
					}
				})
				for j := range 4 {
					next <- struct{}{}
					want := "data: " + strconv.Itoa(j) + "\n\n"
					got := ""
					for len(got) < len(want) {
						piece, err := r.Read()
						if err != nil {
							t.Fatal(err)
						}
						got += string(piece)
					}
					if got != want {
						t.Fatalf("%q", got)
					}
				}
				next <- struct{}{}
				if rest, err := body(r); rest != "" || err != nil {
					t.Errorf("%q, %v", rest, err)
				}
				r.Close()
			}
		})
	}
}

// chunker frames every write as one chunk.
type chunker struct{ w io.Writer }

func (c chunker) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := io.WriteString(c.w, strconv.FormatInt(int64(len(p)), 16)+"\r\n"+string(p)+"\r\n"); err != nil {
		return 0, err
	}
	return len(p), nil
}

func TestEncodedReplies(t *testing.T) {
	text := strings.Repeat("some text, and ", 20_000)
	for coding, open := range codings {
		var out bytes.Buffer
		w := open(&out)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		encoded := out.String()
		answer := func(b string, declared int) string {
			return "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\nContent-Length: " + strconv.Itoa(declared) + "\r\n\r\n" + b
		}
		for _, tt := range []struct {
			name, answer string
			ok           bool
		}{
			{"whole", answer(encoded, len(encoded)), true},
			{"cut by the connection", answer(encoded[:len(encoded)/2], len(encoded)), false},
			{"cut by the length", answer(encoded[:len(encoded)/2], len(encoded)/2), false},
			{"garbage", answer("\xff\x06garbage instead of an encoding", 32), false},
			{"garbage behind", answer(encoded+"garbage", len(encoded)+7), false},
		} {
			v := newVendor(t, func(nc net.Conn, br *bufio.Reader) {
				for readRequest(br) != nil {
					_, _ = io.WriteString(nc, tt.answer)
					if !tt.ok {
						return
					}
				}
			})
			p := newPool(t, Options{})
			var c Call
			for range 2 {
				_, got, _, err := do(p, &c, v.request("x"), patient)
				switch {
				case tt.ok && (err != nil || got != text):
					t.Errorf("%s, %s: %d bytes, %v", coding, tt.name, len(got), err)
				case !tt.ok && kindOf(err) != burncloud.UpstreamBroken:
					t.Errorf("%s, %s: %d bytes, %v", coding, tt.name, len(got), err)
				}
			}
			if st := p.Stats(); tt.ok && (st.Idle != 1 || v.conns.Load() != 1) || !tt.ok && st.Open != 0 {
				t.Errorf("%s, %s: %+v, %d connections", coding, tt.name, st, v.conns.Load())
			}
		}
	}
}
