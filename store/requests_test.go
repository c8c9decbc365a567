package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
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

func openLog(t *testing.T, s *store.Store) *store.RequestLog {
	l := store.NewRequestLog(s)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func appendAll(t *testing.T, l *store.RequestLog, records ...burncloud.Record) {
	t.Helper()
	if err := l.Append(context.Background(), records); err != nil {
		t.Fatal(err)
	}
}

// oddRecords are calls with everything that a record can hold.
func oddRecords() []burncloud.Record {
	full := burncloud.Record{
		ID: callID(epoch, 1), Time: epoch.Add(123 * time.Microsecond), UserID: "u1", KeyID: "k1", ClientIP: "2001:db8::1",
		Endpoint: burncloud.EndpointMessages, Stream: true, Requested: "fast", Routed: "claude", Upstream: "claude-haiku-4-5",
		ChannelID: "c2", Status: 200,
		Usage: burncloud.Usage{Input: 1, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4, AudioInput: 5, ImageInput: 6,
			Output: 7, Reasoning: 8, AudioOutput: 9, ImageOutput: 10, Estimated: true},
		Cost: 1<<62 + 1, CostKnown: true, Duration: 1234.567, FirstByte: 0.001, Overhead: 0.25, ReqBytes: 1 << 40, RespBytes: 7,
		Losses: []burncloud.Loss{{Field: `tools[0]."strict"`, Reason: "dropped: 没有"}, {Field: "seed"}},
		Attempts: []burncloud.Attempt{
			{ChannelID: "c1", Upstream: "claude-x", Status: 0, Fault: burncloud.UpstreamConnect, Message: `dial "tcp"`, Start: 0.5, Duration: 10},
			{ChannelID: "c2", Upstream: "claude-haiku-4-5", Status: 200, Start: 11, Duration: 1200.25, FirstByte: 300, Reused: true,
				VendorReqID: "req_1", VendorDetail: "übel\n"},
		},
	}
	refused := burncloud.Record{
		ID: callID(epoch.Add(time.Second), 2), Time: epoch.Add(time.Second), UserID: "u1", KeyID: "k2", ClientIP: "192.0.2.1",
		Endpoint: burncloud.EndpointChat, Requested: "no-such-\"model\"", Status: 404, Fault: burncloud.NotFound, Message: "没有 <model>",
	}
	least := burncloud.Record{ID: callID(epoch.Add(2*time.Second), 3), Time: epoch.Add(2 * time.Second)}
	return []burncloud.Record{full, refused, least}
}

func TestRequestRoundTrip(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		want := oddRecords()
		l := openLog(t, s)
		appendAll(t, l, want...)
		// A second log has an empty dictionary, as after a restart.
		for _, l := range []*store.RequestLog{l, openLog(t, s)} {
			for _, w := range want {
				got, err := l.Get(context.Background(), w.ID)
				if err != nil || !reflect.DeepEqual(got, w) {
					t.Errorf("got  %+v, %v\nwant %+v", got, err, w)
				}
			}
		}
		for _, id := range []string{callID(epoch, 999), "no id", "", uuid.NewString()} {
			if _, err := l.Get(context.Background(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
}

// TestRequestAppendTwice: a batch that is written again, since nobody knew whether it had arrived.
func TestRequestAppendTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		appendAll(t, l, oddRecords()...)
		appendAll(t, l, oddRecords()...)
		list, err := l.List(context.Background(), store.RequestFilter{}, "", 10)
		if err != nil || len(list) != 3 {
			t.Errorf("%d calls, %v", len(list), err)
		}
	})
}

// TestRequestText: what callers and vendors can put into the log can neither break nor flood it.
func TestRequestText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		bad := "a\x00b\xffc\u2028\"\\\t" + strings.Repeat("é", 5000)
		r := burncloud.Record{ID: callID(epoch, 1), Time: epoch, UserID: "u", Requested: bad, Upstream: bad, Message: bad, ClientIP: bad,
			Attempts: []burncloud.Attempt{{Message: bad, VendorReqID: bad, VendorDetail: bad, ChannelID: bad, Fault: burncloud.Kind(bad), Upstream: bad + "x"}}}
		appendAll(t, l, r, burncloud.Record{ID: uuid.NewString(), UserID: "u"}, burncloud.Record{ID: "x"})
		served := burncloud.Record{ID: callID(epoch.Add(-time.Second), 2), UserID: "\x00", ChannelID: bad, Routed: bad, Endpoint: burncloud.Endpoint(bad)}
		appendAll(t, l, served)
		if got, err := l.Get(context.Background(), served.ID); err != nil || len(got.Routed) > 256 || !strings.HasPrefix(got.Routed, "ab\uFFFDc") || got.UserID != "" {
			t.Errorf("%+v, %v", got, err)
		}
		got, err := l.Get(context.Background(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		a := got.Attempts[0]
		for _, v := range []string{got.Requested, got.Upstream, got.Message, got.ClientIP, a.Message, a.VendorReqID, a.VendorDetail, a.ChannelID, a.Upstream} {
			if !strings.HasPrefix(v, "ab\uFFFDc\u2028\"\\\té") || len(v) > 1100 || strings.Contains(v, "\uFFFD\uFFFD") {
				t.Errorf("%d bytes: %.40q", len(v), v)
			}
		}
		list, err := l.List(context.Background(), store.RequestFilter{}, "", 10)
		if err != nil || len(list) != 2 {
			t.Errorf("%d calls, %v; want only those with a UUIDv7", len(list), err)
		}
	})
}

