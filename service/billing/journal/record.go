package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Kind says what a record reports.
type Kind uint8

// The kinds. Their numbers stand in files and are never reused.
const (
	Reserve Kind = 1 // Amount was set aside
	Settle  Kind = 2 // Amount was charged, the hold of Held ended
	Release Kind = 3 // the hold of Held ended
)

// Record is one movement of money. Amounts are nano-USD.
type Record struct {
	Kind   Kind
	Call   [16]byte
	Time   int64 // Unix microseconds
	Amount int64
	Held   int64
	User   string
	Key    string // "" where the call used no key
	Note   string
}

// MaxText is the longest User, Key or Note in bytes.
const MaxText = 255

// ErrText is returned for a record with a longer text, or of no known kind.
var ErrText = errors.New("journal: record does not fit the format")

// A record on disk, little-endian, padded with zeros to a multiple of 8 bytes:
//
//	 0  uint32  CRC-32C of the ledger's identity, the record's position and all that follows
//	 4  uint16  length without padding
//	 6  uint8   kind
//	 7  uint8   0
//	 8  int64   time
//	16  int64   amount
//	24  int64   held
//	32  [16]    call
//	48  uint8 length + bytes, three times: user, key, note
const (
	fixed     = 48
	minRecord = fixed + 3
	maxRecord = (fixed + 3*(1+MaxText) + align - 1) / align * align
	align     = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seedOf is what a ledger's identity adds to its checksums.
func seedOf(ledger string) uint32 { return crc32.Checksum([]byte(ledger), castagnoli) }

// checksum covers a record's bytes after the checksum itself, whose it is and where it stands: a copy
// of a record elsewhere is not a record.
func checksum(rec []byte, seed uint32, pos int64) uint32 {
	const mix = 0x9e3779b97f4a7c15 // spreads near positions over all 32 bits
	return crc32.Update(seed, castagnoli, rec[4:]) ^ uint32(uint64(pos)*mix>>32)
}

func padded(n int) int { return (n + align - 1) &^ (align - 1) }

// size is the room that r takes, padding included.
func (r *Record) size() int { return padded(minRecord + len(r.User) + len(r.Key) + len(r.Note)) }

func (r *Record) valid() bool {
	return r.Kind >= Reserve && r.Kind <= Release && len(r.User) <= MaxText && len(r.Key) <= MaxText && len(r.Note) <= MaxText
}

// put writes r at the start of b, which is zero and long enough. The checksum goes last, so that a
// record cut off by the end of the process has none.
func (r *Record) put(b []byte, seed uint32, pos int64) {
	n := minRecord + len(r.User) + len(r.Key) + len(r.Note)
	le := binary.LittleEndian
	le.PutUint16(b[4:], uint16(n))
	b[6] = byte(r.Kind)
	le.PutUint64(b[8:], uint64(r.Time))
	le.PutUint64(b[16:], uint64(r.Amount))
	le.PutUint64(b[24:], uint64(r.Held))
	copy(b[32:], r.Call[:])
	at := fixed
	for _, s := range [...]string{r.User, r.Key, r.Note} {
		b[at] = byte(len(s))
		at += 1 + copy(b[at+1:], s)
	}
	le.PutUint32(b, checksum(b[:n], seed, pos))
}

// View is a record read in place. Its texts are valid for as long as the segment is.
type View struct {
	Kind   Kind
	Call   [16]byte
	Time   int64
	Amount int64
	Held   int64
	User   []byte
	Key    []byte
	Note   []byte
}

// parse reads the record at the start of b and tells the room it takes; 0 when there is none. It
// accepts any bytes.
func parse(b []byte, seed uint32, pos int64, v *View) (size int) {
	if len(b) < minRecord {
		return 0
	}
	le := binary.LittleEndian
	n := int(le.Uint16(b[4:]))
	if n < minRecord || n > maxRecord || padded(n) > len(b) || b[7] != 0 || checksum(b[:n], seed, pos) != le.Uint32(b) {
		return 0
	}
	v.Kind = Kind(b[6])
	v.Time, v.Amount, v.Held = int64(le.Uint64(b[8:])), int64(le.Uint64(b[16:])), int64(le.Uint64(b[24:]))
	copy(v.Call[:], b[32:])
	at := fixed
	for _, text := range [...]*[]byte{&v.User, &v.Key, &v.Note} {
		if at >= n || at+1+int(b[at]) > n {
			return 0
		}
		end := at + 1 + int(b[at])
		*text = b[at+1 : end]
		at = end
	}
	if at != n || v.Kind < Reserve || v.Kind > Release {
		return 0
	}
	return padded(n)
}
