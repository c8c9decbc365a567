package cache

import (
	"context"
	"errors"
	"time"
)

// Cache keeps values under keys until their time is over. It is safe for concurrent use. Both
// implementations behave the same; an error means that the cache did not answer, or ErrTTL or
// ErrNotNumber.
type Cache interface {
	// Incr adds one to the counter key and returns the sum. The first Incr starts ttl; later ones do not
	// prolong it. When it is over the counter begins anew.
	Incr(ctx context.Context, key string, ttl time.Duration) (int64, error)
	// Get returns the value of key, for a counter its decimal digits; ok is false when there is none.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	// Set keeps value under key for ttl, in place of what was there.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete forgets key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Close ends the use of the cache.
	Close() error
}

var (
	// ErrTTL: a time to live below a millisecond.
	ErrTTL = errors.New("cache: the time to live is below a millisecond")
	// ErrNotNumber: Incr of a key whose value is not a counter.
	ErrNotNumber = errors.New("cache: the value is not a counter")
)

func checkTTL(ttl time.Duration) error {
	if ttl < time.Millisecond {
		return ErrTTL
	}
	return nil
}
