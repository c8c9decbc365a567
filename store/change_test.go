package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// heard collects topics.
type heard struct {
	mu     sync.Mutex
	topics []string
}

func (h *heard) hear(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.topics = append(h.topics, topic)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.topics)
}

func (h *heard) want(t *testing.T, want ...string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got := h.all()
		if slices.Equal(got, want) {
			return
		}
		if len(got) > len(want) || time.Now().After(end) {
			t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

func TestNotify(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var a, b heard
		cancel := s.Subscribe(a.hear)
		s.Subscribe(b.hear)
		if err := s.Notify(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := s.Notify(ctx, "two"); err != nil {
			t.Fatal(err)
		}
		a.want(t, "one")
		b.want(t, "one", "two")
	})
}

// Topics of a transaction are announced when it is committed, and only then.
func TestNotifyAtCommit(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var h heard
		s.Subscribe(h.hear)
		failed := errors.New("failed")
		err := s.Transact(ctx, func(context.Context, bun.Tx) error { return failed }, "lost")
		if !errors.Is(err, failed) {
			t.Errorf("error %v", err)
		}
		if err := s.Transact(ctx, func(context.Context, bun.Tx) error {
			if n := len(h.all()); n > 0 {
				t.Errorf("%d topics before the commit", n)
			}
			return nil
		}, "a", "b"); err != nil {
			t.Fatal(err)
		}
		h.want(t, "a", "b")
	})
}

// What one node announces another one hears, once; when it was cut off it is told that it may have
// missed something.
func TestNotifyOtherNodes(t *testing.T) {
	ctx := context.Background()
	database := storetest.Database(t)
	a, b := storetest.Open(t, store.Options{Database: database}), storetest.Open(t, store.Options{Database: database})
	var atA, atB heard
	a.Subscribe(atA.hear)
	b.Subscribe(atB.hear)
	if err := a.Transact(ctx, func(context.Context, bun.Tx) error { return nil }, "keys"); err != nil {
		t.Fatal(err)
	}
	atB.want(t, "keys")
	if err := b.Notify(ctx, "channels of b"); err != nil {
		t.Fatal(err)
	}
	atA.want(t, "keys", "channels of b")
	atB.want(t, "keys", "channels of b")

	// The listeners' connections break.
	if err := a.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN burncloud'"); err != nil {
		t.Fatal(err)
	}
	atA.want(t, "keys", "channels of b", store.AllTopics)
	atB.want(t, "keys", "channels of b", store.AllTopics)
	if err := a.Notify(ctx, "again"); err != nil {
		t.Fatal(err)
	}
	atB.want(t, "keys", "channels of b", store.AllTopics, "again")
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const insert = "INSERT INTO ledger_accounts (kind, owner) VALUES ('user', 'x')"
		if err := s.Exec(ctx, insert); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, insert); !errors.Is(err, store.ErrConflict) {
			t.Errorf("unique: %v, want ErrConflict", err)
		}
		if err := s.Exec(ctx, "INSERT INTO ledger_journal (id, ledger, position) VALUES (1, '', 0)"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("primary key: %v, want ErrConflict", err)
		}
		var n int
		if err := s.Scan(ctx, false, &n, "SELECT id FROM ledger_accounts WHERE owner = 'y'"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nothing: %v, want ErrNotFound", err)
		}
		if err := s.Exec(ctx, "SELECT nonsense"); err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("nonsense: %v", err)
		}
	})
}

// Transactions that wait for each other in a circle both get through in the end.
func TestDeadlock(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Exec(ctx, "INSERT INTO ledger_accounts (kind, owner) VALUES ('user', 'a'), ('user', 'b')"); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 2 {
			owners := []string{"a", "b"}
			if i == 1 {
				slices.Reverse(owners)
			}
			all.Go(func() {
				for range 3 {
					if err := s.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
						for _, o := range owners {
							if _, err := tx.ExecContext(ctx, "UPDATE ledger_accounts SET held = held + 1 WHERE owner = ?", o); err != nil {
								return err
							}
						}
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		var sum int
		if err := s.Scan(ctx, false, &sum, "SELECT CAST(SUM(held) AS bigint) FROM ledger_accounts"); err != nil || sum != 12 {
			t.Errorf("sum %d, %v, want 12", sum, err)
		}
	})
}
