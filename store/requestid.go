package store

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

// requestID is a call's UUIDv7 as two columns. seq has its 48 bits of milliseconds, the 12 bits of
// counter behind them and 3 random bits: it orders the log, gives ranges of time, and is the row's own
// number in SQLite, so that nothing has to be searched or indexed on writing. tail is the other half.
type requestID struct{ seq, tail int64 }

// parseID reads a UUIDv7; ok is false for anything else.
func parseID(text string) (id requestID, ok bool) {
	u, err := uuid.Parse(text)
	if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		return id, false
	}
	return splitID(u), true
}

func splitID(u [16]byte) requestID {
	head, tail := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	ms, counter := head>>16, head&0xfff
	return requestID{seq: int64(ms&(1<<48-1)<<15 | counter<<3 | tail>>59&7), tail: int64(tail)}
}

// String is the UUID again.
func (id requestID) String() string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(id.seq)>>15<<16|7<<12|uint64(id.seq)>>3&0xfff)
	binary.BigEndian.PutUint64(u[8:], uint64(id.tail))
	return u.String()
}

// time is when the id was made, to the millisecond.
func (id requestID) time() time.Time { return time.UnixMilli(id.seq >> 15) }

// seqAt is the smallest seq of a millisecond.
func seqAt(t time.Time) int64 { return max(t.UnixMilli(), 0) << 15 }

// prefixBounds are the ids between which all that begin with a prefix lie, both included. The prefix may
// have hyphens. ok is false when no call's id begins so.
func prefixBounds(prefix string) (from, to requestID, ok bool) {
	digits := strings.ToLower(strings.ReplaceAll(prefix, "-", ""))
	const lowest, highest = "00000000000070008000000000000000", "ffffffffffff7fffbfffffffffffffff"
	if len(digits) > 32 {
		return from, to, false
	}
	bound := func(rest string) (requestID, bool) {
		b, err := hex.DecodeString(digits + rest[len(digits):])
		if err != nil {
			return requestID{}, false
		}
		u := uuid.UUID(b)
		return splitID(u), u.Version() == 7 && u.Variant() == uuid.RFC4122
	}
	from, ok = bound(lowest)
	if !ok {
		return from, to, false
	}
	to, ok = bound(highest)
	return from, to, ok
}

// IsRequestID tells whether text is a call's id, and so a cursor of RequestLog.List.
func IsRequestID(text string) bool {
	_, ok := parseID(text)
	return ok
}
