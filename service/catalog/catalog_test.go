package catalog_test

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/catalog"
)

// rates writes a price the way the table below does: the rates that differ from their default.
func rates(p *burncloud.Price) string {
	var b strings.Builder
	one := func(p *burncloud.Price) {
		b.WriteString(p.Input.String() + "/" + p.Output.String())
		for _, r := range []struct {
			name     string
			got, def burncloud.Rate
		}{
			{"cr", p.CacheRead, p.Input}, {"cw5", p.CacheWrite5m, p.Input}, {"cw1", p.CacheWrite1h, p.CacheWrite5m},
			{"rs", p.Reasoning, p.Output}, {"ai", p.AudioInput, p.Input}, {"ao", p.AudioOutput, p.Output},
			{"ii", p.ImageInput, p.Input}, {"io", p.ImageOutput, p.Output},
		} {
			if r.got != r.def {
				b.WriteString(" " + r.name + "=" + r.got.String())
			}
		}
	}
	one(p)
	for _, t := range p.Tiers {
		b.WriteString(" >" + burncloud.Money(t.Above*int64(burncloud.USD)).String() + " ")
		one(&t.Price)
	}
	return b.String()
}

// TestFlagships: these prices were checked by hand against the list of facts that gen reads (2026-11-22),
// so that no error of gen or of the parser goes unseen.
func TestFlagships(t *testing.T) {
	s := catalog.New()
	for _, c := range []struct{ provider, model, want string }{
		{"openai", "gpt-6-sol", "2/10 cr=0.2 cw5=2.5 >272000 4/15 cr=0.4 cw5=5"},
		{"openai", "gpt-6-luna", "0.1/0.5 cr=0.01 cw5=0.125 >272000 0.2/0.75 cr=0.02 cw5=0.25"},
		{"openai", "gpt-5.5", "5/30 cr=0.5 >272000 10/45 cr=1"},
		{"openai", "gpt-5-mini", "0.25/2 cr=0.025"},
		{"openai", "gpt-5-mini-2025-08-07", "0.25/2 cr=0.025"}, // alias
		{"openai", "gpt-5-nano", "0.05/0.4 cr=0.005"},
		{"openai", "gpt-4o", "2.5/10 cr=1.25"},
		{"openai", "gpt-4o-mini", "0.15/0.6 cr=0.075"},
		{"openai", "gpt-4.1", "2/8 cr=0.5"},
		{"openai", "o3", "2/8 cr=0.5"},
		{"openai", "text-embedding-3-small", "0.02/0"},
		{"openai", "gpt-4o-audio-preview", "2.5/10 ai=100 ao=200"},
		{"anthropic", "claude-opus-5-5", "4/20 cr=0.2 cw5=5 cw1=8"},
		{"anthropic", "claude-sonnet-5-5", "2/10 cr=0.1 cw5=2.5 cw1=4"}, // cw1 is gen's rule
		{"anthropic", "claude-sonnet-4-5", "3/15 cr=0.3 cw5=3.75 cw1=6 >200000 6/22.5 cr=0.6 cw5=7.5 cw1=12"},
		{"anthropic", "claude-haiku-4-5-20251001", "1/5 cr=0.1 cw5=1.25 cw1=2"},
		{"anthropic", "claude-fable-5-1", "10/50 cr=0.25 cw5=12.5 cw1=20"},
		{"gemini", "gemini-2.5-pro", "1.25/10 cr=0.125 >200000 2.5/15 cr=0.25"},
		{"gemini", "models/gemini-2.5-flash", "0.3/2.5 cr=0.03 ai=1"},
		{"google", "gemini-3.8-flash", "0.75/3.75 cr=0.075"},
		{"deepseek", "deepseek-v4-pro", "1.32/3.96 cr=0.044"},
		{"xai", "grok-4.7", "2/6 cr=0.5 >200000 4/12 cr=1"},
		{"alibaba", "qwen3-max", "1.2/6 cr=0.24 >32000 2.4/12 >128000 3/15"},
		{"moonshotai", "kimi-k3", "3/15 cr=0.3"},
		{"openai-compatible", "gpt-5-mini", "0.25/2 cr=0.025"},                          // by its vendor, not by a cloud that sells it
		{"openai-compatible", "claude-haiku-4-5-20251001", "1/5 cr=0.1 cw5=1.25 cw1=2"}, // an alias of its vendor
		{"", "kimi-k3", "3/15 cr=0.3"},
		{"some-unknown-host", "deepseek-v4-flash", "0.44/1.32 cr=0.014"},
	} {
		p, ok := s.Price(c.provider, c.model)
		if !ok {
			t.Errorf("%s %s: no price", c.provider, c.model)
		} else if got := rates(p); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.provider, c.model, got, c.want)
		}
	}
}

