package billing

import (
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing/journal"
)

// Bounds that keep every sum within the range of Money; the ledger's tables enforce maxSum.
const (
	maxAmount = 1_000_000 * burncloud.USD     // of one reservation or charge
	maxEntry  = 1_000_000_000 * burncloud.USD // of one entry booked by hand
	maxSum    = burncloud.Money(1) << 62      // of an account
)

var (
	// ErrSettled: the hold was settled or released before; nothing was booked.
	ErrSettled = errors.New("billing: the call is settled already")
	// ErrClosed: the books are closed.
	ErrClosed = errors.New("billing: closed")
	// ErrPending: the charge counts, but could not be written anywhere yet. It is tried again until it
	// is; only the end of the process before that would lose it.
	ErrPending = errors.New("billing: the charge waits to be written")
)

// Reservation asks for money to be set aside for one call.
type Reservation struct {
	CallID uuid.UUID
	User   *burncloud.User
	Key    *burncloud.Key  // nil when the call uses none
	Amount burncloud.Money // the most that the call can cost, see Estimate; 0 is always granted
}

// Unlimited tells whether the user has no balance limit. What such a user spends is booked all the same.
func Unlimited(u *burncloud.User) bool { return u.Unlimited || u.Role == burncloud.Owner }

// limits are what a reservation may draw on, in nano-USD.
type limits struct {
	userUnlimited, keyUnlimited bool
	keyLimit                    burncloud.Money
}

func (r *Reservation) limits() limits {
	l := limits{userUnlimited: Unlimited(r.User), keyUnlimited: r.Key == nil || r.Key.Unlimited}
	if r.Key != nil {
		l.keyLimit = max(r.Key.Limit, 0)
	}
	return l
}

func (r *Reservation) keyID() string {
	if r.Key == nil {
		return ""
	}
	return r.Key.ID
}

// check refuses what cannot be booked at all.
func (r *Reservation) check() *burncloud.Fault {
	switch {
	case r.User == nil || r.User.ID == "" || len(r.User.ID) > journal.MaxText || len(r.keyID()) > journal.MaxText:
		return burncloud.Faultf(burncloud.Internal, "the call has no user to bill")
	case r.Amount < 0 || r.Amount > maxAmount:
		return burncloud.Faultf(burncloud.Invalid, "the call could cost more than can be counted; lower its output limit")
	}
	return nil
}

// Charge is what a call cost.
type Charge struct {
	Amount burncloud.Money
	Note   string // e.g. "estimated"; at most 255 bytes, the rest is cut
}

func (c *Charge) check() error {
	if c.Amount < 0 || c.Amount > maxAmount {
		return errors.New("billing: the charge is out of range")
	}
	c.Note = c.Note[:min(len(c.Note), journal.MaxText)]
	return nil
}

// ticket is how a book knows a hold again.
type ticket struct {
	call   uuid.UUID
	amount burncloud.Money
	limits limits

	slot, generation uint32 // journaled
	user, key        int64  // shared: account ids; 0 is none
}

// Hold is money set aside for one call. Its owner calls Settle or Release once; what comes after the
// first of them books nothing. A Hold may be copied, but is for one goroutine at a time.
type Hold struct {
	book   book
	ticket ticket
}

// Reserve sets r.Amount aside, from the key's limit and from the user's balance in one step, or from
// neither: then the Fault is InsufficientFunds and says which is short and how much is left.
func (s *Service) Reserve(r Reservation) (Hold, *burncloud.Fault) {
	if f := r.check(); f != nil {
		return Hold{}, f
	}
	t, f := s.book.reserve(r)
	if f != nil {
		return Hold{}, f
	}
	return Hold{s.book, t}, nil
}

// Amount is what is set aside.
func (h *Hold) Amount() burncloud.Money { return h.ticket.amount }

// Settle charges the call and gives back the rest of the hold. A charge above the hold is booked in
// full, below zero if need be: the money is spent. ErrSettled: there was a Settle or Release before, and
// nothing is booked. ErrPending: the charge counts but is not written yet. ErrClosed: the books were
// closed first, and the next process releases the hold. The zero Hold is ErrSettled. A charge below
// zero or above a million USD is refused and leaves the hold as it is.
func (h *Hold) Settle(c Charge) error {
	if h.book == nil {
		return ErrSettled
	}
	if err := c.check(); err != nil {
		return err
	}
	err := h.book.settle(h.ticket, c)
	h.book = nil
	return err
}

// Release gives the hold back without a charge. After Settle it does nothing, so it can be deferred.
func (h *Hold) Release() {
	if h.book == nil {
		return
	}
	// A hold that was settled through a copy is no error here, and anything else is logged by the book,
	// whose next process releases what this one could not.
	_ = h.book.release(h.ticket)
	h.book = nil
}

// insufficient says who is short. left may be below zero.
func insufficient(what string, need, left, held burncloud.Money) *burncloud.Fault {
	message := "the " + what + " does not cover this call: it may cost up to " + need.String() + " USD and " + left.String() + " USD is left"
	if held > 0 {
		message += " (" + held.String() + " USD is set aside for calls under way)"
	}
	return &burncloud.Fault{Kind: burncloud.InsufficientFunds, Message: message}
}

const (
	userShort = "balance of this key's user"
	keyShort  = "spending limit of this key"
)

// logReleased reports holds that ended without an outcome.
func logReleased(log *slog.Logger, released []OpenHold) {
	for _, h := range released {
		log.Warn("billing: released the hold of a call that was never settled", "call", h.CallID, "user", h.UserID, "key", h.KeyID,
			"held_usd", h.Amount.String())
	}
}
