package burncloud

// Price is what one model costs. A source that names no separate price for a bucket means "as input"
// or "as output"; whoever builds a Price fills those in (see FillDefaults), so that Cost needs no rules.
type Price struct {
	Input        Rate `json:"input"`
	Output       Rate `json:"output"`
	CacheRead    Rate `json:"cache_read"`
	CacheWrite5m Rate `json:"cache_write_5m"`
	CacheWrite1h Rate `json:"cache_write_1h"`
	Reasoning    Rate `json:"reasoning"`
	AudioInput   Rate `json:"audio_input"`
	AudioOutput  Rate `json:"audio_output"`
	ImageInput   Rate `json:"image_input"`
	ImageOutput  Rate `json:"image_output"`
	// Tiers, in rising order of Above: when all input tokens of a call exceed Above, the whole call is
	// billed at that tier's rates. The highest matching tier wins.
	Tiers []PriceTier `json:"tiers,omitempty"`
}

// PriceTier is the price of calls whose input is longer than Above tokens. Its own Tiers are empty.
type PriceTier struct {
	Above int64 `json:"above"`
	Price Price `json:"price"`
}

// FillDefaults gives each bucket without a rate of its own (unset) the rate of the bucket it belongs
// to. set tells which buckets the source named, by JSON name, since zero is a legal price.
func (p *Price) FillDefaults(set func(bucket string) bool) {
	fill := func(r *Rate, name string, from Rate) {
		if !set(name) {
			*r = from
		}
	}
	fill(&p.CacheRead, "cache_read", p.Input)
	fill(&p.CacheWrite5m, "cache_write_5m", p.Input)
	fill(&p.CacheWrite1h, "cache_write_1h", p.CacheWrite5m)
	fill(&p.AudioInput, "audio_input", p.Input)
	fill(&p.ImageInput, "image_input", p.Input)
	fill(&p.Reasoning, "reasoning", p.Output)
	fill(&p.AudioOutput, "audio_output", p.Output)
	fill(&p.ImageOutput, "image_output", p.Output)
}

// Cost is what u costs, rounded once, half to even, to nano-USD.
func (p *Price) Cost(u Usage) Money {
	p = p.tier(u.TotalInput())
	var t tally
	t.add(u.Input, p.Input)
	t.add(u.CacheRead, p.CacheRead)
	t.add(u.CacheWrite5m, p.CacheWrite5m)
	t.add(u.CacheWrite1h, p.CacheWrite1h)
	t.add(u.AudioInput, p.AudioInput)
	t.add(u.ImageInput, p.ImageInput)
	t.add(u.Output-u.Reasoning, p.Output)
	t.add(u.Reasoning, p.Reasoning)
	t.add(u.AudioOutput, p.AudioOutput)
	t.add(u.ImageOutput, p.ImageOutput)
	return t.money()
}

// Bound is the most that a call with at most input and output tokens can cost, whichever bucket they
// land in. It is what is reserved before the call is sent.
func (p *Price) Bound(input, output int64) Money {
	p = p.tier(input)
	var t tally
	t.add(input, max(p.Input, p.CacheRead, p.CacheWrite5m, p.CacheWrite1h, p.AudioInput, p.ImageInput))
	t.add(output, max(p.Output, p.Reasoning, p.AudioOutput, p.ImageOutput))
	return t.money()
}

func (p *Price) tier(input int64) *Price {
	for i := len(p.Tiers) - 1; i >= 0; i-- {
		if input > p.Tiers[i].Above {
			return &p.Tiers[i].Price
		}
	}
	return p
}
