package billing

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// model is what the books must say, kept by the test.
type model struct {
	entries  map[string]burncloud.Money // call id and kind → amount
	open     map[uuid.UUID]burncloud.Money
	users    map[string]burncloud.Money // balance
	owner    map[uuid.UUID]string
	position int64 // of the journal, behind the newest movement
}

func newModel() *model {
	return &model{entries: map[string]burncloud.Money{}, open: map[uuid.UUID]burncloud.Money{}, users: map[string]burncloud.Money{},
		owner: map[uuid.UUID]string{}}
}

func (m *model) clone() *model {
	return &model{maps.Clone(m.entries), maps.Clone(m.open), maps.Clone(m.users), maps.Clone(m.owner), m.position}
}

// TestCrash runs random movements, stops the process (as it seems to the next one) so that only a
// prefix of the journal is left, and checks that the next one finds exactly what the prefix says; then
// goes on from there.
func TestCrash(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			crashes(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func crashes(t *testing.T, rng *rand.Rand) {
	dir, m := t.TempDir(), newModel()
	for range 6 {
		history := live(t, rng, dir, m)
		// The crash: at the end of some movement not folded yet, or a few bytes further.
		at := history[rng.IntN(len(history))]
		next := t.TempDir()
		copyDir(t, next, dir)
		zeroBehind(t, filepath.Join(next, "journal"), at.position+rng.Int64N(40))
		dir, m = next, at
		checkRecovered(t, dir, m)
	}
}

func openAt(t *testing.T, dir string) (*store.Store, *Service) {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(context.Background(), Options{Store: db, Dir: filepath.Join(dir, "journal"), Logger: slog.New(slog.DiscardHandler),
		FoldDelay: time.Hour, SegmentSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return db, s
}

// live makes random movements in dir and returns the states in which a crash could leave the journal:
// one behind each movement since the last fold. m becomes the newest. The process stops without closing
// the books, but dir is ready to be copied.
func live(t *testing.T, rng *rand.Rand, dir string, m *model) (history []*model) {
	t.Helper()
	ctx := context.Background()
	db, s := openAt(t, dir)
	b := s.book.(*journaled)
	m.open = map[uuid.UUID]burncloud.Money{} // released by New
	m.position = b.end
	holds := map[uuid.UUID]*Hold{}
	history = []*model{m.clone()}
	for range 20 + rng.IntN(80) {
		switch rng.IntN(10) {
		case 0, 1, 2, 3: // reserve
			call, user := uuid.New(), fmt.Sprint("user", rng.IntN(3))
			amount := burncloud.Money(rng.IntN(100))
			h, f := s.Reserve(Reservation{CallID: call, User: &burncloud.User{ID: user, Unlimited: true},
				Key: &burncloud.Key{ID: user + "-key", Unlimited: true}, Amount: amount})
			if f != nil {
				t.Fatal(f)
			}
			holds[call], m.open[call], m.owner[call] = &h, amount, user
		case 4, 5, 6: // settle
			call, ok := anyKey(rng, holds)
			if !ok {
				continue
			}
			charge := burncloud.Money(rng.IntN(200))
			if err := holds[call].Settle(Charge{Amount: charge, Note: "x"[:rng.IntN(2)]}); err != nil {
				t.Fatal(err)
			}
			m.entries[call.String()+" settle"] = -charge
			m.users[m.owner[call]] -= charge
			delete(m.open, call)
			delete(holds, call)
		case 7: // release
			call, ok := anyKey(rng, holds)
			if !ok {
				continue
			}
			holds[call].Release()
			delete(m.open, call)
			delete(holds, call)
		case 8: // top up: in the database at once, whatever happens to the journal
			user, amount, ref := fmt.Sprint("user", rng.IntN(3)), burncloud.Money(rng.IntN(1000)), uuid.NewString()
			if _, err := s.Adjust(ctx, burncloud.Entry{CallID: ref, Kind: burncloud.EntryTopUp, UserID: user, Amount: amount}); err != nil {
				t.Fatal(err)
			}
			for _, h := range append(history, m) {
				h.entries[ref+" topup"] = amount
				h.users[user] += amount
			}
			continue
		case 9: // fold: nothing before can be lost any more
			if rng.IntN(3) > 0 {
				continue
			}
			if err := s.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			history = nil
		}
		m.position = b.end
		history = append(history, m.clone())
	}
	// Nothing writes from here on but the database's own closing.
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	close(b.stop)
	<-b.stopped
	if err := b.journal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return history
}

func anyKey(rng *rand.Rand, m map[uuid.UUID]*Hold) (uuid.UUID, bool) {
	if len(m) == 0 {
		return uuid.UUID{}, false
	}
	keys := slices.SortedFunc(maps.Keys(m), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return keys[rng.IntN(len(keys))], true
}

// checkRecovered opens dir and compares everything with the model.
func checkRecovered(t *testing.T, dir string, m *model) {
	t.Helper()
	ctx := context.Background()
	db, s := openAt(t, dir)
	for call := range m.open {
		m.entries[call.String()+" release"] = 0
	}
	if n := len(s.Recovery().Released); n != len(m.open) {
		t.Errorf("%d holds released, want %d", n, len(m.open))
	}
	for _, d := range s.Recovery().Damage {
		if len(s.Recovery().Damage) > 1 {
			t.Error(d)
		}
	}
	entries, err := s.Entries(ctx, store.EntryFilter{}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) == 1000 {
		t.Fatal("too many entries for one page")
	}
	got := map[string]burncloud.Money{}
	for _, e := range entries {
		got[e.CallID+" "+string(e.Kind)] = e.Amount
	}
	if len(entries) != len(got) || !maps.Equal(got, m.entries) {
		t.Fatalf("%d entries, want %d\n%v\n%v", len(entries), len(m.entries), got, m.entries)
	}
	for user, want := range m.users {
		if b, err := s.Balance(ctx, user); err != nil || b != (Balance{Amount: want}) {
			t.Errorf("balance of %s: %+v, %v, want %d", user, b, err, want)
		}
	}
	if r, err := s.Verify(ctx); err != nil || len(r.Differences) > 0 {
		t.Errorf("verify: %+v, %v", r, err)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// zeroBehind makes the journal what it was when it ended at pos.
func zeroBehind(t *testing.T, dir string, pos int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		var base int64
		if _, err := fmt.Sscanf(filepath.Base(path), "%x.journal", &base); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const header = 64 // is written when the segment is made
		if from := max(header, pos-base); from < int64(len(data)) {
			clear(data[from:])
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A journal that cannot go on keeps what happens in memory, refuses new calls, and writes it when it
// can.
func TestDiskFull(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	dir := filepath.Join(t.TempDir(), "journal")
	s, err := New(ctx, Options{Store: db, Dir: dir, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), FoldDelay: time.Hour, SegmentSize: 2048})
	if err != nil {
		t.Fatal(err)
	}
	user := &burncloud.User{ID: "u", Unlimited: true}
	var holds []Hold
	for {
		if len(holds) == 1 { // from now on no new segment can be made
			if err := os.Rename(dir, dir+".away"); err != nil {
				t.Fatal(err)
			}
		}
		h, f := s.Reserve(Reservation{CallID: uuid.New(), User: user, Amount: 1})
		if f != nil {
			if f.Kind != burncloud.Overloaded {
				t.Fatal(f)
			}
			break
		}
		holds = append(holds, h)
	}
	for i := range holds {
		if err := holds[i].Settle(Charge{Amount: 2}); err != ErrPending {
			t.Fatalf("settle %d: %v, want ErrPending", i, err)
		}
	}
	if b, err := s.Balance(ctx, "u"); err != nil || b != (Balance{Amount: -2 * burncloud.Money(len(holds))}) {
		t.Errorf("balance %+v, %v", b, err)
	}
	if l := s.Lag(); l.Waiting != len(holds) {
		t.Errorf("lag %+v, want %d waiting", l, len(holds))
	}
	if _, err := s.Verify(ctx); err == nil {
		t.Error("verified while charges wait")
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Verify(ctx); err != nil || len(r.Differences) > 0 {
		t.Errorf("verify: %+v, %v", r, err)
	}
	entries, err := s.Entries(ctx, store.EntryFilter{}, 0, 1000)
	if err != nil || len(entries) != len(holds) {
		t.Errorf("%d entries, %v, want %d", len(entries), err, len(holds))
	}
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// A call costs no garbage, so that the collector does not run for the sake of money.
func TestReserveSettleAllocateNothing(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	s, err := New(ctx, Options{Store: db, Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler), FoldDelay: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	user, key := &burncloud.User{ID: "u", Unlimited: true}, &burncloud.Key{ID: "k", Unlimited: true}
	var id uuid.UUID
	if n := testing.AllocsPerRun(1000, func() {
		id[0], id[1] = id[0]+1, id[1]+id[0]
		h, f := s.Reserve(Reservation{CallID: id, User: user, Key: key, Amount: 5})
		if f != nil {
			t.Fatal(f)
		}
		defer h.Release()
		if err := h.Settle(Charge{Amount: 5}); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per call", n)
	}
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// Verify names what memory and database disagree about.
func TestVerifyComparesMemory(t *testing.T) {
	ctx := context.Background()
	s, err := New(ctx, Options{Store: storetest.SQLite(t), Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Adjust(ctx, burncloud.Entry{Kind: burncloud.EntryTopUp, UserID: "alice", Amount: 5}); err != nil {
		t.Fatal(err)
	}
	b := s.book.(*journaled)
	b.mu.Lock()
	accountOf(b.users, "alice").balance++
	accountOf(b.keys, "ghost").held = 3
	b.mu.Unlock()
	r, err := s.Verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(r.Differences)
	want := "[user alice: balance in memory against the database: 0.000000006 USD, should be 0.000000005 USD" +
		" key ghost: holds in memory without records: 0.000000003 USD, should be 0 USD]"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// A journal beside a new database belongs to another ledger: nobody is charged for it, and it is kept.
func TestForeignJournal(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "journal")
	open := func() (*Service, error) {
		return New(ctx, Options{Store: storetest.SQLite(t), Dir: dir, Logger: slog.New(slog.DiscardHandler), FoldDelay: time.Hour})
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	h, f := first.Reserve(Reservation{CallID: uuid.New(), User: &burncloud.User{ID: "alice", Unlimited: true}, Amount: 5})
	if f != nil {
		t.Fatal(f)
	}
	if err := h.Settle(Charge{Amount: 5}); err != nil {
		t.Fatal(err)
	}
	second, err := open() // as if the first had been killed and its database replaced
	if err != nil {
		t.Fatal(err)
	}
	if b, err := second.Balance(ctx, "alice"); err != nil || b != (Balance{}) {
		t.Errorf("balance %+v, %v", b, err)
	}
	if r := second.Recovery(); len(r.Damage) != 1 || r.Records != 0 {
		t.Errorf("recovery %+v", r)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.foreign")); err != nil || len(left) != 1 {
		t.Errorf("kept: %v, %v", left, err)
	}
	for _, s := range []*Service{second, first} {
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}
