package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// One folder of plain SQL per engine and database. An area has a file of its own in each; a file that
// has been released is never changed, only followed by another.
//
//go:embed migrations
var migrations embed.FS

// Session locks of PostgreSQL under which one node migrates while the others wait.
const (
	mainLock     = 0x6275726e0001
	requestsLock = 0x6275726e0002
)

// ErrNewer is returned by Open when the data was written by a newer version of the program.
var ErrNewer = errors.New("store: the database was written by a newer version of burncloud")

func (s *Store) migrate(ctx context.Context) error {
	if err := s.migrateOne(ctx, s.main, "migrations/"+string(s.engine), mainLock); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	if err := s.migrateOne(ctx, s.requests, "migrations/"+string(s.engine)+"/requests", requestsLock); err != nil {
		return fmt.Errorf("store: migrate requests: %w", err)
	}
	return nil
}

func (s *Store) migrateOne(ctx context.Context, d *database, folder string, id int64) error {
	dir, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version")}
	dialect := goose.DialectSQLite3
	if s.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(id), lock.WithLockTimeout(1, 120))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.write.DB, dir, options...)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return fmt.Errorf("%w: its tables are version %d, this program knows up to %d", ErrNewer, current, target)
	}
	_, err = p.Up(ctx)
	return err
}
