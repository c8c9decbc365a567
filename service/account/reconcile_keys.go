package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/burncloud/burncloud/store"
)

// dropKeys deletes the keys that are declared no more. They go first, since their secrets may have
// passed to other keys.
func (r *reconciler) dropKeys(ctx context.Context, d Declared) error {
	declared := make(map[[2]string]bool, len(d.Keys))
	for _, k := range d.Keys {
		u := r.users[store.FoldName(k.User)]
		if u == nil {
			continue
		}
		id := [2]string{u.ID, k.Name}
		if declared[id] {
			return invalid("keys", "the key %q of %s is declared twice", k.Name, k.User)
		}
		declared[id] = true
	}
	keys, err := r.tx.Keys(ctx, store.KeyFilter{})
	if err != nil {
		return err
	}
	for _, k := range keys {
		if !k.Managed || declared[[2]string{k.UserID, k.Name}] {
			continue
		}
		k.Deleted = r.now
		r.did("deleted", "key", k.Name, k.ID, "")
		r.touched.keys = append(r.touched.keys, k)
		if err := r.tx.UpdateKey(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// freeSecrets takes their old secret from keys that get another one, so that two may swap.
func (r *reconciler) freeSecrets(ctx context.Context, d Declared) error {
	for _, want := range d.Keys {
		u := r.users[store.FoldName(want.User)]
		if u == nil || want.Secret == "" {
			continue
		}
		k, err := r.tx.KeyByName(ctx, u.ID, want.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && k.Hash == hashSecret(want.Secret) {
			continue
		}
		if err != nil {
			return err
		}
		k.Hash = hashSecret(newSecret("", secretLength))
		if err := r.tx.UpdateKey(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (r *reconciler) setKeys(ctx context.Context, d Declared) error {
	for _, want := range d.Keys {
		u := r.users[store.FoldName(want.User)]
		if u == nil {
			r.did("waiting", "key", want.Name, "", "there is no user "+want.User+" yet")
			continue
		}
		if err := r.setKey(ctx, u, want); err != nil {
			return err
		}
	}
	return nil
}

func (r *reconciler) setKey(ctx context.Context, u *store.User, want DeclaredKey) error {
	next, secret, err := r.s.newKey(NewKey{
		UserID: u.ID, Name: want.Name, Models: want.Models, Limit: want.Limit, Expires: want.Expires, Secret: want.Secret,
	})
	if err != nil {
		return err
	}
	next.Enabled, next.Managed = want.Enabled, true

	action, write := "updated", r.tx.UpdateKey
	old, err := r.tx.KeyByName(ctx, u.ID, want.Name)
	if errors.Is(err, store.ErrNotFound) {
		action = "restored"
		old, err = r.tx.DeletedKey(ctx, u.ID, want.Name)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		action, write = "created", r.tx.InsertKey
		if want.Secret == "" {
			r.report.Secrets[next.ID] = secret
		}
	case err != nil:
		return err
	default:
		next.ID, next.Created, next.LastUsed = old.ID, old.Created, old.LastUsed
		if want.Secret == "" {
			next.Hash, next.Prefix = old.Hash, old.Prefix
		}
		if action == "updated" && sameKey(old, next) {
			return nil
		}
	}
	r.did(action, "key", next.Name, next.ID, "")
	r.touched.keys = append(r.touched.keys, next)
	return taken(write(ctx, next), "secret", "the secret of the key "+next.Name+" is in use by another key")
}

// sameKey tells whether two forms of a key differ in nothing that can be declared.
func sameKey(a, b *store.Key) bool {
	return a.Hash == b.Hash && a.Enabled == b.Enabled && a.Managed == b.Managed && a.Unlimited == b.Unlimited &&
		a.Limit == b.Limit && slices.Equal(a.Models, b.Models) && sameTime(a.Expires, b.Expires)
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
