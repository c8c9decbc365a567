package account

import (
	"context"
	"crypto/sha256"
	"maps"
	"sync/atomic"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Caller is who makes a data-plane call. It is immutable and shared: never write to what it points to.
type Caller struct {
	Key  *burncloud.Key
	User *burncloud.User

	hash    [32]byte
	models  map[string]struct{} // nil is all
	expires int64               // unix microseconds; 0 is never
	refusal *burncloud.Fault    // why it may not call at all; nil when it may
	used    *usage
}

// Allowed tells whether the key may use a model, by the name that callers know it under.
func (c *Caller) Allowed(model string) bool {
	if c.models == nil {
		return true
	}
	_, ok := c.models[model]
	return ok
}

// usage is when a key was last used. It outlives the snapshots.
type usage struct {
	at      atomic.Int64 // unix seconds
	written int64        // what the store has; for Flush alone
}

// snapshot is all users and keys at one moment. It is never changed once it is published.
type snapshot struct {
	callers map[[32]byte]*Caller // by the SHA-256 of the secret
	keys    map[string]*Caller   // by the key's id
	users   map[string]*burncloud.User
}

// Authenticate finds the caller behind a secret. The fault says whether the key is unknown, disabled or
// expired, or its user disabled. It reads memory alone and allocates only when it refuses.
func (s *Service) Authenticate(secret []byte) (*Caller, *burncloud.Fault) {
	if len(secret) == 0 {
		return nil, burncloud.Faultf(burncloud.Unauthenticated,
			"no API key was sent; send one as \"Authorization: Bearer sk-bc-…\"")
	}
	c, ok := s.snap.Load().callers[sha256.Sum256(secret)]
	if !ok {
		return nil, burncloud.Faultf(burncloud.Unauthenticated,
			"this API key is not known here; check that it is complete and was not revoked")
	}
	if c.refusal != nil {
		f := *c.refusal
		return nil, &f
	}
	now := s.now()
	if c.expires != 0 && now.UnixMicro() >= c.expires {
		return nil, burncloud.Faultf(burncloud.Unauthenticated,
			"this API key expired on %s; ask for a new one", c.Key.Expires.Format("2006-01-02 15:04 MST"))
	}
	if sec := now.Unix(); c.used.at.Load() < sec {
		c.used.at.Store(sec)
	}
	return c, nil
}

// newCaller joins a key with its user. used is what an earlier snapshot knew, or nil.
func newCaller(k *store.Key, u *burncloud.User, used *usage) *Caller {
	c := &Caller{Key: &k.Key, User: u, hash: k.Hash, used: used}
	if used == nil {
		c.used = new(usage)
		if k.LastUsed != nil {
			c.used.at.Store(k.LastUsed.Unix())
			c.used.written = k.LastUsed.Unix()
		}
	}
	if len(k.Models) > 0 {
		c.models = make(map[string]struct{}, len(k.Models))
		for _, m := range k.Models {
			c.models[m] = struct{}{}
		}
	}
	if k.Expires != nil {
		c.expires = k.Expires.UnixMicro()
	}
	switch {
	case !k.Enabled:
		c.refusal = burncloud.Faultf(burncloud.Unauthenticated,
			"this API key is disabled; enable it in the console or use another one")
	case !u.Enabled:
		c.refusal = burncloud.Faultf(burncloud.Forbidden,
			"the user %q of this API key is disabled; ask an administrator", u.Username)
	}
	return c
}

// with is the snapshot after a change.
func (p *snapshot) with(t touched) *snapshot {
	next := &snapshot{callers: maps.Clone(p.callers), keys: maps.Clone(p.keys), users: p.users}
	if len(t.users) > 0 {
		next.users = maps.Clone(p.users)
	}
	for _, u := range t.users {
		next.setUser(u)
	}
	for _, k := range t.keys {
		var used *usage
		if old, ok := next.keys[k.ID]; ok {
			used = old.used
		}
		next.setKey(k, used)
	}
	return next
}

// setUser puts a user in or, when deleted, out, and the user's keys along.
func (p *snapshot) setUser(u *store.User) {
	delete(p.users, u.ID)
	if u.Deleted.IsZero() {
		p.users[u.ID] = &u.User
	}
	for _, c := range p.keys {
		if c.Key.UserID != u.ID {
			continue
		}
		p.setKey(&store.Key{Key: *c.Key, Hash: c.hash, Deleted: u.Deleted}, c.used)
	}
}

// setKey puts a key in or, when it was deleted, out. used is what is known of its use, or nil.
func (p *snapshot) setKey(k *store.Key, used *usage) {
	if old, ok := p.keys[k.ID]; ok {
		if p.callers[old.hash] == old { // else the secret has gone over to another key
			delete(p.callers, old.hash)
		}
		delete(p.keys, k.ID)
	}
	if u, ok := p.users[k.UserID]; ok && k.Deleted.IsZero() {
		c := newCaller(k, u, used)
		p.callers[k.Hash], p.keys[k.ID] = c, c
	}
}

// reload reads everything anew.
func (s *Service) reload(ctx context.Context) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	users, err := s.store.Read().Users(ctx)
	if err != nil {
		return err
	}
	keys, err := s.store.Read().Keys(ctx, store.KeyFilter{})
	if err != nil {
		return err
	}
	next := &snapshot{
		callers: make(map[[32]byte]*Caller, len(keys)),
		keys:    make(map[string]*Caller, len(keys)),
		users:   make(map[string]*burncloud.User, len(users)),
	}
	for _, u := range users {
		next.users[u.ID] = &u.User
		if u.Role == burncloud.Owner {
			s.owned.Store(true)
		}
	}
	old := s.snap.Load()
	for _, k := range keys {
		var used *usage
		if old != nil && old.keys[k.ID] != nil {
			used = old.keys[k.ID].used
		}
		next.setKey(k, used)
	}
	s.snap.Store(next)
	return nil
}
