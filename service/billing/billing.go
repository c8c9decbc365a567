package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Options are what a Service is made of.
type Options struct {
	Store  *store.Store
	Dir    string           // of the journal; needed with SQLite, not used with PostgreSQL
	Logger *slog.Logger     // nil is slog.Default()
	Now    func() time.Time // nil is time.Now

	// FoldDelay is how long movements may wait in the journal before they are folded into SQLite, and
	// so the longest stretch that a power cut can lose (a killed process loses nothing). Queries and Close
	// do not wait for it. 0 is 1 s.
	FoldDelay time.Duration
	// SegmentSize is the size of a journal file in bytes; 0 is journal.DefaultSegment.
	SegmentSize int
	// Lease is how long after its last sign of life a node on PostgreSQL counts as dead, and its holds
	// are released by another. 0 is 30 s.
	Lease time.Duration
}

// Service is the money of one process. It is safe for concurrent use.
type Service struct {
	book   book
	ledger *store.Ledger
	now    func() time.Time
}

// book is where money is counted. There are two: journaled and shared.
type book interface {
	reserve(r Reservation) (ticket, *burncloud.Fault)
	settle(t ticket, c Charge) error
	release(t ticket) error
	accounts(ctx context.Context, kind store.AccountKind, owners []string) ([]store.Account, error)
	append(ctx context.Context, e burncloud.Entry) (burncloud.Entry, error)
	holds(ctx context.Context) ([]OpenHold, error)
	// flush brings all movements so far to the database, where queries see them.
	flush(ctx context.Context) error
	verify(ctx context.Context) (*Report, error)
	recovery() Recovery
	lag() Lag
	close(ctx context.Context) error
}

// New opens the books. What a killed process left behind is brought in order first: the journal is
// folded and open holds are released, see Recovery.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{ledger: o.Store.Ledger(), now: o.Now}
	var err error
	if o.Store.Engine() == store.SQLite {
		s.book, err = openJournaled(ctx, o)
	} else {
		s.book, err = openShared(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("billing: %w", err)
	}
	return s, nil
}

// Close brings all movements to the database and closes the books. Holds that are still open are
// released by the next process. Nothing can be reserved or settled afterwards.
func (s *Service) Close(ctx context.Context) error { return s.book.close(ctx) }

// Balance is the money of a user, in nano-USD.
type Balance struct {
	Amount burncloud.Money // the sum of the user's ledger entries; below zero after an overdraft
	Held   burncloud.Money // set aside for calls under way
}

// Available is what new calls can reserve.
func (b Balance) Available() burncloud.Money { return b.Amount - b.Held }

// Spending is what a key has spent, in nano-USD.
type Spending struct {
	Amount burncloud.Money // charged so far
	Held   burncloud.Money // set aside for calls under way
}

// Balance gives the balance of a user; one without entries has none, which is no error.
func (s *Service) Balance(ctx context.Context, userID string) (Balance, error) {
	all, err := s.Balances(ctx, []string{userID})
	return all[userID], err
}

// Balances gives the balances of users by id; nil asks for all. Users without entries may be missing.
func (s *Service) Balances(ctx context.Context, userIDs []string) (map[string]Balance, error) {
	accounts, err := s.book.accounts(ctx, store.UserAccount, userIDs)
	out := make(map[string]Balance, len(accounts))
	for _, a := range accounts {
		out[a.ID] = Balance{a.Balance, a.Held}
	}
	return out, err
}

// Spending gives what a key has spent; one never used has spent nothing, which is no error.
func (s *Service) Spending(ctx context.Context, keyID string) (Spending, error) {
	all, err := s.Spendings(ctx, []string{keyID})
	return all[keyID], err
}

// Spendings gives what keys have spent by id; nil asks for all. Keys without entries may be missing.
func (s *Service) Spendings(ctx context.Context, keyIDs []string) (map[string]Spending, error) {
	accounts, err := s.book.accounts(ctx, store.KeyAccount, keyIDs)
	out := make(map[string]Spending, len(accounts))
	for _, a := range accounts {
		out[a.ID] = Spending{-a.Balance, a.Held}
	}
	return out, err
}

