package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
)

// NewPrice makes a Price from rates in USD per 1,000,000 tokens by the JSON names of burncloud.Price
// ("input", "output", "cache_read" …). Only input is required; a missing output is 0, which is right for
// embeddings alone; each other missing rate is that of the bucket it belongs to. Errors name the rate.
func NewPrice(rates map[string]string) (burncloud.Price, error) {
	if _, ok := rates["input"]; !ok {
		return burncloud.Price{}, fmt.Errorf("input: %w: it is missing", burncloud.ErrAmount)
	}
	var p burncloud.Price
	for name, text := range rates {
		dst := rate(&p, name)
		if dst == nil {
			return burncloud.Price{}, fmt.Errorf("%s: there is no such rate", name)
		}
		r, err := burncloud.ParseRate(text)
		if err != nil {
			return burncloud.Price{}, fmt.Errorf("%s: %w", name, err)
		}
		*dst = r
	}
	p.FillDefaults(func(name string) bool { _, ok := rates[name]; return ok })
	return p, nil
}

// rate is the field of p with a JSON name.
func rate(p *burncloud.Price, name string) *burncloud.Rate {
	switch name {
	case "input":
		return &p.Input
	case "output":
		return &p.Output
	case "cache_read":
		return &p.CacheRead
	case "cache_write_5m":
		return &p.CacheWrite5m
	case "cache_write_1h":
		return &p.CacheWrite1h
	case "reasoning":
		return &p.Reasoning
	case "audio_input":
		return &p.AudioInput
	case "audio_output":
		return &p.AudioOutput
	case "image_input":
		return &p.ImageInput
	case "image_output":
		return &p.ImageOutput
	}
	return nil
}

// long are the JSON names of the rates' short names in models.txt.
func long(short string) string {
	switch short {
	case "in":
		return "input"
	case "out":
		return "output"
	case "cr":
		return "cache_read"
	case "cw5":
		return "cache_write_5m"
	case "cw1":
		return "cache_write_1h"
	case "rs":
		return "reasoning"
	case "ai":
		return "audio_input"
	case "ao":
		return "audio_output"
	case "ii":
		return "image_input"
	case "io":
		return "image_output"
	}
	return ""
}

// parsePrice reads the rates among facts; ok is false when there is no input rate.
func parsePrice(facts string) (p burncloud.Price, ok bool, err error) {
	cur, set := &p, map[string]bool{}
	for word := range strings.FieldsSeq(facts) {
		name, value, _ := strings.Cut(word, "=")
		if name == "above" {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return p, false, err
			}
			cur.FillDefaults(func(name string) bool { return set[name] })
			p.Tiers = append(p.Tiers, burncloud.PriceTier{Above: n})
			cur = &p.Tiers[len(p.Tiers)-1].Price
			clear(set)
			continue
		}
		field := long(name)
		if field == "" {
			continue
		}
		r, err := burncloud.ParseRate(value)
		if err != nil {
			return p, false, err
		}
		*rate(cur, field), set[field] = r, true
		ok = ok || field == "input"
	}
	cur.FillDefaults(func(name string) bool { return set[name] })
	return p, ok, nil
}
