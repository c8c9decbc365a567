package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

func entry(kind burncloud.EntryKind, ref, userID string, amount burncloud.Money) burncloud.Entry {
	return burncloud.Entry{CallID: ref, Kind: kind, UserID: userID, Amount: amount, Time: t0}
}

func appendEntry(t *testing.T, s *store.Store, e burncloud.Entry) burncloud.Entry {
	t.Helper()
	e, err := s.Ledger().Append(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Whoever tries to rewrite history is stopped by the database itself.
func TestEntriesAreAppendOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		appendEntry(t, s, entry(burncloud.EntryTopUp, "one", "alice", 5))
		for _, statement := range []string{"UPDATE ledger_entries SET amount = 6", "DELETE FROM ledger_entries"} {
			if err := s.Exec(context.Background(), statement); err == nil || !strings.Contains(err.Error(), "never") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

// Each figure that does not add up is named.
func TestVerifyNamesDifferences(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		appendEntry(t, s, entry(burncloud.EntryTopUp, "one", "alice", 5))
		appendEntry(t, s, entry(burncloud.EntryTopUp, "two", "bob", 7))
		if n, d, err := s.Ledger().Verify(ctx); err != nil || n != 2 || len(d) != 0 {
			t.Fatalf("%d accounts, %v, %v", n, d, err)
		}
		for _, statement := range []string{
			"UPDATE ledger_accounts SET balance = balance + 1 WHERE owner = 'alice'",
			"UPDATE ledger_accounts SET held = 3 WHERE owner = 'bob'",
			"INSERT INTO ledger_holds (call_id, user_account, amount, time) SELECT 'h', id, 2, 0 FROM ledger_accounts WHERE owner = 'bob'",
			"INSERT INTO ledger_entries (call_id, kind, key_account, amount, time) VALUES ('lost', 'settle', 999, -4, 0)",
		} {
			if err := s.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		owner := func(id string) store.Owner { return store.Owner{Kind: store.UserAccount, ID: id} }
		want := []store.Difference{
			{Account: store.Account{Owner: owner("alice"), Balance: 6}, Entries: 5},
			{Account: store.Account{Owner: owner("bob"), Balance: 7, Held: 3}, Entries: 7, Holds: 2},
			{Entries: -4},
		}
		if _, d, err := s.Ledger().Verify(ctx); err != nil || fmt.Sprint(d) != fmt.Sprint(want) {
			t.Errorf("differences %v, %v\nwant %v", d, err, want)
		}
	})
}

func TestEntryFilter(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i := range 6 {
			e := entry(burncloud.EntryTopUp, fmt.Sprint("ref", i), []string{"alice", "bob"}[i%2], burncloud.Money(i))
			if i%3 == 0 {
				e.Kind, e.KeyID = burncloud.EntryAdjustment, "key"
			}
			e.Time = t0.Add(time.Duration(i) * time.Minute)
			appendEntry(t, s, e)
		}
		for _, c := range []struct {
			filter store.EntryFilter
			before int64
			limit  int
			want   string
		}{
			{store.EntryFilter{}, 0, 10, "5 4 3 2 1 0"},
			{store.EntryFilter{}, 0, 2, "5 4"},
			{store.EntryFilter{}, 5, 2, "3 2"},
			{store.EntryFilter{UserID: "alice"}, 0, 10, "4 2 0"},
			{store.EntryFilter{UserID: "nobody"}, 0, 10, ""},
			{store.EntryFilter{KeyID: "key"}, 0, 10, "3 0"},
			{store.EntryFilter{KeyID: "key", UserID: "bob"}, 0, 10, "3"},
			{store.EntryFilter{Kind: burncloud.EntryTopUp}, 0, 10, "5 4 2 1"},
			{store.EntryFilter{CallID: "ref3"}, 0, 10, "3"},
			{store.EntryFilter{From: t0.Add(2 * time.Minute), To: t0.Add(4 * time.Minute)}, 0, 10, "3 2"},
		} {
			entries, err := s.Ledger().Entries(ctx, c.filter, c.before, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, fmt.Sprint(int64(e.Amount)))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v before %d: %q, want %q", c.filter, c.before, got, c.want)
			}
		}
	})
}

func fold(from, to int64, entries []store.FoldEntry, opened, closed []store.FoldHold) *store.Fold {
	return &store.Fold{From: from, To: to, Entries: entries, Opened: opened, Closed: closed}
}

