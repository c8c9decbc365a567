package monitor

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store/storetest"
)

func TestRecent(t *testing.T) {
	now := epoch
	s := open(t, Options{Store: storetest.SQLite(t), Now: func() time.Time { return now }})
	late := record(epoch.Add(-ringSeconds*time.Second), 0)
	s.take(late)
	for i := range 3 {
		r := record(epoch.Add(100*time.Millisecond), i)
		r.Duration = float64(i) * 1000 // ends 0, 1 and 2 seconds later
		if i == 2 {
			r.Fault = burncloud.UpstreamError
		}
		s.take(r)
	}
	canceled := record(epoch, 5)
	canceled.Fault = burncloud.Canceled
	s.take(canceled, late) // late comes after its second was overwritten
	s.Begin()
	now = epoch.Add(3 * time.Second)
	list := s.Recent()
	if len(list) != ringSeconds-1 {
		t.Fatalf("%d seconds", len(list))
	}
	var sum int64
	for i, sec := range list {
		if i > 0 && !sec.Time.Equal(list[i-1].Time.Add(time.Second)) {
			t.Fatalf("a hole at %v", sec.Time)
		}
		sum += sec.Requests
	}
	last := list[len(list)-3:]
	if sum != 4 || last[0].Requests != 2 || last[0].Errors != 0 || last[1].Tokens != 20 || last[1].Cost != 5000 || last[2].Errors != 1 ||
		last[2].InFlight != 1 || last[1].InFlight != 0 || !last[2].Time.Equal(epoch.Add(2*time.Second)) {
		t.Errorf("%d, %+v", sum, last)
	}
	now = epoch.Add(ringSeconds * time.Second * 2)
	for _, sec := range s.Recent() {
		if sec.Requests != 0 {
			t.Errorf("%+v comes from a round before", sec)
		}
	}
}

func TestSubscribe(t *testing.T) {
	var seconds atomic.Int64
	s := open(t, Options{Store: storetest.SQLite(t), Now: func() time.Time { return epoch.Add(time.Duration(seconds.Load()) * time.Second) }})
	ticks, stopped := make(chan time.Time), make(chan struct{})
	s.ticker = func() (<-chan time.Time, func()) { return ticks, func() { close(stopped) } }
	ctx, cancel := context.WithCancel(context.Background())
	live := s.Subscribe(ctx)
	s.take(record(epoch, 1))
	seconds.Store(1)
	ticks <- time.Time{}
	if sec := <-live; sec.Requests != 1 || !sec.Time.Equal(epoch) {
		t.Errorf("%+v", sec)
	}
	seconds.Store(4) // two ticks were missed
	ticks <- time.Time{}
	for i := 1; i < 4; i++ {
		if sec := <-live; !sec.Time.Equal(epoch.Add(time.Duration(i)*time.Second)) || sec.Requests != 0 {
			t.Errorf("%d: %+v", i, sec)
		}
	}
	cancel()
	if _, open := <-live; open {
		t.Error("a second after the end")
	}
	<-stopped
}

func scrape(t *testing.T, s *Service) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Errorf("%d %v: %s", w.Code, err, body)
	}
	return string(body)
}

func TestMetrics(t *testing.T) {
	s := open(t, Options{Store: storetest.SQLite(t)})
	if err := s.Gauge("journal_lag_bytes", "What is not folded yet.", func() float64 { return 42 }); err != nil {
		t.Fatal(err)
	}
	if err := s.Gauge("connections_total", "Connections accepted.", func() float64 { return 7 }); err != nil {
		t.Fatal(err)
	}
	if err := s.Gauge("in_flight", "Taken.", func() float64 { return 0 }); err == nil {
		t.Error("a name was given twice")
	}
	ok, bad, odd := record(epoch, 1), record(epoch, 2), record(epoch, 3)
	bad.Status, bad.Fault = 502, burncloud.UpstreamError
	bad.Attempts = append(bad.Attempts, bad.Attempts[0])
	odd.Endpoint, odd.Status, odd.CostKnown, odd.Cost = "made-up", 9999, false, 0
	s.take(ok, bad, odd)
	s.Begin()
	text := scrape(t, s)
	for _, want := range []string{
		`burncloud_requests_total{endpoint="chat",status_class="2xx"} 1`,
		`burncloud_requests_total{endpoint="chat",status_class="5xx"} 1`,
		`burncloud_requests_total{endpoint="other",status_class="0xx"} 1`,
		`burncloud_errors_total{kind="upstream_error"} 1`,
		`burncloud_tokens_total{bucket="input"} 30`,
		`burncloud_tokens_total{bucket="cache_read"} 9`,
		`burncloud_tokens_total{bucket="audio_output"} 0`,
		`burncloud_cost_usd_total 1e-05`,
		`burncloud_unpriced_requests_total 1`,
		`burncloud_request_seconds_bucket{le="0.1"} 0`,
		`burncloud_request_seconds_bucket{le="0.2"} 3`,
		`burncloud_request_seconds_count 3`,
		`burncloud_first_byte_seconds_bucket{le="0.1"} 3`,
		`burncloud_overhead_seconds_bucket{le="2e-05"} 0`,
		`burncloud_overhead_seconds_bucket{le="5e-05"} 3`,
		`burncloud_upstream_seconds_count 4`,
		`burncloud_in_flight 1`, `burncloud_log_queue 3`, `burncloud_journal_lag_bytes 42`, `burncloud_connections_total 7`,
		`# TYPE burncloud_connections_total counter`, `# TYPE burncloud_overhead_seconds histogram`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	for _, want := range []string{"go_goroutines ", "process_resident_memory_bytes "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestRecordAllocates: the gateway's own path costs no memory.
func TestRecordAllocates(t *testing.T) {
	s := open(t, Options{Store: storetest.SQLite(t), Queue: 1000})
	r := record(epoch, 1)
	fill := func() {
		for range 500 {
			s.take(r)
		}
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	fill() // both queues have their memory now
	if n := testing.AllocsPerRun(300, func() { s.Begin(); s.Record(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRecord is what a call costs on the gateway's path; the writer's part is in package store.
func BenchmarkRecord(b *testing.B) {
	s := open(b, Options{Store: storetest.SQLite(b), Queue: 1024})
	r := record(epoch, 1)
	b.ReportAllocs()
	for b.Loop() {
		s.Begin()
		s.Record(&r)
		if len(s.pending) == 1024 {
			s.pending = s.pending[:0]
		}
	}
	s.pending = nil
}
