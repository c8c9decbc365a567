package store

import (
	"context"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/uptrace/bun"
)

// Key is a caller's key as it is stored. Spent is left zero: the ledger knows it.
type Key struct {
	burncloud.Key
	Hash    [32]byte // SHA-256 of the secret
	Updated time.Time
	Deleted time.Time // zero while the key exists
}

type keyRow struct {
	bun.BaseModel `bun:"table:keys"`

	ID        string `bun:"id,pk"`
	UserID    string `bun:"user_id"`
	Name      string `bun:"name"`
	Hash      []byte `bun:"hash"`
	Prefix    string `bun:"prefix"`
	Models    string `bun:"models"`
	Enabled   bool   `bun:"enabled"`
	Unlimited bool   `bun:"unlimited"`
	Limit     int64  `bun:"limit_amount"`
	Managed   bool   `bun:"managed"`
	Expires   *int64 `bun:"expires_at"`
	LastUsed  *int64 `bun:"last_used_at"`
	Created   int64  `bun:"created_at"`
	Updated   int64  `bun:"updated_at"`
	Deleted   *int64 `bun:"deleted_at"`
}

func newKeyRow(k *Key) *keyRow {
	return &keyRow{
		ID: k.ID, UserID: k.UserID, Name: k.Name, Hash: k.Hash[:], Prefix: k.Prefix, Models: jsonList(k.Models),
		Enabled: k.Enabled, Unlimited: k.Unlimited, Limit: int64(k.Limit), Managed: k.Managed,
		Expires: microsPtr(k.Expires), LastUsed: microsPtr(k.LastUsed),
		Created: micros(k.Created), Updated: micros(k.Updated), Deleted: microsOrNull(k.Deleted),
	}
}

func (r *keyRow) key() (*Key, error) {
	k := &Key{
		Key: burncloud.Key{
			ID: r.ID, Name: r.Name, UserID: r.UserID, Prefix: r.Prefix, Enabled: r.Enabled, Unlimited: r.Unlimited,
			Limit: burncloud.Money(r.Limit), Managed: r.Managed, Created: fromMicros(r.Created),
			Expires: fromMicrosPtr(r.Expires), LastUsed: fromMicrosPtr(r.LastUsed),
		},
		Updated: fromMicros(r.Updated), Deleted: fromNull(r.Deleted),
	}
	copy(k.Hash[:], r.Hash)
	return k, readList("key "+r.ID+": models", r.Models, &k.Models)
}

// Key finds a key that is not deleted; ErrNotFound.
func (r Reader) Key(ctx context.Context, id string) (*Key, error) {
	return r.oneKey(ctx, "id = ? AND deleted_at IS NULL", id)
}

// KeyByName finds a user's key that is not deleted by name; ErrNotFound.
func (r Reader) KeyByName(ctx context.Context, userID, name string) (*Key, error) {
	return r.oneKey(ctx, "user_id = ? AND name = ? AND deleted_at IS NULL", userID, name)
}

// DeletedKey finds the user's key of this name that was deleted last while it was managed; ErrNotFound.
func (r Reader) DeletedKey(ctx context.Context, userID, name string) (*Key, error) {
	return r.oneKey(ctx, "user_id = ? AND name = ? AND managed AND deleted_at IS NOT NULL", userID, name)
}

func (r Reader) oneKey(ctx context.Context, where string, args ...any) (*Key, error) {
	var row keyRow
	err := r.db.NewSelect().Model(&row).Where(where, args...).OrderExpr("deleted_at DESC").Limit(1).Scan(ctx)
	if err != nil {
		return nil, wrap("read key", err)
	}
	return row.key()
}

// KeyFilter narrows a list of keys; the zero value is all keys.
type KeyFilter struct {
	UserID string
	Before string // only ids that sort before this one: the next page
	Limit  int    // 0 is no limit
}

// Keys lists the keys that are not deleted, newest first.
func (r Reader) Keys(ctx context.Context, f KeyFilter) ([]*Key, error) {
	var rows []*keyRow
	q := r.db.NewSelect().Model(&rows).Where("deleted_at IS NULL").OrderExpr("id DESC")
	if f.UserID != "" {
		q = q.Where("user_id = ?", f.UserID)
	}
	if f.Before != "" {
		q = q.Where("id < ?", f.Before)
	}
	if f.Limit > 0 {
		q = q.Limit(int64(f.Limit))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, wrap("list keys", err)
	}
	out := make([]*Key, len(rows))
	for i, row := range rows {
		k, err := row.key()
		if err != nil {
			return nil, err
		}
		out[i] = k
	}
	return out, nil
}

// InsertKey adds a key as it is; ErrConflict when its user has one of that name, or the secret is in use.
func (t *Tx) InsertKey(ctx context.Context, k *Key) error {
	_, err := t.db.NewInsert().Model(newKeyRow(k)).Exec(ctx)
	return wrap("insert key", err)
}

// UpdateKey writes all of k but when it was last used; ErrConflict as for InsertKey.
func (t *Tx) UpdateKey(ctx context.Context, k *Key) error {
	return t.updated(t.db.NewUpdate().Model(newKeyRow(k)).ExcludeColumn("last_used_at").WherePK().Exec(ctx))
}

// TouchKeys records when keys were last used; times never go back.
func (t *Tx) TouchKeys(ctx context.Context, used map[string]time.Time) error {
	for id, at := range used {
		_, err := t.db.NewUpdate().Model((*keyRow)(nil)).Set("last_used_at = ?", micros(at)).
			Where("id = ?", id).Where("last_used_at IS NULL OR last_used_at < ?", micros(at)).Exec(ctx)
		if err != nil {
			return wrap("touch key", err)
		}
	}
	return nil
}
