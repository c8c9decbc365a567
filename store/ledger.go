package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/burncloud/burncloud"
)

// Ledger keeps accounts, entries and open holds. Only service/billing uses it: it decides, the Ledger
// books. Entries are appended and never changed; an account's balance is always the sum of its entries
// and its held the sum of its open holds, since they change in the same transactions.
type Ledger struct {
	s   *Store
	ids sync.Map // owner → id of its account; accounts are never deleted
}

// Ledger is the store's ledger.
func (s *Store) Ledger() *Ledger { return s.ledger }

// AccountKind says whose money an account counts.
type AccountKind string

// The kinds of accounts.
const (
	UserAccount AccountKind = "user"
	KeyAccount  AccountKind = "key"
)

// Owner names an account.
type Owner struct {
	Kind AccountKind
	ID   string // of the user or key
}

// Account is the state of one account, in nano-USD.
type Account struct {
	Owner
	Balance burncloud.Money // sum of its entries; of a key: minus what it has spent
	Held    burncloud.Money // sum of its open holds
}

// LedgerHold is money set aside for a call under way.
type LedgerHold struct {
	CallID string
	UserID string
	KeyID  string // "" when the call used no key
	Amount burncloud.Money
	Node   string // the process that made it; "" in SQLite
	Time   time.Time
}

// accountRow is a row of ledger_accounts.
type accountRow struct {
	ID      int64
	Kind    AccountKind
	Owner   string
	Balance int64
	Held    int64
}

func (r accountRow) account() Account {
	return Account{Owner{r.Kind, r.Owner}, burncloud.Money(r.Balance), burncloud.Money(r.Held)}
}

// Accounts gives the accounts of the given owners of one kind; owners without one are left out, and
// nil means all.
func (l *Ledger) Accounts(ctx context.Context, kind AccountKind, owners []string) ([]Account, error) {
	var rows []accountRow
	q := l.s.main.read.NewSelect().TableExpr("ledger_accounts").ColumnExpr("id, kind, owner, balance, held").Where("kind = ?", kind)
	if owners != nil {
		if len(owners) == 0 {
			return nil, nil
		}
		q = q.Where("owner IN (?)", bun.List(owners))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, mapError(err)
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = r.account()
	}
	return out, nil
}

// Holds lists the open holds in the database, oldest first.
func (l *Ledger) Holds(ctx context.Context) ([]LedgerHold, error) {
	return l.holds(ctx, l.s.main.read, "")
}

// holds reads open holds, those of one node when it is not "".
func (l *Ledger) holds(ctx context.Context, db bun.IDB, node string) ([]LedgerHold, error) {
	var rows []struct {
		CallID string
		UserID string
		KeyID  string
		Amount int64
		Node   string
		Time   int64
	}
	q := db.NewSelect().TableExpr("ledger_holds AS h").
		ColumnExpr("h.call_id, u.owner AS user_id, COALESCE(k.owner, '') AS key_id, h.amount, h.node, h.time").
		Join("JOIN ledger_accounts AS u ON u.id = h.user_account").
		Join("LEFT JOIN ledger_accounts AS k ON k.id = h.key_account").
		OrderExpr("h.time, h.call_id")
	if node != "" {
		q = q.Where("h.node = ?", node)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, mapError(err)
	}
	out := make([]LedgerHold, len(rows))
	for i, r := range rows {
		out[i] = LedgerHold{r.CallID, r.UserID, r.KeyID, burncloud.Money(r.Amount), r.Node, fromMicros(r.Time)}
	}
	return out, nil
}

// Append books one entry that no call's hold stands behind: a top-up, an adjustment. It returns the
// entry with its ID. ErrConflict: an entry of this kind has the same CallID already, and nothing was
// booked.
func (l *Ledger) Append(ctx context.Context, e burncloud.Entry) (burncloud.Entry, error) {
	err := l.s.main.durableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		user, err := l.accountID(ctx, tx, Owner{UserAccount, e.UserID})
		if err != nil {
			return err
		}
		key, err := l.accountID(ctx, tx, Owner{KeyAccount, e.KeyID})
		if err != nil {
			return err
		}
		err = tx.NewRaw("INSERT INTO ledger_entries (call_id, kind, user_account, key_account, amount, note, time) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
			e.CallID, e.Kind, user, key, int64(e.Amount), e.Note, micros(e.Time)).Scan(ctx, &e.ID)
		if err != nil {
			return err
		}
		return addBalance(ctx, tx, e.Amount, user, key)
	})
	return e, err
}

// addBalance changes the balances of accounts, of which either may be nil, in the order of their ids:
// whoever locks several does it in this order.
func addBalance(ctx context.Context, tx bun.Tx, amount burncloud.Money, a, b *int64) error {
	if a != nil && b != nil && *a > *b {
		a, b = b, a
	}
	for _, id := range []*int64{a, b} {
		if id == nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, "UPDATE ledger_accounts SET balance = balance + ? WHERE id = ?", int64(amount), *id); err != nil {
			return err
		}
	}
	return nil
}

// accountID finds the account of o, or makes it. Nobody ("" as ID) has none: NULL.
func (l *Ledger) accountID(ctx context.Context, db bun.IDB, o Owner) (*int64, error) {
	if o.ID == "" {
		return nil, nil
	}
	if id, ok := l.ids.Load(o); ok {
		return id.(*int64), nil
	}
	var id int64
	// The assignment that changes nothing makes the row that was there be returned too.
	err := db.NewRaw("INSERT INTO ledger_accounts (kind, owner) VALUES (?, ?) ON CONFLICT (kind, owner) DO UPDATE SET owner = excluded.owner RETURNING id",
		o.Kind, o.ID).Scan(ctx, &id)
	if err != nil {
		return nil, fmt.Errorf("account of %s %s: %w", o.Kind, o.ID, err)
	}
	return &id, nil
}

