//go:build unix

package billing_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// callIDs makes call ids that rise like UUIDv7 and cost nothing to make.
type callIDs struct{ n uint64 }

func (c *callIDs) next() (id uuid.UUID) {
	c.n++
	binary.BigEndian.PutUint64(id[:], 0x0199<<48|c.n>>12<<16|0x7000|c.n&0xfff)
	binary.BigEndian.PutUint64(id[8:], 0x8000000000000000|c.n*0x9e3779b97f4a7c15>>2)
	return id
}

func benchmarkService(b *testing.B, db *store.Store, delay time.Duration) *billing.Service {
	s, err := billing.New(context.Background(), billing.Options{
		Store: db, Dir: filepath.Join(db.DataDir(), "journal"), Logger: slog.New(slog.DiscardHandler), FoldDelay: delay})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return s
}

var (
	benchUser = &burncloud.User{ID: "0199a000-0000-7000-8000-000000000001"}
	benchKey  = &burncloud.Key{ID: "0199a000-0000-7000-8000-000000000002", Limit: 1_000_000 * burncloud.USD}
)

func benchmarkCall(b *testing.B, s *billing.Service, ids *callIDs) {
	h, f := s.Reserve(billing.Reservation{CallID: ids.next(), User: benchUser, Key: benchKey, Amount: 1000})
	if f != nil {
		b.Fatal(f)
	}
	if err := h.Settle(billing.Charge{Amount: 10}); err != nil {
		b.Fatal(err)
	}
}

// What a request waits for: the journal alone, since folding is left to the end.
func BenchmarkReserveSettle(b *testing.B) {
	s := benchmarkService(b, storetest.SQLite(b), time.Hour)
	topUp(b, s, benchUser.ID, 1_000_000*burncloud.USD)
	var ids callIDs
	b.ReportAllocs()
	for b.Loop() {
		benchmarkCall(b, s, &ids)
	}
}

// What a request costs the process in all, folding and the database included; the figure that counts is
// cpu-ns/op.
func BenchmarkReserveSettleFold(b *testing.B) {
	s := benchmarkService(b, storetest.SQLite(b), 0)
	topUp(b, s, benchUser.ID, 1_000_000*burncloud.USD)
	var ids callIDs
	before := cpu(b)
	for b.Loop() {
		benchmarkCall(b, s, &ids)
		if ids.n%4096 == 0 {
			if err := s.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.StopTimer()
	if err := s.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
}

// As ReserveSettleFold, for calls that last longer than the folder waits, as most do: each hold is in
// the database for a while.
func BenchmarkReserveSettleLong(b *testing.B) {
	s := benchmarkService(b, storetest.SQLite(b), time.Hour)
	topUp(b, s, benchUser.ID, 1_000_000*burncloud.USD)
	var ids callIDs
	var open []billing.Hold
	before := cpu(b)
	for b.Loop() {
		h, f := s.Reserve(billing.Reservation{CallID: ids.next(), User: benchUser, Key: benchKey, Amount: 1000})
		if f != nil {
			b.Fatal(f)
		}
		if open = append(open, h); len(open) < 1000 {
			continue
		}
		if err := s.Flush(context.Background()); err != nil {
			b.Fatal(err)
		}
		for i := range open {
			if err := open[i].Settle(billing.Charge{Amount: 10}); err != nil {
				b.Fatal(err)
			}
		}
		open = open[:0]
	}
	b.StopTimer()
	if err := s.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
}

func BenchmarkReserveSettlePostgres(b *testing.B) {
	s := benchmarkService(b, storetest.Postgres(b), 0)
	topUp(b, s, benchUser.ID, 1_000_000*burncloud.USD)
	var ids callIDs
	for b.Loop() {
		benchmarkCall(b, s, &ids)
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
