package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// columns lists "table.column kind" of a database, where kind is what both engines can be compared by.
func columns(t *testing.T, s *store.Store, requests bool) []string {
	t.Helper()
	query := "SELECT m.name AS tbl, p.name AS col, p.type AS typ FROM sqlite_schema AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
	if s.Engine() == store.Postgres {
		schema := "public"
		if requests {
			schema = "requests"
		}
		query = fmt.Sprintf("SELECT table_name AS tbl, column_name AS col, data_type AS typ FROM information_schema.columns WHERE table_schema = '%s'", schema)
	}
	var rows []struct{ Tbl, Col, Typ string }
	if err := s.Scan(context.Background(), requests, &rows, query); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"integer": "number", "bigint": "number", "smallint": "number", "int": "number", "text": "text",
		"boolean": "boolean", "bool": "boolean", "blob": "bytes", "bytea": "bytes",
		"real": "float", "double precision": "float", "double": "float",
	}
	var out []string
	for _, r := range rows {
		if strings.HasPrefix(r.Tbl, "schema_version") {
			continue // the migration tool's own
		}
		kind := kinds[strings.ToLower(r.Typ)]
		if kind == "" {
			t.Errorf("%s.%s has type %q, which this test does not know", r.Tbl, r.Col, r.Typ)
		}
		out = append(out, r.Tbl+"."+r.Col+" "+kind)
	}
	slices.Sort(out)
	return out
}

// Both engines have the same tables with the same columns.
func TestMigrationsAgree(t *testing.T) {
	lite, pg := storetest.SQLite(t), storetest.Postgres(t)
	for _, requests := range []bool{false, true} {
		a, b := columns(t, lite, requests), columns(t, pg, requests)
		if len(a) == 0 {
			t.Errorf("requests=%v: no columns", requests)
		}
		inA := map[string]int{}
		for _, c := range a {
			inA[c]++
		}
		for _, c := range b {
			inA[c]--
		}
		maps.DeleteFunc(inA, func(_ string, n int) bool { return n == 0 })
		for c, n := range inA {
			t.Errorf("requests=%v: %s is only in %s", requests, c, map[int]string{1: "SQLite", -1: "PostgreSQL"}[n])
		}
	}
}

// A program that is older than its data does not touch it.
func TestOpenNewer(t *testing.T) {
	ctx := context.Background()
	for _, o := range []func(t *testing.T) store.Options{
		func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} },
		func(t *testing.T) store.Options { return store.Options{Database: storetest.Database(t)} },
	} {
		t.Run("", func(t *testing.T) {
			o := o(t)
			s, err := store.Open(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Exec(ctx, "INSERT INTO schema_version (version_id, is_applied) VALUES (99999, true)"); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err := store.Open(ctx, o); !errors.Is(err, store.ErrNewer) {
				t.Fatalf("%v, %v, want ErrNewer", s, err)
			}
		})
	}
}

// Opening again finds what was there.
func TestOpenAgain(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	for i := range 2 {
		s, err := store.Open(ctx, store.Options{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := s.Scan(ctx, false, &n, "SELECT COUNT(*) FROM ledger_accounts"); err != nil || n != i {
			t.Errorf("%d rows, %v, want %d", n, err, i)
		}
		if err := s.Exec(ctx, "INSERT INTO ledger_accounts (kind, owner) VALUES ('user', ?)", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
