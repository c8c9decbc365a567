package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/burncloud/burncloud"
)

// FoldAccount is an account as a Fold refers to it. Whoever folds keeps it between folds, so that each
// is looked up once.
type FoldAccount struct {
	Owner
	id            int64 // 0: not known yet
	boxed         any   // id as the value of a column, made once
	balance, held int64 // what this fold adds
}

// FoldEntry is a ledger entry to append.
type FoldEntry struct {
	CallID    string
	Kind      burncloud.EntryKind
	User, Key *FoldAccount // nil: none
	Amount    burncloud.Money
	Note      string
	Time      int64 // Unix microseconds
}

// FoldHold is a hold that is still open, or no longer.
type FoldHold struct {
	CallID    string
	User, Key *FoldAccount
	Amount    burncloud.Money
	Time      int64
}

// Fold is what a stretch of the journal comes to.
type Fold struct {
	From, To int64 // positions in the journal
	Entries  []FoldEntry
	Opened   []FoldHold // open at To, not yet at From
	Closed   []FoldHold // open at From, no longer at To
}

// errSlow asks for the fold to be done entry by entry.
var errSlow = errors.New("an entry is in the ledger already")

// Journal gives the ledger's identity and how far its journal has been folded.
func (l *Ledger) Journal(ctx context.Context) (ledger string, position int64, err error) {
	err = l.s.main.read.QueryRowContext(ctx, "SELECT ledger, position FROM ledger_journal").Scan(&ledger, &position)
	return ledger, position, mapError(err)
}

// Fold books f in one transaction that moves the journal's position from f.From to f.To, so that each
// stretch is booked exactly once: when the position is another, nothing is booked and the error says
// so. The transaction has reached the disk when Fold returns, so the stretch may be deleted.
//
// An entry whose call id and kind are in the ledger already is not booked again; such entries are
// returned. SQLite only: with several nodes nobody owns the balances.
func (l *Ledger) Fold(ctx context.Context, f *Fold) (repeated []FoldEntry, err error) {
	err = l.fold(ctx, f, func(ctx context.Context, tx bun.Tx) error { return l.insertEntries(ctx, tx, f.Entries) })
	if !errors.Is(err, errSlow) {
		return nil, err
	}
	err = l.fold(ctx, f, func(ctx context.Context, tx bun.Tx) (err error) {
		repeated, err = l.insertNewEntries(ctx, tx, f.Entries)
		return err
	})
	return repeated, err
}

// fold runs one attempt. insert appends the entries and counts them in their accounts.
func (l *Ledger) fold(ctx context.Context, f *Fold, insert func(context.Context, bun.Tx) error) error {
	touched, made := f.accounts(), []*FoldAccount(nil)
	err := l.s.main.durableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, a := range touched {
			a.balance, a.held = 0, 0
			if a.id == 0 {
				id, err := l.accountID(ctx, tx, a.Owner)
				if err != nil {
					return err
				}
				a.id, a.boxed, made = *id, *id, append(made, a)
			}
		}
		if err := insert(ctx, tx); err != nil {
			return err
		}
		if err := l.moveHolds(ctx, tx, f); err != nil {
			return err
		}
		if err := l.updateAccounts(ctx, tx, touched); err != nil {
			return err
		}
		return l.movePosition(ctx, tx, f)
	})
	if err != nil {
		for _, a := range made {
			a.id = 0 // rolled back
		}
		return fmt.Errorf("store: fold journal: %w", err)
	}
	return nil
}