// TestUnknown: nothing is guessed from names that look alike.
func TestUnknown(t *testing.T) {
	s := catalog.New()
	for _, c := range [][2]string{
		{"openai", "gpt-5-mini-2099-01-01"}, {"openai", "gpt-5-mini "}, {"openai", "GPT-5-mini"}, {"openai", "gpt-5-min"},
		{"openai", "claude-haiku-4-5"}, {"anthropic", "gpt-5-mini"}, {"openai", ""}, {"openai", "\t"}, {"openai", "#"},
		{"openai-compatible", "my-local-model"}, {"openai", "zzzzzzzz"}, {"openai", "\x00"}, {"openai", "=gpt-5-mini"},
	} {
		if p, ok := s.Price(c[0], c[1]); ok {
			t.Errorf("%q: a price from nowhere: %s", c, rates(p))
		}
		if m, ok := s.Model(c[0], c[1]); ok {
			t.Errorf("%q: a model from nowhere: %+v", c, m)
		}
	}
}

func TestModel(t *testing.T) {
	m, ok := catalog.New().Model("openai", "gpt-5-mini-2025-08-07")
	if !ok || m.ID != "gpt-5-mini" || m.Provider != "openai" || m.Kind != "chat" || m.Status != "active" ||
		m.ContextWindow != 400_000 || m.MaxInput != 272_000 || m.MaxOutput != 128_000 || m.Released != "2025-08-07" ||
		!m.Priced || m.ConfirmedBy != 5 || m.AsOf == "" || !slices.Contains(m.Capabilities, "vision") {
		t.Errorf("%v %+v", ok, m)
	}
}

