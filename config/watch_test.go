package config_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/burncloud/burncloud/config"
)

type change struct {
	c   *config.Config
	err error
}

// watch loads the file at dir/name and passes on what Watch reports.
func watch(t *testing.T, path string) <-chan change {
	t.Helper()
	o := config.Options{Dir: filepath.Dir(path), Environ: []string{"BURNCLOUD_CONFIG=" + path}}
	c, err := config.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, ended := make(chan change, 16), make(chan error, 1)
	go func() { ended <- c.Watch(ctx, func(c *config.Config, err error) { out <- change{c, err} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	return out
}

func next(t *testing.T, changes <-chan change) change {
	t.Helper()
	select {
	case c := <-changes:
		return c
	case <-time.After(5 * time.Second):
		t.Fatal("no change was reported within 5 s")
		return change{}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	write(t, path, "server: {listen: ':1'}")
	changes := watch(t, path)
	// Written in place.
	write(t, path, "server: {listen: ':2'}")
	if c := next(t, changes); c.err != nil || c.c.Server.Listen != ":2" {
		t.Fatalf("in place: %+v", c)
	}
	// A bad file is reported and replaces nothing.
	write(t, path, "server: {lisen: ':3'}")
	if c := next(t, changes); c.err == nil || c.c != nil {
		t.Fatalf("bad file: %+v", c)
	}
	// Replaced by rename, as editors do.
	write(t, path+".tmp", "server: {listen: ':4'}")
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
	if c := next(t, changes); c.err != nil || c.c.Server.Listen != ":4" {
		t.Fatalf("renamed: %+v", c)
	}
	// Gone: an error, not a configuration without resources.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if c := next(t, changes); c.err == nil {
		t.Fatalf("removed: %+v", c)
	}
	write(t, path, "server: {listen: ':5'}")
	if c := next(t, changes); c.err != nil || c.c.Server.Listen != ":5" {
		t.Fatalf("back again: %+v", c)
	}
}

// TestWatchSymlink swaps a folder behind two symlinks, as a mounted ConfigMap is updated.
func TestWatchSymlink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, config.FileName)
	for name, listen := range map[string]string{"v1": ":1", "v2": ":2", "v3": ":3"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, config.FileName), "server: {listen: '"+listen+"'}")
	}
	link := func(target string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	link("v1")
	if err := os.Symlink(filepath.Join("..data", config.FileName), path); err != nil {
		t.Fatal(err)
	}
	changes := watch(t, path)
	for _, v := range []string{"v2", "v3"} {
		link(v)
		if c := next(t, changes); c.err != nil || c.c.Server.Listen != ":"+v[1:] {
			t.Fatalf("%s: %+v", v, c)
		}
	}
}
