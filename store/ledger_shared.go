package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/burncloud/burncloud"
)

// What follows is for several processes that share the ledger in PostgreSQL. Each method is one round
// trip that PostgreSQL runs as one transaction. All of them lock the accounts they change first, in the
// order of their ids, so that none waits for another in a circle.

// AccountID finds or makes the account of an owner; 0 for nobody (an empty ID).
func (l *Ledger) AccountID(ctx context.Context, o Owner) (int64, error) {
	if o.ID == "" {
		return 0, nil
	}
	id, err := l.accountID(ctx, l.s.main.write, o)
	if err != nil {
		return 0, mapError(err)
	}
	l.ids.Store(o, id)
	return *id, nil
}

// SharedHold is a hold as the nodes share it.
type SharedHold struct {
	CallID    string
	User, Key int64 // account ids; Key is 0 when the call uses none
	Amount    burncloud.Money
	Node      string
	Time      time.Time
}

// Allowance is what a reservation may draw on.
type Allowance struct {
	UserUnlimited, KeyUnlimited bool
	KeyLimit                    burncloud.Money
}

const lockAccounts = "SELECT id, balance, held FROM ledger_accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE"

// Reserve holds h.Amount on both accounts when both cover it, else on neither. It returns the accounts
// as they were before. ErrConflict: the call has a hold already.
func (l *Ledger) Reserve(ctx context.Context, h SharedHold, a Allowance) (granted bool, user, key Account, err error) {
	b := &pgx.Batch{}
	b.Queue(lockAccounts, h.User, h.Key).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var r accountRow
			if err := rows.Scan(&r.ID, &r.Balance, &r.Held); err != nil {
				return err
			}
			if r.ID == h.User {
				user = r.account()
			} else {
				key = r.account()
			}
		}
		return rows.Err()
	})
	// A key that is not limited, or not there, is covered; the comparison cannot leave the range.
	b.Queue(`
WITH covered AS (
    SELECT $1::bigint = 0
        OR (SELECT $5::boolean OR balance - held >= $1 FROM ledger_accounts WHERE id = $3)
        AND ($4::bigint = 0 OR (SELECT $6::boolean OR balance - held >= $1 - $7::bigint FROM ledger_accounts WHERE id = $4)) AS ok
), hold AS (
    INSERT INTO ledger_holds (call_id, user_account, key_account, amount, node, time)
    SELECT $2::text, $3::bigint, NULLIF($4, 0), $1, $8::text, $9::bigint FROM covered WHERE ok
), held AS (
    UPDATE ledger_accounts SET held = held + $1 WHERE id IN ($3, $4) AND (SELECT ok FROM covered)
)
SELECT COALESCE(ok, false) FROM covered`,
		int64(h.Amount), h.CallID, h.User, h.Key, a.UserUnlimited, a.KeyUnlimited, int64(a.KeyLimit), h.Node, micros(h.Time)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&granted) })
	if err = l.send(ctx, b); err != nil {
		return false, user, key, err
	}
	return granted, user, key, nil
}

// Settle books a charge for the hold's call, and ends the hold. booked is false when the call has been
// settled or released before; then nothing changes. A hold that another node took for dead and released is no
// obstacle: what was spent is booked. It returns the accounts as they are after.
func (l *Ledger) Settle(ctx context.Context, h SharedHold, charge burncloud.Money, note string, at time.Time) (booked bool, user, key Account, err error) {
	b := &pgx.Batch{}
	b.Queue(lockAccounts, h.User, h.Key)
	b.Queue(`
WITH entry AS (
    INSERT INTO ledger_entries (call_id, kind, user_account, key_account, amount, note, time)
    SELECT $1::text, 'settle', $2::bigint, NULLIF($3::bigint, 0), -$4::bigint, $5::text, $6::bigint
    WHERE EXISTS (SELECT 1 FROM ledger_holds WHERE call_id = $1)
        OR EXISTS (SELECT 1 FROM ledger_entries WHERE call_id = $1 AND kind = 'release')
    ON CONFLICT (call_id, kind) DO NOTHING RETURNING 1
), hold AS (
    DELETE FROM ledger_holds WHERE call_id = $1 RETURNING amount
)
UPDATE ledger_accounts SET
    balance = balance - $4 * (SELECT COUNT(*) FROM entry),
    held = held - COALESCE((SELECT amount FROM hold), 0)
WHERE id IN ($2, $3)
RETURNING id, balance, held, (SELECT COUNT(*) FROM entry) = 1`,
		h.CallID, h.User, h.Key, int64(charge), note, micros(at)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var r accountRow
			if err := rows.Scan(&r.ID, &r.Balance, &r.Held, &booked); err != nil {
				return err
			}
			if r.ID == h.User {
				user = r.account()
			} else {
				key = r.account()
			}
		}
		return rows.Err()
	})
	err = l.send(ctx, b)
	return booked && err == nil, user, key, err
}