// A stretch of the journal is booked once, all of it or nothing.
func TestFold(t *testing.T) {
	ctx := context.Background()
	s := storetest.SQLite(t)
	l := s.Ledger()
	user := &store.FoldAccount{Owner: store.Owner{Kind: store.UserAccount, ID: "alice"}}
	key := &store.FoldAccount{Owner: store.Owner{Kind: store.KeyAccount, ID: "key"}}
	settle := func(call, note string) store.FoldEntry {
		return store.FoldEntry{CallID: call, Kind: burncloud.EntrySettle, User: user, Key: key, Amount: -10, Note: note, Time: 1}
	}
	hold := store.FoldHold{CallID: "h", User: user, Key: key, Amount: 4, Time: 1}
	want := func(balance, held burncloud.Money, position int64) {
		t.Helper()
		for _, kind := range []store.AccountKind{store.UserAccount, store.KeyAccount} {
			a, err := l.Accounts(ctx, kind, nil)
			if err != nil || len(a) != 1 || a[0].Balance != balance || a[0].Held != held {
				t.Errorf("%s accounts %+v, %v, want %d and %d held", kind, a, err, balance, held)
			}
		}
		if _, at, err := l.Journal(ctx); err != nil || at != position {
			t.Errorf("position %d, %v, want %d", at, err, position)
		}
		if _, d, err := l.Verify(ctx); err != nil || len(d) > 0 {
			t.Errorf("verify: %v, %v", d, err)
		}
	}

	// Many entries, so that every size of INSERT is used, with and without notes.
	var many []store.FoldEntry
	for i := range 150 {
		many = append(many, settle(fmt.Sprint("call", i), "estimated"[:i%2*9]))
	}
	if _, err := l.Fold(ctx, fold(0, 100, many, []store.FoldHold{hold}, nil)); err != nil {
		t.Fatal(err)
	}
	want(-1500, 4, 100)
	if holds, err := l.Holds(ctx); err != nil || len(holds) != 1 || holds[0].UserID != "alice" || holds[0].KeyID != "key" || holds[0].Amount != 4 {
		t.Errorf("holds %+v, %v", holds, err)
	}

	// The same stretch again, and one that does not follow.
	for _, f := range []*store.Fold{fold(0, 100, []store.FoldEntry{settle("new", "")}, nil, nil), fold(200, 300, []store.FoldEntry{settle("new", "")}, nil, nil)} {
		if _, err := l.Fold(ctx, f); err == nil {
			t.Errorf("folded from %d", f.From)
		}
	}
	want(-1500, 4, 100)

	// A call that is in the ledger already, among new ones; and the hold ends.
	repeated, err := l.Fold(ctx, fold(100, 200, []store.FoldEntry{settle("call7", ""), settle("new", ""), settle("new", "again")}, nil, []store.FoldHold{hold}))
	if err != nil || len(repeated) != 2 || repeated[0].CallID != "call7" || repeated[1].Note != "again" {
		t.Errorf("repeated %+v, %v", repeated, err)
	}
	want(-1510, 0, 200)

	// A failing transaction leaves accounts that it made usable for the next.
	fresh := &store.FoldAccount{Owner: store.Owner{Kind: store.UserAccount, ID: "bob"}}
	e := store.FoldEntry{CallID: "bob1", Kind: burncloud.EntrySettle, User: fresh, Amount: -1, Time: 1}
	if _, err := l.Fold(ctx, fold(7, 8, []store.FoldEntry{e}, nil, nil)); err == nil {
		t.Error("folded from 7")
	}
	if _, err := l.Fold(ctx, fold(200, 208, []store.FoldEntry{e}, nil, nil)); err != nil {
		t.Error(err)
	}
	if a, err := l.Accounts(ctx, store.UserAccount, []string{"bob", "nobody"}); err != nil || len(a) != 1 || a[0].Balance != -1 {
		t.Errorf("bob's account %+v, %v", a, err)
	}
}

func TestAppendOnce(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		appendEntry(t, s, entry(burncloud.EntryTopUp, "one", "alice", 5))
		if _, err := s.Ledger().Append(ctx, entry(burncloud.EntryTopUp, "one", "alice", 5)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("again: %v, want ErrConflict", err)
		}
		appendEntry(t, s, entry(burncloud.EntryAdjustment, "one", "alice", -2)) // another kind is another entry
		if a, err := s.Ledger().Accounts(ctx, store.UserAccount, []string{"alice"}); err != nil || len(a) != 1 || a[0].Balance != 3 {
			t.Errorf("accounts %+v, %v", a, err)
		}
		if a, err := s.Ledger().Accounts(ctx, store.UserAccount, []string{}); err != nil || len(a) != 0 {
			t.Errorf("accounts of nobody: %+v, %v", a, err)
		}
	})
}
