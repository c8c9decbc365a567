package burncloud

import "time"

// EntryKind says why money moved.
type EntryKind string

// The kinds of ledger entries.
const (
	EntrySettle     EntryKind = "settle"     // a served call; Amount is negative
	EntryRelease    EntryKind = "release"    // a hold that ended without a charge after a crash; Amount is 0
	EntryTopUp      EntryKind = "topup"      // money added
	EntryAdjustment EntryKind = "adjustment" // correction by an admin, either sign
)

// Entry is one line of the append-only ledger. The sum of a user's entries is the user's balance.
type Entry struct {
	ID     int64     `json:"id"`
	CallID string    `json:"call_id"` // for settle and release the call, else a reference of its own; unique with Kind
	Kind   EntryKind `json:"kind"`
	UserID string    `json:"user_id"`
	KeyID  string    `json:"key_id,omitempty"`
	Amount Money     `json:"amount"`
	Note   string    `json:"note,omitempty"`
	Time   time.Time `json:"time"`
}
