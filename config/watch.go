package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the folder must be quiet before the file is read: editors and orchestrators
// replace a file in several steps.
const settle = 150 * time.Millisecond

// Watch calls apply whenever the content of c's file changes, also if it did since c was loaded, until
// ctx ends: with the new configuration, or with an error, upon which the caller keeps the old one. A
// file that vanishes is an error, not an empty configuration. Calls never overlap. Watch returns nil
// when ctx ends, and at once when c was read from no file; an error says that the folder cannot be
// watched any more.
func (c *Config) Watch(ctx context.Context, apply func(*Config, error)) error {
	if c.File == "" {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close()
	if err := watchFolders(w, c.File); err != nil {
		return err
	}
	last := c.digest
	quiet := time.NewTimer(0)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-w.Events:
			if !ok {
				return errEnded
			}
			quiet.Reset(settle)
		case _, ok := <-w.Errors:
			if !ok {
				return errEnded
			}
			quiet.Reset(settle) // events were lost: look at the file itself
		case <-quiet.C:
			now := digest(c.File)
			if now == last {
				continue
			}
			last = now
			apply(c.reload(now))
			if err := watchFolders(w, c.File); err != nil { // a symlink may lead elsewhere now
				return err
			}
		}
	}
}

var errEnded = errors.New("the watch on the configuration file ended")

// reload loads again with the options of c. now is the digest of the file.
func (c *Config) reload(now [sha256.Size]byte) (*Config, error) {
	if now == [sha256.Size]byte{} {
		return nil, errors.New(c.File + " cannot be read any more")
	}
	return Load(c.options)
}

// watchFolders watches the folder of path and, where path is a symlink as in a mounted ConfigMap,
// that of the file behind it. A file itself is not watched: replacing it would end the watch.
func watchFolders(w *fsnotify.Watcher, path string) error {
	if err := w.Add(filepath.Dir(path)); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil // the file is missing for the moment
	}
	if dir := filepath.Dir(real); dir != filepath.Dir(path) {
		return w.Add(dir)
	}
	return nil
}

// digest is a hash of the file's content, zero while it cannot be read.
func digest(path string) [sha256.Size]byte {
	b, err := readBounded(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(b)
}
