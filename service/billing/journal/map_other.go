//go:build !unix

package journal

import (
	"io"
	"os"
)

// mapFile gives a copy of the file's bytes; flush writes back what changed.
func mapFile(f *os.File, size int) ([]byte, error) {
	b := make([]byte, size)
	_, err := io.ReadFull(io.NewSectionReader(f, 0, int64(size)), b)
	return b, err
}

func unmapFile([]byte) error { return nil }

// flush writes the bytes from data to the file.
func (s *segment) flush(from, to int) error {
	_, err := s.file.WriteAt(s.data[from:to], int64(from))
	return err
}
