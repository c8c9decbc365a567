package billing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing/journal"
	"github.com/burncloud/burncloud/store"
)

// folder turns stretches of the journal into batches for the database.
type folder struct {
	ledger *store.Ledger

	mu    sync.Mutex   // one fold at a time
	done  bool         // the journal is closed
	at    atomic.Int64 // folded up to here
	users map[string]*store.FoldAccount
	keys  map[string]*store.FoldAccount
	open  map[uuid.UUID]store.FoldHold // open in the database, that is at position at

	batch  store.Fold
	opened map[uuid.UUID]store.FoldHold // by the batch; without their CallID, since few are open at its end
}

// foldMost is how many records go into one transaction.
const foldMost = 16384

func newFolder(ledger *store.Ledger, at int64) *folder {
	f := &folder{ledger: ledger, users: map[string]*store.FoldAccount{}, keys: map[string]*store.FoldAccount{},
		open: map[uuid.UUID]store.FoldHold{}, opened: map[uuid.UUID]store.FoldHold{}}
	f.at.Store(at)
	return f
}

// add takes one record into the batch.
func (f *folder) add(v *journal.View) {
	call := uuid.UUID(v.Call)
	user := foldAccount(f.users, store.UserAccount, v.User)
	key := foldAccount(f.keys, store.KeyAccount, v.Key)
	switch v.Kind {
	case journal.Reserve:
		if _, open := f.open[call]; open {
			return // the caller used a call id twice; it can only be charged once, see undo
		}
		f.opened[call] = store.FoldHold{User: user, Key: key, Amount: burncloud.Money(v.Amount), Time: v.Time}
		return
	case journal.Settle:
		f.batch.Entries = append(f.batch.Entries, store.FoldEntry{CallID: call.String(), Kind: burncloud.EntrySettle,
			User: user, Key: key, Amount: -burncloud.Money(v.Amount), Note: string(v.Note), Time: v.Time})
	}
	if _, ok := f.opened[call]; ok {
		delete(f.opened, call)
	} else if h, ok := f.open[call]; ok {
		f.batch.Closed = append(f.batch.Closed, h)
	}
}

func foldAccount(of map[string]*store.FoldAccount, kind store.AccountKind, id []byte) *store.FoldAccount {
	if len(id) == 0 {
		return nil
	}
	a := of[string(id)]
	if a == nil {
		a = &store.FoldAccount{Owner: store.Owner{Kind: kind, ID: string(id)}}
		of[a.ID] = a
	}
	return a
}

// commit books the batch, which reaches up to position to, and begins another. After an error the
// batch is gone and its stretch has to be read again.
func (f *folder) commit(ctx context.Context, to int64) (repeated []store.FoldEntry, err error) {
	f.batch.From, f.batch.To = f.at.Load(), to
	for call, h := range f.opened {
		h.CallID = call.String()
		f.batch.Opened = append(f.batch.Opened, h)
	}
	if repeated, err = f.ledger.Fold(ctx, &f.batch); err == nil {
		for _, h := range f.batch.Opened {
			f.open[uuid.MustParse(h.CallID)] = h
		}
		for _, h := range f.batch.Closed {
			delete(f.open, uuid.MustParse(h.CallID))
		}
		f.at.Store(to)
	}
	clear(f.opened)
	clear(f.batch.Entries) // lets go of their texts
	f.batch = store.Fold{Entries: f.batch.Entries[:0], Opened: f.batch.Opened[:0], Closed: f.batch.Closed[:0]}
	return repeated, err
}

// records is the size of the batch.
func (f *folder) records() int { return len(f.batch.Entries) + len(f.batch.Closed) + len(f.opened) }

// run folds whenever something has been in the journal for the delay, or much has come.
func (b *journaled) run() {
	const longest = 5 * time.Second // between tries while the database refuses
	defer close(b.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	wait := b.delay
	for {
		select {
		case <-b.wake:
		case <-b.stop:
			return
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-b.full:
		case <-b.stop:
			return
		}
		wait = b.delay
		if err := b.flush(context.Background()); err != nil {
			b.foldLater(err)
			wait = min(max(2*wait, time.Second), longest)
		}
	}
}

// foldLater keeps what cannot be folded now safe from a power cut, and makes run try again.
func (b *journaled) foldLater(err error) {
	b.log.Error("billing: the journal cannot be folded into the database and is kept", "error", err)
	b.folder.mu.Lock()
	defer b.folder.mu.Unlock()
	if err := b.journal.Sync(); err != nil {
		b.log.Error("billing: the journal cannot be synced", "error", err)
	}
	notify(b.wake)
}

// flush folds everything that is in the journal now.
func (b *journaled) flush(ctx context.Context) error {
	b.folder.mu.Lock()
	defer b.folder.mu.Unlock()
	return b.foldAll(ctx)
}

// foldAll is flush for who has the folder's lock.
func (b *journaled) foldAll(ctx context.Context) error {
	if b.folder.done {
		return ErrClosed
	}
	return b.foldTo(ctx, b.beginFold())
}

// beginFold files what had to wait, and tells where the journal ends. The caller has the folder's lock.
func (b *journaled) beginFold() (end int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.unfiled) > 0 {
		if b.file(&b.unfiled[0]) != nil {
			break // logged when it came here
		}
		b.unfiled = b.unfiled[1:]
	}
	b.fresh = 0
	return b.end
}

