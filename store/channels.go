package store

import (
	"context"
	"slices"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/uptrace/bun"
)

// Channel is a channel as it is stored, with its credentials sealed.
type Channel struct {
	burncloud.Channel
	Credentials []Credential // in the order they were given
	Deleted     time.Time    // zero while the channel exists
}

// Credential is one sealed upstream secret of a channel.
type Credential struct {
	ID     string
	Sealed []byte
	Tail   string // the few last characters, for people to tell credentials apart
}

type channelRow struct {
	bun.BaseModel `bun:"table:channels"`

	ID       string `bun:"id,pk"`
	Name     string `bun:"name"`
	Provider string `bun:"provider"`
	BaseURL  string `bun:"base_url"`
	Models   string `bun:"models"`
	Groups   string `bun:"groups"`
	Priority int    `bun:"priority"`
	Weight   int    `bun:"weight"`
	Region   string `bun:"region"`
	Enabled  bool   `bun:"enabled"`
	Managed  bool   `bun:"managed"`
	Created  int64  `bun:"created_at"`
	Updated  int64  `bun:"updated_at"`
	Deleted  *int64 `bun:"deleted_at"`
}

type credentialRow struct {
	bun.BaseModel `bun:"table:credentials"`

	ID        string `bun:"id,pk"`
	ChannelID string `bun:"channel_id"`
	Position  int    `bun:"position"`
	Sealed    []byte `bun:"sealed"`
	Tail      string `bun:"tail"`
}

func newChannelRow(c *Channel) *channelRow {
	return &channelRow{
		ID: c.ID, Name: c.Name, Provider: c.Provider, BaseURL: c.BaseURL, Models: jsonList(c.Models),
		Groups: jsonList(c.Groups), Priority: c.Priority, Weight: c.Weight, Region: c.Region, Enabled: c.Enabled,
		Managed: c.Managed, Created: micros(c.Created), Updated: micros(c.Updated), Deleted: microsOrNull(c.Deleted),
	}
}

func (r *channelRow) channel() (*Channel, error) {
	c := &Channel{
		Channel: burncloud.Channel{
			ID: r.ID, Name: r.Name, Provider: r.Provider, BaseURL: r.BaseURL, Priority: r.Priority, Weight: r.Weight,
			Region: r.Region, Enabled: r.Enabled, Managed: r.Managed,
			Created: fromMicros(r.Created), Updated: fromMicros(r.Updated),
		},
		Deleted: fromNull(r.Deleted),
	}
	if err := readList("channel "+r.ID+": models", r.Models, &c.Models); err != nil {
		return nil, err
	}
	return c, readList("channel "+r.ID+": groups", r.Groups, &c.Groups)
}

// Channel finds a channel that is not deleted; ErrNotFound.
func (r Reader) Channel(ctx context.Context, id string) (*Channel, error) {
	return r.oneChannel(ctx, "id = ? AND deleted_at IS NULL", id)
}

// ChannelByName finds a channel that is not deleted by name; ErrNotFound.
func (r Reader) ChannelByName(ctx context.Context, name string) (*Channel, error) {
	return r.oneChannel(ctx, "name = ? AND deleted_at IS NULL", name)
}

// DeletedChannel finds the channel of this name that was deleted last while it was managed; ErrNotFound.
func (r Reader) DeletedChannel(ctx context.Context, name string) (*Channel, error) {
	return r.oneChannel(ctx, "name = ? AND managed AND deleted_at IS NOT NULL", name)
}

func (r Reader) oneChannel(ctx context.Context, where string, args ...any) (*Channel, error) {
	var row channelRow
	err := r.db.NewSelect().Model(&row).Where(where, args...).OrderExpr("deleted_at DESC").Limit(1).Scan(ctx)
	if err != nil {
		return nil, wrap("read channel", err)
	}
	var creds []*credentialRow
	err = r.db.NewSelect().Model(&creds).Where("channel_id = ?", row.ID).OrderExpr("position").Scan(ctx)
	if err != nil {
		return nil, wrap("read credentials", err)
	}
	c, err := row.channel()
	if err != nil {
		return nil, err
	}
	for _, k := range creds {
		c.Credentials = append(c.Credentials, Credential{ID: k.ID, Sealed: k.Sealed, Tail: k.Tail})
	}
	return c, nil
}

// Channels lists the channels that are not deleted, highest priority first, then by name.
func (r Reader) Channels(ctx context.Context) ([]*Channel, error) {
	var rows []*channelRow
	if err := r.db.NewSelect().Model(&rows).Where("deleted_at IS NULL").OrderExpr("priority DESC, name").Scan(ctx); err != nil {
		return nil, wrap("list channels", err)
	}
	var creds []*credentialRow
	if err := r.db.NewSelect().Model(&creds).OrderExpr("channel_id, position").Scan(ctx); err != nil {
		return nil, wrap("list credentials", err)
	}
	of := map[string][]Credential{}
	for _, k := range creds {
		of[k.ChannelID] = append(of[k.ChannelID], Credential{ID: k.ID, Sealed: k.Sealed, Tail: k.Tail})
	}
	out := make([]*Channel, len(rows))
	for i, row := range rows {
		c, err := row.channel()
		if err != nil {
			return nil, err
		}
		c.Credentials = of[c.ID]
		out[i] = c
	}
	return out, nil
}

// InsertChannel adds a channel and its credentials as they are; ErrConflict when the name is taken.
func (t *Tx) InsertChannel(ctx context.Context, c *Channel) error {
	if _, err := t.db.NewInsert().Model(newChannelRow(c)).Exec(ctx); err != nil {
		return wrap("insert channel", err)
	}
	return t.insertCredentials(ctx, c)
}

// UpdateChannel writes all of c, and its credentials anew; ErrConflict when the name is taken.
func (t *Tx) UpdateChannel(ctx context.Context, c *Channel) error {
	if err := t.updated(t.db.NewUpdate().Model(newChannelRow(c)).WherePK().Exec(ctx)); err != nil {
		return err
	}
	if _, err := t.db.NewDelete().Model((*credentialRow)(nil)).Where("channel_id = ?", c.ID).Exec(ctx); err != nil {
		return wrap("replace credentials", err)
	}
	return t.insertCredentials(ctx, c)
}

func (t *Tx) insertCredentials(ctx context.Context, c *Channel) error {
	rows := make([]*credentialRow, 0, len(c.Credentials))
	for i, k := range c.Credentials {
		rows = append(rows, &credentialRow{ID: k.ID, ChannelID: c.ID, Position: i, Sealed: k.Sealed, Tail: k.Tail})
	}
	for chunk := range slices.Chunk(rows, 100) {
		if _, err := t.db.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return wrap("insert credentials", err)
		}
	}
	return nil
}
