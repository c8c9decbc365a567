package gateway

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ids makes the ids of calls: UUIDv7 whose first half is never the same twice in a process, since the
// request log sorts and finds calls by it. It asks neither the kernel for randomness nor for memory.
type ids struct {
	last atomic.Int64 // milliseconds and counter of the newest id
}

// next is the id of a call that began at start.
func (s *ids) next(start time.Time) (id uuid.UUID) {
	const fraction = 12 // bits below a millisecond, in steps of 256 ns
	ns := start.UnixNano()
	tick := ns/1e6<<fraction | ns%1e6>>8
	for {
		last := s.last.Load()
		tick = max(tick, last+1)
		if s.last.CompareAndSwap(last, tick) {
			break
		}
	}
	binary.BigEndian.PutUint64(id[:8], uint64(tick)>>fraction<<16|7<<fraction|uint64(tick)&(1<<fraction-1))
	binary.BigEndian.PutUint64(id[8:], 1<<63|rand.Uint64()>>2)
	return id
}

// newID is an id for what never became a call.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
