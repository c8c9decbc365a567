package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is how many connections read a SQLite database at the same time. Each costs memory for as
// long as the process lives.
const readers = 3

// openFile opens a SQLite file with one connection that writes and a few that only read. Write-ahead
// logging lets them work at the same time; synchronous=NORMAL loses no commit to a killed process, and
// at most the newest ones to a power cut (the ledger asks for more, see Ledger.Fold).
func (s *Store) openFile(ctx context.Context, path string) (*database, error) {
	write, err := openHandle(path, 1, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=journal_size_limit(16777216)",
		"_pragma=synchronous(NORMAL)", "_pragma=cache_size(-2048)")
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, write.Close)
	if err := write.PingContext(ctx); err != nil { // makes the file, before anyone reads
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	read, err := openHandle(path, readers, "_pragma=query_only(1)", "_pragma=cache_size(-1024)")
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, read.Close)
	return &database{
		write: bun.NewDB(write, sqlitedialect.New(), bun.WithDiscardUnknownColumns()),
		read:  bun.NewDB(read, sqlitedialect.New(), bun.WithDiscardUnknownColumns()),
	}, nil
}

func openHandle(path string, conns int, settings ...string) (*sql.DB, error) {
	settings = append([]string{"_pragma=busy_timeout(5000)", "_pragma=foreign_keys(1)", "_pragma=temp_store(MEMORY)"}, settings...)
	db, err := sql.Open("sqlite", fileURI(path)+"?"+strings.Join(settings, "&"))
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// fileURI is path in the form that SQLite reads back as the same path, whatever characters it has.
func fileURI(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "file:" + strings.Join(parts, "/")
}

// durableTx is tx with a commit that has reached the disk when it returns, as a PostgreSQL commit has
// by itself. In SQLite the setting belongs to the connection, of which there is only one that writes.
func (d *database) durableTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if d.retry {
		return d.tx(ctx, fn)
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // gives it back to the handle
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
		return err
	}
	err = conn.RunInTx(ctx, nil, fn)
	// Also when ctx has ended: the connection goes back with the setting it came with.
	_, reset := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = NORMAL")
	return mapError(errors.Join(err, reset))
}
