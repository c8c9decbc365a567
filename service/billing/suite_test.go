package billing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
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

const cent = burncloud.USD / 100

// each runs a test with an empty ledger on every engine.
func each(t *testing.T, test func(t *testing.T, s *billing.Service)) {
	storetest.Each(t, func(t *testing.T, db *store.Store) { test(t, open(t, db)) })
}

func open(tb testing.TB, db *store.Store) *billing.Service {
	tb.Helper()
	s, err := billing.New(context.Background(), billing.Options{
		Store: db, Dir: filepath.Join(db.DataDir(), "journal"), Logger: slog.New(slog.DiscardHandler), FoldDelay: time.Millisecond})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func topUp(tb testing.TB, s *billing.Service, user string, amount burncloud.Money) {
	tb.Helper()
	if _, err := s.Adjust(context.Background(), burncloud.Entry{Kind: burncloud.EntryTopUp, UserID: user, Amount: amount}); err != nil {
		tb.Fatal(err)
	}
}

func call(tb testing.TB) uuid.UUID {
	tb.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// verify fails the test unless the books add up.
func verify(tb testing.TB, s *billing.Service) {
	tb.Helper()
	r, err := s.Verify(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range r.Differences {
		tb.Error(d)
	}
}

func wantBalance(tb testing.TB, s *billing.Service, user string, amount, held burncloud.Money) {
	tb.Helper()
	got, err := s.Balance(context.Background(), user)
	if err != nil {
		tb.Fatal(err)
	}
	if want := (billing.Balance{Amount: amount, Held: held}); got != want {
		tb.Errorf("balance of %s: %v, want %v", user, got, want)
	}
}

func wantSpending(tb testing.TB, s *billing.Service, key string, amount, held burncloud.Money) {
	tb.Helper()
	got, err := s.Spending(context.Background(), key)
	if err != nil {
		tb.Fatal(err)
	}
	if want := (billing.Spending{Amount: amount, Held: held}); got != want {
		tb.Errorf("spending of %s: %v, want %v", key, got, want)
	}
}

var (
	alice = &burncloud.User{ID: "alice", Role: burncloud.Member}
	root  = &burncloud.User{ID: "root", Role: burncloud.Owner}
	free  = &burncloud.Key{ID: "free", UserID: "alice", Unlimited: true}
	tight = &burncloud.Key{ID: "tight", UserID: "alice", Limit: 50 * cent}
)

func reserve(tb testing.TB, s *billing.Service, u *burncloud.User, k *burncloud.Key, amount burncloud.Money) billing.Hold {
	tb.Helper()
	h, f := s.Reserve(billing.Reservation{CallID: call(tb), User: u, Key: k, Amount: amount})
	if f != nil {
		tb.Fatal(f)
	}
	return h
}

func TestCall(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", 10*cent)
		h := reserve(t, s, alice, tight, 4*cent)
		wantBalance(t, s, "alice", 10*cent, 4*cent)
		wantSpending(t, s, "tight", 0, 4*cent)
		if err := h.Settle(billing.Charge{Amount: 3 * cent, Note: "estimated"}); err != nil {
			t.Fatal(err)
		}
		h.Release()
		wantBalance(t, s, "alice", 7*cent, 0)
		wantSpending(t, s, "tight", 3*cent, 0)

		h = reserve(t, s, alice, tight, 4*cent)
		h.Release()
		h.Release()
		wantBalance(t, s, "alice", 7*cent, 0)
		wantSpending(t, s, "tight", 3*cent, 0)
		verify(t, s)

		entries, err := s.Entries(context.Background(), store.EntryFilter{UserID: "alice"}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != 2 {
			t.Fatalf("%d entries, want 2: %v", len(entries), entries)
		}
		e := entries[0]
		if e.Kind != burncloud.EntrySettle || e.Amount != -3*cent || e.KeyID != "tight" || e.Note != "estimated" || e.Time.IsZero() {
			t.Errorf("entry %+v", e)
		}
		if older, err := s.Entries(context.Background(), store.EntryFilter{UserID: "alice"}, e.ID, 10); err != nil || len(older) != 1 || older[0].Kind != burncloud.EntryTopUp {
			t.Errorf("page after %d: %v, %v", e.ID, older, err)
		}
	})
}

func TestSettleOnce(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", 10*cent)
		h := reserve(t, s, alice, free, cent)
		twin := h
		if err := h.Settle(billing.Charge{Amount: cent}); err != nil {
			t.Fatal(err)
		}
		next := reserve(t, s, alice, free, 2*cent) // may stand where the first one stood
		defer next.Release()
		for name, again := range map[string]*billing.Hold{"same": &h, "copy": &twin, "zero": {}} {
			if err := again.Settle(billing.Charge{Amount: cent}); !errors.Is(err, billing.ErrSettled) {
				t.Errorf("%s: second Settle: %v, want ErrSettled", name, err)
			}
		}
		h = reserve(t, s, alice, free, cent)
		twin = h
		h.Release()
		if err := twin.Settle(billing.Charge{Amount: cent}); !errors.Is(err, billing.ErrSettled) {
			t.Errorf("Settle after Release: %v, want ErrSettled", err)
		}
		wantBalance(t, s, "alice", 9*cent, 2*cent)
		verify(t, s)
	})
}

