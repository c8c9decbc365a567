package billing

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// shared is the book of several processes: the database owns the balances, and each movement is one
// round trip to it.
type shared struct {
	log    *slog.Logger
	now    func() time.Time
	ledger *store.Ledger
	node   string
	lease  time.Duration

	mu      sync.Mutex
	unpaid  []unpaid // what the database could not be told so far
	closed  bool
	stop    context.CancelFunc
	stopped chan struct{}
	wake    chan struct{}
}

// unpaid is a settlement or release to try again. Both may be repeated without harm.
type unpaid struct {
	ticket  ticket
	release bool
	charge  Charge
	at      time.Time
}

// patience is how long a call waits for the database, and a settlement before it goes on in the
// background.
const patience = 5 * time.Second

func openShared(ctx context.Context, o Options) (*shared, error) {
	b := &shared{log: o.Logger, now: o.Now, ledger: o.Store.Ledger(), node: uuid.NewString(), lease: o.Lease,
		stopped: make(chan struct{}), wake: make(chan struct{}, 1)}
	if b.lease <= 0 {
		b.lease = 30 * time.Second
	}
	if err := b.tend(ctx); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	go b.run(running)
	return b, nil
}

func (b *shared) reserve(r Reservation) (ticket, *burncloud.Fault) {
	b.mu.Lock()
	closed, behind := b.closed, len(b.unpaid) > 0
	b.mu.Unlock()
	if closed {
		return ticket{}, burncloud.Wrap(burncloud.Draining, ErrClosed, "the gateway is stopping")
	}
	if behind { // what is owed is not known
		return ticket{}, burncloud.Wrap(burncloud.Overloaded, ErrPending, "the gateway cannot reach its database")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	t, f, err := b.tryReserve(ctx, &r)
	if err != nil {
		return ticket{}, burncloud.Wrap(burncloud.Overloaded, err, "the gateway cannot reach its database")
	}
	return t, f
}

func (b *shared) tryReserve(ctx context.Context, r *Reservation) (ticket, *burncloud.Fault, error) {
	t := ticket{call: r.CallID, amount: r.Amount, limits: r.limits()}
	var err error
	if t.user, err = b.ledger.AccountID(ctx, store.Owner{Kind: store.UserAccount, ID: r.User.ID}); err != nil {
		return t, nil, err
	}
	if t.key, err = b.ledger.AccountID(ctx, store.Owner{Kind: store.KeyAccount, ID: r.keyID()}); err != nil {
		return t, nil, err
	}
	granted, user, key, err := b.ledger.Reserve(ctx, b.hold(t), store.Allowance{
		UserUnlimited: t.limits.userUnlimited, KeyUnlimited: t.limits.keyUnlimited, KeyLimit: t.limits.keyLimit})
	switch {
	case errors.Is(err, store.ErrConflict):
		return t, burncloud.Wrap(burncloud.Internal, err, "the call id is in use"), nil
	case err != nil:
		// The answer may be lost and the hold made: nobody knows, so it is ended.
		b.later(unpaid{ticket: t, release: true})
		return t, nil, err
	case !granted:
		if f := afford(r.Amount, inMemory(user), inMemory(key), t.limits); f != nil {
			return t, f, nil
		}
		return t, nil, errors.New("an account is missing")
	}
	return t, nil, nil
}

func inMemory(a store.Account) *account { return &account{balance: a.Balance, held: a.Held} }

// hold is a ticket as the database knows it.
func (b *shared) hold(t ticket) store.SharedHold {
	return store.SharedHold{CallID: t.call.String(), User: t.user, Key: t.key, Amount: t.amount, Node: b.node, Time: b.now()}
}

func (b *shared) settle(t ticket, c Charge) error {
	return b.pay(unpaid{ticket: t, charge: c, at: b.now()})
}

func (b *shared) release(t ticket) error { return b.pay(unpaid{ticket: t, release: true}) }

// pay tells the database, and hands what it cannot be told now to the background.
func (b *shared) pay(u unpaid) error {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := b.tryPay(ctx, u)
	if err == nil || errors.Is(err, ErrSettled) {
		return err
	}
	b.log.Error("billing: the database cannot be told of a settlement; it is tried again", "call", u.ticket.call.String(), "error", err)
	b.later(u)
	return ErrPending
}

func (b *shared) tryPay(ctx context.Context, u unpaid) error {
	if u.release {
		return b.ledger.Release(ctx, b.hold(u.ticket))
	}
	l := u.ticket.limits
	booked, user, key, err := b.ledger.Settle(ctx, b.hold(u.ticket), u.charge.Amount, u.charge.Note, u.at)
	if err != nil {
		return err
	}
	if !booked {
		return ErrSettled
	}
	if !l.userUnlimited && user.Balance < 0 || !l.keyUnlimited && l.keyLimit.Add(key.Balance) < 0 {
		logOverdraft(b.log, u.ticket, u.charge)
	}
	return nil
}

func (b *shared) later(u unpaid) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unpaid = append(b.unpaid, u)
	notify(b.wake)
}