// TestRequestList compares every filter, paged, with the same filter over a slice.
func TestRequestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		all := manyRecords(600)
		for part := range slices.Chunk(all, 150) {
			appendAll(t, l, part...)
		}
		slices.SortFunc(all, func(a, b burncloud.Record) int { return strings.Compare(b.ID, a.ID) })
		at := func(hours float64) time.Time { return epoch.Add(time.Duration(hours * float64(time.Hour))) }
		for _, f := range []store.RequestFilter{
			{}, {UserID: "u1"}, {UserID: "u9"}, {UserID: "nobody"}, {KeyID: "k3"}, {UserID: "u0", KeyID: "k5"}, {ChannelID: "c1"},
			{Model: "m0"}, {Model: "m2", UserID: "u2"}, {Model: "made-up \"x\""}, {Model: "made-up"}, {Endpoint: burncloud.EndpointMessages}, {Fault: burncloud.UpstreamTimeout}, {Failed: true}, {Succeeded: true},
			{Status: 2}, {Status: 504}, {Status: 5, UserID: "u1"}, {From: at(3)}, {To: at(3)}, {From: at(1.5), To: at(7.25)}, {From: at(1.5), To: at(7.25), UserID: "u1", Failed: true},
			{From: at(5), To: at(5)}, {IDPrefix: all[17].ID}, {IDPrefix: all[17].ID[:9]}, {IDPrefix: strings.ToUpper(all[17].ID[:14])},
			{IDPrefix: all[17].ID[:20]}, {IDPrefix: all[17].ID[:30]}, {IDPrefix: "zz"}, {IDPrefix: "0"}, {IDPrefix: all[3].ID + "0"}, {IDPrefix: all[17].ID[:14] + "4"},
		} {
			var want []string
			for i := range all {
				if matches(&f, &all[i]) {
					want = append(want, all[i].ID)
				}
			}
			for _, limit := range []int{7, 1000} {
				var got []string
				for cursor := ""; ; {
					page, err := l.List(context.Background(), f, cursor, limit)
					if err != nil {
						t.Fatalf("%+v: %v", f, err)
					}
					for _, r := range page {
						got = append(got, r.ID)
					}
					if len(page) < limit {
						break
					}
					cursor = page[len(page)-1].ID
				}
				if !slices.Equal(got, want) {
					t.Errorf("%+v by %d: %d calls, want %d", f, limit, len(got), len(want))
				}
			}
		}
		if _, err := l.List(context.Background(), store.RequestFilter{}, "no id", 10); err == nil {
			t.Error("a cursor that is none passed")
		}
	})
}

// manyRecords are calls over ten hours, with holes; several share a millisecond.
func manyRecords(n int) []burncloud.Record {
	rnd := rand.New(rand.NewPCG(1, 2))
	out := make([]burncloud.Record, n)
	for i := range out {
		hour := []int{0, 1, 2, 5, 9}[rnd.IntN(5)]
		at := epoch.Add(time.Duration(hour)*time.Hour + time.Duration(rnd.IntN(500))*time.Second)
		r := burncloud.Record{
			ID: callID(at, i), Time: at, UserID: fmt.Sprint("u", rnd.IntN(3)), KeyID: fmt.Sprint("k", rnd.IntN(6)),
			Endpoint: burncloud.EndpointChat, Status: 200, ChannelID: fmt.Sprint("c", rnd.IntN(2)), Cost: 10, CostKnown: true,
			Duration: float64(rnd.IntN(3000)), FirstByte: 5, Usage: burncloud.Usage{Input: 100, Output: int64(i)},
		}
		r.Routed = fmt.Sprint("m", rnd.IntN(3))
		r.Requested, r.Upstream = r.Routed, r.Routed
		switch rnd.IntN(10) {
		case 0:
			r.Status, r.Fault = 504, burncloud.UpstreamTimeout
		case 1:
			r.Status, r.Fault, r.Endpoint = 499, burncloud.Canceled, burncloud.EndpointMessages
		case 2:
			r.CostKnown, r.Cost = false, 0
		}
		if i%20 == 7 {
			r.ChannelID, r.Upstream, r.Routed, r.Requested, r.Status, r.Fault = "", "", "", `made-up "x"`, 404, burncloud.NotFound
		}
		if i == 0 {
			r.UserID = "u9" // a single call of a user among many
		}
		out[i] = r
	}
	return out
}