// accounts lists each account of f once.
func (f *Fold) accounts() []*FoldAccount {
	seen := map[*FoldAccount]bool{}
	var out []*FoldAccount
	add := func(a *FoldAccount) {
		if a != nil && !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	for i := range f.Entries {
		add(f.Entries[i].User)
		add(f.Entries[i].Key)
	}
	for _, holds := range [][]FoldHold{f.Opened, f.Closed} {
		for i := range holds {
			add(holds[i].User)
			add(holds[i].Key)
		}
	}
	return out
}

func (a *FoldAccount) column() any {
	if a == nil {
		return nil
	}
	return a.boxed
}

func (a *FoldAccount) add(balance, held burncloud.Money) {
	if a != nil {
		a.balance += int64(balance)
		a.held += int64(held)
	}
}

// chunks are the row counts of prepared statements over many rows, largest first.
var chunks = [...]int{64, 8, 1}

// execRows runs a statement over all rows, many at a time: head, then row once for each, then tail, with
// the values that values appends.
func execRows[T any](ctx context.Context, tx bun.Tx, head, row, tail string, rows []T, values func(args []any, r T) []any) error {
	var args []any
	for _, n := range chunks {
		if len(rows) < n {
			continue
		}
		stmt, err := tx.Tx.PrepareContext(ctx, head+strings.TrimSuffix(strings.Repeat(row+", ", n), ", ")+tail)
		if err != nil {
			return err
		}
		for ; len(rows) >= n; rows = rows[n:] {
			args = args[:0]
			for _, r := range rows[:n] {
				args = values(args, r)
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return err // the transaction's end closes stmt
			}
		}
		if err := stmt.Close(); err != nil {
			return err
		}
	}
	return nil
}

// OR FAIL, since what fails is rolled back as a whole: without it SQLite would copy each page that a
// statement of many rows changes, to be able to take back that statement alone.
const insertEntry = "INSERT OR FAIL INTO ledger_entries (call_id, kind, user_account, key_account, amount, note, time) VALUES "

// insertEntries appends all entries, or fails with errSlow when one is there already. Nearly all of them
// are settlements without a note, and each value that is not bound saves time.
func (l *Ledger) insertEntries(ctx context.Context, tx bun.Tx, entries []FoldEntry) error {
	var plain, other []*FoldEntry
	for i := range entries {
		e := &entries[i]
		e.count()
		if e.Kind == burncloud.EntrySettle && e.Note == "" {
			plain = append(plain, e)
		} else {
			other = append(other, e)
		}
	}
	err := execRows(ctx, tx, insertEntry, "(?, 'settle', ?, ?, ?, '', ?)", "", plain, func(args []any, e *FoldEntry) []any {
		return append(args, e.CallID, e.User.column(), e.Key.column(), int64(e.Amount), e.Time)
	})
	if err == nil {
		err = execRows(ctx, tx, insertEntry, "(?, ?, ?, ?, ?, ?, ?)", "", other, func(args []any, e *FoldEntry) []any {
			return e.values(args)
		})
	}
	if isConflict(err) {
		return errSlow
	}
	return err
}

// values appends the values of all columns.
func (e *FoldEntry) values(args []any) []any {
	return append(args, e.CallID, string(e.Kind), e.User.column(), e.Key.column(), int64(e.Amount), e.Note, e.Time)
}

// insertNewEntries appends the entries that are not there yet, one by one, and returns the others.
func (l *Ledger) insertNewEntries(ctx context.Context, tx bun.Tx, entries []FoldEntry) (repeated []FoldEntry, err error) {
	for i := range entries {
		res, err := tx.Tx.ExecContext(ctx, insertEntry+"(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", entries[i].values(nil)...)
		if err != nil {
			return nil, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			repeated = append(repeated, entries[i])
			continue
		}
		entries[i].count()
	}
	return repeated, nil
}

func (e *FoldEntry) count() {
	e.User.add(e.Amount, 0)
	e.Key.add(e.Amount, 0)
}

func (l *Ledger) moveHolds(ctx context.Context, tx bun.Tx, f *Fold) error {
	for _, h := range f.Opened {
		h.User.add(0, h.Amount)
		h.Key.add(0, h.Amount)
	}
	for _, h := range f.Closed {
		h.User.add(0, -h.Amount)
		h.Key.add(0, -h.Amount)
	}
	const insert = "INSERT INTO ledger_holds (call_id, user_account, key_account, amount, time) VALUES "
	if err := execRows(ctx, tx, insert, "(?, ?, ?, ?, ?)", "", f.Opened, func(args []any, h FoldHold) []any {
		return append(args, h.CallID, h.User.column(), h.Key.column(), int64(h.Amount), h.Time)
	}); err != nil {
		return err
	}
	return execRows(ctx, tx, "DELETE FROM ledger_holds WHERE call_id IN (", "?", ")", f.Closed, func(args []any, h FoldHold) []any {
		return append(args, h.CallID)
	})
}

func (l *Ledger) updateAccounts(ctx context.Context, tx bun.Tx, accounts []*FoldAccount) error {
	stmt, err := tx.Tx.PrepareContext(ctx, "UPDATE ledger_accounts SET balance = balance + ?, held = held + ? WHERE id = ?")
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.balance == 0 && a.held == 0 {
			continue
		}
		if _, err := stmt.ExecContext(ctx, a.balance, a.held, a.id); err != nil {
			return err
		}
	}
	return stmt.Close()
}

func (l *Ledger) movePosition(ctx context.Context, tx bun.Tx, f *Fold) error {
	res, err := tx.Tx.ExecContext(ctx, "UPDATE ledger_journal SET position = ? WHERE position = ?", f.To, f.From)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("the journal is not folded up to %d", f.From), err)
	}
	return nil
}