// run gives signs of life, ends the holds of dead nodes, and repeats what could not be booked.
func (b *shared) run(ctx context.Context) {
	const again = 250 * time.Millisecond
	defer close(b.stopped)
	beat := time.NewTicker(b.lease / 3)
	defer beat.Stop()
	retry := time.NewTicker(again)
	retry.Stop()
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
			retry.Reset(again)
		case <-retry.C:
			if b.payAll(ctx) == nil {
				retry.Stop()
			}
		case <-beat.C:
			if err := b.tend(ctx); err != nil && ctx.Err() == nil {
				b.log.Error("billing: no sign of life could be given to the database", "error", err)
			}
		}
	}
}

// tend gives a sign of life and ends what dead nodes left open.
func (b *shared) tend(ctx context.Context) error {
	if err := b.ledger.Beat(ctx, b.node); err != nil {
		return err
	}
	released, err := b.ledger.ReleaseDead(ctx, b.node, b.lease, func(h store.LedgerHold) string { return releaseNote(h.Amount) })
	logReleased(b.log, openHolds(released))
	return err
}

// payAll tells the database what it could not be told before.
func (b *shared) payAll(ctx context.Context) error {
	for {
		b.mu.Lock()
		if len(b.unpaid) == 0 {
			b.mu.Unlock()
			return nil
		}
		u := b.unpaid[0]
		b.mu.Unlock()
		// Settled before is what this was about: an answer had been lost.
		if err := b.tryPay(ctx, u); err != nil && !errors.Is(err, ErrSettled) {
			return err
		}
		b.mu.Lock()
		b.unpaid = b.unpaid[1:]
		b.mu.Unlock()
	}
}

func (b *shared) accounts(ctx context.Context, kind store.AccountKind, owners []string) ([]store.Account, error) {
	return b.ledger.Accounts(ctx, kind, owners)
}

func (b *shared) append(ctx context.Context, e burncloud.Entry) (burncloud.Entry, error) {
	return b.ledger.Append(ctx, e)
}

func (b *shared) holds(ctx context.Context) ([]OpenHold, error) {
	holds, err := b.ledger.Holds(ctx)
	return openHolds(holds), err
}

func openHolds(holds []store.LedgerHold) []OpenHold {
	out := make([]OpenHold, len(holds))
	for i, h := range holds {
		out[i] = OpenHold(h)
	}
	return out
}

func (b *shared) flush(context.Context) error { return nil }

func (b *shared) verify(ctx context.Context) (*Report, error) { return verifyLedger(ctx, b.ledger) }

// recovery is empty: the holds of dead nodes are ended while others go on.
func (b *shared) recovery() Recovery { return Recovery{} }

func (b *shared) lag() Lag {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Lag{Waiting: len(b.unpaid)}
}

func (b *shared) close(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	b.stop()
	<-b.stopped
	err := b.payAll(ctx)
	for _, u := range b.unpaid {
		b.log.Error("billing: a movement could not be booked and ends with the process; book it by hand",
			"call", u.ticket.call.String(), "charge_usd", u.charge.Amount.String())
		err = errors.Join(err, ErrPending)
	}
	return errors.Join(err, b.ledger.Leave(ctx, b.node))
}
