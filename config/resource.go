package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/burncloud/burncloud"
)

// The kinds of names that resources declare and refer to.
const (
	kindGroup   = "group"
	kindChannel = "channel"
	kindUser    = "user"
	kindKey     = "key"
	kindPrice   = "price"
)

const maxWeight = 1_000_000

// resourceFields are the file's members that declare resources.
func (l *loader) resourceFields(r *reader) []field {
	out := &l.c.Resources
	lists := []struct {
		name string
		each func(n *yaml.Node, where string)
	}{
		{"groups", func(n *yaml.Node, where string) { out.Groups = append(out.Groups, r.group(n, where)) }},
		{"channels", func(n *yaml.Node, where string) { out.Channels = append(out.Channels, l.channel(r, n, where)) }},
		{"users", func(n *yaml.Node, where string) { out.Users = append(out.Users, r.user(n, where)) }},
		{"keys", func(n *yaml.Node, where string) { out.Keys = append(out.Keys, r.key(n, where)) }},
		{"prices", func(n *yaml.Node, where string) { out.Prices = append(out.Prices, r.price(n, where)) }},
	}
	fields := make([]field, len(lists))
	for i, list := range lists {
		fields[i] = field{list.name, func(n *yaml.Node, where string) { r.list(n, where, list.each) }}
	}
	return fields
}

// checkNames reports references to what the file does not declare.
func (l *loader) checkNames(r *reader) {
	r.know(kindGroup, "default")
	r.know(kindUser, l.c.Admin.Username)
	if name := l.env["BURNCLOUD_ADMIN_USERNAME"]; name != "" {
		r.know(kindUser, name)
	}
	r.resolve()
	l.declared = r.values
}

// named is the field that gives a resource its name. It must be there.
func (r *reader) named(kind, name string, p *string) field {
	return field{name, func(n *yaml.Node, where string) {
		if s, ok := r.text(n, where, false); ok {
			*p = s
			if strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
				r.problem(n, where, "has spaces at its ends or control characters")
			}
			r.declare(kind, s, n, where)
		}
	}}
}

// referring is a field that names another resource.
func (r *reader) referring(kind, name string, p *string) field {
	return field{name, func(n *yaml.Node, where string) {
		if s, ok := r.text(n, where, false); ok {
			*p = s
			r.refer(kind, s, n, where)
		}
	}}
}

// require reports members that are missing.
func (r *reader) require(n *yaml.Node, where string, seen map[string]bool, names ...string) {
	for _, name := range names {
		if !seen[name] {
			r.problem(n, where, "needs %q", name)
		}
	}
}

func (r *reader) group(n *yaml.Node, where string) Group {
	g := Group{Ratio: "1"}
	seen := r.object(n, where, r.named(kindGroup, "name", &g.Name), r.parsed("ratio", func(s string) error {
		m, err := burncloud.ParseMoney(s)
		if err != nil {
			return err
		}
		if m != burncloud.USD {
			return errors.New("only the ratio 1 is in force so far")
		}
		return nil
	}))
	r.require(n, where, seen, "name")
	return g
}

func (l *loader) channel(r *reader, n *yaml.Node, where string) Channel {
	c := Channel{Groups: []string{"default"}, Weight: 1, Enabled: true}
	var provider *Provider
	keyed := false // some entry is there, if only one that could not be read
	seen := r.object(n, where,
		r.named(kindChannel, "name", &c.Name),
		field{"provider", func(n *yaml.Node, where string) {
			c.Provider, _ = r.text(n, where, false)
			provider = l.provider(r, c.Provider, n, where)
		}},
		r.parsed("base_url", func(s string) error { c.BaseURL = s; return checkBaseURL(s) }),
		field{"keys", func(n *yaml.Node, where string) {
			c.Keys, keyed = r.texts(n, where, true), len(n.Content) > 0
		}},
		field{"models", func(n *yaml.Node, where string) { c.Models = r.models(n, where) }},
		field{"groups", func(n *yaml.Node, where string) {
			c.Groups = r.references(kindGroup, n, where)
		}},
		r.parsed("priority", func(s string) error { return parseInt(s, -maxWeight, maxWeight, &c.Priority) }),
		r.parsed("weight", func(s string) error { return parseInt(s, 0, maxWeight, &c.Weight) }),
		r.into("region", &c.Region),
		r.boolean("enabled", &c.Enabled),
	)
	r.require(n, where, seen, "name", "provider", "models")
	if provider != nil && provider.NeedsURL && c.BaseURL == "" {
		r.problem(n, where, "provider %s needs a base_url", provider.ID)
	}
	if provider != nil && provider.NeedsKey && !keyed {
		r.problem(n, where, "provider %s needs at least one entry in keys", provider.ID)
	}
	if seen["groups"] && len(c.Groups) == 0 {
		r.problem(n, where, "groups is empty, so nobody could use the channel; leave it out for [default]")
	}
	return c
}

