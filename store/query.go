package store

import (
	"slices"
	"strconv"
	"strings"
)

// query builds the condition of a hand-written statement for either engine. Values never enter its text.
type query struct {
	engine Engine
	conds  []string
	args   []any
	shared []shared // those that also hold for the sums
}

// shared is a condition with one value.
type shared struct {
	cond  string
	value int64
}

func (q *query) clone() *query {
	return &query{engine: q.engine, conds: slices.Clone(q.conds), args: slices.Clone(q.args)}
}

func (l *RequestLog) query() *query { return &query{engine: l.engine} }

// and adds a condition with a "?" for each of its values.
func (q *query) and(cond string, args ...any) {
	if q.engine == Postgres {
		parts := strings.Split(cond, "?")
		cond = parts[0]
		for i, p := range parts[1:] {
			cond += "$" + strconv.Itoa(len(q.args)+i+1) + p
		}
	}
	q.conds = append(q.conds, cond)
	q.args = append(q.args, args...)
}

// text is " WHERE …", or nothing.
func (q *query) text() string {
	if len(q.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.conds, " AND ")
}
