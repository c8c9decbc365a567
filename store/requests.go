package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"github.com/burncloud/burncloud"
)

// RequestLog is the request log of a Store: the calls, and sums over them. It must be closed before
// its Store.
type RequestLog struct {
	db     *database
	engine Engine
	words  words

	// The statements that write, prepared when first used, and the arguments of one; guarded by mu,
	// since there is one writer at a time anyway.
	mu                sync.Mutex
	one, many, upsert *sql.Stmt
	batch             []entry
	args              []any
	text              []byte
}

// NewRequestLog opens the request log of s.
func NewRequestLog(s *Store) *RequestLog {
	return &RequestLog{db: s.requests, engine: s.engine}
}

// Close gives up the prepared statements.
func (l *RequestLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first error
	for _, s := range []**sql.Stmt{&l.one, &l.many, &l.upsert} {
		if *s != nil {
			if err := (*s).Close(); err != nil && first == nil {
				first = err
			}
			*s = nil
		}
	}
	return first
}

// requestColumns are the columns of a row in the order in which they are written and read.
const requestColumns = "seq, tail, user_id, key_id, channel_id, model, endpoint, fault, status, detail"

const requestWidth = 10

// manyRows is how many rows one statement inserts in SQLite where there are that many; 64 were measured
// to be hardly faster than 16. PostgreSQL takes a batch as ten arrays.
const manyRows = 32

// Append writes records and adds them to the sums, all or none. The id must be a UUIDv7 made when the
// call began: its time is the order of the log and where the sums count it. A record with another kind
// of id is left out; one whose id is there already is not written twice.
func (l *RequestLog) Append(ctx context.Context, records []burncloud.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.forget()
	for i := range records {
		if id, ok := parseID(records[i].ID); ok {
			l.batch = append(l.batch, entry{id: id, record: &records[i]})
		}
	}
	if len(l.batch) == 0 {
		return nil
	}
	// Calls end in another order than they began. In the order of the table each row goes to its end.
	slices.SortFunc(l.batch, func(a, b entry) int { return cmp.Compare(a.id.seq, b.id.seq) })
	if err := l.prepare(ctx); err != nil {
		return mapError(err)
	}
	if err := l.learnAll(ctx); err != nil {
		return err
	}
	sums := l.sum()
	return l.db.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := l.insert(ctx, tx.Tx); err != nil {
			return err
		}
		return l.addSums(ctx, tx.Tx, sums)
	})
}

// mostKept is the largest batch whose memory is kept for the next.
const mostKept = 8192

// forget lets go of what a batch pointed to.
func (l *RequestLog) forget() {
	clear(l.batch)
	l.batch = l.batch[:0]
	if cap(l.batch) > mostKept {
		l.batch = nil
	}
}

// prepare makes the statements before a transaction takes the only connection that writes.
func (l *RequestLog) prepare(ctx context.Context) (err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		text func() string
	}{
		{&l.one, func() string { return l.insertText(1) }},
		{&l.many, func() string { return l.insertText(manyRows) }},
		{&l.upsert, func() string { return l.upsertText(1) }},
	} {
		if *p.stmt == nil {
			if *p.stmt, err = l.db.write.DB.PrepareContext(ctx, p.text()); err != nil {
				return err
			}
		}
	}
	return nil
}

// learnAll looks up the words of the batch, and writes the new ones first.
func (l *RequestLog) learnAll(ctx context.Context) error {
	for try := 0; ; try++ {
		var unknown map[string]bool
		for i := range l.batch {
			e := &l.batch[i]
			for n, text := range e.texts() {
				id, ok := l.words.id(text)
				if !ok {
					if unknown == nil {
						unknown = map[string]bool{}
					}
					unknown[text] = true
				}
				e.words[n] = id
			}
		}
		if unknown == nil {
			return nil
		}
		if try > 0 {
			return fmt.Errorf("store: %d words of the request log cannot be read back", len(unknown))
		}
		if err := l.learn(ctx, unknown); err != nil {
			return err
		}
	}
}

