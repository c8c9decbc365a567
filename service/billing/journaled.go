package billing

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing/journal"
	"github.com/burncloud/burncloud/store"
)

// journaled is the book of a single process: it alone changes the balances, so they are in memory, and
// a movement is done when it is in the journal. One mutex keeps balances, holds and journal in the same
// order; it is held for a few hundred nanoseconds. A goroutine folds the journal into the database.
type journaled struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	users   map[string]*account
	keys    map[string]*account
	slots   []slot // holds; a ticket names one by index and generation
	free    []uint32
	journal *journal.Writer
	end     int64 // position behind the newest record
	fresh   int   // records since the folder was last told
	unfiled []journal.Record
	closed  bool

	folder  *folder
	found   Recovery
	delay   time.Duration
	wake    chan struct{} // something is in the journal
	full    chan struct{} // much is
	stop    chan struct{}
	stopped chan struct{}
}

// account is one account's money in nano-USD.
type account struct {
	id            string
	balance, held burncloud.Money
}

// slot is the place of one hold.
type slot struct {
	open       bool
	generation uint32
	call       uuid.UUID
	user, key  *account // key is nil when the call uses none
	amount     burncloud.Money
	time       int64
}

// foldSoon is how many records end the wait for more.
const foldSoon = foldMost

func (b *journaled) reserve(r Reservation) (ticket, *burncloud.Fault) {
	at := b.now().UnixMicro()
	l := r.limits()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ticket{}, burncloud.Wrap(burncloud.Draining, ErrClosed, "the gateway is stopping")
	}
	user, key := accountOf(b.users, r.User.ID), accountOf(b.keys, r.keyID())
	if f := afford(r.Amount, user, key, l); f != nil {
		return ticket{}, f
	}
	if len(b.unfiled) > 0 {
		return ticket{}, burncloud.Wrap(burncloud.Overloaded, ErrPending, "the gateway cannot write to its disk")
	}
	if err := b.file(&journal.Record{Kind: journal.Reserve, Call: r.CallID, Time: at, Amount: int64(r.Amount), User: user.id, Key: key.name()}); err != nil {
		return ticket{}, burncloud.Wrap(burncloud.Overloaded, err, "the gateway cannot write to its disk")
	}
	t := ticket{call: r.CallID, amount: r.Amount, limits: l}
	t.slot, t.generation = b.takeSlot(slot{call: r.CallID, user: user, key: key, amount: r.Amount, time: at})
	user.held += r.Amount
	if key != nil {
		key.held += r.Amount
	}
	return t, nil
}

// afford tells whether both accounts cover the amount. The key is named first: its holder can see it.
func afford(amount burncloud.Money, user, key *account, l limits) *burncloud.Fault {
	if amount == 0 {
		return nil
	}
	if user.held > maxSum-amount || key != nil && key.held > maxSum-amount {
		return burncloud.Faultf(burncloud.RateLimited, "the calls under way could cost more than can be counted; wait for some to end")
	}
	if !l.keyUnlimited && key.balance-key.held < amount-l.keyLimit {
		return insufficient(keyShort, amount, l.keyLimit.Add(key.balance-key.held), key.held)
	}
	if !l.userUnlimited && user.balance-user.held < amount {
		return insufficient(userShort, amount, user.balance-user.held, user.held)
	}
	return nil
}

func (b *journaled) settle(t ticket, c Charge) error {
	at := b.now().UnixMicro()
	b.mu.Lock()
	s, err := b.leaveSlot(t)
	if err != nil {
		b.mu.Unlock()
		return err
	}
	err = b.fileAlways(journal.Record{Kind: journal.Settle, Call: t.call, Time: at, Amount: int64(c.Amount), Held: int64(s.amount),
		User: s.user.id, Key: s.key.name(), Note: c.Note})
	s.user.move(-c.Amount, -s.amount)
	s.key.move(-c.Amount, -s.amount)
	userLeft, keyLeft := s.user.balance, t.limits.keyLimit
	if s.key != nil {
		keyLeft = keyLeft.Add(s.key.balance)
	}
	b.mu.Unlock()
	if !t.limits.userUnlimited && userLeft < 0 || !t.limits.keyUnlimited && keyLeft < 0 {
		logOverdraft(b.log, t, c)
	}
	return err
}

// logOverdraft reports a charge that went beyond what there was, as a charge above its hold can.
func logOverdraft(log *slog.Logger, t ticket, c Charge) {
	log.Warn("billing: overdraft: a call cost more than was set aside and left",
		"call", t.call.String(), "held_usd", t.amount.String(), "charged_usd", c.Amount.String())
}

func (b *journaled) release(t ticket) error {
	at := b.now().UnixMicro()
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.leaveSlot(t)
	if err != nil {
		return err
	}
	err = b.fileAlways(journal.Record{Kind: journal.Release, Call: t.call, Time: at, Held: int64(s.amount), User: s.user.id, Key: s.key.name()})
	s.user.move(0, -s.amount)
	s.key.move(0, -s.amount)
	return err
}

