package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"unicode/utf8"
)

// words is the request log's dictionary (table words) as far as this process has met it. Ids of words
// never change and are never removed, so what was read once stays right.
type words struct {
	mu    sync.RWMutex
	ids   map[string]int64
	texts map[int64]string
}

// mostWords bounds the memory of the dictionary; beyond it, it is read again.
const mostWords = 50_000

func (w *words) id(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	id, ok := w.ids[text]
	return id, ok
}

func (w *words) text(id int64) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.texts[id]
}

func (w *words) put(id int64, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil || len(w.ids) >= mostWords {
		w.ids, w.texts = map[string]int64{}, map[int64]string{}
	}
	w.ids[text], w.texts[id] = id, text
}

// also remembers a spelling of a word that is not stored as it is.
func (w *words) also(id int64, spelling string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil {
		w.ids, w.texts = map[string]int64{}, map[int64]string{}
	}
	w.ids[spelling] = id
}

// longestWord keeps words within what PostgreSQL can index.
const longestWord = 256

// learn makes sure that the dictionary holds all texts, and writes those that are new.
func (l *RequestLog) learn(ctx context.Context, texts map[string]bool) error {
	clean := make(map[string]bool, len(texts))
	for t := range texts {
		clean[cleanText(t, longestWord)] = true
	}
	delete(clean, "")
	if err := l.loadWords(ctx, l.db.write.DB, "text", anys(clean)); err != nil {
		return err
	}
	var missing []any
	for t := range clean {
		if _, ok := l.words.id(t); !ok {
			missing = append(missing, t)
		}
	}
	for part := range parts(missing) {
		q := "INSERT INTO words (text) VALUES " + l.rows(1, len(part)) + " ON CONFLICT DO NOTHING"
		if _, err := l.db.write.DB.ExecContext(ctx, q, part...); err != nil {
			return mapError(err)
		}
	}
	if err := l.loadWords(ctx, l.db.write.DB, "text", missing); err != nil {
		return err
	}
	for t := range texts {
		if c := cleanText(t, longestWord); c != t {
			id, _ := l.words.id(c)
			l.words.also(id, t)
		}
	}
	return nil
}

// recall makes sure that the dictionary holds the texts of all ids that exist.
func (l *RequestLog) recall(ctx context.Context, ids map[int64]bool) error {
	var missing []any
	for id := range ids {
		if id != 0 && l.words.text(id) == "" {
			missing = append(missing, id)
		}
	}
	return l.loadWords(ctx, l.db.read.DB, "id", missing)
}

// loadWords reads the words whose column is among values.
func (l *RequestLog) loadWords(ctx context.Context, db *sql.DB, column string, values []any) error {
	for part := range parts(values) {
		marks := strings.Trim(l.rows(len(part), 1), "()")
		rows, err := db.QueryContext(ctx, "SELECT id, text FROM words WHERE "+column+" IN ("+marks+")", part...)
		if err != nil {
			return mapError(err)
		}
		err = each(rows, func() error {
			var id int64
			var text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			l.words.put(id, text)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls f for every row and closes rows.
func each(rows *sql.Rows, f func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(); err != nil {
			return mapError(err)
		}
	}
	return mapError(rows.Err())
}

// parts cuts a list of arguments so that each fits into one statement.
func parts(args []any) func(yield func([]any) bool) {
	return func(yield func([]any) bool) {
		for len(args) > 0 {
			n := min(len(args), 500)
			if !yield(args[:n]) {
				return
			}
			args = args[n:]
		}
	}
}

func anys[K comparable](set map[K]bool) []any {
	out := make([]any, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	return out
}

// cleanText is text that both engines take: valid UTF-8 without NUL, and at most limit bytes.
func cleanText(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ReplaceAll(s, "\x00", "")
}
