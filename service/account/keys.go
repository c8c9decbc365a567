package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// NewKey is a key to be made.
type NewKey struct {
	UserID  string
	Name    string           // unique among the user's keys
	Models  []string         // empty is all models of the user's group
	Limit   *burncloud.Money // the most it may ever spend; nil is unlimited
	Expires *time.Time       // nil is never
	Secret  string           // "" has one made
}

// KeyChange is what to change of a key; nil fields stay as they are.
type KeyChange struct {
	Name      *string
	Models    *[]string
	Limit     *burncloud.Money // also ends Unlimited, unless that is given too
	Unlimited *bool
	Expires   *time.Time // the zero time is never
	Enabled   *bool
}

// KeyFilter narrows ListKeys.
type KeyFilter struct {
	UserID string // "" is everybody's
	Cursor string // where the page before ended
	Limit  int    // most keys of a page; 0 is all
}

// CreateKey adds a key and returns it with its secret, which nobody can read again.
func (s *Service) CreateKey(ctx context.Context, n NewKey) (*burncloud.Key, string, error) {
	if err := s.checkExpiry(n.Expires); err != nil {
		return nil, "", err
	}
	k, secret, err := s.newKey(n)
	if err != nil {
		return nil, "", err
	}
	err = s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if _, err := tx.User(ctx, k.UserID); err != nil {
			return t, missing(err, "user")
		}
		return touched{keys: []*store.Key{k}}, insertKey(ctx, tx, k)
	})
	if err != nil {
		return nil, "", err
	}
	s.audit(ctx, "key created", "key", k.ID, "name", k.Name, "user", k.UserID, "prefix", k.Prefix)
	return copyKey(&k.Key), secret, nil
}

// newKey checks a key and gives it an id and, where it has none, a secret.
func (s *Service) newKey(n NewKey) (*store.Key, string, error) {
	secret := n.Secret
	if secret == "" {
		secret = newSecret(KeyPrefix, secretLength)
	} else if err := checkSecret(secret); err != nil {
		return nil, "", err
	}
	now := s.clock()
	k := &store.Key{Key: burncloud.Key{
		ID: newID(), UserID: n.UserID, Name: n.Name, Prefix: visible(secret), Models: n.Models, Enabled: true,
		Unlimited: n.Limit == nil, Expires: n.Expires, Created: now,
	}, Hash: hashSecret(secret), Updated: now}
	if n.Limit != nil {
		k.Limit = *n.Limit
	}
	return k, secret, s.completeKey(k)
}

// completeKey checks what people may give of a key and brings it into the form that is stored.
func (s *Service) completeKey(k *store.Key) error {
	if err := checkName("name", "key", k.Name); err != nil {
		return err
	}
	if k.Limit < 0 {
		return invalid("limit", "the limit %s is negative", k.Limit)
	}
	if k.Unlimited {
		k.Limit = 0
	}
	if k.Expires != nil {
		t := k.Expires.UTC().Truncate(time.Microsecond)
		k.Expires = &t
	}
	models := make([]string, 0, len(k.Models))
	for i, m := range k.Models {
		if err := checkName(fmt.Sprintf("models[%d]", i), "model", m); err != nil {
			return err
		}
		if !slices.Contains(models, m) {
			models = append(models, m)
		}
	}
	k.Models = models
	return nil
}

// checkExpiry refuses a moment that has passed, which is a slip of the pen; to stop a key, disable it.
func (s *Service) checkExpiry(t *time.Time) error {
	if t != nil && !t.After(s.now()) {
		return invalid("expires", "the expiry lies in the past")
	}
	return nil
}

// insertKey adds a key; Invalid says whether its name or its secret is taken.
func insertKey(ctx context.Context, tx *store.Tx, k *store.Key) error {
	if _, err := tx.KeyByName(ctx, k.UserID, k.Name); err == nil {
		return invalid("name", "the user has a key named %q already", k.Name)
	}
	return taken(tx.InsertKey(ctx, k), "secret", "this secret is in use by another key")
}

// GetKey finds a key by id; NotFound.
func (s *Service) GetKey(ctx context.Context, id string) (*burncloud.Key, error) {
	k, err := s.store.Read().Key(ctx, id)
	if err != nil {
		return nil, missing(err, "key")
	}
	s.lastUsed(&k.Key)
	return &k.Key, nil
}

// ListKeys lists keys, newest first. next is the cursor of the page after, "" after the last one.
func (s *Service) ListKeys(ctx context.Context, f KeyFilter) (keys []burncloud.Key, next string, err error) {
	more := store.KeyFilter{UserID: f.UserID, Before: f.Cursor}
	if f.Limit > 0 {
		more.Limit = f.Limit + 1
	}
	rows, err := s.store.Read().Keys(ctx, more)
	if err != nil {
		return nil, "", err
	}
	if f.Limit > 0 && len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[f.Limit-1].ID
	}
	keys = make([]burncloud.Key, len(rows))
	for i, k := range rows {
		s.lastUsed(&k.Key)
		keys[i] = k.Key
	}
	return keys, next, nil
}

// KeyNames gives the names behind key ids, of deleted keys too; ids that were never there are left out.
func (s *Service) KeyNames(ctx context.Context, ids []string) (map[string]string, error) {
	return s.store.Read().KeyNames(ctx, ids)
}

// UpdateKey changes a key. One that the configuration file declares is changed there.
func (s *Service) UpdateKey(ctx context.Context, id string, c KeyChange) (*burncloud.Key, error) {
	if c.Expires != nil && !c.Expires.IsZero() {
		if err := s.checkExpiry(c.Expires); err != nil {
			return nil, err
		}
	}
	var k *store.Key
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if k, err = tx.Key(ctx, id); err != nil {
			return t, missing(err, "key")
		}
		if k.Managed {
			return t, declared("key", k.Name)
		}
		c.apply(k)
		if err := s.completeKey(k); err != nil {
			return t, err
		}
		k.Updated = s.clock()
		err = tx.UpdateKey(ctx, k)
		return touched{keys: []*store.Key{k}}, taken(err, "name", "the user has a key of this name already")
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "key updated", "key", k.ID, "name", k.Name, "enabled", k.Enabled, "unlimited", k.Unlimited, "limit", k.Limit)
	out := copyKey(&k.Key) // k itself is in the snapshot now
	s.lastUsed(out)
	return out, nil
}

func (c KeyChange) apply(k *store.Key) {
	set(&k.Name, c.Name)
	set(&k.Models, c.Models)
	if c.Limit != nil {
		k.Limit, k.Unlimited = *c.Limit, false
	}
	set(&k.Unlimited, c.Unlimited)
	if c.Expires != nil {
		k.Expires = nil
		if !c.Expires.IsZero() {
			k.Expires = c.Expires
		}
	}
	set(&k.Enabled, c.Enabled)
}

// DeleteKey revokes a key for good; its name stays known to the log.
func (s *Service) DeleteKey(ctx context.Context, id string) error {
	var k *store.Key
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if k, err = tx.Key(ctx, id); err != nil {
			return t, missing(err, "key")
		}
		if k.Managed {
			return t, declared("key", k.Name)
		}
		k.Deleted = s.clock()
		return touched{keys: []*store.Key{k}}, tx.UpdateKey(ctx, k)
	})
	if err != nil {
		return err
	}
	s.audit(ctx, "key deleted", "key", k.ID, "name", k.Name, "user", k.UserID)
	return nil
}

func copyKey(k *burncloud.Key) *burncloud.Key {
	c := *k
	c.Models = slices.Clone(k.Models)
	return &c
}
