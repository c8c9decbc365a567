package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/burncloud/burncloud"
)

// RequestFilter chooses calls of the log. Zero fields choose all.
type RequestFilter struct {
	From, To  time.Time // when the call began: at or after, and before; to the millisecond
	UserID    string
	KeyID     string
	ChannelID string
	Model     string // routed, or requested where nothing was routed
	Endpoint  burncloud.Endpoint
	Status    int  // a class (2, 4, 5) or a whole status
	Failed    bool // only calls with a fault
	Succeeded bool // only calls without
	Fault     burncloud.Kind
	IDPrefix  string // start of a call id, at any length
}

// List reads calls, newest first: those before the call whose id is before, or the newest where it is "".
func (l *RequestLog) List(ctx context.Context, f RequestFilter, before string, limit int) ([]burncloud.Record, error) {
	from, to, ok := f.bounds()
	if !ok {
		return nil, nil
	}
	if before != "" {
		id, ok := parseID(before)
		if !ok {
			return nil, fmt.Errorf("store: %q is no id of a call", before)
		}
		to = earlier(to, requestID{id.seq, id.tail - 1})
	}
	q, found, err := l.where(ctx, f)
	if err != nil || !found {
		return nil, err
	}
	if !f.sparse() {
		return l.page(ctx, q, from, to, limit)
	}
	hours, err := l.hours(ctx, q, f, from, to)
	var out []burncloud.Record
	for _, h := range hours {
		if err != nil || len(out) == limit {
			break
		}
		var some []burncloud.Record
		some, err = l.page(ctx, q, later(from, h.from), earlier(to, h.to), limit-len(out))
		out = append(out, some...)
	}
	return out, err
}

// sparse tells that the filter may choose few calls out of many.
func (f *RequestFilter) sparse() bool {
	return f.UserID != "" || f.KeyID != "" || f.ChannelID != "" || f.Model != "" || f.Fault != "" || f.Failed
}

// bounds are the ids between which the calls of a filter lie, both included.
func (f *RequestFilter) bounds() (from, to requestID, ok bool) {
	from, to = requestID{0, -1 << 63}, requestID{1<<63 - 1, 1<<63 - 1}
	if f.IDPrefix != "" {
		if from, to, ok = prefixBounds(f.IDPrefix); !ok {
			return from, to, false
		}
	}
	if !f.From.IsZero() {
		from = later(from, requestID{seqAt(f.From), -1 << 63})
	}
	if !f.To.IsZero() {
		to = earlier(to, requestID{seqAt(f.To) - 1, 1<<63 - 1})
	}
	return from, to, from.seq <= to.seq
}

func (id requestID) less(o requestID) bool {
	return id.seq < o.seq || id.seq == o.seq && id.tail < o.tail
}

func later(a, b requestID) requestID {
	if a.less(b) {
		return b
	}
	return a
}

func earlier(a, b requestID) requestID {
	if a.less(b) {
		return a
	}
	return b
}

// span is a stretch of the log, both ends included.
type span struct{ from, to requestID }

