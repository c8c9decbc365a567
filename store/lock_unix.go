//go:build unix && !solaris && !illumos && !aix

package store

import (
	"os"
	"syscall"
)

// flock takes the lock of f, which the kernel drops when the process ends, however it ends.
func flock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
