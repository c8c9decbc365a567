package burncloud

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func rate(t *testing.T, s string) Rate {
	t.Helper()
	r, err := ParseRate(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func only(names ...string) func(string) bool {
	return func(b string) bool {
		for _, n := range names {
			if n == b {
				return true
			}
		}
		return false
	}
}

func TestCost(t *testing.T) {
	mini := Price{Input: rate(t, "0.25"), Output: rate(t, "2"), CacheRead: rate(t, "0.025")}
	mini.FillDefaults(only("cache_read"))
	claude := Price{Input: rate(t, "3"), Output: rate(t, "15"), CacheRead: rate(t, "0.3"), CacheWrite5m: rate(t, "3.75"), CacheWrite1h: rate(t, "6")}
	claude.FillDefaults(only("cache_read", "cache_write_5m", "cache_write_1h"))
	tiered := Price{Input: rate(t, "1"), Output: rate(t, "2")}
	tiered.FillDefaults(only())
	dear := Price{Input: rate(t, "2"), Output: rate(t, "4")}
	dear.FillDefaults(only())
	tiered.Tiers = []PriceTier{{Above: 200_000, Price: dear}}
	thinker := Price{Input: rate(t, "0.4"), Output: rate(t, "1.2"), Reasoning: rate(t, "4")}
	thinker.FillDefaults(only("reasoning"))

	for name, c := range map[string]struct {
		p    Price
		u    Usage
		want string
	}{
		"nothing":                     {mini, Usage{}, "0"},
		"input and output":            {mini, Usage{Input: 1000, Output: 500}, "0.00125"},
		"cached input is not fresh":   {mini, Usage{Input: 100, CacheRead: 900, Output: 10}, "0.0000675"},
		"reasoning is inside output":  {mini, Usage{Input: 0, Output: 100, Reasoning: 80}, "0.0002"},
		"dearer reasoning":            {thinker, Usage{Output: 100, Reasoning: 80}, "0.000344"},
		"cache writes":                {claude, Usage{Input: 10, CacheRead: 1000, CacheWrite5m: 1000, CacheWrite1h: 1000, Output: 1}, "0.010095"},
		"at the tier's edge":          {tiered, Usage{Input: 150_000, CacheRead: 50_000}, "0.2"},
		"one above: the whole call":   {tiered, Usage{Input: 150_001, CacheRead: 50_000}, "0.400002"},
		"half to even, down":          {Price{Input: 500}, Usage{Input: 1}, "0"},
		"half to even, up":            {Price{Input: 500}, Usage{Input: 3}, "0.000000002"},
		"audio falls back to input":   {mini, Usage{AudioInput: 1000}, "0.00025"},
		"negative counts are no gift": {mini, Usage{Input: -5, Output: 1_000_000}, "2"},
	} {
		if got := c.p.Cost(c.u).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Cost agrees with exact rational arithmetic and never exceeds Bound.
func TestCostProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		p := Price{Input: Rate(r.Int64N(1e9)), Output: Rate(r.Int64N(1e9))}
		p.FillDefaults(only())
		p.CacheRead = Rate(r.Int64N(int64(p.Input) + 1))
		u := Usage{Input: r.Int64N(1e7), CacheRead: r.Int64N(1e7), Output: r.Int64N(1e7)}
		u.Reasoning = r.Int64N(u.Output + 1)
		sum := new(big.Int)
		for _, x := range [][2]int64{{u.Input, int64(p.Input)}, {u.CacheRead, int64(p.CacheRead)}, {u.Output, int64(p.Output)}} {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(x[0]), big.NewInt(x[1])))
		}
		q, m := new(big.Int).DivMod(sum, big.NewInt(1000), new(big.Int))
		if c := m.Int64(); c > 500 || c == 500 && q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
		cost := p.Cost(u)
		if int64(cost) != q.Int64() {
			t.Fatalf("%+v × %+v = %d, want %d", p, u, cost, q)
		}
		if b := p.Bound(u.TotalInput(), u.TotalOutput()); cost > b {
			t.Fatalf("cost %s above bound %s", cost, b)
		}
	}
	huge := Price{Input: math.MaxInt64}
	if huge.Cost(Usage{Input: math.MaxInt64}) != math.MaxInt64 {
		t.Error("an absurd cost wrapped round")
	}
}

func BenchmarkCost(b *testing.B) {
	p := Price{Input: 250_000, Output: 2_000_000, CacheRead: 25_000, Reasoning: 2_000_000}
	u := Usage{Input: 1000, CacheRead: 500, Output: 300, Reasoning: 100}
	b.ReportAllocs()
	for b.Loop() {
		p.Cost(u)
	}
}
