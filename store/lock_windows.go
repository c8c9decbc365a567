package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// flock takes the lock of f, which the system drops when the process ends, however it ends. It locks a
// byte far behind the end, since a locked range cannot be read and the pid must be.
func flock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: 1 << 30})
}