// A call id that is used for a second call is a fault of the caller. It is charged once.
func TestCallIDTwice(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", 10*cent)
		id := call(t)
		for range 2 {
			h, f := s.Reserve(billing.Reservation{CallID: id, User: alice, Key: free, Amount: cent})
			if f != nil {
				t.Fatal(f)
			}
			if err := h.Settle(billing.Charge{Amount: cent}); err != nil && !errors.Is(err, billing.ErrSettled) {
				t.Fatal(err)
			}
		}
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantBalance(t, s, "alice", 9*cent, 0)
		wantSpending(t, s, "free", cent, 0)
		verify(t, s)
	})
}

func TestLimits(t *testing.T) {
	cases := []struct {
		name   string
		user   *burncloud.User
		key    *burncloud.Key
		amount burncloud.Money
		want   string // in the message; "" is granted
	}{
		{"within both", alice, tight, 50 * cent, ""},
		{"all of the balance", alice, free, burncloud.USD, ""},
		{"above the key's limit", alice, tight, 50*cent + 1, "spending limit of this key does not cover this call: it may cost up to 0.500000001 USD and 0.5 USD is left"},
		{"above the balance", alice, free, burncloud.USD + 1, "balance of this key's user does not cover this call: it may cost up to 1.000000001 USD and 1 USD is left"},
		{"no key", alice, nil, burncloud.USD + 1, "balance"},
		{"nothing left, nothing asked", &burncloud.User{ID: "bob"}, free, 0, ""},
		{"no balance", &burncloud.User{ID: "bob"}, free, 1, "0 USD is left"},
		{"owner", root, free, 1_000_000 * burncloud.USD, ""},
		{"unlimited user", &burncloud.User{ID: "carol", Unlimited: true}, free, 1000 * burncloud.USD, ""},
		{"owner with a limited key", root, tight, 51 * cent, "spending limit"},
		{"beyond counting", root, free, 1_000_000*burncloud.USD + 1, "more than can be counted"},
		{"negative", root, free, -1, "more than can be counted"},
		{"nobody", &burncloud.User{}, free, 1, "no user"},
	}
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", burncloud.USD)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				h, f := s.Reserve(billing.Reservation{CallID: call(t), User: c.user, Key: c.key, Amount: c.amount})
				switch {
				case c.want == "" && f != nil:
					t.Fatal(f)
				case c.want == "":
					h.Release()
				case f == nil:
					t.Fatal("granted")
				case !strings.Contains(f.Message, c.want):
					t.Errorf("message %q, want %q in it", f.Message, c.want)
				}
				wantBalance(t, s, "alice", burncloud.USD, 0)
				wantSpending(t, s, "tight", 0, 0)
			})
		}
		verify(t, s)
	})
}

func TestOverdraft(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", 10*cent)
		h := reserve(t, s, alice, tight, 10*cent)
		if err := h.Settle(billing.Charge{Amount: 60 * cent}); err != nil {
			t.Fatal(err)
		}
		wantBalance(t, s, "alice", -50*cent, 0)
		wantSpending(t, s, "tight", 60*cent, 0)
		if _, f := s.Reserve(billing.Reservation{CallID: call(t), User: alice, Key: free, Amount: 1}); f == nil || f.Kind != burncloud.InsufficientFunds {
			t.Errorf("after an overdraft: %v, want InsufficientFunds", f)
		}
		h = reserve(t, s, root, free, 0) // no price known, nothing reserved
		if err := h.Settle(billing.Charge{Amount: cent}); err != nil {
			t.Fatal(err)
		}
		wantBalance(t, s, "root", -cent, 0)
		verify(t, s)
	})
}

