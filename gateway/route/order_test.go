package route

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func seeded() func(uint64) uint64 { return rand.New(rand.NewPCG(7, 11)).Uint64N }

// drain picks until nothing is left and returns the order.
func drain(o *Order, random func(uint64) uint64) (tried []int) {
	for {
		id, ok := o.Next(tried, random)
		if !ok {
			return tried
		}
		tried = append(tried, id)
	}
}

func TestTiersComeInOrderAndNobodyTwice(t *testing.T) {
	for name, c := range map[string]struct {
		in    []Candidate
		tiers [][]int // the ids that may stand at those places, tier by tier
	}{
		"none":            {nil, nil},
		"one":             {[]Candidate{{0, 10}}, [][]int{{0}}},
		"one, no weight":  {[]Candidate{{0, 0}}, [][]int{{0}}},
		"by priority":     {[]Candidate{{1, 1}, {3, 1}, {2, 1}}, [][]int{{1}, {2}, {0}}},
		"negative":        {[]Candidate{{-5, 1}, {0, 1}}, [][]int{{1}, {0}}},
		"zero comes last": {[]Candidate{{0, 0}, {0, 5}, {0, 5}}, [][]int{{1, 2}, {0}}},
		"negative weight": {[]Candidate{{0, -1}, {0, 5}, {-1, 9}}, [][]int{{1}, {0}, {2}}},
	} {
		t.Run(name, func(t *testing.T) {
			random := seeded()
			for range 200 {
				o := NewOrder(c.in)
				got := drain(o, random)
				if len(got) != len(c.in) || o.Len() != len(c.in) {
					t.Fatalf("%v of %d candidates", got, len(c.in))
				}
				for _, tier := range c.tiers {
					head := slices.Sorted(slices.Values(got[:len(tier)]))
					if !slices.Equal(head, tier) {
						t.Fatalf("got %v, want any order of %v first", got, tier)
					}
					got = got[len(tier):]
				}
			}
		})
	}
}

func TestSharesFollowWeights(t *testing.T) {
	in := []Candidate{{0, 70}, {0, 20}, {0, 10}, {0, 0}}
	o, random := NewOrder(in), seeded()
	const picks = 100_000
	check := func(tried []int, want []float64) {
		t.Helper()
		var n [4]int
		for range picks {
			id, ok := o.Next(tried, random)
			if !ok {
				t.Fatal("nothing picked")
			}
			n[id]++
		}
		for id, w := range want {
			if got := float64(n[id]) / picks; math.Abs(got-w) > 0.01 {
				t.Errorf("tried %v: candidate %d got %.3f, want %.3f", tried, id, got, w)
			}
		}
	}
	check(nil, []float64{.7, .2, .1, 0})
	check([]int{0}, []float64{0, 2. / 3, 1. / 3, 0}) // most draws hit the tried one: the walk must keep the shares
	check([]int{0, 1}, []float64{0, 0, 1, 0})
	check([]int{0, 1, 2}, []float64{0, 0, 0, 1})
}

func BenchmarkNext(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			in := make([]Candidate, n)
			for i := range in {
				in[i] = Candidate{Priority: i % 3, Weight: 1 + i%7}
			}
			o, random := NewOrder(in), seeded()
			b.ReportAllocs()
			for b.Loop() {
				o.Next(nil, random)
			}
		})
	}
}
