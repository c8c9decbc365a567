package store

import (
	"context"
	"strings"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/uptrace/bun"
)

// User is a user as it is stored. Balance is left zero: the ledger knows it.
type User struct {
	burncloud.User
	Password string // argon2id PHC string; "" cannot log in
	Updated  time.Time
	Deleted  time.Time // zero while the user exists
}

type userRow struct {
	bun.BaseModel `bun:"table:users"`

	ID        string `bun:"id,pk"`
	Username  string `bun:"username"`
	Folded    string `bun:"folded"`
	Role      string `bun:"role"`
	Group     string `bun:"group_name"`
	Enabled   bool   `bun:"enabled"`
	Unlimited bool   `bun:"unlimited"`
	Managed   bool   `bun:"managed"`
	Password  string `bun:"password"`
	Created   int64  `bun:"created_at"`
	Updated   int64  `bun:"updated_at"`
	Deleted   *int64 `bun:"deleted_at"`
}

// FoldName is the form of a username in which no two users may be the same.
func FoldName(username string) string { return strings.ToLower(username) }

func newUserRow(u *User) *userRow {
	return &userRow{
		ID: u.ID, Username: u.Username, Folded: FoldName(u.Username), Role: string(u.Role), Group: u.Group,
		Enabled: u.Enabled, Unlimited: u.Unlimited, Managed: u.Managed, Password: u.Password,
		Created: micros(u.Created), Updated: micros(u.Updated), Deleted: microsOrNull(u.Deleted),
	}
}

func (r *userRow) user() *User {
	return &User{
		User: burncloud.User{
			ID: r.ID, Username: r.Username, Role: burncloud.Role(r.Role), Group: r.Group, Enabled: r.Enabled,
			Unlimited: r.Unlimited, Managed: r.Managed, Created: fromMicros(r.Created),
		},
		Password: r.Password, Updated: fromMicros(r.Updated), Deleted: fromNull(r.Deleted),
	}
}

// User finds a user that is not deleted; ErrNotFound.
func (r Reader) User(ctx context.Context, id string) (*User, error) {
	return r.oneUser(ctx, "id = ? AND deleted_at IS NULL", id)
}

// UserByName finds a user that is not deleted by name, whatever its case; ErrNotFound.
func (r Reader) UserByName(ctx context.Context, username string) (*User, error) {
	return r.oneUser(ctx, "folded = ? AND deleted_at IS NULL", FoldName(username))
}

// Owner finds the owner; ErrNotFound before the first setup.
func (r Reader) Owner(ctx context.Context) (*User, error) {
	return r.oneUser(ctx, "role = ?", string(burncloud.Owner))
}

// DeletedUser finds the user of this name that was deleted last while it was managed; ErrNotFound.
func (r Reader) DeletedUser(ctx context.Context, username string) (*User, error) {
	return r.oneUser(ctx, "folded = ? AND managed AND deleted_at IS NOT NULL", FoldName(username))
}

func (r Reader) oneUser(ctx context.Context, where string, args ...any) (*User, error) {
	var row userRow
	err := r.db.NewSelect().Model(&row).Where(where, args...).OrderExpr("deleted_at DESC").Limit(1).Scan(ctx)
	if err != nil {
		return nil, wrap("read user", err)
	}
	return row.user(), nil
}

// Users lists the users that are not deleted, oldest first.
func (r Reader) Users(ctx context.Context) ([]*User, error) {
	var rows []*userRow
	if err := r.db.NewSelect().Model(&rows).Where("deleted_at IS NULL").OrderExpr("id").Scan(ctx); err != nil {
		return nil, wrap("list users", err)
	}
	out := make([]*User, len(rows))
	for i, row := range rows {
		out[i] = row.user()
	}
	return out, nil
}

// InsertUser adds a user as it is; ErrConflict when the name is taken or there is an owner already.
func (t *Tx) InsertUser(ctx context.Context, u *User) error {
	_, err := t.db.NewInsert().Model(newUserRow(u)).Exec(ctx)
	return wrap("insert user", err)
}

// UpdateUser writes all of u, a deletion or its end too; ErrConflict when the name is taken.
func (t *Tx) UpdateUser(ctx context.Context, u *User) error {
	return t.updated(t.db.NewUpdate().Model(newUserRow(u)).WherePK().Exec(ctx))
}
