package store

import (
	"context"
	"database/sql"
	"fmt"
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

// manyRows is how many rows one statement inserts where there are that many. In SQLite 64 were measured
// to be hardly faster than 16; in PostgreSQL each statement is a round trip.
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

// forget lets go of what a batch pointed to.
func (l *RequestLog) forget() {
	clear(l.batch)
	l.batch = l.batch[:0]
	if cap(l.batch) > 4096 {
		l.batch = nil
	}
}

// prepare makes the statements before a transaction takes the only connection that writes.
func (l *RequestLog) prepare(ctx context.Context) (err error) {
	insert := "INSERT INTO requests (" + requestColumns + ") VALUES %s ON CONFLICT DO NOTHING"
	for _, p := range []struct {
		stmt **sql.Stmt
		text func() string
	}{
		{&l.one, func() string { return fmt.Sprintf(insert, l.rows(requestWidth, 1)) }},
		{&l.many, func() string { return fmt.Sprintf(insert, l.rows(requestWidth, manyRows)) }},
		{&l.upsert, l.upsertText},
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
	batch := l.batch
	for len(batch) > 0 {
		stmt, n := l.one, 1
		if len(batch) >= manyRows {
			stmt, n = l.many, manyRows
		}
		l.args, l.text = l.args[:0], l.text[:0]
		for i := range batch[:n] {
			l.text = appendDetail(l.text, batch[i].record, batch[i].routed())
			batch[i].end = len(l.text)
		}
		details, from := string(l.text), 0 // one string for all rows
		for i := range batch[:n] {
			l.appendArgs(&batch[i], details[from:batch[i].end])
			from = batch[i].end
		}
		// A context that can end would cost a goroutine per statement; the transaction watches it anyway.
		_, err := tx.StmtContext(ctx, stmt).ExecContext(context.WithoutCancel(ctx), l.args...)
		clear(l.args)
		if err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
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
