package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// DefaultSegment is the usual size of a segment in bytes: about 15,000 records.
const DefaultSegment = 2 << 20

// Writer appends to a journal and reads back what is still needed of it. Append is for one goroutine
// at a time, and so are all other methods together; the two may run side by side.
type Writer struct {
	dir    string
	ledger string
	seed   uint32
	size   int

	cur *segment // being written; touched by Append alone

	mu    sync.Mutex
	live  []*segment // by position, cur last
	spare *segment   // the next one, made ahead of its need
}

// NewWriter begins a segment at position pos in dir, behind all that is there.
func NewWriter(dir, ledger string, pos int64, size int) (*Writer, error) {
	if size < headerSize+maxRecord || size%align != 0 || pos%align != 0 {
		return nil, fmt.Errorf("journal: a segment of %d bytes at %d is not possible", size, pos)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	w := &Writer{dir: dir, ledger: ledger, seed: seedOf(ledger), size: size}
	cur, err := createSegment(dir, ledger, pos, size)
	if err != nil {
		return nil, err
	}
	w.cur, w.live = cur, []*segment{cur}
	return w, nil
}

// Append writes r and returns the position behind it. After an error nothing was written, and Append
// may be tried again.
func (w *Writer) Append(r *Record) (int64, error) {
	if !r.valid() {
		return 0, ErrText
	}
	n := r.size()
	if w.cur.used+n > len(w.cur.data) {
		if err := w.rotate(); err != nil {
			return 0, err
		}
	}
	s := w.cur
	r.put(s.data[s.used:s.used+n], w.seed, s.base+int64(s.used))
	if err := s.flush(s.used, s.used+n); err != nil {
		clear(s.data[s.used : s.used+n])
		return 0, fmt.Errorf("journal: %w", err)
	}
	s.used += n
	return s.base + int64(s.used), nil
}

// rotate goes on in the next segment.
func (w *Writer) rotate() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.spare
	if next == nil {
		var err error
		if next, err = createSegment(w.dir, w.ledger, w.cur.end(), w.size); err != nil {
			return err
		}
	}
	w.spare = nil
	w.cur = next
	w.live = append(w.live, next)
	return nil
}

// Prepare makes the next segment ahead of its need, so that Append does not have to.
func (w *Writer) Prepare() error {
	w.mu.Lock() // all the while: Append must not make the same file
	defer w.mu.Unlock()
	if w.spare != nil {
		return nil
	}
	s, err := createSegment(w.dir, w.ledger, w.live[len(w.live)-1].end(), w.size)
	if err != nil {
		return err
	}
	w.spare = s
	return nil
}

// Read calls fn for each record between two positions that Append or Read gave, with the position
// behind it. A damaged record there is an error: nothing but this process has written since.
func (w *Writer) Read(from, to int64, fn func(v *View, end int64) error) error {
	w.mu.Lock()
	segments := slices.Clone(w.live)
	w.mu.Unlock()
	var v View
	for _, s := range segments {
		if s.end() <= from || s.base >= to {
			continue
		}
		for at := max(headerSize, int(max(0, from-s.base))); at < len(s.data) && s.base+int64(at) < to; {
			n := parse(s.data[at:], w.seed, s.base+int64(at), &v)
			if n == 0 {
				if s.end() < to && isZero(s.data[at:]) {
					break // the next record did not fit
				}
				return fmt.Errorf("journal: record at %d is damaged", s.base+int64(at))
			}
			at += n
			if err := fn(&v, s.base+int64(at)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Drop deletes the segments that end at or before pos.
func (w *Writer) Drop(pos int64) error {
	w.mu.Lock()
	var old []*segment
	for len(w.live) > 1 && w.live[0].end() <= pos {
		old, w.live = append(old, w.live[0]), w.live[1:]
	}
	w.mu.Unlock()
	var errs []error
	for _, s := range old {
		errs = append(errs, s.remove())
	}
	return errors.Join(errs...)
}

// Sync brings everything appended before to the disk.
func (w *Writer) Sync() error {
	w.mu.Lock()
	segments := slices.Clone(w.live)
	w.mu.Unlock()
	var errs []error
	for _, s := range segments {
		errs = append(errs, s.file.Sync())
	}
	return errors.Join(append(errs, syncDir(w.dir))...)
}

// Close closes the files and leaves what they hold.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, s := range w.live {
		errs = append(errs, s.close())
	}
	if w.spare != nil {
		errs = append(errs, w.spare.remove())
	}
	w.live, w.spare = nil, nil
	return errors.Join(errs...)
}

// syncDir makes the names of new files durable, where the system can do that.
func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	_ = d.Sync() // Windows has no such thing and refuses
	return d.Close()
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
