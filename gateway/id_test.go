package gateway

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Ids are UUIDv7 of their time, and their first halves rise, also when the clock stands still.
func TestIDs(t *testing.T) {
	var s ids
	start := time.Date(2026, 11, 22, 1, 2, 3, 456_789_000, time.UTC)
	first := s.next(start)
	if first.Version() != 7 || first.Variant() != uuid.RFC4122 {
		t.Errorf("%s is version %d, variant %s", first, first.Version(), first.Variant())
	}
	if sec, ns := first.Time().UnixTime(); time.Unix(sec, ns).UnixMilli() != start.UnixMilli() {
		t.Errorf("%s is of %v, want %v", first, time.Unix(sec, ns).UTC(), start)
	}
	last := first
	for range 10_000 { // beyond what the counter of one millisecond holds
		id := s.next(start)
		if string(id[:8]) <= string(last[:8]) || id.Version() != 7 {
			t.Fatalf("%s came after %s", id, last)
		}
		last = id
	}
}

func TestIDsOfManyCalls(t *testing.T) {
	var s ids
	var mu sync.Mutex
	seen := map[[8]byte]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var made [2000][8]byte
			for i := range made {
				id := s.next(time.UnixMilli(1))
				made[i] = [8]byte(id[:8])
			}
			mu.Lock()
			defer mu.Unlock()
			for _, half := range made {
				if seen[half] {
					t.Errorf("%x was made twice", half)
				}
				seen[half] = true
			}
		})
	}
	wg.Wait()
}
