package account

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/cache"
	"github.com/burncloud/burncloud/store/storetest"
)

// clock is a clock that tests turn.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// counter is a cache that can be down.
type counter struct {
	cache.Cache
	err error
}

func (c *counter) Incr(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	if c.err != nil {
		return 0, c.err
	}
	return c.Cache.Incr(ctx, key, ttl)
}

func (c *counter) Delete(ctx context.Context, key string) error {
	return errors.Join(c.err, c.Cache.Delete(ctx, key))
}

type fixture struct {
	*Service
	store   *store.Store
	clock   *clock
	counter *counter
}

var ctx = context.Background()

func newFixture(t testing.TB, s *store.Store) *fixture {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	f := &fixture{store: s, clock: c, counter: &counter{Cache: cache.NewMemory(c.now)}}
	f.Service = f.open(t)
	return f
}

// open starts another Service on the same store, as another node would.
func (f *fixture) open(t testing.TB) *Service {
	t.Helper()
	s, err := New(ctx, Options{Store: f.store, Counter: f.counter, Now: f.clock.now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.hasher.cost = cost{memory: 64, time: 1} // the real one is for TestPassword alone
	t.Cleanup(func() {
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

func each(t *testing.T, test func(t *testing.T, f *fixture)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, newFixture(t, s)) })
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (f *fixture) user(t testing.TB, name string) *burncloud.User {
	t.Helper()
	return must(f.CreateUser(ctx, NewUser{Username: name}))(t)
}

func (f *fixture) key(t testing.TB, n NewKey) (*burncloud.Key, string) {
	t.Helper()
	k, secret, err := f.CreateKey(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

// wantFault checks kind and param of an error.
func wantFault(t testing.TB, err error, kind burncloud.Kind, param string) *burncloud.Fault {
	t.Helper()
	var f *burncloud.Fault
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault %s", err, kind)
	}
	if f.Kind != kind || f.Param != param {
		t.Errorf("got %s about %q (%s), want %s about %q", f.Kind, f.Param, f.Message, kind, param)
	}
	return f
}

func as(role burncloud.Role) context.Context {
	return burncloud.WithActor(ctx, burncloud.Actor{UserID: "x", Username: "x", Role: role, Via: "session"})
}

func ptr[T any](v T) *T { return &v }

// storeAt are the options of a node on a PostgreSQL database.
func storeAt(t testing.TB, url string) store.Options {
	return store.Options{Database: url, DataDir: t.TempDir()}
}
