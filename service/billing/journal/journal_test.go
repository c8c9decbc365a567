package journal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ledger = "0123456789abcdef0123456789abcdef"

// small is a segment size that makes a few records rotate.
const small = 2048

func sample(n int) Record {
	r := Record{Kind: Kind(1 + n%3), Time: int64(n) * 1_000_000, Amount: int64(n) - 5, Held: int64(n) * 7,
		User: "user-" + strings.Repeat("u", n%40), Key: strings.Repeat("k", n%37), Note: strings.Repeat("n", n%3*100)}
	r.Call[0], r.Call[15] = byte(n), byte(n>>8)
	return r
}

func (v *View) record() Record {
	return Record{v.Kind, v.Call, v.Time, v.Amount, v.Held, string(v.User), string(v.Key), string(v.Note)}
}

func newWriter(t *testing.T, dir string, pos int64, size int) *Writer {
	t.Helper()
	w, err := NewWriter(dir, ledger, pos, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// write appends n samples and returns the position behind each.
func write(t *testing.T, w *Writer, n int) (ends []int64) {
	t.Helper()
	for i := range n {
		r := sample(i)
		end, err := w.Append(&r)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	return ends
}

// recovered reads a journal back.
func recovered(t *testing.T, dir string, from int64) ([]Record, *Recovered) {
	t.Helper()
	var got []Record
	last := from
	r, err := Recover(dir, ledger, from, func(v *View, end int64) error {
		if end <= last {
			t.Errorf("record %d ends at %d, after one that ends at %d", len(got), end, last)
		}
		last = end
		got = append(got, v.record())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.End < last || r.Records != len(got) {
		t.Errorf("End %d, Records %d; the last record ends at %d and there are %d", r.End, r.Records, last, len(got))
	}
	return got, r
}

func wantSamples(t *testing.T, got []Record, first, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d records, want %d", len(got), n)
	}
	for i, r := range got {
		if want := sample(first + i); r != want {
			t.Fatalf("record %d is %+v, want %+v", first+i, r, want)
		}
	}
}

func TestAppendReadRecover(t *testing.T) {
	for _, size := range []int{small, 64 << 10} {
		dir := t.TempDir()
		w := newWriter(t, dir, 0, size)
		ends := write(t, w, 200)
		for _, from := range []int{0, 1, 17, 150, 199} {
			var start int64
			if from > 0 {
				start = ends[from-1]
			}
			var got []Record
			if err := w.Read(start, ends[len(ends)-1], func(v *View, end int64) error {
				if want := ends[from+len(got)]; end != want {
					t.Errorf("record %d ends at %d, want %d", from+len(got), end, want)
				}
				got = append(got, v.record())
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			wantSamples(t, got, from, 200-from)
			got, r := recovered(t, dir, start)
			wantSamples(t, got, from, 200-from)
			if len(r.Damage) != 0 {
				t.Errorf("damage %v", r.Damage)
			}
		}
	}
}

func TestReadStops(t *testing.T) {
	w := newWriter(t, t.TempDir(), 0, small)
	ends := write(t, w, 50)
	stop := errors.New("stop")
	n := 0
	if err := w.Read(ends[9], ends[29], func(*View, int64) error { n++; return nil }); err != nil || n != 20 {
		t.Errorf("%d records, %v", n, err)
	}
	if err := w.Read(0, ends[49], func(*View, int64) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want the callback's", err)
	}
}

func TestDropAndGoOn(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, dir, 0, small)
	ends := write(t, w, 100)
	if err := w.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := w.Drop(ends[60]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, r := recovered(t, dir, ends[60])
	wantSamples(t, got, 61, 39)
	if len(r.Damage) != 0 {
		t.Errorf("damage %v", r.Damage)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+suffix)); len(left) > 16 {
		t.Errorf("%d segments left", len(left))
	}
	// The next process goes on behind everything.
	next := newWriter(t, dir, r.End, small)
	write(t, next, 10)
	if err := r.Remove(); err != nil {
		t.Fatal(err)
	}
	got, _ = recovered(t, dir, r.End)
	wantSamples(t, got, 0, 10)
}

func TestAppendRefuses(t *testing.T) {
	w := newWriter(t, t.TempDir(), 0, small)
	long := strings.Repeat("x", MaxText+1)
	for _, r := range []Record{{}, {Kind: 4}, {Kind: Settle, User: long}, {Kind: Settle, Key: long}, {Kind: Settle, Note: long}} {
		if _, err := w.Append(&r); !errors.Is(err, ErrText) {
			t.Errorf("%+v: %v, want ErrText", r, err)
		}
	}
	longest := Record{Kind: Settle, User: long[1:], Key: long[1:], Note: long[1:]}
	if _, err := w.Append(&longest); err != nil {
		t.Error(err)
	}
	if _, err := NewWriter(t.TempDir(), ledger, 0, 512); err == nil {
		t.Error("a segment too small for a record was made")
	}
}

// A disk that is full when the next segment is needed refuses the record, and takes it later.
func TestAppendAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	w := newWriter(t, dir, 0, small)
	var i int
	for ; ; i++ {
		r := sample(i)
		if w.cur.used+r.size() > len(w.cur.data) {
			break
		}
		if _, err := w.Append(&r); err != nil {
			t.Fatal(err)
		}
	}
	away := dir + ".away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	r := sample(i)
	for range 2 {
		if _, err := w.Append(&r); err == nil {
			t.Fatal("appended without a directory")
		}
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(&r); err != nil {
		t.Fatal(err)
	}
	got, _ := recovered(t, dir, 0)
	wantSamples(t, got, 0, i+1)
}

// scanned reads one segment's bytes back, as Recover does.
func scanned(t testing.TB, data []byte, from int64) ([]Record, *Recovered) {
	t.Helper()
	var got []Record
	r := &Recovered{}
	if err := r.scan(data, seedOf(ledger), 0, int(max(from, headerSize)), func(v *View, end int64) error {
		got = append(got, v.record())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got, r
}

// However many bytes of the file survive, the records that are whole in them are read, in order and
// nothing else, and what comes after is at most one torn record.
func TestEveryPrefix(t *testing.T) {
	w := newWriter(t, t.TempDir(), 0, 2*small)
	ends := write(t, w, 14)
	if len(w.live) != 1 {
		t.Fatal("the samples do not fit one segment")
	}
	for keep := range len(w.cur.data) {
		for _, padded := range []bool{false, true} { // the rest of the file is missing, or zeros
			cut := bytes.Clone(w.cur.data)
			if clear(cut[keep:]); !padded {
				cut = cut[:keep]
			}
			whole := 0
			for whole < len(ends) && ends[whole] <= int64(keep) {
				whole++
			}
			got, r := scanned(t, cut, 0)
			if padded && len(got) == whole+1 {
				whole++ // what was cut off were zeros
			}
			wantSamples(t, got, 0, whole)
			if len(r.Damage) > 0 || r.tail.Torn && whole == len(ends) {
				t.Fatalf("%d bytes: damage %v, torn end %v", keep, r.Damage, r.tail)
			}
		}
	}
}

// Damage in the middle is reported, and costs no record but those it hits.
func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		dir := t.TempDir()
		w := newWriter(t, dir, 0, small)
		ends := write(t, w, 60)
		first := w.live[0]
		at := headerSize + rng.IntN(int(ends[5])-headerSize)
		n := 1 + rng.IntN(64)
		hit := map[int]bool{}
		for i := range 60 {
			start := int64(headerSize)
			if i > 0 {
				start = ends[i-1]
			}
			r := sample(i)
			used := start + int64(minRecord+len(r.User)+len(r.Key)+len(r.Note))
			if int64(at) < used && int64(at+n) > start {
				hit[i] = true
			}
		}
		for i := range n {
			first.data[at+i] ^= 0x55
		}
		got, r := recovered(t, dir, 0)
		k := 0
		for i := range 60 {
			if hit[i] {
				continue
			}
			if k >= len(got) || got[k] != sample(i) {
				t.Fatalf("damage of %d bytes at %d: record %d is missing", n, at, i)
			}
			k++
		}
		if k != len(got) {
			t.Fatalf("%d records too many", len(got)-k)
		}
		if len(hit) > 0 && len(r.Damage) == 0 {
			t.Fatalf("damage of %d bytes at %d is not reported", n, at)
		}
	}
}

func TestMissingSegment(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, dir, 0, small)
	write(t, w, 100)
	if err := os.Remove(w.live[1].path); err != nil {
		t.Fatal(err)
	}
	got, r := recovered(t, dir, 0)
	if want := []Damage{{From: small, To: 2 * small}}; len(r.Damage) != 1 || r.Damage[0] != want[0] {
		t.Errorf("damage %v, want %v", r.Damage, want)
	}
	if len(got) == 0 || got[0] != sample(0) || got[len(got)-1] != sample(99) {
		t.Error("the segments beside it were not read")
	}
}

// Records of a lost page between others, and of a lost end of a full segment, are missed and said so.
func TestZeroedPages(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, dir, 0, 8192)
	write(t, w, 200)
	clear(w.live[0].data[1024:2048])
	clear(w.live[1].data[2048:])
	_, r := recovered(t, dir, 0)
	if len(r.Damage) != 2 || r.Damage[0].Torn || r.Damage[1].Torn || r.Damage[1].To != 2*8192 {
		t.Errorf("damage %v", r.Damage)
	}
}

// A record counts where it was written and nowhere else.
func TestCopiedRecord(t *testing.T) {
	w := newWriter(t, t.TempDir(), 0, small)
	ends := write(t, w, 3)
	data := bytes.Clone(w.cur.data)
	copy(data[ends[2]:], data[headerSize:ends[0]])
	got, r := scanned(t, data, 0)
	wantSamples(t, got, 0, 3)
	if !r.tail.Torn {
		t.Error("the copy was taken for nothing at all")
	}
}

func TestForeign(t *testing.T) {
	dir := t.TempDir()
	write(t, newWriter(t, dir, 0, small), 3)
	n := 0
	for range 2 {
		r, err := Recover(dir, "another ledger", 0, func(*View, int64) error { n++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 || r.End != 0 {
			t.Fatalf("%d records of another ledger, End %d", n, r.End)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.foreign")); len(left) != 1 {
		t.Errorf("set aside: %v", left)
	}
}

func TestRecoverNothing(t *testing.T) {
	got, r := recovered(t, filepath.Join(t.TempDir(), "not there"), 4096)
	if len(got) != 0 || r.End != 4096 || len(r.Damage) != 0 {
		t.Errorf("%v, %+v", got, r)
	}
}

func TestOtherFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, newWriter(t, dir, 0, small), 3)
	for _, name := range []string{"note.txt", "x.journal", "7fffffffffffffff.journal", "0000000000000003.journal", "-000000000000008.journal"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(segmentPath(dir, 1<<30), 0o700); err != nil {
		t.Fatal(err)
	}
	got, r := recovered(t, dir, 0)
	wantSamples(t, got, 0, 3)
	if r.End != small || len(r.Damage) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	w := newWriter(t, t.TempDir(), 0, DefaultSegment)
	r := sample(1)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := w.Append(&r); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per record", n)
	}
}

func FuzzRecover(f *testing.F) {
	dir := f.TempDir()
	w, err := NewWriter(dir, ledger, 0, small)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 10 {
		r := sample(i)
		if _, err := w.Append(&r); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(bytes.Clone(w.cur.data), int64(0))
	f.Add(bytes.Clone(w.cur.data[:300]), int64(64))
	f.Add([]byte{}, int64(8))
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, from int64) {
		if len(data) > 1<<16 {
			return
		}
		from = max(from, headerSize) % (1 << 16) &^ (align - 1)
		last := max(from, headerSize)
		r := &Recovered{}
		if err := r.scan(data, seedOf(ledger), 0, int(last), func(v *View, end int64) error {
			rec := v.record()
			if !rec.valid() || end <= last || end > int64(len(data)) {
				t.Fatalf("%+v ending at %d after %d", rec, end, last)
			}
			// Only what was written can be read: the same record gives the same bytes.
			b := make([]byte, rec.size())
			at := end - int64(len(b))
			rec.put(b, seedOf(ledger), at)
			n := minRecord + len(rec.User) + len(rec.Key) + len(rec.Note)
			if at < last || !bytes.Equal(b[:n], data[at:at+int64(n)]) {
				t.Fatalf("%+v is not what the file says", rec)
			}
			last = end
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, d := range append(r.Damage, r.tail.Damage) {
			if d.From < 0 || d.To < d.From || d.To > int64(len(data)) {
				t.Fatalf("damage %+v", d)
			}
		}
	})
}

// FuzzParse gives bytes a checksum that fits, as a defect in the writer could.
func FuzzParse(f *testing.F) {
	for i := range 3 {
		r := sample(i)
		b := make([]byte, r.size())
		r.put(b, 1, 64)
		f.Add(b, uint16(len(b)))
	}
	f.Fuzz(func(t *testing.T, b []byte, n uint16) {
		if len(b) < minRecord || int(n) > len(b) || n < minRecord {
			return
		}
		b = bytes.Clone(b)
		b[4], b[5], b[7] = byte(n), byte(n>>8), 0
		sum := checksum(b[:n], 1, 64)
		b[0], b[1], b[2], b[3] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		var v View
		if size := parse(b, 1, 64, &v); size != 0 {
			if r := v.record(); !r.valid() || r.size() != size {
				t.Fatalf("%+v in %d bytes", r, size)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	w, err := NewWriter(b.TempDir(), ledger, 0, DefaultSegment)
	if err != nil {
		b.Fatal(err)
	}
	r := Record{Kind: Settle, Amount: 1, User: "0199a000-0000-7000-8000-000000000001", Key: "0199a000-0000-7000-8000-000000000002"}
	for b.Loop() {
		end, err := w.Append(&r)
		if err != nil {
			b.Fatal(err)
		}
		if end%(16<<20) < 128 {
			if err := w.Drop(end); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
