package cache_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud/store/cache"
)

// redisEnv names the environment variable with the URL of a Redis server.
const redisEnv = "BURNCLOUD_TEST_REDIS"

// each runs a test on both caches. key makes a key of the test's own, and wait lets time pass.
func each(t *testing.T, test func(t *testing.T, c cache.Cache, key func(string) string, wait func(time.Duration))) {
	unique := func() func(string) string {
		id := rand.Text()
		return func(name string) string { return "test/" + id + "/" + name }
	}
	t.Run("memory", func(t *testing.T) {
		now := time.Unix(0, 0)
		c := cache.NewMemory(func() time.Time { return now })
		test(t, c, unique(), func(d time.Duration) { now = now.Add(d) })
	})
	t.Run("redis", func(t *testing.T) {
		url := os.Getenv(redisEnv)
		if url == "" {
			t.Skip(redisEnv + " is not set: there is no Redis to test with")
		}
		c, err := cache.OpenRedis(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, c, unique(), time.Sleep) // Redis has its own clock
	})
}

const short = 60 * time.Millisecond

func TestIncr(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, key func(string) string, wait func(time.Duration)) {
		ctx := context.Background()
		for want := int64(1); want <= 3; want++ {
			if n, err := c.Incr(ctx, key("n"), time.Hour); err != nil || n != want {
				t.Fatalf("%d, %v, want %d", n, err, want)
			}
		}
		if v, ok, err := c.Get(ctx, key("n")); err != nil || !ok || string(v) != "3" {
			t.Errorf("Get: %q, %v, %v", v, ok, err)
		}
		if err := c.Delete(ctx, key("n")); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Incr(ctx, key("n"), time.Hour); err != nil || n != 1 {
			t.Errorf("after Delete: %d, %v", n, err)
		}
		if err := c.Set(ctx, key("text"), []byte("x"), time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Incr(ctx, key("text"), time.Hour); !errors.Is(err, cache.ErrNotNumber) {
			t.Errorf("Incr of a text: %v, want ErrNotNumber", err)
		}
	})
}

// A counter ends its time after the first Incr, however often it is counted on.
func TestIncrExpires(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, key func(string) string, wait func(time.Duration)) {
		ctx := context.Background()
		var last int64
		for range 6 {
			n, err := c.Incr(ctx, key("n"), short)
			if err != nil {
				t.Fatal(err)
			}
			if n <= last {
				return // began anew, though there was never a pause of ttl
			}
			last = n
			wait(short / 3)
		}
		t.Errorf("counted to %d", last)
	})
}

func TestValues(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, key func(string) string, wait func(time.Duration)) {
		ctx := context.Background()
		if _, ok, err := c.Get(ctx, key("v")); ok || err != nil {
			t.Errorf("Get of nothing: %v, %v", ok, err)
		}
		if err := c.Delete(ctx, key("v")); err != nil {
			t.Errorf("Delete of nothing: %v", err)
		}
		for _, v := range []string{"", "a", "b\x00\xff"} {
			if err := c.Set(ctx, key("v"), []byte(v), time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := c.Get(ctx, key("v")); err != nil || !ok || string(got) != v {
				t.Errorf("Get: %q, %v, %v, want %q", got, ok, err, v)
			}
		}
		if err := c.Set(ctx, key("v"), []byte("brief"), short); err != nil {
			t.Fatal(err)
		}
		wait(2 * short)
		if got, ok, err := c.Get(ctx, key("v")); ok || err != nil {
			t.Errorf("Get after its time: %q, %v", got, err)
		}
		for _, ttl := range []time.Duration{0, -time.Second, time.Microsecond} {
			if err := c.Set(ctx, key("v"), nil, ttl); !errors.Is(err, cache.ErrTTL) {
				t.Errorf("Set for %v: %v, want ErrTTL", ttl, err)
			}
			if _, err := c.Incr(ctx, key("v"), ttl); !errors.Is(err, cache.ErrTTL) {
				t.Errorf("Incr for %v: %v, want ErrTTL", ttl, err)
			}
		}
	})
}

func TestIncrRace(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, key func(string) string, _ func(time.Duration)) {
		var all sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]bool{}
		for range 200 {
			all.Go(func() {
				n, err := c.Incr(context.Background(), key("n"), time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || seen[n] {
					t.Errorf("%d twice, or %v", n, err)
				}
				seen[n] = true
			})
		}
		all.Wait()
		if len(seen) != 200 || !seen[200] {
			t.Errorf("%d different sums", len(seen))
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	ctx := context.Background()
	now := time.Unix(0, 0)
	m := cache.NewMemory(func() time.Time { return now })
	if err := m.Set(ctx, "first to end", nil, time.Minute); err != nil {
		t.Fatal(err)
	}
	for i := range cache.MemoryKeys {
		if err := m.Set(ctx, fmt.Sprint("key", i), nil, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, _ := m.Get(ctx, "first to end"); ok {
		t.Error("the key that ends first is still there")
	}
	for _, i := range []int{0, cache.MemoryKeys - 1} {
		if _, ok, _ := m.Get(ctx, fmt.Sprint("key", i)); !ok {
			t.Errorf("key %d is gone", i)
		}
	}
}

func TestOpenRedisRefuses(t *testing.T) {
	for _, url := range []string{"", "http://:hunter2@x", "redis://:hunter2@127.0.0.1:1/0", "redis://:hunter2@[::1/0"} {
		c, err := cache.OpenRedis(context.Background(), url)
		if err == nil {
			t.Error(errors.Join(fmt.Errorf("%q opened", url), c.Close()))
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}
