package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Exec runs a statement on the main database, for tests that break things or look beneath.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.main.write.ExecContext(ctx, query, args...)
	return mapError(err)
}

// Scan reads rows of the main or of the requests database.
func (s *Store) Scan(ctx context.Context, requests bool, dest any, query string, args ...any) error {
	d := s.main
	if requests {
		d = s.requests
	}
	return mapError(d.read.NewRaw(query, args...).Scan(ctx, dest))
}

// Transact is tx.
func (s *Store) Transact(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error, topics ...string) error {
	return s.tx(ctx, fn, topics...)
}