func TestOverrides(t *testing.T) {
	s := catalog.New()
	price := func(in, out string) burncloud.Price {
		p, err := catalog.NewPrice(map[string]string{"input": in, "output": out})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	s.SetOverrides([]catalog.Override{
		{Model: "my-local-model", Price: price("0.15", "0.60")},
		{Model: "gpt-5-mini", Price: price("1", "1")},
		{Model: "gpt-5-mini", Provider: "openai", Price: price("9", "9")},
		{Model: "gemini-2.5-pro", Provider: "gemini", Price: price("7", "7")},
		{Model: "free", Price: price("0", "0")},
	})
	for _, c := range []struct{ provider, model, want string }{
		{"openai", "gpt-5-mini", "9/9"}, {"anthropic", "gpt-5-mini", "1/1"}, {"openai-compatible", "gpt-5-mini", "1/1"},
		{"openai-compatible", "my-local-model", "0.15/0.6"}, {"google", "gemini-2.5-pro", "7/7"},
		{"openai-compatible", "gemini-2.5-pro", "1.25/10 cr=0.125 >200000 2.5/15 cr=0.25"}, {"openai", "free", "0/0"},
	} {
		p, ok := s.Price(c.provider, c.model)
		if !ok || rates(p) != c.want {
			t.Errorf("%s %s: %v, want %s", c.provider, c.model, p, c.want)
		}
		m, ok := s.Model(c.provider, c.model)
		if !ok || rates(m.Price) != c.want || m.Overridden == strings.Contains(c.want, "cr") {
			t.Errorf("%s %s: model %+v", c.provider, c.model, m)
		}
	}
	page, total := s.List(catalog.Filter{Search: "MY-LOCAL"}, 0, 10)
	if total != 1 || page[0].ID != "my-local-model" || !page[0].Overridden {
		t.Errorf("list: %d %+v", total, page)
	}
	s.SetOverrides(nil)
	if p, _ := s.Price("openai", "gpt-5-mini"); rates(p) != "0.25/2 cr=0.025" {
		t.Errorf("after the overrides are gone: %s", rates(p))
	}
}

func TestNewPrice(t *testing.T) {
	for in, want := range map[string]string{
		"output=1": "input", "input=x output=1": "input", "input=1 ouput=2": "ouput", "input=-1 output=1": "negative",
		"input=0.0000001 output=1": "decimals", "input=1e3 output=1": "number",
	} {
		m := map[string]string{}
		for f := range strings.FieldsSeq(in) {
			k, v, _ := strings.Cut(f, "=")
			m[k] = v
		}
		if _, err := catalog.NewPrice(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", in, err)
		}
	}
	p, err := catalog.NewPrice(map[string]string{"input": "3", "output": "15", "cache_read": "0", "cache_write_5m": "3.75"})
	if err != nil || rates(&p) != "3/15 cr=0 cw5=3.75" {
		t.Errorf("%s, %v", rates(&p), err)
	}
}

// TestAll walks the whole catalogue: every entry reads, is found again under its own name with the same
// price, and makes sense.
func TestAll(t *testing.T) {
	s := catalog.New()
	all, total := s.List(catalog.Filter{}, 0, 0)
	if total != len(all) || total < 3000 {
		t.Fatalf("%d models, %d listed", total, len(all))
	}
	priced := 0
	for _, m := range all {
		got, ok := s.Model(m.Provider, m.ID)
		if !ok || got.ID != m.ID || got.Provider != m.Provider || got.Priced != m.Priced {
			t.Fatalf("%s %s: found %+v", m.Provider, m.ID, got)
		}
		p, ok := s.Price(m.Provider, m.ID)
		if ok != m.Priced {
			t.Fatalf("%s %s: price %v, priced %v", m.Provider, m.ID, ok, m.Priced)
		}
		if m.Kind == "" || m.Status == "" || m.ContextWindow < 0 || m.MaxOutput < 0 {
			t.Errorf("odd: %+v", m)
		}
		if !ok {
			continue
		}
		priced++
		if rates(p) != rates(m.Price) || m.ConfirmedBy < 1 || len(m.AsOf) != 10 {
			t.Errorf("%s %s: %s, listed %s, %+v", m.Provider, m.ID, rates(p), rates(m.Price), m)
		}
		above := int64(0)
		for _, tier := range p.Tiers {
			if tier.Above <= above || len(tier.Price.Tiers) > 0 || tier.Price.Input <= 0 {
				t.Errorf("%s %s: bad tier %+v", m.Provider, m.ID, tier)
			}
			above = tier.Above
		}
		if p.Input < 0 || p.Input > math.MaxInt32 || p.Output > math.MaxInt32 {
			t.Errorf("%s %s: %s", m.Provider, m.ID, rates(p))
		}
	}
	if priced < 3000 {
		t.Errorf("only %d prices", priced)
	}
}

func TestList(t *testing.T) {
	s := catalog.New()
	page, total := s.List(catalog.Filter{Provider: "gemini", Kind: "chat", Search: "2.5-FLASH", Priced: true}, 1, 2)
	if len(page) != 2 || total < 3 {
		t.Fatalf("%d of %d", len(page), total)
	}
	for _, m := range page {
		if m.Provider != "google" || m.Kind != "chat" || !m.Priced || !strings.Contains(m.ID, "2.5-flash") {
			t.Errorf("%+v", m)
		}
	}
	if page, _ := s.List(catalog.Filter{Provider: "nobody"}, 0, 0); page == nil || len(page) != 0 {
		t.Errorf("%v", page)
	}
}

// TestPointer: the gateway tells prices apart by pointer.
func TestPointer(t *testing.T) {
	s := catalog.New()
	a, _ := s.Price("openai", "gpt-5-mini")
	b, _ := s.Price("openai", "gpt-5-mini-2025-08-07")
	c, _ := s.Price("", "gpt-5-mini")
	if a != b || a != c {
		t.Error("one entry has several pointers")
	}
}

// TestResident: the catalogue must not take memory for being there.
func TestResident(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s := catalog.New()
	for _, m := range []string{"gpt-5-mini", "gpt-4o", "o3"} {
		s.Price("openai", m)
		s.Model("openai", m)
	}
	if grown := int64(heap()) - int64(before); grown > 100_000 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	runtime.KeepAlive(s)
}

func BenchmarkPrice(b *testing.B) {
	s := catalog.New()
	b.ReportAllocs()
	for b.Loop() {
		s.Price("openai", "gpt-5-mini")
	}
}

func BenchmarkList(b *testing.B) {
	s := catalog.New()
	b.ReportAllocs()
	for b.Loop() {
		s.List(catalog.Filter{Provider: "openai"}, 0, 50)
	}
}

func FuzzLookup(f *testing.F) {
	f.Add("openai", "gpt-5-mini")
	f.Add("", "=x\t#\n")
	s := catalog.New()
	f.Fuzz(func(t *testing.T, provider, model string) {
		p, ok := s.Price(provider, model)
		m, known := s.Model(provider, model)
		if ok && (!known || !m.Priced || rates(p) != rates(m.Price)) {
			t.Fatalf("%q %q: %v %+v", provider, model, p, m)
		}
	})
}