func matches(f *store.RequestFilter, r *burncloud.Record) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return is(f.UserID, r.UserID) && is(f.KeyID, r.KeyID) && is(f.ChannelID, r.ChannelID) && (is(f.Model, r.Routed) || r.Routed == "" && f.Model == r.Requested) &&
		is(string(f.Endpoint), string(r.Endpoint)) && is(string(f.Fault), string(r.Fault)) &&
		(f.Status == 0 || f.Status == r.Status || f.Status == r.Status/100) &&
		!(f.Failed && r.Fault == "") && !(f.Succeeded && r.Fault != "") &&
		(f.From.IsZero() || !r.Time.Before(f.From)) && (f.To.IsZero() || r.Time.Before(f.To)) &&
		strings.HasPrefix(r.ID, strings.ToLower(f.IDPrefix))
}

func TestRequestTrim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		appendAll(t, l, manyRecords(300)...)
		cut := epoch.Add(90 * time.Minute)
		var old int64
		for _, r := range manyRecords(300) {
			if r.Time.Before(cut) {
				old++
			}
		}
		var deleted int64
		for {
			n, err := l.Trim(context.Background(), cut, 50)
			if err != nil || n > 50 {
				t.Fatal(n, err)
			}
			if deleted += n; n == 0 {
				break
			}
		}
		left, err := l.List(context.Background(), store.RequestFilter{}, "", 1000)
		if err != nil || deleted != old || int64(len(left)) != 300-old {
			t.Errorf("deleted %d of %d, %d left, %v", deleted, old, len(left), err)
		}
		for _, r := range left {
			if r.Time.Before(cut) {
				t.Errorf("%s is still there", r.Time)
			}
		}
	})
}

// TestUsage compares sums with sums over a slice, by minute and by hour.
func TestUsage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		all := manyRecords(600)
		for part := range slices.Chunk(all, 90) {
			appendAll(t, l, part...)
		}
		late := epoch.Add(12 * time.Hour)
		for _, c := range []struct {
			f    store.UsageFilter
			now  time.Time
			step time.Duration
			want time.Duration // step that is used
		}{
			{store.UsageFilter{From: epoch, To: late}, late, time.Minute, time.Minute},
			{store.UsageFilter{From: epoch, To: late}, late, 5 * time.Minute, 5 * time.Minute},
			{store.UsageFilter{From: epoch.Add(2 * time.Minute), To: epoch.Add(time.Hour), UserID: "u1"}, late, time.Minute, time.Minute},
			{store.UsageFilter{From: epoch.Truncate(time.Hour), To: late, KeyID: "k3"}, late, time.Minute, time.Hour},
			{store.UsageFilter{From: epoch.Truncate(time.Hour), To: late, Model: "m1", ChannelID: "c1"}, late.Add(100 * time.Hour), 6 * time.Hour, 6 * time.Hour},
			{store.UsageFilter{From: epoch, To: late, Model: "unheard-of"}, late, time.Minute, time.Minute},
			{store.UsageFilter{}, late, time.Hour, time.Hour},
		} {
			points, step, err := l.Series(context.Background(), c.f, c.step, c.now)
			if err != nil || step != c.want {
				t.Fatalf("%+v: step %v, %v", c.f, step, err)
			}
			var got, want store.Sums
			for _, p := range points {
				if p.Time.Unix()%int64(step/time.Second) != 0 {
					t.Errorf("%+v: step begins at %v", c.f, p.Time)
				}
				got.Add(&p.Sums)
			}
			byModel := map[string]int64{}
			for i := range all {
				r := &all[i]
				f := store.RequestFilter{From: c.f.From, To: c.f.To, UserID: c.f.UserID, KeyID: c.f.KeyID, ChannelID: c.f.ChannelID, Model: c.f.Model}
				if matches(&f, r) {
					addTo(&want, r)
					byModel[r.Routed]++
				}
			}
			if got != want {
				t.Errorf("%+v:\n got %+v\nwant %+v", c.f, got, want)
			}
			models, err := l.TopModels(context.Background(), c.f, 2, c.now)
			if err != nil || len(models) != min(2, len(byModel)) {
				t.Fatalf("%+v: %d models, %v", c.f, len(models), err)
			}
			for i, m := range models {
				if m.Requests != byModel[m.Model] || i > 0 && m.Requests > models[i-1].Requests {
					t.Errorf("%+v: %s has %d requests, want %d", c.f, m.Model, m.Requests, byModel[m.Model])
				}
			}
		}
	})
}

