// Package storetest opens stores for tests, on every engine.
//
// It must never be imported by anything but tests.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/burncloud/burncloud/store"
)

// PostgresEnv names the environment variable with the URL of a PostgreSQL server whose user may make
// databases. Without it tests run on SQLite alone.
const PostgresEnv = "BURNCLOUD_TEST_POSTGRES"

// Each runs a test once on SQLite and once on PostgreSQL, as subtests, each on an empty store of its own.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite opens an empty store in a temporary directory.
func SQLite(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, store.Options{DataDir: tb.TempDir()})
}

// Postgres opens an empty store in a database of its own, dropped at the end. It skips the test when
// there is no server.
func Postgres(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, store.Options{Database: Database(tb), DataDir: tb.TempDir()})
}

// Open opens a store and closes it at the end of the test.
func Open(tb testing.TB, o store.Options) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Database makes an empty PostgreSQL database and returns its URL. It skips the test when there is no
// server.
func Database(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		tb.Skip(PostgresEnv + " is not set: there is no PostgreSQL to test with")
	}
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s: %v", PostgresEnv, err)
	}
	name := "burncloud_test_" + rand.Text()
	run := func(statement string) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }() // the statement's error is the one that counts
		if _, err := conn.Exec(ctx, statement); err != nil {
			tb.Fatal(err)
		}
	}
	id := pgx.Identifier{name}.Sanitize()
	run("CREATE DATABASE " + id)
	tb.Cleanup(func() { run("DROP DATABASE " + id + " WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}