// Adjust books a top-up or an adjustment, and has reached the disk when it returns. e.CallID is a
// reference that makes it idempotent: a second entry of the same kind and reference is refused with
// ErrRepeated (which is also store.ErrConflict). Empty, it is made up. A zero e.Time is now. The entry returned
// has its ID. Kinds other than EntryTopUp and EntryAdjustment, and entries for nobody, are Invalid.
func (s *Service) Adjust(ctx context.Context, e burncloud.Entry) (burncloud.Entry, error) {
	switch {
	case e.Kind != burncloud.EntryTopUp && e.Kind != burncloud.EntryAdjustment:
		return e, burncloud.Faultf(burncloud.Invalid, "an entry of kind %q cannot be booked by hand", e.Kind)
	case e.UserID == "" && e.KeyID == "":
		return e, &burncloud.Fault{Kind: burncloud.Invalid, Param: "user_id", Message: "the entry names neither a user nor a key"}
	case e.Amount > maxEntry || e.Amount < -maxEntry:
		return e, &burncloud.Fault{Kind: burncloud.Invalid, Param: "amount", Message: "the amount is out of range: at most " + maxEntry.String() + " USD"}
	case e.Kind == burncloud.EntryTopUp && e.Amount < 0:
		return e, &burncloud.Fault{Kind: burncloud.Invalid, Param: "amount", Message: "a top-up cannot be negative"}
	}
	if e.CallID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return e, err
		}
		e.CallID = id.String()
	}
	if e.Time.IsZero() {
		e.Time = s.now()
	}
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	booked, err := s.book.append(ctx, e)
	if errors.Is(err, store.ErrConflict) {
		return e, fmt.Errorf("%w: %s %q (%w)", ErrRepeated, e.Kind, e.CallID, err)
	}
	return booked, err
}

// ErrRepeated says that the ledger has an entry of the same kind and reference, and nothing was booked.
var ErrRepeated = errors.New("billing: the entry is booked already")

// Entries lists ledger entries, newest first: at most limit (1 to 1,000) of those older than the entry
// with ID before (0: from the newest). The next page starts at the last one's ID. Calls that were
// settled before are all there.
func (s *Service) Entries(ctx context.Context, f EntryFilter, before int64, limit int) ([]burncloud.Entry, error) {
	if err := s.book.flush(ctx); err != nil {
		return nil, err
	}
	return s.ledger.Entries(ctx, f, before, min(max(limit, 1), 1000))
}

// OpenHold is money set aside for a call under way.
type OpenHold struct {
	CallID string          `json:"call_id"`
	UserID string          `json:"user_id"`
	KeyID  string          `json:"key_id,omitempty"`
	Amount burncloud.Money `json:"amount"`
	Node   string          `json:"node,omitempty"` // the process that holds it, where there are several
	Time   time.Time       `json:"time"`
}

// OpenHolds lists the holds of calls under way, oldest first.
func (s *Service) OpenHolds(ctx context.Context) ([]OpenHold, error) { return s.book.holds(ctx) }

// Recovery is what New had to bring in order after a process that did not end properly.
type Recovery struct {
	Records  int        // journal records folded into the database
	Released []OpenHold // holds without an outcome: released, each with a ledger entry that says so
	Damage   []string   // stretches of the journal that could not be read; money may be missing there
}

// Recovery tells what New had to bring in order. Empty means that the last process ended properly.
func (s *Service) Recovery() Recovery { return s.book.recovery() }

// Lag is what is not in the database yet.
type Lag struct {
	Bytes   int64 // of the journal
	Waiting int   // settlements that could be written nowhere so far; kept in memory and tried again
}

// Lag tells how far the database is behind; for metrics.
func (s *Service) Lag() Lag { return s.book.lag() }

// Difference is an account that does not add up, in nano-USD.
type Difference struct {
	Kind string          `json:"kind"` // user or key; "" is an entry whose account is missing
	ID   string          `json:"id"`
	What string          `json:"what"` // which two figures differ
	Want burncloud.Money `json:"want"`
	Got  burncloud.Money `json:"got"`
}

// String is the difference in words.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s: %s: %s USD, should be %s USD", d.Kind, d.ID, d.What, d.Got, d.Want)
}

// Report is the result of Verify.
type Report struct {
	Accounts    int          `json:"accounts"` // looked at
	Differences []Difference `json:"differences"`
}

// Verify recomputes every balance from the ledger's entries and names each difference. It may run
// beside live calls.
func (s *Service) Verify(ctx context.Context) (*Report, error) { return s.book.verify(ctx) }

// Flush brings all movements so far to the database.
func (s *Service) Flush(ctx context.Context) error { return s.book.flush(ctx) }
