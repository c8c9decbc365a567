package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

type settingRow struct {
	bun.BaseModel `bun:"table:settings"`

	Name    string `bun:"name,pk"`
	Value   string `bun:"value"`
	Updated int64  `bun:"updated_at"`
}

// Setting reads a setting of the whole installation; ErrNotFound.
func (r Reader) Setting(ctx context.Context, name string) (string, error) {
	var row settingRow
	if err := r.db.NewSelect().Model(&row).Where("name = ?", name).Scan(ctx); err != nil {
		return "", wrap("read setting", err)
	}
	return row.Value, nil
}

// PutSetting writes a setting, whether or not it is there already.
func (t *Tx) PutSetting(ctx context.Context, name, value string, now time.Time) error {
	_, err := t.db.NewInsert().Model(&settingRow{Name: name, Value: value, Updated: micros(now)}).
		On("CONFLICT (name) DO UPDATE").Set("value = EXCLUDED.value, updated_at = EXCLUDED.updated_at").Exec(ctx)
	return wrap("write setting", err)
}
