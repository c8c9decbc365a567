package billing_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// node opens one of several processes that share a database.
func node(t *testing.T, database string, lease time.Duration) *billing.Service {
	t.Helper()
	db := storetest.Open(t, store.Options{Database: database})
	s, err := billing.New(context.Background(), billing.Options{Store: db, Logger: slog.New(slog.DiscardHandler), Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Two processes cannot spend the same money.
func TestNodesShareABalance(t *testing.T) {
	database := storetest.Database(t)
	nodes := []*billing.Service{node(t, database, 0), node(t, database, 0)}
	topUp(t, nodes[0], "alice", 10*cent)
	var granted atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			h, f := nodes[i%2].Reserve(billing.Reservation{CallID: uuid.New(), User: alice, Key: free, Amount: cent})
			if f != nil {
				return
			}
			granted.Add(1)
			if err := h.Settle(billing.Charge{Amount: cent}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if granted.Load() != 10 {
		t.Errorf("%d calls granted, want 10", granted.Load())
	}
	for _, s := range nodes {
		wantBalance(t, s, "alice", 0, 0)
		verify(t, s)
	}
}

// A node that has gone silent loses its holds; when it was only slow, what it then settles is booked
// all the same, once.
func TestDeadNode(t *testing.T) {
	ctx := context.Background()
	database := storetest.Database(t)
	slow := node(t, database, time.Hour) // its next sign of life is far away
	topUp(t, slow, "alice", 10*cent)
	h := reserve(t, slow, alice, tight, 8*cent)
	wantBalance(t, slow, "alice", 10*cent, 8*cent)

	other := node(t, database, time.Microsecond)
	wantBalance(t, other, "alice", 10*cent, 0)
	wantSpending(t, other, "tight", 0, 0)
	entries, err := other.Entries(ctx, store.EntryFilter{Kind: burncloud.EntryRelease}, 0, 10)
	if err != nil || len(entries) != 1 || entries[0].Amount != 0 || entries[0].UserID != "alice" || entries[0].Note == "" {
		t.Errorf("release entries %+v, %v", entries, err)
	}
	twin := h
	if err := h.Settle(billing.Charge{Amount: 7 * cent}); err != nil {
		t.Error(err)
	}
	if err := twin.Settle(billing.Charge{Amount: 7 * cent}); !errors.Is(err, billing.ErrSettled) {
		t.Errorf("second Settle: %v", err)
	}
	wantBalance(t, other, "alice", 3*cent, 0)
	verify(t, other)
}

// While the database is away calls are refused and settlements wait; when an answer was lost, nothing
// happens twice and no hold stays.
func TestDatabaseAway(t *testing.T) {
	for _, c := range []struct {
		name string
		mode int32
	}{{"refused", cut}, {"answers lost", deaf}} {
		t.Run(c.name, func(t *testing.T) {
			direct := storetest.Database(t)
			p, database := newProxy(t, direct)
			s := node(t, database, time.Hour)
			topUp(t, s, "alice", 10*cent)
			h := reserve(t, s, alice, free, 5*cent)
			released := reserve(t, s, alice, free, 2*cent)

			p.set(c.mode)
			if err := h.Settle(billing.Charge{Amount: 4 * cent}); !errors.Is(err, billing.ErrPending) {
				t.Errorf("Settle: %v, want ErrPending", err)
			}
			released.Release()
			if l := s.Lag(); l.Waiting == 0 {
				t.Errorf("lag %+v", l)
			}
			if _, f := s.Reserve(billing.Reservation{CallID: call(t), User: alice, Key: free, Amount: cent}); f == nil || f.Kind != burncloud.Overloaded {
				t.Errorf("Reserve: %v, want Overloaded", f)
			}
			p.set(through)
			eventually(t, func() bool { return s.Lag().Waiting == 0 })
			wantBalance(t, s, "alice", 6*cent, 0)
			verify(t, s)
		})
	}
}

// A hold whose making was not confirmed is ended.
func TestReserveAnswerLost(t *testing.T) {
	p, database := newProxy(t, storetest.Database(t))
	s := node(t, database, time.Hour)
	topUp(t, s, "alice", 10*cent)
	h := reserve(t, s, alice, free, cent) // both accounts are known now
	h.Release()
	p.set(deaf)
	if _, f := s.Reserve(billing.Reservation{CallID: call(t), User: alice, Key: free, Amount: cent}); f == nil || f.Kind != burncloud.Overloaded {
		t.Errorf("Reserve: %v, want Overloaded", f)
	}
	p.set(through)
	eventually(t, func() bool { return s.Lag().Waiting == 0 })
	wantBalance(t, s, "alice", 10*cent, 0)
	verify(t, s)
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never happened")
		}
	}
}

// proxy stands between a node and PostgreSQL.
type proxy struct {
	mode  atomic.Int32
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// What a proxy does.
const (
	through = iota // passes everything on
	cut            // ends every connection
	deaf           // passes on what is asked, and ends the connection at the answer
)

func newProxy(t *testing.T, database string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{conns: map[net.Conn]bool{}}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		p.set(cut)
		all.Wait()
	})
	server := u.Host
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(client, server) })
		}
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) set(mode int32) {
	p.mode.Store(mode)
	if mode != cut {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) serve(client net.Conn, address string) {
	defer client.Close()
	if p.mode.Load() == cut {
		return
	}
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	buf := make([]byte, 16<<10)
	for {
		n, err := server.Read(buf)
		if err != nil || p.mode.Load() != through {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
