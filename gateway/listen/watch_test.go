package listen

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

// A hang-up is told within 100 ms, by FIN and by RST, before and after the watch has begun, and also
// when the handler has written part of a stream.
func TestHangUp(t *testing.T) {
	type event struct {
		kind burncloud.Kind
		at   time.Time
	}
	ready, told := make(chan struct{}), make(chan event, 1)
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		if string(x.Path()) == "/v1/stream" {
			x.Begin(200, nil, -1)
			_ = x.Write([]byte("event"))
		}
		done := make(chan struct{})
		x.OnInterrupt(func(k burncloud.Kind) {
			told <- event{k, time.Now()}
			close(done)
		})
		ready <- struct{}{}
		<-done // a silent vendor
		if k := x.Interrupted(); k != burncloud.Canceled {
			t.Errorf("Interrupted %q", k)
		}
	}})
	for _, path := range []string{"/v1/plain", "/v1/stream"} {
		for _, wait := range []time.Duration{0, 30 * time.Millisecond, 120 * time.Millisecond} {
			for _, reset := range []bool{false, true} {
				c := dial(t, addr)
				c.send("POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", path)
				<-ready
				<-time.After(wait)
				if reset {
					_ = c.Conn.(*net.TCPConn).SetLinger(0)
				}
				left := time.Now()
				_ = c.Close()
				e := <-told
				if e.kind != burncloud.Canceled {
					t.Errorf("kind %q", e.kind)
				}
				if late := e.at.Sub(left); late > 100*time.Millisecond {
					t.Errorf("%s, hang-up after %v, reset %v: told %v later", path, wait, reset, late)
				}
			}
		}
	}
}

// Requests that last long enough to be watched leave the connection as good as new, and what was
// received meanwhile is the next request.
func TestWatchedConnectionGoesOn(t *testing.T) {
	var told atomic.Int32
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		x.OnInterrupt(func(burncloud.Kind) { told.Add(1) })
		if string(x.Path()) == "/v1/slow" {
			<-time.After(80 * time.Millisecond)
		}
		echo(x) // reads its body while watched
	}})
	c := dial(t, addr)
	for range 3 {
		c.send("GET /v1/slow HTTP/1.1\r\nHost: h\r\n\r\n")
		c.want(200, "/v1/slow")
		c.send(post, 2, "hi")
		c.want(200, "hi")
	}
	c.send("GET /v1/slow HTTP/1.1\r\nHost: h\r\n\r\n")
	<-time.After(65 * time.Millisecond) // the watch runs and receives these
	c.send(post+post, 5, "first", 6, "second")
	c.want(200, "/v1/slow")
	c.want(200, "first")
	c.want(200, "second")
	// The body comes while the watch runs.
	c.send("POST /v1/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n")
	<-time.After(65 * time.Millisecond)
	c.send("the body")
	c.want(200, "the body")
	c.send(post, 4, "last")
	c.want(200, "last")
	if told.Load() != 0 {
		t.Errorf("interrupted %d times", told.Load())
	}
}

// After OnInterrupt(nil) has returned, the function is not running and is not called.
func TestInterruptTakenBack(t *testing.T) {
	done := make(chan struct{})
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		defer func() { done <- struct{}{} }()
		gone := make(chan struct{})
		x.OnInterrupt(func(burncloud.Kind) { close(gone) })
		<-gone
		// Registered after the fact: told at once.
		again := make(chan burncloud.Kind)
		x.OnInterrupt(func(k burncloud.Kind) { again <- k })
		if k := <-again; k != burncloud.Canceled {
			t.Errorf("kind %q", k)
		}
		var active atomic.Bool
		for range 200 {
			active.Store(true)
			x.OnInterrupt(func(burncloud.Kind) {
				if !active.Load() {
					t.Error("called after it was taken back")
				}
			})
			x.OnInterrupt(nil)
			active.Store(false)
		}
	}})
	c := dial(t, addr)
	c.send("GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
	_ = c.Close()
	<-done
}

// Starts and stops of many watches at once, on all of their paths.
func TestWatchQueue(t *testing.T) {
	_, addr := start(t, Options{Serve: func(x *Exchange) {
		x.OnInterrupt(func(burncloud.Kind) {})
		switch string(x.Path()) {
		case "/v1/a":
		case "/v1/b":
			<-time.After(26 * time.Millisecond)
		case "/v1/c":
			<-time.After(51 * time.Millisecond)
		}
		_ = x.Reply(200, nil, nil)
	}})
	finished := make(chan struct{})
	const clients = 40
	for i := range clients {
		c := dial(t, addr)
		go func() {
			defer func() { finished <- struct{}{} }()
			for j := range 12 {
				path := []string{"a", "b", "c"}[(i+j)%3]
				if _, err := c.Write([]byte("GET /v1/" + path + " HTTP/1.1\r\nHost: h\r\n\r\n")); err != nil {
					t.Error(err)
					return
				}
				if !readUntilBlank(c) {
					t.Errorf("client %d lost its connection at request %d", i, j)
					return
				}
			}
		}()
	}
	for range clients {
		<-finished
	}
}

func readUntilBlank(c *client) bool {
	for {
		line, err := c.br.ReadString('\n')
		if err != nil {
			return false
		}
		if line == "\r\n" {
			return true
		}
	}
}
