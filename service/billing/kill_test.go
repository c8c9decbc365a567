package billing_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// The environment of the process that TestKill kills.
const (
	killDir      = "BURNCLOUD_KILL_DIR"
	killDatabase = "BURNCLOUD_KILL_DATABASE"
)

// TestMain is the process to be killed when it is started as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		fmt.Fprintln(os.Stderr, serveUntilKilled(dir, os.Getenv(killDatabase)))
		os.Exit(1) // it should have been killed
	}
	os.Exit(m.Run())
}

func openForKill(dir, database string, lease time.Duration) (*store.Store, *billing.Service, error) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DataDir: dir, Database: database})
	if err != nil {
		return nil, nil, err
	}
	s, err := billing.New(ctx, billing.Options{Store: db, Dir: filepath.Join(dir, "journal"), Logger: slog.New(slog.DiscardHandler),
		FoldDelay: 2 * time.Millisecond, SegmentSize: 16 << 10, Lease: lease})
	return db, s, err
}

// serveUntilKilled makes calls on many goroutines, and prints each that has been settled.
func serveUntilKilled(dir, database string) error {
	_, s, err := openForKill(dir, database, time.Minute)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for g := range 8 {
		go func() {
			user := &burncloud.User{ID: fmt.Sprint("user", g%3), Unlimited: true}
			key := &burncloud.Key{ID: fmt.Sprint("key", g), Unlimited: true}
			for n := 1; ; n++ {
				id := uuid.New()
				h, f := s.Reserve(billing.Reservation{CallID: id, User: user, Key: key, Amount: 1000})
				if f != nil {
					failed <- f
				}
				if n%5 == 0 {
					h.Release()
					continue
				}
				if err := h.Settle(billing.Charge{Amount: burncloud.Money(n)}); err != nil {
					failed <- err
				}
				// One write, so that the line is there whole or not at all.
				if _, err := os.Stdout.WriteString(fmt.Sprintf("%s %d\n", id, n)); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

// TestKill kills a process under load, again and again, with the signal that nothing can catch. After
// each time the books add up, and every call that was reported as settled is there once.
func TestKill(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { kill(t, "", 12, 400) })
	t.Run("postgres", func(t *testing.T) { kill(t, storetest.Database(t), 4, 150) })
}

func kill(t *testing.T, database string, times, calls int) {
	dir := t.TempDir()
	settled := map[string]string{} // call id → charge
	for range times {
		runUntilKilled(t, dir, database, calls/2+rand.IntN(calls), settled)
		checkSettled(t, dir, database, settled)
	}
}

// runUntilKilled starts the process, kills it when it has settled n calls, and notes all that it said.
func runUntilKilled(t *testing.T, dir, database string, n int, settled map[string]string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killDir+"="+dir, killDatabase+"="+database)
	var complaints strings.Builder
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill := func() {
		if err := child.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
	lines := bufio.NewReader(out)
	for seen := 0; ; {
		line, err := lines.ReadString('\n')
		if err != nil { // the end; what is left without a newline was never said
			break
		}
		id, charge, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || settled[id] != "" {
			t.Fatalf("line %q", line)
		}
		settled[id] = charge
		if seen++; seen == n {
			once.Do(kill)
		}
	}
	if err := child.Wait(); err == nil || complaints.Len() > 0 {
		t.Fatalf("the process ended by itself: %v %s", err, complaints.String())
	}
}

// checkSettled opens what the killed process left.
func checkSettled(t *testing.T, dir, database string, settled map[string]string) {
	t.Helper()
	ctx := context.Background()
	db, s, err := openForKill(dir, database, time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, s)
	if r := s.Recovery(); len(r.Damage) > 1 {
		t.Errorf("damage: %v", r.Damage)
	}
	holds, err := s.OpenHolds(ctx)
	if err != nil || len(holds) > 0 {
		t.Errorf("open holds: %v, %v", holds, err)
	}
	booked := map[string]string{}
	total := map[string]burncloud.Money{}
	for before := int64(0); ; {
		page, err := s.Entries(ctx, store.EntryFilter{}, before, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			before = e.ID
			total[e.UserID] += e.Amount
			if e.Kind == burncloud.EntrySettle {
				if booked[e.CallID] != "" {
					t.Errorf("call %s is booked twice", e.CallID)
				}
				booked[e.CallID] = fmt.Sprint(int64(-e.Amount))
			}
		}
	}
	for id, charge := range settled {
		if booked[id] != charge {
			t.Errorf("call %s was settled for %s and is booked for %q", id, charge, booked[id])
		}
	}
	for user, want := range total {
		wantBalance(t, s, user, want, 0)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