// hours are the stretches between from and to in which the sums have calls of the filter, newest first;
// hours in a row are one stretch. q has the conditions that rows and sums have in common first.
func (l *RequestLog) hours(ctx context.Context, q *query, f RequestFilter, from, to requestID) ([]span, error) {
	h := l.query()
	h.and("step = ?", int64(hour))
	h.and("time >= ?", from.time().Unix()-hour)
	h.and("time <= ?", to.time().Unix())
	for _, c := range q.shared {
		h.and(c.cond, c.value)
	}
	if f.Failed || f.Fault != "" {
		h.and("errors + canceled > 0")
	}
	rows, err := l.db.read.DB.QueryContext(ctx, "SELECT DISTINCT time FROM rollups"+h.text()+" ORDER BY time DESC", h.args...)
	if err != nil {
		return nil, mapError(err)
	}
	var out []span
	err = each(rows, func() error {
		var t int64
		if err := rows.Scan(&t); err != nil {
			return err
		}
		s := span{requestID{seqAt(time.Unix(t, 0)), -1 << 63}, requestID{seqAt(time.Unix(t+hour, 0)) - 1, 1<<63 - 1}}
		if n := len(out); n > 0 && out[n-1].from.seq == s.to.seq+1 {
			out[n-1].from = s.from
		} else {
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// where is the condition of a filter but for its bounds; found is false when nothing can match it.
func (l *RequestLog) where(ctx context.Context, f RequestFilter) (q *query, found bool, err error) {
	q = l.query()
	for _, w := range [...]struct {
		column, text string
		shared       bool // the sums have this column too
	}{
		{"user_id", f.UserID, true}, {"key_id", f.KeyID, true}, {"channel_id", f.ChannelID, true},
		{"endpoint", string(f.Endpoint), false}, {"fault", string(f.Fault), false},
	} {
		if w.text == "" {
			continue
		}
		id, err := l.wordID(ctx, w.text)
		if err != nil || id == 0 {
			return q, false, err
		}
		q.and(w.column+" = ?", id)
		if w.shared {
			q.shared = append(q.shared, shared{w.column + " = ?", id})
		}
	}
	if f.Model != "" {
		if err := l.whereModel(ctx, q, f.Model); err != nil {
			return q, false, err
		}
	}
	switch {
	case f.Status >= 100:
		q.and("status = ?", int64(f.Status))
	case f.Status > 0:
		q.and("status >= ? AND status < ?", int64(f.Status)*100, int64(f.Status+1)*100)
	}
	if f.Failed {
		q.and("fault <> 0")
	}
	if f.Succeeded {
		q.and("fault = 0")
	}
	return q, true, nil
}

// whereModel adds the condition on the model. What callers made up is no word and stands in detail.
func (l *RequestLog) whereModel(ctx context.Context, q *query, model string) error {
	id, err := l.wordID(ctx, model)
	if err != nil {
		return err
	}
	if id == 0 {
		id = -1
	}
	find := "instr"
	if l.engine == Postgres {
		find = "strpos"
	}
	q.and("(model = ? OR model = 0 AND "+find+"(detail, ?) > 0)", id, string(appendText(nil, `,"q":`, model, longestName)))
	q.shared = append(q.shared, shared{"(model = ? OR model = 0)", id})
	return nil
}

// page reads at most limit calls between two ids, newest first.
func (l *RequestLog) page(ctx context.Context, q *query, from, to requestID, limit int) ([]burncloud.Record, error) {
	if to.less(from) {
		return nil, nil
	}
	q = q.clone()
	q.and("seq >= ? AND seq <= ?", from.seq, to.seq)
	q.and("(seq > ? OR tail >= ?)", from.seq, from.tail)
	q.and("(seq < ? OR tail <= ?)", to.seq, to.tail)
	return l.read(ctx, "SELECT "+requestColumns+" FROM requests"+q.text()+fmt.Sprintf(" ORDER BY seq DESC, tail DESC LIMIT %d", limit), q.args...)
}

// Get reads one call; ErrNotFound.
func (l *RequestLog) Get(ctx context.Context, id string) (burncloud.Record, error) {
	key, ok := parseID(id)
	if !ok {
		return burncloud.Record{}, ErrNotFound
	}
	list, err := l.page(ctx, l.query(), key, key, 1)
	if err != nil {
		return burncloud.Record{}, err
	}
	if len(list) == 0 {
		return burncloud.Record{}, ErrNotFound
	}
	return list[0], nil
}

// Trim deletes at most limit calls that began before a time, oldest first, and tells how many it deleted.
func (l *RequestLog) Trim(ctx context.Context, before time.Time, limit int) (int64, error) {
	q := l.query()
	q.and("seq < ?", seqAt(before))
	text := "DELETE FROM requests WHERE seq IN (SELECT seq FROM requests" + q.text() + fmt.Sprintf(" ORDER BY seq LIMIT %d)", limit)
	res, err := l.db.write.DB.ExecContext(ctx, text, q.args...)
	if err != nil {
		return 0, mapError(err)
	}
	return res.RowsAffected()
}

// wordID is the id of a word that exists, else 0.
func (l *RequestLog) wordID(ctx context.Context, text string) (int64, error) {
	if id, ok := l.words.id(text); ok {
		return id, nil
	}
	if err := l.loadWords(ctx, l.db.read.DB, "text", []any{text}); err != nil {
		return 0, err
	}
	id, _ := l.words.id(text)
	return id, nil
}

// read runs a query for requestColumns.
func (l *RequestLog) read(ctx context.Context, text string, args ...any) ([]burncloud.Record, error) {
	rows, err := l.db.read.DB.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, mapError(err)
	}
	var list []row
	unknown := map[int64]bool{}
	if err := each(rows, func() error {
		var r row
		if err := r.scan(rows); err != nil {
			return err
		}
		for _, w := range r.words {
			unknown[w] = true
		}
		list = append(list, r)
		return nil
	}); err != nil {
		return nil, err
	}
	if err := l.recall(ctx, unknown); err != nil {
		return nil, err
	}
	out := make([]burncloud.Record, len(list))
	for i := range list {
		if out[i], err = l.record(&list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// row is a call as it is stored.
type row struct {
	id     requestID
	words  [6]int64
	status int
	detail string
}

func (r *row) scan(rows *sql.Rows) error {
	w := &r.words
	return rows.Scan(&r.id.seq, &r.id.tail, &w[0], &w[1], &w[2], &w[3], &w[4], &w[5], &r.status, &r.detail)
}

func (l *RequestLog) record(r *row) (burncloud.Record, error) {
	word := func(n int) string { return l.words.text(r.words[n]) }
	out := burncloud.Record{
		ID: r.id.String(), UserID: word(wordUser), KeyID: word(wordKey), ChannelID: word(wordChannel), Routed: word(wordModel),
		Endpoint: burncloud.Endpoint(word(wordEndpoint)), Fault: burncloud.Kind(word(wordFault)), Status: r.status,
	}
	err := parseDetail(r.detail, &out)
	return out, err
}
