package app_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud/internal/testkit"
)

// The bodies in flight share one budget: who comes when it is used up is told so, small requests go on,
// and it is free again when the large ones are gone.
func TestBodiesShareABudget(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_MAX_BODY=1MB", "BURNCLOUD_BODY_MEMORY=1MB")
	const size = 700 << 10
	var held []net.Conn
	hold := func(lines ...string) {
		conn, err := net.Dial("tcp", b.addr)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, head(spoken[0].path, lines...)+"\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	hold(fmt.Sprintf("Content-Length: %d", size))
	eventually(t, "the first body to be counted", func() string {
		if got := b.metrics(t, "request_body_bytes"); got[0] < size {
			return fmt.Sprint(got)
		}
		return ""
	})
	for _, m := range spoken {
		large := m.body + strings.Repeat(" ", size)
		got := b.post(m.path, aliceKey, large)
		if got.status != 503 {
			t.Errorf("%s: %d: %s", m.name, got.status, got.body)
		}
		checkShape(t, m.path, got)
		if got := b.post(m.path, aliceKey, m.body); got.status != 200 {
			t.Errorf("%s, small: %d: %s", m.name, got.status, got.body)
		}
	}
	held[0].Close()
	for _, m := range spoken {
		eventually(t, m.name+" to be served again", func() string {
			if got := b.post(m.path, aliceKey, m.body+strings.Repeat(" ", size)); got.status != 200 {
				return fmt.Sprintf("%d: %s", got.status, got.body)
			}
			return ""
		})
	}
	b.quiet(t, vendor)
}

// Connections over the cap are turned away with an answer, and taken again when others are gone.
func TestConnectionsAreCapped(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_MAX_CONNECTIONS=4")
	eventually(t, "the client's one connection alone to be open", func() string {
		if got := b.metrics(t, "connections"); got[0] != 1 {
			return fmt.Sprint(got)
		}
		return ""
	})
	var open []net.Conn
	request := spoken[0].request(aliceKey, "Connection: close")
	for len(open) < 3 {
		conn, err := net.Dial("tcp", b.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, request[:20]); err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	eventually(t, "the fifth to be turned away", func() string {
		if out := string(b.raw(t, "")); !strings.HasPrefix(out, "HTTP/1.1 503 ") || !strings.Contains(out, "Retry-After") {
			return out
		}
		return ""
	})
	for _, conn := range open {
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request[20:]); err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(out), "HTTP/1.1 200 ") {
			t.Errorf("%v: %s", err, out)
		}
	}
	eventually(t, "a new one to be served", func() string {
		if got := b.post(spoken[0].path, aliceKey, spoken[0].body, "Connection", "close"); got.status != 200 {
			return string(got.body)
		}
		return ""
	})
}