// Release ends a hold without a charge. One that is gone already stays gone.
func (l *Ledger) Release(ctx context.Context, h SharedHold) error {
	b := &pgx.Batch{}
	b.Queue(lockAccounts, h.User, h.Key)
	b.Queue(`
WITH hold AS (DELETE FROM ledger_holds WHERE call_id = $1::text RETURNING amount)
UPDATE ledger_accounts SET held = held - (SELECT amount FROM hold) WHERE id IN ($2, $3) AND EXISTS (SELECT 1 FROM hold)`,
		h.CallID, h.User, h.Key)
	return l.send(ctx, b)
}

// send runs a batch as one transaction.
func (l *Ledger) send(ctx context.Context, b *pgx.Batch) error {
	return mapError(l.s.pool.SendBatch(ctx, b).Close())
}

// databaseNow is PostgreSQL's clock in Unix microseconds: nodes need not agree on the time.
const databaseNow = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint)"

// Beat says that a node is alive.
func (l *Ledger) Beat(ctx context.Context, node string) error {
	_, err := l.s.pool.Exec(ctx, "INSERT INTO ledger_nodes (id, started, seen) VALUES ($1, "+databaseNow+", "+databaseNow+
		") ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", node)
	return mapError(err)
}

// Leave forgets a node, unless it still has holds: those are for another node to end.
func (l *Ledger) Leave(ctx context.Context, node string) error {
	_, err := l.s.pool.Exec(ctx, "DELETE FROM ledger_nodes WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM ledger_holds WHERE node = $1)", node)
	return mapError(err)
}

// ReleaseDead ends the holds of nodes other than self that have given no sign of life for the lease,
// each with a release entry whose note is made by note, and forgets those nodes. It returns the holds.
func (l *Ledger) ReleaseDead(ctx context.Context, self string, lease time.Duration, note func(LedgerHold) string) ([]LedgerHold, error) {
	var all []LedgerHold
	err := l.s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all = nil
		nodes, err := deadNodes(ctx, tx, self, lease)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			holds, err := l.releaseNode(ctx, tx, node, note)
			if err != nil {
				return fmt.Errorf("node %s: %w", node, err)
			}
			all = append(all, holds...)
		}
		return nil
	})
	return all, err
}

// deadNodes lists those whose lease has ended, and those that were forgotten before the last of what
// they had sent was carried out.
func deadNodes(ctx context.Context, tx bun.Tx, self string, lease time.Duration) (nodes []string, err error) {
	for _, query := range []string{
		"SELECT id FROM ledger_nodes WHERE id <> ?0 AND seen < " + databaseNow + " - ?1 ORDER BY id FOR UPDATE SKIP LOCKED",
		"SELECT DISTINCT node FROM ledger_holds AS h WHERE node <> ?0 AND NOT EXISTS (SELECT 1 FROM ledger_nodes AS n WHERE n.id = h.node)",
	} {
		var found []string
		if err := tx.NewRaw(query, self, lease.Microseconds()).Scan(ctx, &found); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		nodes = append(nodes, found...)
	}
	return nodes, nil
}

func (l *Ledger) releaseNode(ctx context.Context, tx bun.Tx, node string, note func(LedgerHold) string) (released []LedgerHold, err error) {
	// First the locks, as everywhere; then what is left to release under them.
	if _, err := tx.ExecContext(ctx, "SELECT id FROM ledger_accounts WHERE id IN (SELECT user_account FROM ledger_holds WHERE node = ?0 UNION SELECT key_account FROM ledger_holds WHERE node = ?0) ORDER BY id FOR UPDATE", node); err != nil {
		return nil, err
	}
	holds, err := l.holds(ctx, tx, node)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		const end = `
WITH hold AS (DELETE FROM ledger_holds WHERE call_id = ?0 RETURNING user_account, key_account, amount),
entry AS (
    INSERT INTO ledger_entries (call_id, kind, user_account, key_account, amount, note, time)
    SELECT ?0, 'release', user_account, key_account, 0, ?1, ?2 FROM hold ON CONFLICT (call_id, kind) DO NOTHING
)
UPDATE ledger_accounts AS a SET held = a.held - hold.amount FROM hold WHERE a.id IN (hold.user_account, hold.key_account)`
		if _, err := tx.ExecContext(ctx, end, h.CallID, note(h), micros(l.s.now())); err != nil {
			return nil, err
		}
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM ledger_nodes WHERE id = ?", node)
	return holds, err
}
