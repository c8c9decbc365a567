package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// Connections to PostgreSQL, unless the URL names pool_max_conns itself.
const (
	mainConns     = 16
	requestsConns = 4 // the log's own, so that a slow log query takes no connection from the ledger
)

// requestsSchema holds the request log's tables in PostgreSQL.
const requestsSchema = "requests"

func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("store: database URL: %w", err) // pgx leaves the password out
	}
	// bun writes values into the SQL text itself: preparing each text for reuse would be waste.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnConfig.RuntimeParams["application_name"] = "burncloud"
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = mainConns
	}
	log := config.Copy()
	log.ConnConfig.RuntimeParams["search_path"] = requestsSchema
	log.MaxConns = min(requestsConns, config.MaxConns)

	if s.pool, s.main, err = s.openPool(ctx, config); err != nil {
		return err
	}
	if err := s.makeSchema(ctx); err != nil {
		return err
	}
	if _, s.requests, err = s.openPool(ctx, log); err != nil {
		return err
	}
	return s.startListening(ctx, config.ConnConfig)
}

func (s *Store) openPool(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, *database, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	s.close = append(s.close, func() error { pool.Close(); return nil })
	if err := pool.Ping(ctx); err != nil {
		return nil, nil, fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	handle := stdlib.OpenDBFromPool(pool)
	s.close = append(s.close, handle.Close)
	db := bun.NewDB(handle, pgdialect.New(), bun.WithDiscardUnknownColumns())
	return pool, &database{write: db, read: db, retry: true}, nil
}

// makeSchema makes the request log's schema. Where the database's owner has made it already, the
// right to make schemas is not needed.
func (s *Store) makeSchema(ctx context.Context) error {
	var there bool
	err := s.pool.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", requestsSchema).Scan(&there)
	if err == nil && !there {
		_, err = s.pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+requestsSchema)
	}
	if err != nil && !isConflict(err) { // another node made it at the same moment
		return fmt.Errorf("store: schema %s: %w", requestsSchema, err)
	}
	return nil
}

// startListening returns when changes of other nodes are being heard.
func (s *Store) startListening(ctx context.Context, config *pgx.ConnConfig) error {
	s.changes.node = uuid.NewString()
	listening, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ready, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		s.listen(listening, config, ready)
	}()
	s.changes.halt = func() { cancel(); <-done }
	select {
	case err := <-ready:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
