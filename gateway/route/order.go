package route

import (
	"cmp"
	"slices"
	"sort"
)

// Candidate is one channel that can serve a call.
type Candidate struct {
	Priority int // higher is tried first
	Weight   int // share within a priority; 0 or less serves only when no weighted one is left
}

// Order is a set of candidates prepared for picking. It is immutable and safe for concurrent use; a
// pick costs O(log n) and allocates nothing.
type Order struct{ tiers []tier }

// tier is all candidates of one priority. The weighted ones come first in ids; cum[i] is the sum of
// the weights of ids[:i+1].
type tier struct {
	ids []int
	cum []uint64
}

// NewOrder prepares candidates; a candidate is known by its index in the slice.
func NewOrder(candidates []Candidate) *Order {
	ids := make([]int, len(candidates))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(a, b int) int {
		x, y := candidates[a], candidates[b]
		if c := cmp.Compare(y.Priority, x.Priority); c != 0 {
			return c
		}
		return cmp.Compare(rank(x), rank(y))
	})
	o := &Order{}
	for i, id := range ids {
		if i == 0 || candidates[id].Priority != candidates[ids[i-1]].Priority {
			o.tiers = append(o.tiers, tier{})
		}
		t := &o.tiers[len(o.tiers)-1]
		t.ids = append(t.ids, id)
		if w := candidates[id].Weight; w > 0 {
			t.cum = append(t.cum, t.sum()+uint64(w))
		}
	}
	return o
}

// rank puts the candidates that have a weight before those that have none.
func rank(c Candidate) int {
	if c.Weight > 0 {
		return 0
	}
	return 1
}

func (t *tier) sum() uint64 {
	if len(t.cum) == 0 {
		return 0
	}
	return t.cum[len(t.cum)-1]
}

// Len is the number of candidates.
func (o *Order) Len() (n int) {
	for _, t := range o.tiers {
		n += len(t.ids)
	}
	return n
}

// Next picks the next candidate to try: from the highest priority that has one which is not in tried,
// by weight among those. random gives a uniform number in [0, n). ok is false when all were tried.
func (o *Order) Next(tried []int, random func(n uint64) uint64) (id int, ok bool) {
	for i := range o.tiers {
		t := &o.tiers[i]
		if len(t.ids) <= len(tried) && t.spent(tried) {
			continue
		}
		if id, ok = t.weighted(tried, random); ok {
			return id, true
		}
		if id, ok = t.unweighted(tried, random); ok {
			return id, true
		}
	}
	return 0, false
}

func (t *tier) spent(tried []int) bool {
	for _, id := range t.ids {
		if !slices.Contains(tried, id) {
			return false
		}
	}
	return true
}

// weighted draws by weight. Drawing again when the draw was tried before keeps the shares of the rest
// exact; after a few such draws the rest is walked instead, so that the cost stays bounded.
func (t *tier) weighted(tried []int, random func(uint64) uint64) (int, bool) {
	if len(t.cum) == 0 {
		return 0, false
	}
	for range 4 {
		r := random(t.sum())
		i := sort.Search(len(t.cum), func(i int) bool { return t.cum[i] > r })
		if id := t.ids[i]; !slices.Contains(tried, id) {
			return id, true
		}
	}
	var left uint64
	for i := range t.cum {
		if !slices.Contains(tried, t.ids[i]) {
			left += t.weight(i)
		}
	}
	if left == 0 {
		return 0, false
	}
	r := random(left)
	for i := range t.cum {
		if slices.Contains(tried, t.ids[i]) {
			continue
		}
		if w := t.weight(i); r >= w {
			r -= w
			continue
		}
		return t.ids[i], true
	}
	return 0, false
}

func (t *tier) weight(i int) uint64 {
	if i == 0 {
		return t.cum[0]
	}
	return t.cum[i] - t.cum[i-1]
}

// unweighted draws evenly among those without a weight.
func (t *tier) unweighted(tried []int, random func(uint64) uint64) (int, bool) {
	rest := t.ids[len(t.cum):]
	if len(rest) == 0 {
		return 0, false
	}
	start := int(random(uint64(len(rest))))
	for i := range rest {
		if id := rest[(start+i)%len(rest)]; !slices.Contains(tried, id) {
			return id, true
		}
	}
	return 0, false
}
