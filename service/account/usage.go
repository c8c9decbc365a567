package account

import (
	"context"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// flushBatch bounds one transaction of Flush, so that it never keeps other writers waiting for long.
const flushBatch = 500

// Flush writes when keys were last used, as far as the store does not know it yet.
func (s *Service) Flush(ctx context.Context) error {
	batch := make(map[string]time.Time)
	var seen []*Caller
	write := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := s.store.Write(ctx, func(tx *store.Tx) error { return tx.TouchKeys(ctx, batch) }); err != nil {
			return err
		}
		for _, c := range seen {
			c.used.written = batch[c.Key.ID].Unix()
		}
		clear(batch)
		seen = seen[:0]
		return nil
	}
	s.flushing.Lock()
	defer s.flushing.Unlock()
	for id, c := range s.snap.Load().keys {
		at := c.used.at.Load()
		if at <= c.used.written {
			continue
		}
		batch[id] = time.Unix(at, 0)
		if seen = append(seen, c); len(seen) == flushBatch {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return write()
}

// lastUsed puts what memory knows into a key read from the store.
func (s *Service) lastUsed(k *burncloud.Key) {
	c, ok := s.snap.Load().keys[k.ID]
	if !ok {
		return
	}
	if at := c.used.at.Load(); at != 0 {
		t := time.Unix(at, 0).UTC()
		k.LastUsed = &t
	}
}
