package app_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud/internal/testkit"
)

// However far a client had sent or read when it hung up, nothing is left of its call: no goroutine, no connection
// to it or to the vendor, no body in memory, no money held.
func TestNothingIsLeftOfAbortedCalls(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	vendor.Script(testkit.Script{Times: -1, Events: 8, EventDelay: time.Millisecond})
	warm := func() { // what stays for good is there before it is counted
		for _, m := range meteredCalls {
			b.abort(t, m, 1<<30, 1<<30)
		}
	}
	warm()
	b.quiet(t, vendor)
	before := runtime.NumGoroutine()

	type cut struct {
		m          metered
		sent, read int
	}
	var cuts []cut
	for _, m := range meteredCalls {
		whole := b.abort(t, m, 1<<30, 1<<30)
		for k := 0; k < whole; k += max(whole/40, 1) {
			cuts = append(cuts, cut{m, 1 << 30, k})
		}
		for sent := 0; sent < len(m.request(aliceKey)); sent += 17 {
			cuts = append(cuts, cut{m, sent, 0})
		}
	}
	work := make(chan cut)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for c := range work {
				b.abort(t, c.m, c.sent, c.read)
			}
		})
	}
	for _, c := range cuts {
		work <- c
	}
	close(work)
	all.Wait()

	b.quiet(t, vendor)
	b.settled(t)
	eventually(t, "no goroutine more than before", func() string {
		if n := runtime.NumGoroutine(); n > before {
			stacks := make([]byte, 1<<20)
			return fmt.Sprintf("%d, were %d\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
		}
		return ""
	})
	t.Logf("%d calls were cut", len(cuts))
}

// abort hangs up when so many bytes of a request are sent, or of its reply are read. It returns how many
// were read.
func (b *bed) abort(t *testing.T, m metered, sent, read int) int {
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Error(err)
	}
	request := m.request(aliceKey, "Connection: close")
	if _, err := io.WriteString(conn, request[:min(sent, len(request))]); err != nil {
		t.Error(err)
	}
	n, err := io.CopyN(io.Discard, conn, int64(read))
	if err != nil && err != io.EOF {
		t.Errorf("%s after %d bytes: %v", m.name, n, err)
	}
	return int(n)
}

// quiet waits until the gateway has nothing to do any more, and ends what connections its pool keeps for
// later use: those at the vendor must be exactly the ones that are idle.
func (b *bed) quiet(t *testing.T, vendor *testkit.Vendor) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	eventually(t, "quiet", func() string {
		got := b.metrics(t, "connections", "in_flight", "request_body_bytes", "charges_pending", "upstream_connections", "upstream_connections_idle")
		open, _ := vendor.Conns()
		if got[0] != 1 || got[1]+got[2]+got[3] != 0 || got[4] != got[5] || got[5] != float64(open) { // 1 is the one that asks
			return fmt.Sprintf("%v, %d connections at the vendor", got, open)
		}
		return ""
	})
	eventually(t, "no connection at the vendor", func() string {
		vendor.CloseIdle()
		if open, _ := vendor.Conns(); open > 0 {
			return fmt.Sprint(open)
		}
		return ""
	})
}
