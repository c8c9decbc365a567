package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
)

// Engine is the database behind a Store.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options say where the data is.
type Options struct {
	// Database is "" for SQLite in DataDir, or a postgres:// URL.
	Database string
	// DataDir holds burncloud.db and requests.db; it is made, mode 0700, when missing. PostgreSQL
	// needs none.
	DataDir string
	Logger  *slog.Logger     // nil is slog.Default()
	Now     func() time.Time // nil is time.Now
}

// Store is the persistence of one process. It is safe for concurrent use.
type Store struct {
	engine Engine
	log    *slog.Logger
	now    func() time.Time
	dir    string

	main     *database // settings and ledger
	requests *database // request log
	pool     *pgxpool.Pool
	changes  changes
	ledger   *Ledger
	lock     *os.File // of the data directory, SQLite only
	close    []func() error
}

// database is one of the two databases. write and read are the same handle in PostgreSQL; in SQLite
// write is the only connection that may write, and a transaction on it takes the write lock at once.
type database struct {
	write, read *bun.DB
	retry       bool // transactions may fail for no fault of their own and be run again
}

// Open opens the databases and brings their tables up to date. With SQLite it first locks DataDir;
// when another process has it the error wraps ErrLocked and names that process.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	s := &Store{log: o.Logger, now: o.Now, dir: o.DataDir}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.ledger = &Ledger{s: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	switch {
	case o.Database == "":
		s.engine = SQLite
		err = s.openSQLite(ctx)
	case strings.HasPrefix(o.Database, "postgres://"), strings.HasPrefix(o.Database, "postgresql://"):
		s.engine = Postgres
		err = s.openPostgres(ctx, o.Database)
	default:
		err = errors.New("store: database must be empty (SQLite) or a postgres:// URL")
	}
	if err != nil {
		return nil, err
	}
	if err = s.migrate(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) openSQLite(ctx context.Context) error {
	if s.dir == "" {
		return errors.New("store: no data directory")
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("store: make data directory: %w", err)
	}
	lock, err := lockDir(s.dir)
	if err != nil {
		return err
	}
	s.lock = lock
	if s.main, err = s.openFile(ctx, filepath.Join(s.dir, "burncloud.db")); err != nil {
		return err
	}
	s.requests, err = s.openFile(ctx, filepath.Join(s.dir, "requests.db"))
	return err
}

// Close closes the databases and gives up the lock of the data directory. It may be called twice.
func (s *Store) Close() error {
	var errs []error
	s.changes.stop()
	for i := len(s.close) - 1; i >= 0; i-- {
		errs = append(errs, s.close[i]())
	}
	s.close = nil
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// Engine tells which database is behind the store.
func (s *Store) Engine() Engine { return s.engine }

// DataDir is the directory given to Open.
func (s *Store) DataDir() string { return s.dir }

// Ping asks both databases for an answer; it is what readiness checks call.
func (s *Store) Ping(ctx context.Context) error {
	for _, d := range []*database{s.main, s.requests} {
		if _, err := d.read.ExecContext(ctx, "SELECT 1"); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// tx runs fn in a transaction of the main database and announces topics when it has been committed.
// A public method opens the transaction, unexported functions that take a bun.IDB do the work. fn may
// run more than once (PostgreSQL's deadlocks), so it must not change anything but the database. Its
// errors come back mapped to ErrNotFound and ErrConflict where they are that.
func (s *Store) tx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error, topics ...string) error {
	err := s.main.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return s.announce(ctx, tx, topics)
	})
	if err != nil {
		return err
	}
	s.changes.deliver(topics)
	return nil
}

// tries is how often a transaction that PostgreSQL gave up for a deadlock is run.
const tries = 5

// tx runs fn in a transaction, see Store.tx.
func (d *database) tx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	for n := 1; ; n++ {
		err := d.write.RunInTx(ctx, nil, fn)
		if err == nil || !d.retry || n == tries || !transient(err) {
			return mapError(err)
		}
	}
}

// micros is t as it stands in a column.
func micros(t time.Time) int64 { return t.UnixMicro() }

// fromMicros is a column's value as a time, in UTC.
func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// changes are the in-process subscribers, and the way to stop listening to other nodes.
type changes struct {
	mu   sync.Mutex
	next int
	subs []subscriber
	halt func() // ends the listener of other nodes' changes; nil where there is none
	node string // names this process in what it announces
}

type subscriber struct {
	id int
	fn func(topic string)
}
