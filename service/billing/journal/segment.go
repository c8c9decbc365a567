package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A segment starts with a header:
//
//	 0  [8]     magic
//	 8  [32]    the ledger's identity
//	40  int64   position of the segment's first byte
//	48  uint32  CRC-32C of the 48 bytes before
//	52  zeros up to 64
const headerSize = 64

const suffix = ".journal"

var magic = [8]byte{'b', 'c', 'j', 'r', 'n', 'l', '0', '1'}

// segment is one file, its bytes at hand in memory.
type segment struct {
	path string
	base int64 // position of its first byte
	data []byte
	file *os.File
	used int // offset behind the last record; only of a segment that is being written
}

func (s *segment) end() int64 { return s.base + int64(len(s.data)) }

func segmentPath(dir string, base int64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", base, suffix))
}

// createSegment makes a segment full of zeros: its blocks are taken now, since a write into a mapping
// cannot report that the disk is full.
func createSegment(dir, ledger string, base int64, size int) (_ *segment, err error) {
	s := &segment{path: segmentPath(dir, base), base: base, used: headerSize}
	// A file of this name can only be a segment that was prepared and never written to.
	s.file, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("journal: create segment: %w", err), s.file.Close(), os.Remove(s.path))
		}
	}()
	head := make([]byte, min(size, 64<<10))
	putHeader(head, ledger, base)
	for at := 0; at < size; at += len(head) {
		if _, err = s.file.WriteAt(head[:min(len(head), size-at)], int64(at)); err != nil {
			return nil, err
		}
		if at == 0 {
			clear(head)
		}
	}
	s.data, err = mapFile(s.file, size)
	return s, err
}

func putHeader(b []byte, ledger string, base int64) {
	copy(b, magic[:])
	copy(b[8:40], ledger)
	binary.LittleEndian.PutUint64(b[40:], uint64(base))
	binary.LittleEndian.PutUint32(b[48:], crc32.Checksum(b[:48], castagnoli))
}

// readHeader checks a segment's header. intact says that there is one, ours that it is this ledger's.
func readHeader(b []byte, ledger string, base int64) (intact, ours bool) {
	if len(b) < headerSize || !bytes.Equal(b[:8], magic[:]) ||
		binary.LittleEndian.Uint32(b[48:]) != crc32.Checksum(b[:48], castagnoli) ||
		int64(binary.LittleEndian.Uint64(b[40:])) != base {
		return false, false
	}
	var id [32]byte
	copy(id[:], ledger)
	return true, bytes.Equal(b[8:40], id[:])
}

// baseOf reads the position in a segment's name.
func baseOf(name string) (int64, bool) {
	hex, ok := strings.CutSuffix(name, suffix)
	if !ok || len(hex) != 16 {
		return 0, false
	}
	n, err := strconv.ParseInt(hex, 16, 64)
	return n, err == nil && n >= 0 && n < 1<<62 && n%align == 0
}

// remove unmaps and deletes the segment.
func (s *segment) remove() error {
	return errors.Join(s.close(), os.Remove(s.path))
}

func (s *segment) close() error {
	err := errors.Join(unmapFile(s.data), s.file.Close())
	s.data = nil
	return err
}
