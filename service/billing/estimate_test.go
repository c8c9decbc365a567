package billing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
)

// flat is a price of 1 USD per million tokens in and 4 out, in every bucket.
func flat() *burncloud.Price {
	p := &burncloud.Price{Input: burncloud.Rate(burncloud.USD / 1000), Output: burncloud.Rate(4 * burncloud.USD / 1000)}
	p.FillDefaults(func(bucket string) bool { return bucket == "input" || bucket == "output" })
	return p
}

func TestEstimate(t *testing.T) {
	const perInput, perOutput = 1000, 4000 // nano-USD per token of flat
	for _, c := range []struct {
		name                  string
		body, outputs, choice int64
		limits                billing.ModelLimits
		input, output         int64 // tokens that must be reserved
	}{
		{"cap given", 936, 100, 1, billing.ModelLimits{}, 1000, 100},
		{"cap is over all choices", 936, 300, 3, billing.ModelLimits{}, 1000, 300},
		{"no cap, model unknown", 936, 0, 1, billing.ModelLimits{}, 1000, billing.DefaultOutput},
		{"no cap, small model", 936, 0, 1, billing.ModelLimits{Output: 4096}, 1000, 4096},
		{"no cap, large model", 936, 0, 1, billing.ModelLimits{Output: 128_000}, 1000, billing.DefaultOutput},
		{"no cap, choices", 936, 0, 3, billing.ModelLimits{Output: 100}, 1000, 300},
		{"cap above the model", 936, 1_000_000, 1, billing.ModelLimits{Output: 4096}, 1000, 4096},
		{"cap above the model, choices", 936, 1_000_000, 2, billing.ModelLimits{Output: 4096}, 1000, 8192},
		{"body longer than the context", 10_000_000, 10, 1, billing.ModelLimits{Context: 8192}, 8192, 10},
		{"nothing to write", 936, -1, 1, billing.ModelLimits{}, 1000, 0},
		{"odd numbers", -5, 10, -1, billing.ModelLimits{}, 64, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := burncloud.Money(c.input*perInput + c.output*perOutput)
			if got := billing.Estimate(flat(), c.body, c.outputs, c.choice, c.limits); got != want {
				t.Errorf("%s USD, want %s USD", got, want)
			}
		})
	}
	if got := billing.Estimate(flat(), math.MaxInt64, -1, 1, billing.ModelLimits{}); got < 1_000_000*burncloud.USD {
		t.Errorf("the largest body: %s USD", got)
	}
	if got := billing.Estimate(nil, 1, 1, 1, billing.ModelLimits{}); got != 0 {
		t.Errorf("without a price: %s USD", got)
	}
}

// Whatever numbers a caller sends, the estimate is an amount that can be reserved.
func TestEstimateExtremes(t *testing.T) {
	extremes := []int64{math.MinInt64, -1, 0, 1, 1 << 40, math.MaxInt64}
	p := &burncloud.Price{Input: math.MaxInt64, Output: math.MaxInt64, Tiers: []burncloud.PriceTier{{Above: 5}}}
	for _, price := range []*burncloud.Price{flat(), p, {}} {
		for _, body := range extremes {
			for _, outputs := range extremes {
				for _, choices := range extremes {
					for _, limit := range extremes {
						m := billing.ModelLimits{Context: limit, Output: limit}
						if got := billing.Estimate(price, body, outputs, choices, m); got < 0 || got > 1_000_000*burncloud.USD {
							t.Errorf("Estimate(%d, %d, %d, %d) is %d", body, outputs, choices, limit, got)
						}
					}
				}
			}
		}
	}
}

// No call within its body and caps costs more than its estimate, whatever the tiers are.
func TestEstimateCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	price := func() burncloud.Price {
		p := burncloud.Price{Input: burncloud.Rate(rng.Int64N(1e7)), Output: burncloud.Rate(rng.Int64N(1e8)), CacheRead: burncloud.Rate(rng.Int64N(1e7)),
			CacheWrite5m: burncloud.Rate(rng.Int64N(1e7))}
		p.FillDefaults(func(bucket string) bool {
			return bucket == "input" || bucket == "output" || bucket == "cache_read" || bucket == "cache_write_5m"
		})
		return p
	}
	for range 2000 {
		p := price()
		for above := rng.Int64N(2000); rng.IntN(3) > 0; above += 1 + rng.Int64N(2000) {
			p.Tiers = append(p.Tiers, burncloud.PriceTier{Above: above, Price: price()})
		}
		body, outputs := rng.Int64N(5000), 1+rng.Int64N(5000)
		estimate := billing.Estimate(&p, body, outputs, 1, billing.ModelLimits{})
		for range 20 {
			in := rng.Int64N(body + 1)
			read, write := rng.Int64N(in+1), int64(0)
			write = rng.Int64N(in - read + 1)
			u := burncloud.Usage{Input: in - read - write, CacheRead: read, CacheWrite5m: write, Output: rng.Int64N(outputs + 1)}
			if cost := p.Cost(u); cost > estimate {
				t.Fatalf("%+v costs %s USD, estimated %s USD for %d bytes and %d tokens; %+v", u, cost, estimate, body, outputs, p)
			}
		}
	}
}
