package gateway

import (
	"slices"
	"sync/atomic"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/route"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/provider"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/service/channel"
)

// directory says who can serve what. It is immutable but for pools that are built when first asked
// for, so that ten thousand channels cost no more than the models in use.
type directory struct {
	models map[string]*model
	names  []string // sorted
}

// model is one routed name.
type model struct {
	name   string
	groups map[string]*offers
}

// offers are the channels that serve one model to one group.
type offers struct {
	g     *Gateway
	name  string
	list  []offer
	pools [endpoints]atomic.Pointer[pool]
}

type offer struct {
	channel  *channel.Live
	upstream string
}

// pool is what one call chooses from: the targets for a model, a group and an endpoint.
type pool struct {
	order    *route.Order
	targets  []*target
	priced   []priced // the different prices among the targets
	unpriced bool     // some target has no price
	fault    *burncloud.Fault
}

type priced struct {
	price  *burncloud.Price
	limits billing.ModelLimits
}

// target is one channel, ready to be called for one model and endpoint.
type target struct {
	channel  *channel.Live
	row      *provider.Row
	upstream string // model name the vendor is sent
	origin   *upstream.Origin
	secrets  []provider.Target // one per credential, used in turn
	turn     atomic.Uint32
	price    *burncloud.Price // nil: unknown
	limits   billing.ModelLimits
	bridge   *bridge // how its vendor is spoken to; nil: in the client's own protocol
}

// credential takes the next credential in turn.
func (t *target) credential() *provider.Target {
	if len(t.secrets) == 1 {
		return &t.secrets[0]
	}
	return &t.secrets[int(t.turn.Add(1)-1)%len(t.secrets)]
}

// allEndpoints gives every endpoint its slot in the tables of pools.
var allEndpoints = [...]burncloud.Endpoint{
	burncloud.EndpointChat, burncloud.EndpointCompletions, burncloud.EndpointEmbeddings,
	burncloud.EndpointModerations, burncloud.EndpointResponses, burncloud.EndpointMessages,
	burncloud.EndpointGenerate, burncloud.EndpointCountTokens, burncloud.EndpointEmbed,
}

const endpoints = len(allEndpoints)

// slot is an endpoint's place in allEndpoints.
func slot(ep burncloud.Endpoint) int { return slices.Index(allEndpoints[:], ep) }

func (g *Gateway) buildDirectory() *directory {
	d := &directory{models: map[string]*model{}}
	for _, ch := range g.Channel.Snapshot().Channels {
		for _, cm := range ch.Models {
			m := d.models[cm.Name]
			if m == nil {
				m = &model{name: cm.Name, groups: map[string]*offers{}}
				d.models[cm.Name] = m
				d.names = append(d.names, cm.Name)
			}
			for _, group := range ch.Groups {
				o := m.groups[group]
				if o == nil {
					o = &offers{g: g, name: cm.Name}
					m.groups[group] = o
				}
				o.list = append(o.list, offer{ch, cm.UpstreamName()})
			}
		}
	}
	slices.Sort(d.names)
	return d
}

// pool is the pool of a group and endpoint; a pool that nobody can serve carries the fault to answer.
func (m *model) pool(group string, ep burncloud.Endpoint) *pool {
	o := m.groups[group]
	if o == nil {
		return &pool{fault: noModel(m.name)}
	}
	slot := &o.pools[slot(ep)]
	p := slot.Load()
	if p == nil {
		p = o.build(ep)
		if !slot.CompareAndSwap(nil, p) { // of two builders at once, one wins: its targets keep the turns
			p = slot.Load()
		}
	}
	return p
}

func (o *offers) build(ep burncloud.Endpoint) *pool {
	p := &pool{}
	var candidates []route.Candidate
	for _, of := range o.list {
		t, err := o.g.target(of, o.name, ep)
		if err != nil {
			o.g.Logger.Warn("channel cannot be used", "channel", of.channel.Name, "model", o.name, "endpoint", ep, "error", err)
			continue
		}
		if t == nil {
			continue
		}
		p.targets = append(p.targets, t)
		candidates = append(candidates, route.Candidate{Priority: rank(of, t), Weight: of.channel.Weight})
		p.addPrice(t.price, t.limits)
	}
	p.order = route.NewOrder(candidates)
	if len(p.targets) == 0 {
		p.fault = burncloud.Faultf(burncloud.NotFound,
			"the model %q is not offered at this endpoint; no channel that serves it speaks the %s protocol's %s", o.name, ep.Protocol(), ep)
		p.fault.Param = "model"
	}
	return p
}

// rank is the channel's priority; among equals those that speak the client's own protocol come first.
func rank(of offer, t *target) int {
	if t.bridge == nil {
		return 2*of.channel.Priority + 1
	}
	return 2 * of.channel.Priority
}

func (p *pool) addPrice(price *burncloud.Price, l billing.ModelLimits) {
	if price == nil {
		p.unpriced = true
		return
	}
	if !slices.ContainsFunc(p.priced, func(x priced) bool { return x.price == price && x.limits == l }) {
		p.priced = append(p.priced, priced{price, l})
	}
}

// target prepares one offer for an endpoint; nil without an error when its vendor lacks the endpoint.
func (g *Gateway) target(of offer, name string, ep burncloud.Endpoint) (*target, error) {
	row, ok := provider.ByID(of.channel.Provider)
	if !ok {
		return nil, nil
	}
	t := &target{channel: of.channel, row: row, upstream: of.upstream, price: g.price(row, name, of.upstream)}
	t.limits = g.limits(t)
	if !row.Speaks(ep) {
		if t.bridge = g.bridge(row, ep); t.bridge == nil {
			return nil, nil
		}
		ep = t.bridge.endpoint
	}
	secrets := of.channel.Secrets
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	for _, s := range secrets {
		pt, err := row.Prepare(&of.channel.Channel, s, ep, of.upstream)
		if err != nil {
			return nil, err
		}
		if t.origin == nil {
			if t.origin, err = g.origins.get(pt.Origin); err != nil {
				return nil, err
			}
		}
		t.secrets = append(t.secrets, pt)
	}
	return t, nil
}

// price is that of the routed name, which is what is billed; a name that only we know (an alias made by
// a channel's mapping) has the price of the model behind it. nil is unknown.
func (g *Gateway) price(row *provider.Row, routed, upstreamName string) *burncloud.Price {
	if p, ok := g.Catalog.Price(row.ID, routed); ok {
		return p
	}
	if p, ok := g.Catalog.Price(row.ID, upstreamName); ok {
		return p
	}
	return nil
}

// limits bound what a call may consume, as far as the catalogue knows the model.
func (g *Gateway) limits(t *target) (l billing.ModelLimits) {
	if m, ok := g.Catalog.Model(t.row.ID, t.upstream); ok {
		l.Context, l.Output = m.ContextWindow, m.MaxOutput
	}
	return l
}

// describe is what a model list says about a model: what its channels offer between them.
func (g *Gateway) describe(o *offers) listed {
	m := listed{name: o.name}
	for _, of := range o.list {
		row, ok := provider.ByID(of.channel.Provider)
		if !ok {
			continue
		}
		if m.owner == "" {
			m.owner, m.created = row.ID, of.channel.Created
			if info, ok := g.Catalog.Model(row.ID, of.upstream); ok {
				m.context, m.maxOutput = info.ContextWindow, info.MaxOutput
			}
		}
		for _, ep := range allEndpoints {
			if (row.Speaks(ep) || g.bridge(row, ep) != nil) && !slices.Contains(m.endpoints, ep) {
				m.endpoints = append(m.endpoints, ep)
			}
		}
	}
	return m
}