func (l *RequestLog) insert(ctx context.Context, tx *sql.Tx) error {
	// A context that can end would cost a goroutine per statement; the transaction watches it anyway.
	free := context.WithoutCancel(ctx)
	one, many := tx.StmtContext(ctx, l.one), tx.StmtContext(ctx, l.many)
	for batch := l.batch; len(batch) > 0; {
		stmt, n := one, 1
		if len(batch) >= manyRows {
			stmt, n = many, manyRows
		}
		if l.engine == Postgres {
			stmt, n = many, len(batch)
		}
		l.bind(batch[:n])
		if l.engine == Postgres {
			l.args = arrays(l.args)
		}
		_, err := stmt.ExecContext(free, l.args...)
		clear(l.args)
		if err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// insertText inserts as many rows at once as it has placeholders for, or in PostgreSQL any number.
func (l *RequestLog) insertText(rows int) string {
	values := "VALUES " + l.rows(requestWidth, rows)
	if l.engine == Postgres {
		values = `SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
			$7::integer[], $8::integer[], $9::integer[], $10::text[])`
	}
	return "INSERT INTO requests (" + requestColumns + ") " + values + " ON CONFLICT DO NOTHING"
}

// arrays are the columns of rows: two of bigint, seven of integer and one of text.
func arrays(rows []any) []any {
	out := make([]any, requestWidth)
	for c := range requestWidth {
		switch {
		case c < 2:
			out[c] = column(rows, c, func(v any) int64 { return v.(int64) })
		case c < requestWidth-1:
			out[c] = column(rows, c, func(v any) int32 { return int32(v.(int64)) })
		default:
			out[c] = column(rows, c, func(v any) string { return v.(string) })
		}
	}
	return out
}

func column[T any](rows []any, c int, value func(any) T) []T {
	out := make([]T, 0, len(rows)/requestWidth)
	for ; c < len(rows); c += requestWidth {
		out = append(out, value(rows[c]))
	}
	return out
}

// bind makes the arguments of one statement.
func (l *RequestLog) bind(batch []entry) {
	l.args, l.text = l.args[:0], l.text[:0]
	for i := range batch {
		l.text = appendDetail(l.text, batch[i].record, batch[i].routed())
		batch[i].end = len(l.text)
	}
	details, from := string(l.text), 0 // one string for all rows
	for i := range batch {
		l.appendArgs(&batch[i], details[from:batch[i].end])
		from = batch[i].end
	}
}

// appendArgs appends the columns of one row.
func (l *RequestLog) appendArgs(e *entry, detail string) {
	l.args = append(l.args, e.id.seq, e.id.tail)
	for _, id := range e.words {
		l.args = append(l.args, id)
	}
	l.args = append(l.args, int64(e.record.Status), detail)
}

// entry is a record on its way into the log.
type entry struct {
	id     requestID
	record *burncloud.Record
	words  [6]int64
	end    int // of its detail among those of its statement
}

// routed is the model that was routed. It counts only when a channel was found for it: else it is what
// the caller made up.
func (e *entry) routed() string {
	if e.record.ChannelID == "" {
		return ""
	}
	return e.record.Routed
}

// texts are what a record has in the dictionary, in the order of the columns.
func (e *entry) texts() [6]string {
	r := e.record
	return [...]string{r.UserID, r.KeyID, r.ChannelID, e.routed(), string(r.Endpoint), string(r.Fault)}
}

// Places in entry.words and entry.texts.
const (
	wordUser = iota
	wordKey
	wordChannel
	wordModel
	wordEndpoint
	wordFault
)

// rows is "($1,$2),($3,$4)" in the engine's own placeholders.
func (l *RequestLog) rows(columns, rows int) string {
	var b strings.Builder
	for n := range columns * rows {
		switch {
		case n == 0:
			b.WriteByte('(')
		case n%columns == 0:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		if b.WriteByte('?'); l.engine == Postgres {
			fmt.Fprintf(&b, "%d", n+1)
		}
	}
	b.WriteByte(')')
	if l.engine == Postgres {
		return strings.ReplaceAll(b.String(), "?", "$")
	}
	return b.String()
}
