package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
)

// The steps that sums are kept in, in seconds. Sums by minute have no key.
const (
	minute = 60
	hour   = 3600
)

// latencyEdges are the upper edges of the histograms' buckets in milliseconds, exclusive; the last
// bucket has none.
var latencyEdges = [...]float64{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 180_000}

// Histogram counts durations by bucket, see latencyEdges.
type Histogram [len(latencyEdges) + 1]int64

func (h *Histogram) add(ms float64) {
	i := 0
	for i < len(latencyEdges) && ms >= latencyEdges[i] {
		i++
	}
	h[i]++
}

// Quantile is the duration in milliseconds that a share q of the calls stayed below, as near as the
// buckets tell; 0 without calls. In the last bucket it is that bucket's lower edge.
func (h *Histogram) Quantile(q float64) float64 {
	var total int64
	for _, n := range h {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank, seen, lower := q*float64(total), 0.0, 0.0
	for i, n := range h {
		if i == len(latencyEdges) {
			return lower
		}
		if n > 0 && seen+float64(n) >= rank {
			return lower + (latencyEdges[i]-lower)*(rank-seen)/float64(n)
		}
		seen, lower = seen+float64(n), latencyEdges[i]
	}
	return 0
}

// Sums are totals over calls.
type Sums struct {
	Requests  int64
	Errors    int64 // calls that ended in a fault, but for those whose caller hung up
	Canceled  int64
	Unpriced  int64 // calls whose cost is not known
	Cost      burncloud.Money
	Usage     burncloud.Usage
	Duration  Histogram
	FirstByte Histogram
}

// Add adds the totals of o.
func (s *Sums) Add(o *Sums) {
	to, from := s.fields(), o.fields()
	for i := range to {
		*to[i] += *from[i]
	}
}

// The most that one call counts for in the sums, far beyond what a call can be: a vendor that sends
// nonsense must not make a column overflow, which would stop the log.
const (
	mostTokens = 10_000_000_000
	mostCost   = 10_000 * burncloud.USD
)

func (s *Sums) add(r *burncloud.Record) {
	s.Requests++
	switch r.Fault {
	case "":
	case burncloud.Canceled:
		s.Canceled++
	default:
		s.Errors++
	}
	if !r.CostKnown {
		s.Unpriced++
	}
	s.Cost += max(-mostCost, min(r.Cost, mostCost))
	to := buckets(&s.Usage)
	for i, n := range buckets(&r.Usage) {
		*to[i] += max(0, min(*n, mostTokens))
	}
	s.Duration.add(r.Duration)
	if r.FirstByte > 0 {
		s.FirstByte.add(r.FirstByte)
	}
}

// buckets are the token counts of a usage in the order of the columns.
func buckets(u *burncloud.Usage) [10]*int64 {
	return [...]*int64{&u.Input, &u.CacheRead, &u.CacheWrite5m, &u.CacheWrite1h, &u.AudioInput, &u.ImageInput,
		&u.Output, &u.Reasoning, &u.AudioOutput, &u.ImageOutput}
}

// fields are the numbers of s in the order of sumColumns.
func (s *Sums) fields() []*int64 {
	b := buckets(&s.Usage)
	out := append([]*int64{&s.Requests, &s.Errors, &s.Canceled, &s.Unpriced, (*int64)(&s.Cost)}, b[:]...)
	for i := range s.Duration {
		out = append(out, &s.Duration[i])
	}
	for i := range s.FirstByte {
		out = append(out, &s.FirstByte[i])
	}
	return out
}

var sumColumns = strings.Fields(`requests errors canceled unpriced cost
	input cache_read cache_write_5m cache_write_1h audio_input image_input output reasoning audio_output image_output
	d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14 d15
	f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15`)

// place is the primary key of rollups.
type place struct{ step, time, user, key, channel, model int64 }

var placeColumns = []string{"step", "time", "user_id", "key_id", "channel_id", "model"}

// sum adds up the batch, by minute and by hour.
func (l *RequestLog) sum() map[place]*Sums {
	out := map[place]*Sums{}
	for i := range l.batch {
		e := &l.batch[i]
		p := place{user: e.words[wordUser], channel: e.words[wordChannel], model: e.words[wordModel]}
		second := e.id.time().Unix()
		for _, p.step = range [...]int64{minute, hour} {
			if p.step == hour {
				p.key = e.words[wordKey]
			}
			p.time = second - second%p.step
			s := out[p]
			if s == nil {
				s = new(Sums)
				out[p] = s
			}
			s.add(e.record)
		}
	}
	return out
}

// upsertText adds sums to those that are there.
func (l *RequestLog) upsertText(rows int) string {
	columns := append(append([]string(nil), placeColumns...), sumColumns...)
	sets := make([]string, len(sumColumns))
	for i, c := range sumColumns {
		sets[i] = c + " = rollups." + c + " + excluded." + c
	}
	return "INSERT INTO rollups (" + strings.Join(columns, ", ") + ") VALUES " + l.rows(len(columns), rows) +
		" ON CONFLICT (" + strings.Join(placeColumns, ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// manySums is how many sums one statement adds in PostgreSQL, where each statement is a round trip.
const manySums = 100

func (l *RequestLog) addSums(ctx context.Context, tx *sql.Tx, sums map[place]*Sums) error {
	size := 1
	if l.engine == Postgres {
		size = manySums
	}
	upsert := tx.StmtContext(ctx, l.upsert)
	for part := range slices.Chunk(sortedPlaces(sums), size) { // in one order everywhere: two nodes must not lock each other out
		l.args = l.args[:0]
		for _, p := range part {
			l.args = append(l.args, p.step, p.time, p.user, p.key, p.channel, p.model)
			for _, n := range sums[p].fields() {
				l.args = append(l.args, *n)
			}
		}
		var err error
		if len(part) == 1 {
			_, err = upsert.ExecContext(context.WithoutCancel(ctx), l.args...)
		} else {
			_, err = tx.ExecContext(ctx, l.upsertText(len(part)), l.args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sortedPlaces are the keys of sums in the order of the primary key.
func sortedPlaces(sums map[place]*Sums) []place {
	return slices.SortedFunc(maps.Keys(sums), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.time, b.time), cmp.Compare(a.user, b.user),
			cmp.Compare(a.key, b.key), cmp.Compare(a.channel, b.channel), cmp.Compare(a.model, b.model))
	})
}
