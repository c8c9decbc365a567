package billing

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing/journal"
	"github.com/burncloud/burncloud/store"
)

// openJournaled brings the database up to date with the journal, releases what was open, and begins a
// new segment.
func openJournaled(ctx context.Context, o Options) (*journaled, error) {
	if o.Dir == "" {
		return nil, errors.New("no directory for the journal")
	}
	dir, err := filepath.Abs(o.Dir) // segments are made long after, wherever the process then is
	if err != nil {
		return nil, err
	}
	b := &journaled{log: o.Logger, now: o.Now, users: map[string]*account{}, keys: map[string]*account{}, delay: o.FoldDelay,
		wake: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	if b.delay <= 0 {
		b.delay = time.Second
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = journal.DefaultSegment
	}
	ledger := o.Store.Ledger()
	id, at, err := ledger.Journal(ctx)
	if err != nil {
		return nil, err
	}
	b.folder = newFolder(ledger, at)
	if err := b.recover(ctx, dir, id); err != nil {
		return nil, fmt.Errorf("recover %s: %w", dir, err)
	}
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	b.end = b.folder.at.Load()
	if b.journal, err = journal.NewWriter(dir, id, b.end, o.SegmentSize); err != nil {
		return nil, err
	}
	go b.run()
	return b, nil
}

// recover folds what the last process left in the journal and releases its open holds.
func (b *journaled) recover(ctx context.Context, dir, id string) error {
	f := b.folder
	holds, err := f.ledger.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		call, err := uuid.Parse(h.CallID)
		if err != nil {
			return fmt.Errorf("hold %q: %w", h.CallID, err)
		}
		f.open[call] = store.FoldHold{CallID: h.CallID, Amount: h.Amount, Time: h.Time.UnixMicro(),
			User: foldAccount(f.users, store.UserAccount, []byte(h.UserID)), Key: foldAccount(f.keys, store.KeyAccount, []byte(h.KeyID))}
	}
	r, err := journal.Recover(dir, id, f.at.Load(), func(v *journal.View, end int64) error {
		f.add(v)
		if f.records() < foldMost {
			return nil
		}
		return b.commitRecovered(ctx, end)
	})
	if err != nil {
		return err
	}
	if err := b.commitRecovered(ctx, r.End); err != nil {
		return err
	}
	if err := b.releaseOpen(ctx); err != nil {
		return err
	}
	b.reportRecovery(r)
	return r.Remove()
}

func (b *journaled) commitRecovered(ctx context.Context, end int64) error {
	repeated, err := b.folder.commit(ctx, end)
	for _, e := range repeated {
		b.log.Error("billing: a call id was settled before; the second charge is dropped", "call", e.CallID, "charge_usd", (-e.Amount).String())
	}
	return err
}

// releaseOpen ends the holds that no process will settle any more, each with an entry that says so.
func (b *journaled) releaseOpen(ctx context.Context) error {
	f, now := b.folder, b.now().UnixMicro()
	for _, h := range f.open {
		f.batch.Closed = append(f.batch.Closed, h)
		f.batch.Entries = append(f.batch.Entries, store.FoldEntry{CallID: h.CallID, Kind: burncloud.EntryRelease, User: h.User, Key: h.Key,
			Note: releaseNote(h.Amount), Time: now})
		hold := OpenHold{CallID: h.CallID, UserID: h.User.ID, Amount: h.Amount, Time: time.UnixMicro(h.Time).UTC()}
		if h.Key != nil {
			hold.KeyID = h.Key.ID
		}
		b.found.Released = append(b.found.Released, hold)
	}
	return b.commitRecovered(ctx, f.at.Load())
}

// releaseNote is the note of an entry that ends a hold nobody settled.
func releaseNote(amount burncloud.Money) string {
	return "the process ended before this call was settled; " + amount.String() + " USD set aside for it was given back"
}

// reportRecovery logs what was found, and keeps it for Recovery.
func (b *journaled) reportRecovery(r *journal.Recovered) {
	b.found.Records = r.Records
	for _, d := range r.Damage {
		b.found.Damage = append(b.found.Damage, d.String())
		if d.Torn {
			b.log.Warn("billing: journal: " + d.String() + ", which was being written when the process ended")
		} else {
			b.log.Error("billing: journal damaged: " + d.String() + "; movements of money are missing")
		}
	}
	for _, path := range r.Foreign {
		b.found.Damage = append(b.found.Damage, path+" belongs to another ledger and was set aside")
		b.log.Error("billing: a journal file belongs to another ledger and was set aside", "file", path)
	}
	logReleased(b.log, b.found.Released)
	if r.Records > 0 {
		b.log.Info("billing: folded the journal of the last process", "records", r.Records, "released", len(b.found.Released))
	}
}

// load brings the balances into memory.
func (b *journaled) load(ctx context.Context) error {
	for kind, of := range map[store.AccountKind]map[string]*account{store.UserAccount: b.users, store.KeyAccount: b.keys} {
		accounts, err := b.folder.ledger.Accounts(ctx, kind, nil)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			of[a.ID] = &account{id: a.ID, balance: a.Balance, held: a.Held}
		}
	}
	return nil
}
