package store

import (
	"context"

	"github.com/burncloud/burncloud"
	"github.com/uptrace/bun"
)

type groupRow struct {
	bun.BaseModel `bun:"table:groups"`

	Name    string `bun:"name,pk"`
	Ratio   string `bun:"ratio"`
	Managed bool   `bun:"managed"`
}

// Group finds a group; ErrNotFound.
func (r Reader) Group(ctx context.Context, name string) (*burncloud.Group, error) {
	var row groupRow
	if err := r.db.NewSelect().Model(&row).Where("name = ?", name).Scan(ctx); err != nil {
		return nil, wrap("read group", err)
	}
	return &burncloud.Group{Name: row.Name, Ratio: row.Ratio, Managed: row.Managed}, nil
}

// Groups lists all groups by name.
func (r Reader) Groups(ctx context.Context) ([]burncloud.Group, error) {
	var rows []groupRow
	if err := r.db.NewSelect().Model(&rows).OrderExpr("name").Scan(ctx); err != nil {
		return nil, wrap("list groups", err)
	}
	out := make([]burncloud.Group, len(rows))
	for i, row := range rows {
		out[i] = burncloud.Group{Name: row.Name, Ratio: row.Ratio, Managed: row.Managed}
	}
	return out, nil
}

// InsertGroup adds a group; ErrConflict when the name is taken.
func (t *Tx) InsertGroup(ctx context.Context, g burncloud.Group) error {
	_, err := t.db.NewInsert().Model(&groupRow{Name: g.Name, Ratio: g.Ratio, Managed: g.Managed}).Exec(ctx)
	return wrap("insert group", err)
}

// UpdateGroup writes all of g but its name; ErrNotFound.
func (t *Tx) UpdateGroup(ctx context.Context, g burncloud.Group) error {
	row := &groupRow{Name: g.Name, Ratio: g.Ratio, Managed: g.Managed}
	return t.updated(t.db.NewUpdate().Model(row).WherePK().Exec(ctx))
}

// DeleteGroup removes a group; ErrNotFound. Whether it is in use is for the caller to know.
func (t *Tx) DeleteGroup(ctx context.Context, name string) error {
	return t.updated(t.db.NewDelete().Model((*groupRow)(nil)).Where("name = ?", name).Exec(ctx))
}