func (l *loader) provider(r *reader, id string, n *yaml.Node, where string) *Provider {
	if l.Providers == nil {
		return nil
	}
	var known []string
	for i := range l.Providers {
		if l.Providers[i].ID == id {
			return &l.Providers[i]
		}
		known = append(known, l.Providers[i].ID)
	}
	p := r.problem(n, where, "unknown provider %q", id)
	if p.Hint = nearest(id, known); p.Hint == "" {
		p.Message += "; known are " + strings.Join(known, ", ")
	}
	return nil
}

// models reads entries that are a name or {name, upstream}.
func (r *reader) models(n *yaml.Node, where string) []burncloud.ChannelModel {
	var out []burncloud.ChannelModel
	seen := map[string]bool{}
	r.list(n, where, func(n *yaml.Node, where string) {
		var m burncloud.ChannelModel
		if n.Kind == yaml.MappingNode {
			fields := r.object(n, where, r.into("name", &m.Name), r.into("upstream", &m.Upstream))
			r.require(n, where, fields, "name")
			if !fields["name"] {
				return
			}
		} else {
			var ok bool
			if m.Name, ok = r.text(n, where, false); !ok {
				return
			}
		}
		switch {
		case strings.TrimSpace(m.Name) == "":
			r.problem(n, where, "a model needs a name")
		case seen[m.Name]:
			r.problem(n, where, "model %q is there twice", m.Name)
		}
		seen[m.Name] = true
		out = append(out, m)
	})
	if len(out) == 0 && len(n.Content) == 0 {
		r.problem(n, where, "must name at least one model")
	}
	return out
}

// texts reads a list of values that are neither empty nor repeated.
func (r *reader) texts(n *yaml.Node, where string, secret bool) []string {
	var out []string
	seen := map[string]bool{}
	r.list(n, where, func(n *yaml.Node, where string) {
		s, ok := r.text(n, where, secret)
		if !ok {
			return
		}
		switch {
		case strings.TrimSpace(s) == "" || strings.ContainsFunc(s, unicode.IsControl):
			r.problem(n, where, "is empty or has control characters")
		case seen[s]:
			r.problem(n, where, "is there twice")
		}
		seen[s] = true
		out = append(out, s)
	})
	return out
}

func (r *reader) references(kind string, n *yaml.Node, where string) []string {
	var out []string
	r.list(n, where, func(n *yaml.Node, where string) {
		if s, ok := r.text(n, where, false); ok {
			out = append(out, s)
			r.refer(kind, s, n, where)
		}
	})
	return out
}

func (r *reader) user(n *yaml.Node, where string) User {
	u := User{Group: "default", Enabled: true}
	seen := r.object(n, where,
		r.named(kindUser, "username", &u.Username),
		r.referring(kindGroup, "group", &u.Group),
		r.parsed("balance", func(s string) (err error) {
			if s == "unlimited" {
				u.Unlimited = true
				return nil
			}
			u.Balance, err = parseAmount(s, `; write USD like 10 or 0.5, or "unlimited"`)
			return err
		}),
		r.boolean("enabled", &u.Enabled),
	)
	r.require(n, where, seen, "username")
	return u
}

func (r *reader) key(n *yaml.Node, where string) Key {
	k := Key{Enabled: true}
	unlimited := false
	seen := r.object(n, where,
		r.named(kindKey, "name", &k.Name),
		r.referring(kindUser, "user", &k.User),
		field{"secret", func(n *yaml.Node, where string) {
			if s, ok := r.text(n, where, true); ok {
				k.Secret = s
				r.secret(s, n, where)
			}
		}},
		field{"models", func(n *yaml.Node, where string) { k.Models = r.texts(n, where, false) }},
		r.parsed("limit", func(s string) (err error) {
			k.Limit, err = parseAmount(s, "; write USD like 10 or 0.5")
			return err
		}),
		r.boolean("unlimited", &unlimited),
		r.parsed("expires", func(s string) error {
			t, err := parseTime(s)
			k.Expires = &t
			return err
		}),
		r.boolean("enabled", &k.Enabled),
	)
	r.require(n, where, seen, "name", "user")
	if unlimited && seen["limit"] {
		r.problem(n, where, "has a limit and is unlimited")
	}
	k.Unlimited = !seen["limit"]
	return k
}

