package listen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

// A drain closes idle connections, refuses new ones and lets live exchanges finish.
func TestShutdownWaits(t *testing.T) {
	finish, live := make(chan struct{}), make(chan struct{})
	s, addr := start(t, Options{Control: controlHandler(t, nil), Serve: func(x *Exchange) {
		if string(x.Path()) == "/v1/live" {
			live <- struct{}{}
			<-finish
		}
		echo(x)
	}})
	idle, idleControl, fresh, busy := dial(t, addr), dial(t, addr), dial(t, addr), dial(t, addr)
	idle.send(post, 1, "x")
	idle.want(200, "x")
	idleControl.send("GET /api/x HTTP/1.1\r\nHost: h\r\n\r\n")
	idleControl.want(200, "control")
	busy.send("GET /v1/live HTTP/1.1\r\nHost: h\r\n\r\n")
	<-live
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	idle.wantClosed()
	idleControl.wantClosed()
	fresh.wantClosed()
	if nc, err := net.Dial("tcp", addr); err == nil {
		t.Error("a new connection was accepted")
		_ = nc.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(finish)
	if r := busy.want(200, "/v1/live"); !r.Close {
		t.Error("no Connection: close")
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// When the time is over, live exchanges are interrupted with Draining, end their streams in their own
// way, and the client reads a whole reply.
func TestShutdownInterrupts(t *testing.T) {
	live := make(chan struct{})
	s, addr := start(t, Options{Serve: func(x *Exchange) {
		ended := make(chan burncloud.Kind, 1)
		x.OnInterrupt(func(k burncloud.Kind) { ended <- k })
		x.Begin(200, nil, -1)
		_ = x.Write([]byte("event "))
		live <- struct{}{}
		_ = x.Finish([]byte("error " + string(<-ended)))
	}})
	s.last = 5 * time.Second
	c := dial(t, addr)
	c.send("GET /v1/live HTTP/1.1\r\nHost: h\r\n\r\n")
	<-live
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Shutdown took %v though the handler ended at once", took)
	}
	c.want(200, "event error draining")
	c.wantClosed()
}

// A handler that does not care is cut after the last bound.
func TestShutdownCuts(t *testing.T) {
	live, cut := make(chan struct{}), make(chan error, 1)
	s, addr := start(t, Options{Serve: func(x *Exchange) {
		x.Begin(200, nil, -1)
		live <- struct{}{}
		for {
			if err := x.Write(make([]byte, 1000)); err != nil {
				cut <- err
				return
			}
			<-time.After(time.Millisecond)
		}
	}})
	c := dial(t, addr)
	c.send("GET /v1/live HTTP/1.1\r\nHost: h\r\n\r\n")
	<-live
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-cut; burncloud.AsFault(err).Kind != burncloud.Canceled {
		t.Errorf("Write: %v", err)
	}
	waitFor(t, func() bool { return s.Stats().Connections == 0 })
}

// An event stream of the console does not hold up a stop: its context ends after controlBound at most.
func TestShutdownEndsControlStreams(t *testing.T) {
	gone := make(chan struct{}, 1)
	s, addr := start(t, Options{Serve: echo, Control: controlHandler(t, gone)})
	s.grace = 50 * time.Millisecond
	c := dial(t, addr)
	c.send("GET /api/events HTTP/1.1\r\nHost: h\r\n\r\n")
	if _, err := http.ReadResponse(c.br, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	<-gone
}

// A request that arrives while its connection is being taken for idle is served, not cut.
func TestShutdownRace(t *testing.T) {
	for range 30 {
		s := New(Options{Serve: echo})
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.Serve(ln) }()
		c := dial(t, ln.Addr().String())
		c.send(post, 1, "a")
		c.want(200, "a")
		go func() { _, _ = c.Write([]byte("POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")) }()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		// Either the whole reply, or nothing at all.
		line, err := c.br.ReadString('\n')
		if line != "" && line != "HTTP/1.1 200 OK\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
}
