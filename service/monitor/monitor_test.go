package monitor

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

var epoch = time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)

// callID is a UUIDv7 made at a time; n tells ids of one millisecond apart.
func callID(at time.Time, n int) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|7<<12|uint64(n)&0xfff)
	binary.BigEndian.PutUint64(u[8:], 2<<62|uint64(n)*0x9e3779b97f4a7c15>>2)
	return u.String()
}

// record is a call that began at a time and took 200 ms.
func record(at time.Time, n int) burncloud.Record {
	return burncloud.Record{
		ID: callID(at, n), Time: at, UserID: "user", KeyID: "key", ClientIP: "192.0.2.1", Endpoint: burncloud.EndpointChat,
		Requested: "m", Routed: "m", Upstream: "m", ChannelID: "channel", Status: 200, Cost: 5000, CostKnown: true,
		Usage: burncloud.Usage{Input: 10, CacheRead: 3, Output: 7}, Duration: 200, FirstByte: 100, Overhead: 0.03,
		Attempts: []burncloud.Attempt{{ChannelID: "channel", Upstream: "m", Status: 200, Duration: 199, FirstByte: 99}},
	}
}

// open starts a monitor without its goroutines, so that a test decides when things are written.
func open(tb testing.TB, o Options) *Service {
	if o.Now == nil {
		o.Now = func() time.Time { return epoch.Add(time.Hour) }
	}
	s := start(o)
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func (s *Service) take(records ...burncloud.Record) {
	for i := range records {
		s.Begin()
		s.Record(&records[i])
	}
}

// all reads the whole log without writing the queue first.
func all(t *testing.T, s *Service) []burncloud.Record {
	t.Helper()
	list, err := s.log.List(context.Background(), store.RequestFilter{}, "", 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRecordIsSeen: a call that was just made is there, as it was when it was handed over.
func TestRecordIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := open(t, Options{Store: st})
		r := record(epoch, 1)
		id := r.ID
		s.Begin()
		s.Record(&r)
		r.ID, r.Requested, r.Status = "reused", "reused", 500
		r.Attempts[0].ChannelID = "reused"
		if got := all(t, s); len(got) != 0 {
			t.Fatal("Record wrote to the store itself")
		}
		page, next, err := s.List(context.Background(), Filter{}, "", 0)
		if err != nil || next != "" || len(page) != 1 || page[0].ID != id || page[0].Requested != "m" || page[0].Attempts[0].ChannelID != "channel" {
			t.Fatalf("%+v, %q, %v", page, next, err)
		}
		got, err := s.Get(context.Background(), id)
		if err != nil || got.Cost != 5000 {
			t.Errorf("%+v, %v", got, err)
		}
		var f *burncloud.Fault
		if _, err := s.Get(context.Background(), callID(epoch, 2)); !errors.As(err, &f) || f.Kind != burncloud.NotFound {
			t.Errorf("a call that is not there: %v", err)
		}
		if _, _, err := s.List(context.Background(), Filter{}, "x", 0); !errors.As(err, &f) || f.Kind != burncloud.Invalid || f.Param != "cursor" {
			t.Errorf("a bad cursor: %v", err)
		}
	})
}

func TestPages(t *testing.T) {
	s := open(t, Options{Store: storetest.SQLite(t)})
	for i := range 10 {
		s.take(record(epoch.Add(time.Duration(i)*time.Second), i))
	}
	var seen []string
	cursor, pages := "", 0
	for {
		page, next, err := s.List(context.Background(), Filter{}, cursor, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			seen = append(seen, r.ID)
		}
		pages++
		if cursor = next; cursor == "" {
			break
		}
	}
	if pages != 3 || len(seen) != 10 || !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%d pages, %v", pages, seen)
	}
	if _, next, _ := s.List(context.Background(), Filter{}, "", 10); next != "" {
		t.Error("a full last page claims to have another behind it")
	}
}

