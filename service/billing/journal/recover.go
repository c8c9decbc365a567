package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Damage is a stretch of the journal that could not be read.
type Damage struct {
	From, To int64
	// Torn: nothing intact follows, as when the process or the machine stopped in the middle of a
	// record. Whoever appended that record was never told that it is there.
	Torn bool
}

// String is the damage in words.
func (d Damage) String() string {
	if d.Torn {
		return fmt.Sprintf("an unfinished record at %d", d.From)
	}
	return fmt.Sprintf("nothing readable from %d to %d", d.From, d.To)
}

// Recovered is what Recover found.
type Recovered struct {
	// End is the first position behind every segment: where a Writer goes on.
	End     int64
	Records int
	Damage  []Damage
	// Foreign are the segments of another ledger. They were renamed, and are not read.
	Foreign []string

	files []string
	tail  tail
}

// Recover reads the journal in dir from position from on and calls fn for each record, with the
// position behind it. It goes on behind damaged places and reports them. Nothing is deleted.
func Recover(dir, ledger string, from int64, fn func(v *View, end int64) error) (*Recovered, error) {
	r := &Recovered{End: from}
	segments, err := findSegments(dir)
	if err != nil {
		return nil, err
	}
	for _, s := range segments {
		data, err := os.ReadFile(s.path)
		if err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		if intact, ours := readHeader(data, ledger, s.base); intact && !ours {
			if err := os.Rename(s.path, s.path+".foreign"); err != nil {
				return nil, fmt.Errorf("journal: %w", err)
			}
			r.Foreign = append(r.Foreign, s.path)
			continue
		}
		r.files = append(r.files, s.path)
		end := s.base + int64(len(data))
		if end <= from {
			continue
		}
		if s.base > r.End { // a segment before this one is gone
			r.Damage = append(r.Damage, Damage{From: r.End, To: s.base})
		}
		start := int(min(max(headerSize, from-s.base), int64(len(data))))
		if err := r.scan(data, seedOf(ledger), s.base, start, fn); err != nil {
			return nil, err
		}
		r.End = max(r.End, (end+align-1)/align*align)
	}
	if r.tail.Torn {
		r.Damage = append(r.Damage, r.tail.Damage)
	}
	return r, nil
}

// scan reads one segment from offset at on.
func (r *Recovered) scan(data []byte, seed uint32, base int64, at int, fn func(v *View, end int64) error) error {
	var v View
	bad := -1 // where an unreadable stretch began
	for at < len(data) {
		n := parse(data[at:], seed, base+int64(at), &v)
		if n == 0 {
			if bad < 0 {
				bad = at
				if isZero(data[at:]) {
					break
				}
			}
			at += align
			continue
		}
		r.settleTail()
		if bad >= 0 {
			r.Damage = append(r.Damage, Damage{From: base + int64(bad), To: base + int64(at)})
			bad = -1
		}
		r.Records++
		at += n
		if err := fn(&v, base+int64(at)); err != nil {
			return err
		}
	}
	if bad >= 0 {
		empty := isZero(data[bad:])
		r.tail = tail{Damage{base + int64(bad), base + int64(len(data)), !empty}, empty && len(data)-bad < maxRecord}
	}
	return nil
}

// tail is the end of a segment behind its last record. What it means shows when it is known whether
// records follow in another segment.
type tail struct {
	Damage
	unused bool // too small for any record
}

// settleTail is called when a record follows: room for a record that none was written to is a loss.
func (r *Recovered) settleTail() {
	if t := r.tail; t.To > t.From && !t.unused {
		t.Torn = false
		r.Damage = append(r.Damage, t.Damage)
	}
	r.tail = tail{}
}

// Remove deletes the segments that were read, when what they hold is safe elsewhere.
func (r *Recovered) Remove() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, os.Remove(f))
	}
	r.files = nil
	return errors.Join(errs...)
}

type found struct {
	path string
	base int64
}

// findSegments lists the segments in dir by position; a dir that does not exist has none.
func findSegments(dir string) ([]found, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var out []found
	for _, e := range entries {
		if base, ok := baseOf(e.Name()); ok && e.Type().IsRegular() {
			out = append(out, found{filepath.Join(dir, e.Name()), base})
		}
	}
	slices.SortFunc(out, func(a, b found) int { return int(min(max(a.base-b.base, -1), 1)) })
	return out, nil
}