func TestAdjust(t *testing.T) {
	ctx := context.Background()
	each(t, func(t *testing.T, s *billing.Service) {
		first := burncloud.Entry{Kind: burncloud.EntryTopUp, CallID: "initial alice", UserID: "alice", Amount: 10 * burncloud.USD, Note: "by file"}
		got, err := s.Adjust(ctx, first)
		if err != nil || got.ID == 0 || got.Time.IsZero() {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := s.Adjust(ctx, first); !errors.Is(err, billing.ErrRepeated) {
			t.Errorf("second time: %v, want ErrRepeated", err)
		}
		if _, err := s.Adjust(ctx, burncloud.Entry{Kind: burncloud.EntryAdjustment, UserID: "alice", Amount: -11 * burncloud.USD}); err != nil {
			t.Error(err)
		}
		if _, err := s.Adjust(ctx, burncloud.Entry{Kind: burncloud.EntryAdjustment, KeyID: "tight", Amount: 5 * cent}); err != nil {
			t.Error(err)
		}
		wantBalance(t, s, "alice", -burncloud.USD, 0)
		wantSpending(t, s, "tight", -5*cent, 0)
		for _, bad := range []burncloud.Entry{
			{Kind: burncloud.EntrySettle, UserID: "alice", Amount: 1},
			{Kind: burncloud.EntryTopUp, Amount: 1},
			{Kind: burncloud.EntryTopUp, UserID: "alice", Amount: -1},
			{Kind: burncloud.EntryTopUp, UserID: "alice", Amount: 1 << 62},
		} {
			var f *burncloud.Fault
			if _, err := s.Adjust(ctx, bad); !errors.As(err, &f) || f.Kind != burncloud.Invalid {
				t.Errorf("%+v: %v, want Invalid", bad, err)
			}
		}
		entries, err := s.Entries(ctx, store.EntryFilter{CallID: "initial alice"}, 0, 10)
		if err != nil || len(entries) != 1 || entries[0] != got {
			t.Errorf("entries %+v, %v, want %+v", entries, err, got)
		}
		verify(t, s)
	})
}

func TestOpenHolds(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", burncloud.USD)
		h := reserve(t, s, alice, tight, cent)
		defer h.Release()
		for range 2 { // in the journal, then in the database
			open, err := s.OpenHolds(context.Background())
			if err != nil || len(open) != 1 || open[0].UserID != "alice" || open[0].KeyID != "tight" || open[0].Amount != cent {
				t.Fatalf("open holds %+v, %v", open, err)
			}
			verify(t, s)
		}
	})
}

// 1,000 calls at once against money for 10: exactly 10 get through when each costs what it reserved,
// and never more is spent when some cost less or nothing.
func TestRace(t *testing.T) {
	for _, c := range []struct {
		name           string
		balance, limit burncloud.Money
		mixed          bool
	}{
		{"balance for 10", 10 * cent, 1000 * cent, false},
		{"key limit for 10", 1000 * cent, 10 * cent, false},
		{"balance for 10, mixed", 10 * cent, 1000 * cent, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *billing.Service) {
				topUp(t, s, "alice", c.balance)
				key := &burncloud.Key{ID: "key", Limit: c.limit}
				var spent atomic.Int64
				var all sync.WaitGroup
				for i := range 1000 {
					all.Go(func() {
						h, f := s.Reserve(billing.Reservation{CallID: uuid.New(), User: alice, Key: key, Amount: cent})
						if f != nil {
							if f.Kind != burncloud.InsufficientFunds {
								t.Error(f)
							}
							return
						}
						cost := cent
						if c.mixed {
							cost = cent * burncloud.Money(i%3) / 2
						}
						if c.mixed && cost == 0 {
							h.Release()
							return
						}
						if err := h.Settle(billing.Charge{Amount: cost}); err != nil {
							t.Error(err)
						}
						spent.Add(int64(cost))
					})
				}
				all.Wait()
				got := burncloud.Money(spent.Load())
				if got > 10*cent || !c.mixed && got != 10*cent {
					t.Errorf("spent %s USD of 0.1", got)
				}
				wantBalance(t, s, "alice", c.balance-got, 0)
				wantSpending(t, s, "key", got, 0)
				verify(t, s)
			})
		})
	}
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		topUp(t, s, "alice", burncloud.USD)
		h := reserve(t, s, alice, free, cent)
		for range 2 {
			if err := s.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Settle(billing.Charge{Amount: cent}); !errors.Is(err, billing.ErrClosed) {
			t.Errorf("Settle: %v, want ErrClosed", err)
		}
		if _, f := s.Reserve(billing.Reservation{CallID: call(t), User: alice, Key: free, Amount: cent}); f == nil || f.Kind != burncloud.Draining {
			t.Errorf("Reserve: %v, want Draining", f)
		}
		h.Release()
	})
}

// Whatever many goroutines do to the same few accounts, and whoever looks meanwhile, the books add up.
func TestConcurrent(t *testing.T) {
	each(t, func(t *testing.T, s *billing.Service) {
		var all sync.WaitGroup
		var spent [4]atomic.Int64
		for g := range 8 {
			all.Go(func() {
				for i := range 50 {
					n := (g + i) % len(spent)
					user := &burncloud.User{ID: fmt.Sprint("user", n), Unlimited: true}
					h, f := s.Reserve(billing.Reservation{CallID: uuid.New(), User: user, Key: &burncloud.Key{ID: fmt.Sprint("key", (n+i)%3), Unlimited: true}, Amount: cent})
					if f != nil {
						t.Error(f)
						return
					}
					if i%10 == 0 {
						topUp(t, s, user.ID, 3)
						spent[n].Add(-3)
					}
					if i%7 == 0 {
						h.Release()
						continue
					}
					if err := h.Settle(billing.Charge{Amount: burncloud.Money(i)}); err != nil {
						t.Error(err)
					}
					spent[n].Add(int64(i))
				}
			})
		}
		all.Go(func() {
			for range 10 {
				verify(t, s)
			}
		})
		all.Wait()
		for n := range spent {
			wantBalance(t, s, fmt.Sprint("user", n), -burncloud.Money(spent[n].Load()), 0)
		}
		verify(t, s)
	})
}