var errFull = errors.New("enough for one transaction")

// foldTo folds up to position end, in as many transactions as it takes. The caller has the folder's lock.
func (b *journaled) foldTo(ctx context.Context, end int64) error {
	f := b.folder
	for f.at.Load() < end {
		to, n := end, 0
		err := b.journal.Read(f.at.Load(), end, func(v *journal.View, behind int64) error {
			f.add(v)
			if n++; n < foldMost {
				return nil
			}
			to = behind
			return errFull
		})
		if err != nil && !errors.Is(err, errFull) {
			return err
		}
		if n == 0 {
			return fmt.Errorf("billing: no record in the journal between %d and %d", f.at.Load(), end)
		}
		repeated, err := f.commit(ctx, to)
		if err != nil {
			return err
		}
		b.undo(repeated)
	}
	// What is booked is booked; a segment that cannot be made now is tried again when it is needed.
	if err := errors.Join(b.journal.Drop(end), b.journal.Prepare()); err != nil {
		b.log.Error("billing: the journal's files cannot be looked after", "error", err)
	}
	return nil
}

// undo takes charges out of memory that the ledger had already: the caller used a call id twice.
func (b *journaled) undo(repeated []store.FoldEntry) {
	if len(repeated) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range repeated {
		b.log.Error("billing: a call id was settled before; the second charge is dropped", "call", e.CallID, "charge_usd", (-e.Amount).String())
		if e.User != nil {
			accountOf(b.users, e.User.ID).move(-e.Amount, 0)
		}
		if e.Key != nil {
			accountOf(b.keys, e.Key.ID).move(-e.Amount, 0)
		}
	}
}

// verify folds up to a moment, and compares memory and database as they were then.
func (b *journaled) verify(ctx context.Context) (*Report, error) {
	b.folder.mu.Lock()
	defer b.folder.mu.Unlock()
	if b.folder.done {
		return nil, ErrClosed
	}
	end := b.beginFold()
	b.mu.Lock()
	for b.end != end { // a call came between
		b.mu.Unlock()
		end = b.beginFold()
		b.mu.Lock()
	}
	memory := map[store.Owner]account{}
	for id, a := range b.users {
		memory[store.Owner{Kind: store.UserAccount, ID: id}] = *a
	}
	for id, a := range b.keys {
		memory[store.Owner{Kind: store.KeyAccount, ID: id}] = *a
	}
	waiting := len(b.unfiled)
	b.mu.Unlock()
	if waiting > 0 {
		return nil, fmt.Errorf("billing: %d settlements could not be written yet: %w", waiting, ErrPending)
	}
	if err := b.foldTo(ctx, end); err != nil {
		return nil, err
	}
	report, err := verifyLedger(ctx, b.folder.ledger)
	if err != nil {
		return nil, err
	}
	for _, kind := range []store.AccountKind{store.UserAccount, store.KeyAccount} {
		stored, err := b.folder.ledger.Accounts(ctx, kind, nil)
		if err != nil {
			return nil, err
		}
		for _, s := range stored {
			m := memory[s.Owner]
			report.compare(s.Owner, "balance in memory against the database", s.Balance, m.balance)
			report.compare(s.Owner, "holds in memory against the database", s.Held, m.held)
			delete(memory, s.Owner)
		}
	}
	for o, m := range memory { // not in the database: never moved
		report.compare(o, "balance in memory without entries", 0, m.balance)
		report.compare(o, "holds in memory without records", 0, m.held)
	}
	return report, nil
}

// verifyLedger compares accounts with their entries and holds, in the database.
func verifyLedger(ctx context.Context, ledger *store.Ledger) (*Report, error) {
	n, differences, err := ledger.Verify(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{Accounts: n, Differences: []Difference{}}
	for _, d := range differences {
		r.compare(d.Owner, "balance against the sum of entries", d.Entries, d.Balance)
		r.compare(d.Owner, "held money against the open holds", d.Holds, d.Held)
	}
	return r, nil
}

func (r *Report) compare(o store.Owner, what string, want, got burncloud.Money) {
	if want != got {
		r.Differences = append(r.Differences, Difference{string(o.Kind), o.ID, what, want, got})
	}
}
