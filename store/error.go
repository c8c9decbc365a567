package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: a row with the same unique value exists.
	ErrConflict = errors.New("store: conflict")
	// ErrLocked: another process works in the data directory.
	ErrLocked = errors.New("store: data directory in use")
)

// mapError makes err, of either engine, match ErrNotFound or ErrConflict where it is that; the
// original stays in the chain for the log. Public methods pass each error through it.
func mapError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict):
		return err
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	case isConflict(err):
		return fmt.Errorf("%w (%w)", ErrConflict, err)
	}
	return err
}

func isConflict(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505" // unique_violation
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// transient tells that PostgreSQL ended a transaction in favour of another one.
func transient(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40P01" || pg.Code == "40001") // deadlock_detected, serialization_failure
}