// secret checks a declared caller credential. Its message never repeats it.
func (r *reader) secret(s string, n *yaml.Node, where string) {
	visible := func(c rune) bool { return c > ' ' && c < 0x7f }
	switch {
	case len(s) < 16 || len(s) > 512:
		r.problem(n, where, "must have 16 to 512 characters")
	case strings.ContainsFunc(s, func(c rune) bool { return !visible(c) }):
		r.problem(n, where, "must be visible ASCII without spaces: it travels in a header")
	case r.names["secret"][s]:
		r.problem(n, where, "is the secret of another key too")
	}
	r.know("secret", s)
}

func (r *reader) price(n *yaml.Node, where string) Price {
	var p Price
	set, rates := r.rates(&p.Price)
	fields := append([]field{r.named(kindPrice, "model", &p.Model)}, rates...)
	fields = append(fields, field{"tiers", func(n *yaml.Node, where string) {
		r.list(n, where, func(n *yaml.Node, where string) { r.tier(&p.Price, n, where) })
	}})
	for name := range r.object(n, where, fields...) {
		set[name] = true
	}
	r.require(n, where, set, "model", "input", "output")
	p.Price.FillDefaults(func(bucket string) bool { return set[bucket] })
	return p
}

func (r *reader) tier(p *burncloud.Price, n *yaml.Node, where string) {
	var t burncloud.PriceTier
	above := 0
	_, rates := r.rates(&t.Price)
	set := r.object(n, where, append(rates, r.parsed("above", func(s string) error {
		return parseInt(s, 1, 1<<40, &above)
	}))...)
	r.require(n, where, set, "above", "input", "output")
	t.Above = int64(above)
	if last := len(p.Tiers) - 1; last >= 0 && t.Above <= p.Tiers[last].Above {
		r.problem(n, where, "tiers must rise by above")
	}
	t.Price.FillDefaults(func(bucket string) bool { return set[bucket] })
	p.Tiers = append(p.Tiers, t)
}

// rates are the fields of a price by bucket.
func (r *reader) rates(p *burncloud.Price) (set map[string]bool, fields []field) {
	for _, b := range []struct {
		name string
		rate *burncloud.Rate
	}{
		{"input", &p.Input}, {"output", &p.Output}, {"cache_read", &p.CacheRead},
		{"cache_write_5m", &p.CacheWrite5m}, {"cache_write_1h", &p.CacheWrite1h}, {"reasoning", &p.Reasoning},
		{"audio_input", &p.AudioInput}, {"audio_output", &p.AudioOutput},
		{"image_input", &p.ImageInput}, {"image_output", &p.ImageOutput},
	} {
		fields = append(fields, r.parsed(b.name, func(s string) (err error) {
			if *b.rate, err = burncloud.ParseRate(s); err != nil {
				err = fmt.Errorf("%w; write USD per 1,000,000 tokens, like 0.15", err)
			}
			return err
		}))
	}
	return map[string]bool{}, fields
}

func parseAmount(s, hint string) (burncloud.Money, error) {
	m, err := burncloud.ParseMoney(s)
	if err == nil && m < 0 {
		err = fmt.Errorf("%q is negative", s)
	}
	if err != nil {
		return 0, fmt.Errorf("%w%s", err, hint)
	}
	return m, nil
}

func parseInt(s string, low, high int, p *int) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return fmt.Errorf("must be a whole number from %d to %d, not %q", low, high, s)
	}
	*p = n
	return nil
}

// parseTime reads RFC 3339, or a date that stands for its midnight UTC.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a date; write one like 2027-01-31 or 2027-01-31T12:00:00Z", s)
	}
	return t, nil
}

func checkBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("must begin with https:// or http:// and name a host")
	case u.User != nil:
		return errors.New("must not hold credentials; they belong in keys")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must not have a query or a fragment")
	}
	return nil
}
