package app_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// crashes is how often the program is killed.
const crashes = 10

// kill -9 at any moment: what a client has got in full is billed, once; what it has not is billed at
// most once; every hold has an end that the ledger shows; every balance is the sum of its entries.
func TestKilledAtAnyMoment(t *testing.T) {
	bin := binary(t)
	vendor := testkit.NewVendor(t)
	usage := burncloud.Usage{Input: 1000, Output: 500}
	vendor.Script(testkit.Script{Times: -1, Usage: &usage, Events: 12, EventDelay: 2 * time.Millisecond})
	dir := t.TempDir()
	yaml := strings.ReplaceAll(metering, "VENDOR", vendor.URL()) + `
  - {name: dave, user: dave, secret: sk-dave-0123456789abcdef}
`
	yaml = strings.Replace(yaml, "users:", "users:\n  - {username: dave, balance: \"1000\"}", 1)
	if err := os.WriteFile(filepath.Join(dir, "burncloud.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &clients{whole: map[string]bool{}}
	for range crashes {
		p := spawn(t, bin, dir)
		c.audit(t, p, usage)
		c.load(p)
		p.kill()
		c.wait()
	}
	p := spawn(t, bin, dir)
	releases := c.audit(t, p, usage)
	if len(c.whole) < 100 || releases == 0 {
		t.Errorf("%d calls ended, %d holds were released: too few to prove anything\n%s", len(c.whole), releases, p.errs)
	}
	t.Logf("%d calls answered in full, %d holds released, %d requests at the vendor", len(c.whole), releases, vendor.Count())
}

// clients make calls, and remember which they got in full.
type clients struct {
	running sync.WaitGroup
	mu      sync.Mutex
	whole   map[string]bool // by request id
	target  int
	reached chan struct{}
}

// load starts clients that call until the program is gone, and returns at a random moment.
func (c *clients) load(p *process) {
	c.mu.Lock()
	c.target, c.reached = len(c.whole)+10+rand.IntN(60), make(chan struct{})
	c.mu.Unlock()
	for i := range 12 {
		c.running.Go(func() {
			client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := i; c.call(client, p.url, exactCalls[n%len(exactCalls)]); n++ {
			}
		})
	}
	select {
	case <-c.reached:
	case <-p.ended:
		p.t.Errorf("the program ended by itself:\n%s", p.errs)
	case <-time.After(20 * time.Second):
		p.t.Errorf("the program does not answer:\n%s", p.errs)
	}
}

func (c *clients) wait() { c.running.Wait() }

// call makes one call; false when the program is gone.
func (c *clients) call(client *http.Client, base string, m metered) bool {
	req, err := http.NewRequest(http.MethodPost, base+m.path, strings.NewReader(m.body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer sk-dave-0123456789abcdef")
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	end := "}"
	if strings.Contains(m.name, "stream") {
		end = "data: [DONE]\n\n" // a client of this protocol stops reading here, whether the body ends well or not
	}
	if res.StatusCode == 200 && bytes.HasSuffix(body, []byte(end)) && (err == nil || len(end) > 1) {
		c.got(res.Header.Get("X-Request-Id"))
	}
	return err == nil
}

func (c *clients) got(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.whole[id] = true; len(c.whole) == c.target {
		close(c.reached)
	}
}

// audit compares the books after a restart with what the clients have seen since the beginning. It
// returns how many holds were released.
func (c *clients) audit(t *testing.T, p *process, usage burncloud.Usage) (releases int) {
	t.Helper()
	p.settled(t)
	cost := burncloud.Money(usage.Total() * 1000)
	charged, released := map[string]int{}, map[string]int{}
	sum := 1000 * burncloud.USD
	for _, e := range p.entries(url.Values{}) {
		switch e.Kind {
		case burncloud.EntrySettle:
			charged[e.CallID]++
			// A call that was cut by the end of the program may have been settled by an estimate.
			if c.whole[e.CallID] && e.Amount != -cost {
				t.Errorf("call %s is charged %s, not %s", e.CallID, e.Amount, cost)
			}
			sum += e.Amount
		case burncloud.EntryRelease:
			released[e.CallID]++
			if e.Amount != 0 || e.Note == "" {
				t.Errorf("release %+v", e)
			}
		}
	}
	for id := range c.whole {
		if charged[id] != 1 {
			t.Errorf("call %s was answered in full and is charged %d times", id, charged[id])
		}
	}
	for id, n := range charged {
		if n > 1 || released[id] > 0 {
			t.Errorf("call %s is charged %d times and released %d times", id, n, released[id])
		}
	}
	var users struct{ Items []burncloud.User }
	p.local("GET", "/users", nil, &users)
	for _, u := range users.Items {
		if u.Username == "dave" && u.Balance != sum {
			t.Errorf("the balance is %s, the entries say %s", u.Balance, sum)
		}
	}
	return len(released)
}
