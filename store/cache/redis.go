package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is the Cache that several processes share.
type Redis struct {
	client *redis.Client
	prefix string
}

// keyPrefix keeps our keys apart from those of others in the same database.
const keyPrefix = "burncloud:"

// OpenRedis connects to redis://[user:password@]host:port/database, or rediss:// for TLS. The error of
// a bad URL does not show it.
func OpenRedis(ctx context.Context, url string) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("cache: the Redis URL is not of the form redis://user:password@host:port/database")
	}
	r := &Redis{client: redis.NewClient(options), prefix: keyPrefix}
	if err := r.client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("cache: %w", err), r.Close())
	}
	return r, nil
}

// incr starts the time to live with the counter, in one step: a counter without one would stay for ever.
var incr = redis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`)

// Incr implements Cache.
func (r *Redis) Incr(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	if err := checkTTL(ttl); err != nil {
		return 0, err
	}
	n, err := incr.Run(ctx, r.client, []string{r.prefix + key}, ttl.Milliseconds()).Int64()
	if err != nil && (strings.Contains(err.Error(), "not an integer") || strings.Contains(err.Error(), "would overflow")) {
		return 0, ErrNotNumber
	}
	return n, wrap(err)
}

// Get implements Cache.
func (r *Redis) Get(ctx context.Context, key string) ([]byte, bool, error) {
	b, err := r.client.Get(ctx, r.prefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	return b, err == nil, wrap(err)
}

// Set implements Cache.
func (r *Redis) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := checkTTL(ttl); err != nil {
		return err
	}
	return wrap(r.client.Set(ctx, r.prefix+key, value, ttl).Err())
}

// Delete implements Cache.
func (r *Redis) Delete(ctx context.Context, key string) error {
	return wrap(r.client.Del(ctx, r.prefix+key).Err())
}

// Close implements Cache.
func (r *Redis) Close() error { return r.client.Close() }

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}
