package store

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockDir takes the data directory for this process and writes its pid into burncloud.lock. The lock
// is the file's lock, not its existence, so nothing has to be cleaned up after a crash.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "burncloud.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: lock data directory: %w", err)
	}
	if err := flock(f); err != nil {
		pid, _ := io.ReadAll(io.LimitReader(f, 32)) // without the pid the message is still true
		_ = f.Close()
		who := "another process"
		if s := strings.TrimSpace(string(pid)); s != "" {
			who = "process " + s
		}
		return nil, fmt.Errorf("%w: %s is used by %s", ErrLocked, dir, who)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("store: lock data directory: %w", err)
	}
	return f, nil
}
