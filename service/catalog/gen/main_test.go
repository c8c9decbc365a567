package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func generate(t *testing.T, source string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "facts.json"), filepath.Join(dir, "models.txt")
	if err := os.WriteFile(from, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(from, to); err != nil {
		return "", err
	}
	out, err := os.ReadFile(to)
	_, lines, _ := strings.Cut(string(out), "\n") // without the comment
	return lines, err
}

func TestRun(t *testing.T) {
	got, err := generate(t, `{"made_on": "2026-01-02", "providers": [{"id": "maker", "kind": "vendor"}, {"id": "seller", "kind": "host"}], "models": [
		{"id": "talk", "provider": "maker", "kind": "chat", "status": "active", "aliases": ["talk-1", "a-talk"], "context_window": 1000, "max_output": 100,
		 "capabilities": {"tools": true, "vision": false, "reasoning": true}, "released": "2025-01-01", "as_of": "2026-01-01", "confirmed_by": 2,
		 "price": {"input": "3", "output": "15.50", "cache_read": "0.3", "cache_write_5m": "3.75", "unheard_of": "1"},
		 "context_tiers": [{"above_input_tokens": 500, "price": {"input": "6", "output": "20", "cache_write_5m": "7.5", "cache_write_1h": "6"}},
		                   {"above_input_tokens": 200, "price": {"input": "4", "output": "16"}}]},
		{"id": "old", "provider": "maker", "kind": "chat", "status": "retired", "price": {"input": "1"}},
		{"id": "old", "provider": "seller", "kind": "chat", "status": "retired"},
		{"id": "vector", "provider": "seller", "kind": "embedding", "status": "active", "as_of": "2026-01-01", "confirmed_by": 1, "price": {"input": "0.02", "cache_write": "1"}},
		{"id": "", "provider": "maker", "kind": "chat", "status": "active"}
	]}`)
	want := strings.Join([]string{
		"a-talk\tmaker\t=talk",
		"old\tmaker\tchat st=retired", // no price without one for the output
		"talk\tmaker\tchat ctx=1000 maxout=100 cap=tr rel=2025-01-01 n=2 asof=2026-01-01 in=3 out=15.5 cr=0.3 cw5=3.75 cw1=6 " +
			"above=200 in=4 out=16 above=500 in=6 out=20 cw5=7.5 cw1=12",
		"talk-1\tmaker\t=talk",
		"vector\tseller\tembedding n=1 asof=2026-01-01 in=0.02 cw5=1",
	}, "\n") + "\n"
	if err != nil || got != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

func TestRunRefuses(t *testing.T) {
	for source, want := range map[string]string{
		`{`: "JSON",
		`{"models": [{"id": "a", "provider": "p", "status": "active"}, {"id": "a", "provider": "p", "status": "active"}]}`:               "twice",
		`{"models": [{"id": "a\tb", "provider": "p", "status": "active"}]}`:                                                              "cannot be written",
		`{"models": [{"id": "#a", "provider": "p", "status": "active"}]}`:                                                                "cannot be written",
		`{"models": [{"id": "a", "provider": "p", "status": "active", "kind": "chat", "price": {"input": "1e3", "output": "1"}}]}`:       "1e3",
		`{"models": [{"id": "a", "provider": "p", "status": "active", "kind": "chat", "price": {"input": "0.0000001", "output": "1"}}]}`: "decimals",
	} {
		if _, err := generate(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", source, err)
		}
	}
}