// EntryFilter selects entries; what is zero selects all.
type EntryFilter struct {
	UserID string
	KeyID  string // alone it reads the whole ledger backwards; give its user too
	Kind   burncloud.EntryKind
	CallID string
	From   time.Time // at or after
	To     time.Time // before
}

// Entries lists entries, newest first: at most limit of those with an ID below before (0: from the
// newest). The next page starts at the last one's ID.
func (l *Ledger) Entries(ctx context.Context, f EntryFilter, before int64, limit int) ([]burncloud.Entry, error) {
	var rows []struct {
		ID     int64
		CallID string
		Kind   burncloud.EntryKind
		UserID string
		KeyID  string
		Amount int64
		Note   string
		Time   int64
	}
	q := l.s.main.read.NewSelect().TableExpr("ledger_entries AS e").
		ColumnExpr("e.id, e.call_id, e.kind, COALESCE(u.owner, '') AS user_id, COALESCE(k.owner, '') AS key_id, e.amount, e.note, e.time").
		Join("LEFT JOIN ledger_accounts AS u ON u.id = e.user_account").
		Join("LEFT JOIN ledger_accounts AS k ON k.id = e.key_account").
		OrderExpr("e.id DESC").Limit(int64(limit))
	owner := func(column string, kind AccountKind, id string) {
		if id != "" {
			q = q.Where("e."+column+" = (SELECT id FROM ledger_accounts WHERE kind = ? AND owner = ?)", kind, id)
		}
	}
	owner("user_account", UserAccount, f.UserID)
	owner("key_account", KeyAccount, f.KeyID)
	if f.Kind != "" {
		q = q.Where("e.kind = ?", f.Kind)
	}
	if f.CallID != "" {
		q = q.Where("e.call_id = ?", f.CallID)
	}
	if !f.From.IsZero() {
		q = q.Where("e.time >= ?", micros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("e.time < ?", micros(f.To))
	}
	if before > 0 {
		q = q.Where("e.id < ?", before)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, mapError(err)
	}
	out := make([]burncloud.Entry, len(rows))
	for i, r := range rows {
		out[i] = burncloud.Entry{ID: r.ID, CallID: r.CallID, Kind: r.Kind, UserID: r.UserID, KeyID: r.KeyID,
			Amount: burncloud.Money(r.Amount), Note: r.Note, Time: fromMicros(r.Time)}
	}
	return out, nil
}

// Difference is an account that does not add up.
type Difference struct {
	Account                 // as it stands
	Entries burncloud.Money // the sum of its entries, which Balance should be
	Holds   burncloud.Money // the sum of its open holds, which Held should be
}

// Verify recomputes every account from the entries and the open holds, in one snapshot. It returns how
// many there are and those that differ; entries whose account is missing are an account with an empty
// Owner.
func (l *Ledger) Verify(ctx context.Context) (accounts int, _ []Difference, _ error) {
	const query = `
WITH posted AS (
    SELECT user_account AS account, amount FROM ledger_entries WHERE user_account IS NOT NULL
    UNION ALL SELECT key_account, amount FROM ledger_entries WHERE key_account IS NOT NULL
), held AS (
    SELECT user_account AS account, amount FROM ledger_holds
    UNION ALL SELECT key_account, amount FROM ledger_holds WHERE key_account IS NOT NULL
), sums AS (
    SELECT account, CAST(SUM(entries) AS bigint) AS entries, CAST(SUM(holds) AS bigint) AS holds FROM (
        SELECT account, SUM(amount) AS entries, 0 AS holds FROM posted GROUP BY account
        UNION ALL SELECT account, 0, SUM(amount) FROM held GROUP BY account
        UNION ALL SELECT id, 0, 0 FROM ledger_accounts
        UNION ALL SELECT 0, 0, 0
    ) AS both_sums GROUP BY account
)
SELECT s.account, COALESCE(a.kind, '') AS kind, COALESCE(a.owner, '') AS owner, COALESCE(a.balance, 0) AS balance, COALESCE(a.held, 0) AS held,
    s.entries, s.holds, (SELECT COUNT(*) FROM ledger_accounts) AS accounts
FROM sums AS s LEFT JOIN ledger_accounts AS a ON a.id = s.account
WHERE s.account = 0 OR a.id IS NULL OR a.balance <> s.entries OR a.held <> s.holds
ORDER BY s.account`
	var rows []struct {
		Account                       int64
		Kind                          AccountKind
		Owner                         string
		Balance, Held, Entries, Holds int64
		Accounts                      int
	}
	if err := l.s.main.read.NewRaw(query).Scan(ctx, &rows); err != nil {
		return 0, nil, mapError(err)
	}
	var out []Difference
	for _, r := range rows {
		if accounts = r.Accounts; r.Account != 0 { // account 0 is there for the count alone
			out = append(out, Difference{Account{Owner{r.Kind, r.Owner}, burncloud.Money(r.Balance), burncloud.Money(r.Held)},
				burncloud.Money(r.Entries), burncloud.Money(r.Holds)})
		}
	}
	return accounts, out, nil
}
