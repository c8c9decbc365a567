package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Reader reads users, groups, keys, channels, sessions, tokens and settings: outside of a transaction
// (Store.Read), or as a part of Tx.
type Reader struct{ db bun.IDB }

// Read is a Reader of what has been committed.
func (s *Store) Read() Reader { return Reader{s.main.read} }

// Tx is a transaction that may also write them.
type Tx struct{ Reader }

// entityLock is the advisory lock under which PostgreSQL runs the transactions of Write.
const entityLock = 0x6275726e0003

// Write runs f in a transaction and announces topics with its commit. Such transactions run one at a
// time, over all nodes, so that f may check what it read before it writes: entities change seldom. f may
// run more than once, and must not change anything but the database.
func (s *Store) Write(ctx context.Context, f func(tx *Tx) error, topics ...string) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if s.engine == Postgres {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(entityLock)); err != nil {
				return err
			}
		}
		return f(&Tx{Reader{tx}})
	}, topics...)
}

// UserNames gives the names behind ids, of deleted users too, for history. Ids that were never there are
// left out.
func (r Reader) UserNames(ctx context.Context, ids []string) (map[string]string, error) {
	return r.names(ctx, "users", "username", ids)
}

// KeyNames is UserNames for keys.
func (r Reader) KeyNames(ctx context.Context, ids []string) (map[string]string, error) {
	return r.names(ctx, "keys", "name", ids)
}

// ChannelNames is UserNames for channels.
func (r Reader) ChannelNames(ctx context.Context, ids []string) (map[string]string, error) {
	return r.names(ctx, "channels", "name", ids)
}

func (r Reader) names(ctx context.Context, table, column string, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct{ ID, Name string }
	err := r.db.NewSelect().Table(table).Column("id").ColumnExpr("? AS name", bun.Ident(column)).
		Where("id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, wrap("read names", err)
	}
	for _, row := range rows {
		out[row.ID] = row.Name
	}
	return out, nil
}

// updated turns the result of an UPDATE or DELETE by primary key into an error.
func (t *Tx) updated(res sql.Result, err error) error {
	if err != nil {
		return wrap("write", err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return wrap("write", err)
}

// wrap says what was being done when err happened; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", doing, mapError(err))
}

// microsOrNull is t for a column where the zero time is NULL.
func microsOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := micros(t)
	return &n
}

func microsPtr(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	return microsOrNull(*t)
}

func fromNull(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return fromMicros(*n)
}

func fromMicrosPtr(n *int64) *time.Time {
	if n == nil {
		return nil
	}
	t := fromMicros(*n)
	return &t
}

// jsonList is a slice as it stands in a column; nil is the empty list.
func jsonList[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings and structs of strings cannot fail
	}
	return string(b)
}

func readList[T any](what, text string, list *[]T) error {
	*list = []T{}
	if err := json.Unmarshal([]byte(text), list); err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}