// TestStrangers: calls without a user are counted and not logged.
func TestStrangers(t *testing.T) {
	s := open(t, Options{Store: storetest.SQLite(t)})
	r := record(epoch, 1)
	r.UserID, r.Status, r.Fault = "", 401, burncloud.Unauthenticated
	s.take(r)
	s.Refuse(burncloud.TooLarge)
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, s)); n != 0 {
		t.Errorf("%d calls in the log", n)
	}
	text := scrape(t, s)
	for _, want := range []string{
		`burncloud_requests_total{endpoint="chat",status_class="4xx"} 1`,
		`burncloud_errors_total{kind="unauthenticated"} 1`, `burncloud_refused_total{kind="too_large"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	var out bytes.Buffer
	s := open(t, Options{Store: storetest.SQLite(t), Queue: 10, Batch: 4, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	for i := range 25 {
		s.take(record(epoch, i))
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := all(t, s); len(got) != 10 || s.Dropped() != 15 || s.InFlight() != 0 {
		t.Errorf("%d calls logged, %d dropped, %d in flight", len(got), s.Dropped(), s.InFlight())
	}
	if !strings.Contains(out.String(), "dropped=15") {
		t.Errorf("nobody was told: %s", &out)
	}
	out.Reset()
	if err := s.Flush(context.Background()); err != nil || out.Len() > 0 {
		t.Errorf("told twice: %s, %v", &out, err)
	}
}

// TestWriteFails: calls that cannot be written stay, in order and within the bound, until they can.
func TestWriteFails(t *testing.T) {
	s := open(t, Options{Store: storetest.SQLite(t), Queue: 10, Batch: 4})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range 8 {
		s.take(record(epoch, i))
	}
	batch := s.pending
	for range 3 {
		s.turn <- struct{}{}
		s.mu.Lock()
		s.pending = nil
		s.mu.Unlock()
		written, left, err := s.append(gone, batch)
		if err == nil || written != 0 || len(left) != len(batch) {
			t.Fatalf("wrote %d with a context that has ended", written)
		}
		s.take(record(epoch, 100)) // one that comes meanwhile
		s.mu.Lock()
		s.putBack(batch)
		batch = s.pending
		s.mu.Unlock()
		<-s.turn
	}
	if len(s.pending) != 10 || s.Dropped() != 1 || s.pending[0].ID != callID(epoch, 0) || s.pending[8].ID != callID(epoch, 100) {
		t.Fatalf("%d pending, %d dropped", len(s.pending), s.Dropped())
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, s)); n != 9 { // two of the late ones have the same id
		t.Errorf("%d calls", n)
	}
}

// TestStoreIsGone: calls wait for a store that may come back.
func TestStoreIsGone(t *testing.T) {
	st, err := store.Open(context.Background(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := start(Options{Store: st, Logger: slog.New(slog.DiscardHandler)})
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s.take(record(epoch, 1), record(epoch, 2))
	for _, careful := range []bool{false, true} {
		if err := s.flush(context.Background(), careful); err == nil || len(s.pending) != 2 || s.Dropped() != 0 {
			t.Errorf("careful %v: %d pending, %d dropped, %v", careful, len(s.pending), s.Dropped(), err)
		}
	}
	if text := scrape(t, s); !strings.Contains(text, "burncloud_log_failures_total 2\n") || !strings.Contains(text, "burncloud_log_queue 2\n") {
		t.Error(text)
	}
}

// TestOneBadCall: a call that the store will never take costs itself and no other.
func TestOneBadCall(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	s := open(t, Options{Store: storetest.Open(t, store.Options{DataDir: dir}), Logger: slog.New(slog.NewTextHandler(&out, nil))})
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "requests.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TRIGGER bad BEFORE INSERT ON requests WHEN NEW.status = 555 BEGIN SELECT RAISE(ABORT, 'never'); END"); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		r := record(epoch, i)
		if i == 2 {
			r.Status = 555
		}
		s.take(r)
	}
	if err := s.Flush(context.Background()); err == nil || len(s.pending) != 5 {
		t.Fatalf("%d pending, %v", len(s.pending), err)
	}
	if err := s.flush(context.Background(), true); err != nil || len(s.pending) != 0 || s.Dropped() != 1 || len(all(t, s)) != 4 {
		t.Errorf("%d pending, %d dropped, %d written, %v", len(s.pending), s.Dropped(), len(all(t, s)), err)
	}
	if !strings.Contains(out.String(), callID(epoch, 2)) {
		t.Errorf("the lost call is not named: %s", &out)
	}
}

// TestWriter: with its goroutine running, a monitor writes on its own, both a full batch and a lone call.
func TestWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := New(Options{Store: st, Batch: 8, Delay: time.Millisecond})
		total := 0
		for _, n := range []int{1, 100, 1} {
			for range n {
				s.take(record(epoch, total))
				total++
			}
			written := func() int64 { s.mu.Lock(); defer s.mu.Unlock(); return s.counts.written }
			for deadline := time.Now().Add(10 * time.Second); written() < int64(total); {
				if time.Now().After(deadline) {
					t.Fatalf("%d of %d calls written", written(), total)
				}
				<-time.After(time.Millisecond)
			}
		}
		s.take(record(epoch, total))
		if err := s.Close(context.Background()); err != nil { // writes the last one
			t.Fatal(err)
		}
		l := store.NewRequestLog(st)
		defer l.Close()
		if list, err := l.List(context.Background(), store.RequestFilter{}, "", 1000); err != nil || len(list) != total+1 {
			t.Errorf("%d calls of %d, %v", len(list), total+1, err)
		}
	})
}

// TestConcurrent: many callers, readers and the writer at once lose nothing.
func TestConcurrent(t *testing.T) {
	s := New(Options{Store: storetest.SQLite(t), Batch: 64, Delay: time.Millisecond, Now: func() time.Time { return epoch.Add(time.Hour) }})
	const workers, each = 8, 200
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				s.take(record(epoch.Add(time.Duration(w)*time.Second), w*each+i))
				if i%50 == 0 {
					if _, _, err := s.List(context.Background(), Filter{UserID: "user"}, "", 5); err != nil {
						t.Error(err)
					}
					scrape(t, s)
					s.Recent()
				}
			}
		})
	}
	wg.Wait()
	o, err := s.Overview(context.Background(), Window{From: epoch.Add(-time.Minute)})
	if err != nil || o.Totals.Requests != workers*each || o.Totals.Cost != workers*each*5000 {
		t.Errorf("%+v, %v", o.Totals, err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if s.Dropped() != 0 || s.InFlight() != 0 {
		t.Errorf("%d dropped, %d in flight", s.Dropped(), s.InFlight())
	}
}

func TestRetention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		now := epoch
		s := open(t, Options{Store: st, Retention: 24 * time.Hour, Now: func() time.Time { return now }})
		for i := range trimBatch + 500 {
			s.take(record(epoch.Add(time.Duration(i)*time.Second), i))
		}
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			after time.Duration
			want  int64
		}{{24 * time.Hour, 0}, {24*time.Hour + 10*time.Second, 10}, {24*time.Hour + 10*time.Second, 0}, {48 * time.Hour, trimBatch + 490}} {
			now = epoch.Add(c.after)
			if n, err := s.Trim(context.Background()); err != nil || n != c.want {
				t.Errorf("after %v: %d deleted, want %d; %v", c.after, n, c.want, err)
			}
		}
		if n := len(all(t, s)); n != 0 {
			t.Errorf("%d calls left", n)
		}
		forever := open(t, Options{Store: st, Retention: -1, Now: func() time.Time { return epoch.Add(1e6 * time.Hour) }})
		forever.take(record(epoch, 1))
		_, _, err := forever.List(context.Background(), Filter{}, "", 1)
		if n, e := forever.Trim(context.Background()); err != nil || e != nil || n != 0 {
			t.Errorf("kept for ever, but %d deleted; %v, %v", n, err, e)
		}
	})
}

func TestOverview(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		now := epoch.Add(10*time.Minute + 30*time.Second)
		s := open(t, Options{Store: st, Now: func() time.Time { return now }})
		for i := range 10 {
			r := record(epoch.Add(time.Duration(i)*time.Minute), i)
			r.UserID = fmt.Sprint("u", i%2)
			r.Routed = []string{"a", "a", "b"}[i%3]
			if i == 9 {
				r.Fault, r.Status = burncloud.UpstreamError, 502
			}
			s.take(r)
		}
		o, err := s.Overview(context.Background(), Window{From: epoch.Add(-5 * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		if o.Step != time.Minute || len(o.Series) != 16 || !o.To.Equal(now) || o.Totals.Requests != 10 || o.Totals.Errors != 1 ||
			o.Totals.Cost != 50_000 || o.Totals.Usage.TotalInput() != 130 || o.Totals.Usage.Output != 70 {
			t.Errorf("step %v, %d points, %+v", o.Step, len(o.Series), o.Totals)
		}
		for i, p := range o.Series {
			want := int64(0)
			if i >= 5 && i < 15 {
				want = 1
			}
			if p.Requests != want || !p.Time.Equal(epoch.Add(time.Duration(i-5)*time.Minute)) {
				t.Errorf("point %d at %v: %d requests", i, p.Time, p.Requests)
			}
		}
		if len(o.Models) != 2 || o.Models[0].Model != "a" || o.Models[0].Requests != 7 || o.Models[1].Requests != 3 {
			t.Errorf("%+v", o.Models)
		}
		if q := o.Totals.Duration.Quantile(0.5); q < 200 || q > 500 {
			t.Errorf("the median is %v ms, all calls took 200", q)
		}
		mine, err := s.Overview(context.Background(), Window{UserID: "u0"})
		if err != nil || mine.Totals.Requests != 5 || mine.Step != 15*time.Minute || !mine.From.Equal(now.Add(-24*time.Hour)) {
			t.Errorf("%v %v %+v, %v", mine.From, mine.Step, mine.Totals, err)
		}
		nobody, err := s.Overview(context.Background(), Window{UserID: "nobody"})
		if err != nil || nobody.Totals.Requests != 0 || len(nobody.Series) != len(mine.Series) || len(nobody.Models) != 0 {
			t.Errorf("%+v, %v", nobody.Totals, err)
		}
		for days, step := range map[int]time.Duration{3: time.Hour, 20: 6 * time.Hour, 90: 24 * time.Hour, 365: 7 * 24 * time.Hour} {
			o, err := s.Overview(context.Background(), Window{From: now.AddDate(0, 0, -days)})
			if err != nil || o.Step != step || o.Totals.Requests != 10 || len(o.Series) > mostSteps+1 {
				t.Errorf("%d days: step %v, %d points, %d requests, %v", days, o.Step, len(o.Series), o.Totals.Requests, err)
			}
		}
		var f *burncloud.Fault
		if _, err := s.Overview(context.Background(), Window{From: now.Add(time.Hour)}); !errors.As(err, &f) || f.Kind != burncloud.Invalid {
			t.Errorf("a window of the future: %v", err)
		}
	})
}