// addTo is Sums as a reader of the issue would write it.
func addTo(s *store.Sums, r *burncloud.Record) {
	s.Requests++
	if r.Fault == burncloud.Canceled {
		s.Canceled++
	} else if r.Fault != "" {
		s.Errors++
	}
	if !r.CostKnown {
		s.Unpriced++
	}
	s.Cost += r.Cost
	s.Usage.Input += r.Usage.Input
	s.Usage.Output += r.Usage.Output
	edges := []float64{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000, 180000}
	bucket := func(ms float64) int {
		return slices.IndexFunc(append(slices.Clone(edges), 1e18), func(e float64) bool { return ms < e })
	}
	s.Duration[bucket(r.Duration)]++
	s.FirstByte[bucket(r.FirstByte)]++
}

func TestTrimSums(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := openLog(t, s)
		appendAll(t, l, manyRecords(200)...)
		now := epoch.Add(store.KeepMinutes + 2*time.Hour + 30*time.Minute)
		count := func(from time.Time, now time.Time) (n int64) {
			points, _, err := l.Series(context.Background(), store.UsageFilter{From: from}, time.Hour, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range points {
				n += p.Requests
			}
			return n
		}
		if err := l.TrimSums(context.Background(), epoch.Add(30*time.Minute), now); err != nil {
			t.Fatal(err)
		}
		var minutes, hours int64
		for _, r := range manyRecords(200) {
			if !r.Time.Before(epoch.Add(2*time.Hour + 30*time.Minute)) {
				minutes++
			}
			if !r.Time.Before(epoch.Add(30 * time.Minute)) {
				hours++
			}
		}
		if got := count(epoch, epoch); got != minutes {
			t.Errorf("by minute: %d calls left, want %d", got, minutes)
		}
		if got := count(epoch, epoch.Add(1000*time.Hour)); got != hours {
			t.Errorf("by hour: %d calls left, want %d", got, hours)
		}
	})
}

func TestQuantile(t *testing.T) {
	var h store.Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("a quantile of nothing")
	}
	h[5] = 100 // 50 … 100 ms
	h[8] = 100 // 500 … 1000 ms
	for q, want := range map[float64]float64{0.25: 75, 0.5: 100, 0.75: 750, 1: 1000} {
		if got := h.Quantile(q); got < want-0.01 || got > want+0.01 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	h = store.Histogram{}
	h[len(h)-1] = 1
	if h.Quantile(0.99) != 180_000 {
		t.Error("the last bucket has no upper edge to go to")
	}
}

// FuzzRequestDetail: whatever texts a call has, it can be written and read, on the real engine.
func FuzzRequestDetail(f *testing.F) {
	f.Add("gpt", "msg", "req_1", 12.5, int64(7))
	f.Add("\x00\xff\"", "\u2028", "\\", -1.0, int64(-1))
	l := store.NewRequestLog(storetest.SQLite(f))
	f.Cleanup(func() { _ = l.Close() })
	n := 0
	f.Fuzz(func(t *testing.T, model, message, vendor string, ms float64, tokens int64) {
		n++
		r := burncloud.Record{ID: callID(epoch.Add(time.Duration(n)*time.Millisecond), n), Time: epoch, UserID: "u", Requested: model,
			Message: message, Duration: ms, Usage: burncloud.Usage{Input: tokens},
			Attempts: []burncloud.Attempt{{VendorReqID: vendor, Message: message, Duration: ms}}}
		if err := l.Append(context.Background(), []burncloud.Record{r}); err != nil {
			t.Fatal(err)
		}
		got, err := l.Get(context.Background(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Usage != r.Usage || len(model) < 100 && strings.ToValidUTF8(model, "") == model && !strings.Contains(model, "\x00") && got.Requested != model {
			t.Fatalf("%+v came back as %+v", r, got)
		}
	})
}
