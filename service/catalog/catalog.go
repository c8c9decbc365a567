package catalog

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

// Service answers what a model costs and takes. It is safe for use by many goroutines.
type Service struct {
	overrides atomic.Pointer[map[name]*Override]
	prices    sync.Map // *burncloud.Price by name: the entries that were asked for
}

type name struct{ provider, model string }

// Override is a price that wins over the embedded one.
type Override struct {
	Provider string          `json:"provider,omitempty"` // provider row or catalogue id; "" is every provider
	Model    string          `json:"model"`              // the routed name, exactly
	Price    burncloud.Price `json:"price"`              // complete: see NewPrice
}

// New makes a Service without overrides.
func New() *Service {
	s := &Service{}
	s.SetOverrides(nil)
	return s
}

// SetOverrides replaces all overrides at once. The last of two for the same model wins.
func (s *Service) SetOverrides(list []Override) {
	m := make(map[name]*Override, len(list))
	for _, o := range list {
		if o.Provider != "" {
			o.Provider, _ = source(o.Provider)
		}
		m[name{o.Provider, o.Model}] = &o
	}
	s.overrides.Store(&m)
}

// source is the catalogue's id of a provider, given as a row of package provider or as such an id
// already; known is false for servers of unknown make, e.g. openai-compatible.
func source(id string) (catalogID string, known bool) {
	if row, ok := provider.ByID(id); ok {
		if row.Catalog == "" {
			return id, false
		}
		return row.Catalog, true
	}
	return id, isProvider(id)
}

// Price is what a model costs at a provider: an override of exactly this provider, an override of every
// provider, the provider's entry by id, then by alias. A model at a provider of unknown make is looked up
// at the vendors (see vendors). The result is read-only, and the same pointer for the same entry until
// SetOverrides. It takes about 2 µs; callers on the hot path keep the result.
func (s *Service) Price(providerID, model string) (*burncloud.Price, bool) {
	if o := s.override(providerID, model); o != nil {
		return &o.Price, true
	}
	prov, id, facts, ok := find(providerID, model)
	if !ok {
		return nil, false
	}
	if p, ok := s.prices.Load(name{prov, id}); ok {
		return p.(*burncloud.Price), true
	}
	p, ok, err := parsePrice(facts)
	if !ok || err != nil {
		return nil, false
	}
	kept, _ := s.prices.LoadOrStore(name{prov, id}, &p)
	return kept.(*burncloud.Price), true
}

// Model is what is known of a model at a provider, found as Price finds it.
func (s *Service) Model(providerID, model string) (Model, bool) {
	prov, id, facts, ok := find(providerID, model)
	m := Model{ID: model, Capabilities: []string{}}
	if ok {
		var err error
		if m, err = parseModel(id, prov, facts); err != nil {
			return Model{}, false
		}
	}
	o := s.override(providerID, model)
	m.apply(o)
	return m, ok || o != nil
}

// apply puts an override, if there is one, over what the catalogue says.
func (m *Model) apply(o *Override) {
	if o != nil {
		m.Priced, m.Price, m.Overridden, m.AsOf, m.ConfirmedBy = true, &o.Price, true, "", 0
	}
}

// override is the one in force for a model at a provider, or nil.
func (s *Service) override(providerID, model string) *Override {
	m := *s.overrides.Load()
	if len(m) == 0 {
		return nil
	}
	prov, _ := source(providerID)
	if o := m[name{prov, model}]; o != nil {
		return o
	}
	return m[name{"", model}]
}

// find is the entry of a model. Google's SDKs write "models/" before its name.
func find(providerID, model string) (prov, id, facts string, ok bool) {
	prov, known := source(providerID)
	if prov == "google" {
		model = strings.TrimPrefix(model, "models/")
	}
	if known {
		id, facts, ok = lookup(prov, model)
		return prov, id, facts, ok
	}
	return canonical(model)
}

// Filter chooses models for List. Empty fields choose all.
type Filter struct {
	Provider string // provider row or catalogue id
	Kind     string
	Search   string // part of the id, any case
	Priced   bool   // only with a price
}

// List gives the embedded models that f chooses, by id, without aliases, and after them the overridden
// ones that the catalogue does not know, then how many there are in all. offset and limit cut a page
// out; limit 0 is no limit. It reads the whole catalogue (a few ms): it is for people, not for requests.
func (s *Service) List(f Filter, offset, limit int) (page []Model, total int) {
	prov := ""
	if f.Provider != "" {
		prov, _ = source(f.Provider)
	}
	search := strings.ToLower(f.Search)
	page = []Model{}
	add := func(m Model) {
		if f.Kind != "" && m.Kind != f.Kind || f.Priced && !m.Priced || !strings.Contains(strings.ToLower(m.ID), search) {
			return
		}
		if total >= offset && (limit == 0 || len(page) < limit) {
			page = append(page, m)
		}
		total++
	}
	for i := 0; i < len(data); {
		id, p, facts, next := line(i)
		i = next
		if facts == "" || facts[0] == '=' || prov != "" && p != prov {
			continue
		}
		if m, err := parseModel(id, p, facts); err == nil {
			m.apply(s.override(p, id))
			add(m)
		}
	}
	for _, o := range s.unknown() {
		if prov == "" || o.Provider == prov {
			m := Model{ID: o.Model, Provider: o.Provider, Status: "active", Capabilities: []string{}}
			m.apply(o)
			add(m)
		}
	}
	return page, total
}

// unknown are the overrides of models that the catalogue lacks, by name.
func (s *Service) unknown() []*Override {
	var out []*Override
	for _, o := range *s.overrides.Load() {
		if _, _, _, ok := find(o.Provider, o.Model); !ok {
			out = append(out, o)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Model+"\t"+out[i].Provider < out[j].Model+"\t"+out[j].Provider
	})
	return out
}
