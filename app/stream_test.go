package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// streams are the metered calls that stream.
func streams() (out []metered) {
	for _, m := range meteredCalls {
		if strings.Contains(m.name, "stream") {
			out = append(out, m)
		}
	}
	return out
}

// A stream that breaks never ends well: the client gets the protocol's own error event, and what was
// served is billed and logged as what it was.
func TestBrokenStreamEndsInAnError(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_EVENT_TIMEOUT=300ms")
	for name, c := range map[string]struct {
		script testkit.Script
		kind   burncloud.Kind
	}{
		"cut":           {testkit.Script{Fail: testkit.Cut, After: 9, Events: 20, EventDelay: 2 * time.Millisecond}, burncloud.UpstreamBroken},
		"reset":         {testkit.Script{Fail: testkit.Reset, After: 9, Events: 20, EventDelay: 2 * time.Millisecond}, burncloud.UpstreamBroken},
		"stall":         {testkit.Script{Fail: testkit.Stall, After: 9, Events: 20, EventDelay: 2 * time.Millisecond}, burncloud.UpstreamTimeout},
		"bad chunk":     {testkit.Script{Fail: testkit.BadChunk, After: 9, Events: 20, EventDelay: 2 * time.Millisecond}, burncloud.UpstreamBroken},
		"no terminator": {testkit.Script{Fail: testkit.Cut, After: 9, Events: 20, EventDelay: 2 * time.Millisecond, Framing: testkit.CloseFraming}, burncloud.UpstreamBroken},
		"error event":   {testkit.Script{Fail: testkit.Error, After: 9, Events: 20, EventDelay: 2 * time.Millisecond}, burncloud.UpstreamError},
	} {
		for _, m := range streams() {
			t.Run(name+"/"+m.name, func(t *testing.T) {
				vendor.Reset()
				c.script.Text = strings.Repeat("word ", 60)
				vendor.Script(c.script)
				got := b.post(m.path, aliceKey, m.body)
				body := string(got.body)
				if got.status != 200 || got.err != nil {
					t.Fatalf("%d, %v", got.status, got.err)
				}
				if !strings.Contains(body, `"error"`) {
					t.Errorf("no error event in\n%s", body)
				}
				if n := strings.Count(body, `"error":{`); n > 1 {
					t.Errorf("%d errors in\n%s", n, body)
				}
				for _, end := range []string{"[DONE]", "message_stop", "response.completed", `"finishReason":"STOP"`} {
					if strings.Contains(body, end) {
						t.Errorf("the stream claims to be complete: %s", body)
					}
				}
				rec := b.logged(got.header.Get("X-Request-Id"))
				if rec.Fault != c.kind || rec.Status != 200 {
					t.Errorf("logged as %s %q, want %s", rec.Fault, rec.Message, c.kind)
				}
				if rec.Usage.Output == 0 || rec.Cost == 0 || !rec.CostKnown {
					t.Errorf("what was served is not billed: %+v", rec.Usage)
				}
			})
		}
	}
}

// An error as the first event is not a stream yet: the next channel serves.
func TestErrorAsFirstEventMovesOn(t *testing.T) {
	b, first, second := startTwo(t)
	for _, m := range streams() {
		if strings.HasPrefix(m.path, "/v1/completions") || m.path == "/v1/responses" {
			continue // startTwo's models do not stand behind two of these, or answer the same way
		}
		first.Reset()
		second.Reset()
		first.Script(testkit.Script{Fail: testkit.Error})
		got := b.post(m.path, aliceKey, m.body)
		if strings.Contains(string(got.body), `"error"`) || second.Count() == 0 {
			t.Errorf("%s: %s", m.name, got.body)
		}
	}
}

// A client that hangs up ends the vendor's call at once, and the call is logged all the same.
func TestHangUpEndsTheVendorsCall(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for name, c := range map[string]struct {
		script testkit.Script
		read   int // lines of the reply that the client waits for
		billed bool
	}{
		"before the vendor answers":              {testkit.Script{Fail: testkit.Hang}, 0, false},
		"while the vendor is silent in a stream": {testkit.Script{Fail: testkit.Stall, After: 3, Events: 50}, 12, true},
		"in the middle of a lively stream":       {testkit.Script{Events: 5000, EventDelay: 5 * time.Millisecond}, 12, true},
	} {
		for _, m := range streams() {
			t.Run(name+"/"+m.name, func(t *testing.T) {
				vendor.Reset()
				vendor.Script(c.script)
				conn, err := net.Dial("tcp", b.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					m.path, aliceKey, len(m.body), m.body)
				r := bufio.NewReader(conn)
				for range c.read {
					if _, err := r.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
				vendor.Wait(t, "the request", testkit.Received)
				left := time.Now()
				conn.Close()
				got := vendor.Wait(t, "the end of the call", testkit.ClosedEarly)
				// 100 ms is the promise; the rest is for a busy machine, whose scheduler we do not measure.
				if d := got.ClosedAt.Sub(left); d > 500*time.Millisecond {
					t.Errorf("the vendor's call ended %s after the hang-up", d)
				}
				rec := b.lastLogged(got.Model)
				if rec.Fault != burncloud.Canceled || rec.Status != 499 || (rec.Cost > 0) != c.billed {
					t.Errorf("logged %s, status %d, cost %s, %+v", rec.Fault, rec.Status, rec.Cost, rec.Usage)
				}
			})
		}
	}
	var holds struct{ Items []any }
	b.local("GET", "/ledger/holds", nil, &holds)
	if len(holds.Items) != 0 {
		t.Errorf("holds are left: %v", holds.Items)
	}
}

// lastLogged waits until no call is under way and returns the newest record of a model.
func (b *bed) lastLogged(model string) burncloud.Record {
	b.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		var page struct{ Items []burncloud.Record }
		b.local("GET", "/logs?limit=1&model="+model, nil, &page)
		if len(page.Items) == 1 && page.Items[0].Fault == burncloud.Canceled && !b.seen[page.Items[0].ID] {
			b.seen[page.Items[0].ID] = true
			return page.Items[0]
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the call is not in the log; the newest is %+v", page.Items)
		}
	}
}

// A stop lets a live stream finish; one that takes too long is ended with an error event.
func TestStopDrainsStreams(t *testing.T) {
	for name, c := range map[string]struct {
		script testkit.Script
		drain  string
		want   string
	}{
		"finishes":       {testkit.Script{Events: 30, EventDelay: 10 * time.Millisecond}, "10s", "[DONE]"},
		"takes too long": {testkit.Script{Events: 100000, EventDelay: 10 * time.Millisecond}, "200ms", `"error"`},
	} {
		t.Run(name, func(t *testing.T) {
			vendor := testkit.NewVendor(t)
			b := start(t, vendor, standard, "BURNCLOUD_DRAIN="+c.drain)
			vendor.Script(c.script)
			conn, err := net.Dial("tcp", b.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			body := `{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}`
			fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", aliceKey, len(body), body)
			r := bufio.NewReader(conn)
			if _, err := r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			go b.stop()
			rest, err := io.ReadAll(r)
			if err != nil || !strings.Contains(string(rest), c.want) || !strings.HasSuffix(string(rest), "0\r\n\r\n") {
				tail := rest[max(0, len(rest)-600):]
				t.Errorf("%v: the stream ended with\n%s", err, tail)
			}
			b.stop()
		})
	}
}
