//go:build unix

package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile gives the file's bytes as memory that is the file.
func mapFile(f *os.File, size int) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func unmapFile(b []byte) error {
	if b == nil {
		return nil
	}
	return unix.Munmap(b)
}

// flush brings bytes written to data to the file: they are there already.
func (s *segment) flush(from, to int) error { return nil }
