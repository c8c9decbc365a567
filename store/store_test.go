package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

func TestOpen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Ping(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A second process, or a second Open in this one, must not share the files.
func TestOpenLocked(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, store.Options{DataDir: dir})
	_, err := store.Open(context.Background(), store.Options{DataDir: dir})
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("second Open: %v, want ErrLocked", err)
	}
	if want := fmt.Sprintf("process %d", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not name %q", err, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, store.Options{DataDir: dir})
}

func TestOpenOddPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=1&d#e%20f 数据")
	storetest.Open(t, store.Options{DataDir: dir})
	for _, name := range []string{"burncloud.db", "requests.db"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, o := range map[string]store.Options{
		"no directory":   {},
		"unknown engine": {Database: "mysql://localhost/x"},
		"bad URL":        {Database: "postgres://user:hunter2@[::1"},
		"no server":      {Database: "postgres://user:hunter2@127.0.0.1:1/x"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(context.Background(), o)
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), s.Close()))
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error shows the password: %v", err)
			}
		})
	}
}