func (a *account) move(balance, held burncloud.Money) {
	if a != nil {
		a.balance = a.balance.Add(balance)
		a.held += held
	}
}

func (a *account) name() string {
	if a == nil {
		return ""
	}
	return a.id
}

// accountOf finds or makes the account of id; nobody ("") has none.
func accountOf(of map[string]*account, id string) *account {
	a := of[id]
	if a == nil && id != "" {
		a = &account{id: id}
		of[id] = a
	}
	return a
}

// takeSlot keeps a new hold.
func (b *journaled) takeSlot(s slot) (index, generation uint32) {
	if n := len(b.free); n > 0 {
		index = b.free[n-1]
		b.free = b.free[:n-1]
	} else {
		index = uint32(len(b.slots))
		b.slots = append(b.slots, slot{})
	}
	s.open, s.generation = true, b.slots[index].generation+1
	b.slots[index] = s
	return index, s.generation
}

// leaveSlot ends the hold of a ticket, for the first who asks.
func (b *journaled) leaveSlot(t ticket) (slot, error) {
	if b.closed {
		return slot{}, ErrClosed
	}
	s := &b.slots[t.slot]
	if !s.open || s.generation != t.generation {
		return slot{}, ErrSettled
	}
	was := *s
	*s = slot{generation: s.generation}
	b.free = append(b.free, t.slot)
	return was, nil
}

// file appends to the journal, and wakes the folder when it sleeps.
func (b *journaled) file(r *journal.Record) error {
	end, err := b.journal.Append(r)
	if err != nil {
		return err
	}
	b.end = end
	b.fresh++
	switch b.fresh {
	case 1:
		notify(b.wake)
	case foldSoon:
		notify(b.full)
	}
	return nil
}

// fileAlways is file for what has happened and cannot be refused: a record that cannot be written
// waits in memory for the folder to try again.
func (b *journaled) fileAlways(r journal.Record) error {
	if len(b.unfiled) == 0 {
		err := b.file(&r)
		if err == nil {
			return nil
		}
		b.log.Error("billing: the journal cannot be written; settlements wait in memory", "error", err)
	}
	b.unfiled = append(b.unfiled, r)
	notify(b.wake)
	return ErrPending
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // told already
	}
}

func (b *journaled) accounts(_ context.Context, kind store.AccountKind, owners []string) ([]store.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.users
	if kind == store.KeyAccount {
		of = b.keys
	}
	out := []store.Account{}
	add := func(a *account) {
		out = append(out, store.Account{Owner: store.Owner{Kind: kind, ID: a.id}, Balance: a.balance, Held: a.held})
	}
	if owners == nil {
		for _, a := range of {
			add(a)
		}
	}
	for _, id := range owners {
		if a := of[id]; a != nil {
			add(a)
		}
	}
	return out, nil
}

func (b *journaled) holds(context.Context) ([]OpenHold, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []OpenHold{}
	for _, s := range b.slots {
		if s.open {
			out = append(out, OpenHold{CallID: s.call.String(), UserID: s.user.id, KeyID: s.key.name(), Amount: s.amount,
				Time: time.UnixMicro(s.time).UTC()})
		}
	}
	slices.SortFunc(out, func(a, b OpenHold) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.CallID, b.CallID))
	})
	return out, nil
}

// append books in the database first: what it refuses as repeated must not show in a balance.
func (b *journaled) append(ctx context.Context, e burncloud.Entry) (burncloud.Entry, error) {
	b.folder.mu.Lock() // Verify sees both or neither
	defer b.folder.mu.Unlock()
	e, err := b.folder.ledger.Append(ctx, e)
	if err != nil {
		return e, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	accountOf(b.users, e.UserID).move(e.Amount, 0)
	accountOf(b.keys, e.KeyID).move(e.Amount, 0)
	return e, nil
}

func (b *journaled) recovery() Recovery { return b.found }

func (b *journaled) lag() Lag {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Lag{Bytes: b.end - b.folder.at.Load(), Waiting: len(b.unfiled)}
}

func (b *journaled) close(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	close(b.stop)
	<-b.stopped
	b.folder.mu.Lock()
	defer b.folder.mu.Unlock()
	err := b.foldAll(ctx) // if that fails, the next process does it
	b.folder.done = true
	for _, r := range b.unfiled {
		b.log.Error("billing: a movement could not be written and ends with the process; book it by hand",
			"call", uuid.UUID(r.Call).String(), "user", r.User, "key", r.Key, "charge_usd", burncloud.Money(r.Amount).String())
		err = errors.Join(err, ErrPending)
	}
	return errors.Join(err, b.journal.Close())
}
