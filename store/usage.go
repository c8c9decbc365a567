package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// KeepMinutes is for how long the sums by minute are kept; windows that begin earlier are read from the
// sums by hour.
const KeepMinutes = 50 * time.Hour

// UsageFilter chooses sums. Zero fields choose all. From and To are cut to the minute, or to the hour
// where the window begins before now-KeepMinutes or a key is named.
type UsageFilter struct {
	From, To  time.Time // at or after, and before
	UserID    string
	KeyID     string
	ChannelID string
	Model     string
}

// UsagePoint is the sums of one step of a window.
type UsagePoint struct {
	Time time.Time
	Sums
}

// ModelUsage is the sums of one model; Model is "" for calls that no channel was found for.
type ModelUsage struct {
	Model string
	Sums
}

// Series sums up a window in steps, oldest first; steps without calls are left out. A step shorter than
// the sums that the window is read from becomes as long as they are; it is returned.
func (l *RequestLog) Series(ctx context.Context, f UsageFilter, step time.Duration, now time.Time) ([]UsagePoint, time.Duration, error) {
	q, source, found, err := l.usageWhere(ctx, f, now)
	step = max(step, time.Duration(source)*time.Second).Truncate(time.Duration(source) * time.Second)
	if err != nil || !found {
		return nil, step, err
	}
	seconds := int64(step / time.Second)
	text := fmt.Sprintf("SELECT time - time %% %d AS start, %s FROM rollups%s GROUP BY start ORDER BY start", seconds, sumsText, q.text())
	var out []UsagePoint
	err = l.sums(ctx, text, q.args, func(rows *sql.Rows) error {
		var p UsagePoint
		var start int64
		if err := scanSums(rows, &p.Sums, &start); err != nil {
			return err
		}
		p.Time = time.Unix(start, 0).UTC()
		out = append(out, p)
		return nil
	})
	return out, step, err
}

// TopModels sums up a window by model, those with the most requests first.
func (l *RequestLog) TopModels(ctx context.Context, f UsageFilter, limit int, now time.Time) ([]ModelUsage, error) {
	q, _, found, err := l.usageWhere(ctx, f, now)
	if err != nil || !found {
		return nil, err
	}
	text := fmt.Sprintf("SELECT model, %s FROM rollups%s GROUP BY model ORDER BY sum(requests) DESC, model LIMIT %d", sumsText, q.text(), limit)
	var out []ModelUsage
	var words []int64
	ids := map[int64]bool{}
	err = l.sums(ctx, text, q.args, func(rows *sql.Rows) error {
		var m ModelUsage
		var id int64
		if err := scanSums(rows, &m.Sums, &id); err != nil {
			return err
		}
		out, words, ids[id] = append(out, m), append(words, id), true
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := l.recall(ctx, ids); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Model = l.words.text(words[i])
	}
	return out, nil
}

// TrimSums deletes the sums by minute that are older than KeepMinutes, and those by hour that are older
// than a time.
func (l *RequestLog) TrimSums(ctx context.Context, before, now time.Time) error {
	for _, s := range [...]struct {
		step   int64
		before time.Time
	}{{minute, now.Add(-KeepMinutes)}, {hour, before}} {
		q := l.query()
		q.and("step = ?", s.step)
		q.and("time < ?", s.before.Unix())
		if _, err := l.db.write.DB.ExecContext(ctx, "DELETE FROM rollups"+q.text(), q.args...); err != nil {
			return mapError(err)
		}
	}
	return nil
}

// usageWhere is the condition of a filter and the step of the sums it is to be read from.
func (l *RequestLog) usageWhere(ctx context.Context, f UsageFilter, now time.Time) (q *query, step int64, found bool, err error) {
	step = minute
	if f.KeyID != "" || f.From.Before(now.Add(-KeepMinutes+time.Hour)) {
		step = hour
	}
	q = l.query()
	q.and("step = ?", step)
	if !f.From.IsZero() {
		q.and("time >= ?", f.From.Unix()-f.From.Unix()%step)
	}
	if !f.To.IsZero() {
		q.and("time < ?", f.To.Unix())
	}
	for _, w := range [...]struct{ column, text string }{
		{"user_id", f.UserID}, {"key_id", f.KeyID}, {"channel_id", f.ChannelID}, {"model", f.Model},
	} {
		if w.text == "" {
			continue
		}
		id, err := l.wordID(ctx, w.text)
		if err != nil || id == 0 {
			return q, step, false, err
		}
		q.and(w.column+" = ?", id)
	}
	return q, step, true, nil
}

// sumsText sums every column of sumColumns, as integers on both engines.
var sumsText = "CAST(sum(" + strings.Join(sumColumns, ") AS bigint), CAST(sum(") + ") AS bigint)"

func (l *RequestLog) sums(ctx context.Context, text string, args []any, f func(*sql.Rows) error) error {
	rows, err := l.db.read.DB.QueryContext(ctx, text, args...)
	if err != nil {
		return mapError(err)
	}
	return each(rows, func() error { return f(rows) })
}

// scanSums reads a first column and the sums behind it.
func scanSums(rows *sql.Rows, s *Sums, first *int64) error {
	dst := []any{first}
	for _, n := range s.fields() {
		dst = append(dst, n)
	}
	return rows.Scan(dst...)
}
