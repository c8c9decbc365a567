package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// BenchmarkRequestLogAppend is the writer's cost per row at two sizes of batch, on both engines.
func BenchmarkRequestLogAppend(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkAppend(b, storetest.SQLite) })
	b.Run("postgres", func(b *testing.B) { benchmarkAppend(b, storetest.Postgres) })
}

func benchmarkAppend(b *testing.B, open func(testing.TB) *store.Store) {
	for _, size := range []int{8, 1024, 4096} {
		b.Run(fmt.Sprint("rows=", size), func(b *testing.B) {
			l := store.NewRequestLog(open(b))
			defer l.Close()
			batch := make([]burncloud.Record, size)
			for i := range batch {
				batch[i] = sampleRecord(i)
			}
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				for i := range batch {
					batch[i^5].ID = uuid.Must(uuid.NewV7()).String() // they end in another order than they begin
				}
				if err := l.Append(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
				rows += size
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}

// sampleRecord is a usual call: a handful of users, keys and models.
func sampleRecord(i int) burncloud.Record {
	return burncloud.Record{
		ID: uuid.Must(uuid.NewV7()).String(), Time: time.Date(2026, 11, 22, 10, 0, i%60, 0, time.UTC),
		UserID: fmt.Sprintf("0190a0a0-0000-7000-8000-%012d", i%5), KeyID: fmt.Sprintf("0190a0a0-0000-7000-9000-%012d", i%10),
		ClientIP: "192.0.2.17", Endpoint: burncloud.EndpointChat, Stream: i%2 == 0,
		Requested: "gpt-5-mini", Routed: "gpt-5-mini", Upstream: "gpt-5-mini", ChannelID: "0190a0a0-0000-7000-a000-000000000001",
		Status: 200, Usage: burncloud.Usage{Input: 1200, CacheRead: 800, Output: 321, Reasoning: 100}, Cost: 123_456_789, CostKnown: true,
		Duration: 1234.567, FirstByte: 345.678, Overhead: 0.123, ReqBytes: 4321, RespBytes: 65432,
		Attempts: []burncloud.Attempt{{
			ChannelID: "0190a0a0-0000-7000-a000-000000000001", Upstream: "gpt-5-mini", Status: 200, Start: 0.111,
			Duration: 1234.4, FirstByte: 345.5, VendorReqID: "req_0123456789abcdef0123456789abcdef", Reused: true,
		}},
	}
}
