package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Token is an access token for the control API. It acts with the role of its user.
type Token struct {
	ID       string
	UserID   string
	Name     string // unique among its user's tokens
	Hash     [32]byte
	Prefix   string // the visible start of the secret
	Created  time.Time
	Expires  *time.Time // nil is never
	LastUsed *time.Time
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens"`

	ID       string `bun:"id,pk"`
	UserID   string `bun:"user_id"`
	Name     string `bun:"name"`
	Hash     []byte `bun:"hash"`
	Prefix   string `bun:"prefix"`
	Created  int64  `bun:"created_at"`
	Expires  *int64 `bun:"expires_at"`
	LastUsed *int64 `bun:"last_used_at"`
}

func (r *tokenRow) token() *Token {
	t := &Token{
		ID: r.ID, UserID: r.UserID, Name: r.Name, Prefix: r.Prefix, Created: fromMicros(r.Created),
		Expires: fromMicrosPtr(r.Expires), LastUsed: fromMicrosPtr(r.LastUsed),
	}
	copy(t.Hash[:], r.Hash)
	return t
}

// Token finds an access token by id; ErrNotFound.
func (r Reader) Token(ctx context.Context, id string) (*Token, error) {
	return r.oneToken(ctx, "id = ?", id)
}

// TokenByHash finds an access token by the SHA-256 of its secret; ErrNotFound.
func (r Reader) TokenByHash(ctx context.Context, hash [32]byte) (*Token, error) {
	return r.oneToken(ctx, "hash = ?", hash[:])
}

func (r Reader) oneToken(ctx context.Context, where string, arg any) (*Token, error) {
	var row tokenRow
	if err := r.db.NewSelect().Model(&row).Where(where, arg).Scan(ctx); err != nil {
		return nil, wrap("read token", err)
	}
	return row.token(), nil
}

// Tokens lists access tokens, newest first, of one user or, with "", of all.
func (r Reader) Tokens(ctx context.Context, userID string) ([]*Token, error) {
	var rows []*tokenRow
	q := r.db.NewSelect().Model(&rows).OrderExpr("id DESC")
	if userID != "" {
		q = q.Where("user_id = ?", userID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, wrap("list tokens", err)
	}
	out := make([]*Token, len(rows))
	for i, row := range rows {
		out[i] = row.token()
	}
	return out, nil
}

// InsertToken adds an access token; ErrConflict when its user has one of that name.
func (t *Tx) InsertToken(ctx context.Context, k *Token) error {
	_, err := t.db.NewInsert().Model(&tokenRow{
		ID: k.ID, UserID: k.UserID, Name: k.Name, Hash: k.Hash[:], Prefix: k.Prefix, Created: micros(k.Created),
		Expires: microsPtr(k.Expires), LastUsed: microsPtr(k.LastUsed),
	}).Exec(ctx)
	return wrap("insert token", err)
}

// TouchToken records when an access token was last used.
func (t *Tx) TouchToken(ctx context.Context, id string, at time.Time) error {
	_, err := t.db.NewUpdate().Model((*tokenRow)(nil)).Set("last_used_at = ?", micros(at)).Where("id = ?", id).Exec(ctx)
	return wrap("touch token", err)
}

// DeleteToken revokes an access token; ErrNotFound.
func (t *Tx) DeleteToken(ctx context.Context, id string) error {
	return t.updated(t.db.NewDelete().Model((*tokenRow)(nil)).Where("id = ?", id).Exec(ctx))
}

// DeleteTokens revokes all access tokens of a user.
func (t *Tx) DeleteTokens(ctx context.Context, userID string) error {
	_, err := t.db.NewDelete().Model((*tokenRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return wrap("delete tokens", err)
}
