package control

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
)

// Entry is one line of the ledger with the names behind its ids.
type Entry struct {
	burncloud.Entry
	Username string `json:"username"`
	KeyName  string `json:"key_name"`
}

// Hold is money reserved by a call in flight.
type Hold struct {
	billing.OpenHold
	Username string `json:"username"`
	KeyName  string `json:"key_name"`
}

// LedgerReport is what a verification of the whole ledger found.
type LedgerReport struct {
	OK          bool         `json:"ok" doc:"Every balance equals the sum of its entries"`
	Accounts    int          `json:"accounts" doc:"How many balances were recomputed"`
	Differences []Difference `json:"differences"`
}

// Difference is a balance that its entries do not explain.
type Difference struct {
	billing.Difference
	Name string `json:"name" doc:"Whose balance"`
}

type listEntriesInput struct {
	Page
	UserID string              `query:"user_id" maxLength:"64" doc:"Members see only their own"`
	KeyID  string              `query:"key_id" maxLength:"64"`
	CallID string              `query:"call_id" maxLength:"64"`
	Kind   burncloud.EntryKind `query:"kind"`
	From   time.Time           `query:"from" doc:"At or after"`
	To     time.Time           `query:"to" doc:"Before"`
}

func (s *server) ledgerRoutes() {
	const tag = "Ledger"
	register(s, member, op(http.MethodGet, "/ledger/entries", "listEntries", tag, "List ledger entries, newest first"), s.listEntries)
	register(s, admin, op(http.MethodGet, "/ledger/holds", "listHolds", tag, "List the money that calls in flight hold"), s.listHolds)
	register(s, admin, op(http.MethodPost, "/ledger/verify", "verifyLedger", tag, "Recompute every balance from its entries"), s.verifyLedger)
}

func (s *server) listEntries(ctx context.Context, in *listEntriesInput) (*body[List[Entry]], error) {
	user, err := scope(ctx, in.UserID)
	if err != nil {
		return nil, err
	}
	before, err := strconv.ParseInt(cmp.Or(in.Cursor, "0"), 10, 64)
	if err != nil || before < 0 {
		return nil, invalid("cursor", "this cursor is not one of this list")
	}
	filter := billing.EntryFilter{UserID: user, KeyID: in.KeyID, Kind: in.Kind, CallID: in.CallID, From: in.From, To: in.To}
	entries, err := s.Billing.Entries(ctx, filter, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(entries) > in.Limit {
		entries = entries[:in.Limit]
		next = strconv.FormatInt(entries[in.Limit-1].ID, 10)
	}
	views, err := s.entries(ctx, entries)
	return answer(list(views, next)), err
}

// entries are entries with the names behind their ids.
func (s *server) entries(ctx context.Context, entries []burncloud.Entry) ([]Entry, error) {
	var n names
	for _, e := range entries {
		n.add(e.UserID, e.KeyID, "")
	}
	if err := s.resolve(ctx, &n); err != nil {
		return nil, err
	}
	out := make([]Entry, len(entries))
	for i, e := range entries {
		out[i] = Entry{Entry: e, Username: n.users[e.UserID], KeyName: n.keys[e.KeyID]}
	}
	return out, nil
}

func (s *server) listHolds(ctx context.Context, _ *none) (*body[List[Hold]], error) {
	holds, err := s.Billing.OpenHolds(ctx)
	if err != nil {
		return nil, err
	}
	var n names
	for _, h := range holds {
		n.add(h.UserID, h.KeyID, "")
	}
	if err := s.resolve(ctx, &n); err != nil {
		return nil, err
	}
	out := make([]Hold, len(holds))
	for i, h := range holds {
		out[i] = Hold{OpenHold: h, Username: n.users[h.UserID], KeyName: n.keys[h.KeyID]}
	}
	return answer(list(out, "")), nil
}

func (s *server) verifyLedger(ctx context.Context, _ *none) (*body[LedgerReport], error) {
	r, err := s.Billing.Verify(ctx)
	if err != nil {
		return nil, err
	}
	var n names
	for _, d := range r.Differences {
		n.add(d.ID, d.ID, "")
	}
	if err := s.resolve(ctx, &n); err != nil {
		return nil, err
	}
	v := LedgerReport{OK: len(r.Differences) == 0, Accounts: r.Accounts, Differences: []Difference{}}
	for _, d := range r.Differences {
		v.Differences = append(v.Differences, Difference{Difference: d, Name: cmp.Or(n.users[d.ID], n.keys[d.ID])})
	}
	return answer(v), nil
}

// book adds an entry. Under a reference that is booked already nothing is added: the entry that stands
// there is the answer when it is the same, else the reference is refused.
func (s *server) book(ctx context.Context, e burncloud.Entry) (*burncloud.Entry, error) {
	made, err := s.Billing.Adjust(ctx, e)
	if err == nil {
		who := burncloud.ActorOf(ctx)
		s.Logger.InfoContext(ctx, "entry booked", "entry", made.ID, "kind", made.Kind, "user", made.UserID,
			"amount", made.Amount, "actor", who.Username, "actor_id", who.UserID, "via", who.Via)
		return &made, nil
	}
	if e.CallID == "" || errors.As(err, new(*burncloud.Fault)) {
		return nil, err
	}
	old, listErr := s.Billing.Entries(ctx, billing.EntryFilter{CallID: e.CallID, Kind: e.Kind}, 0, 1)
	if listErr != nil || len(old) == 0 {
		return nil, err
	}
	if old[0].UserID != e.UserID || old[0].Amount != e.Amount {
		return nil, invalid("reference", "another entry has been booked under this reference")
	}
	return &old[0], nil
}
