package monitor

import (
	"context"
	"time"
)

// The clock of retention: the first time soon after the start, since a process may never live an hour.
const (
	firstTrim = time.Minute
	trimEvery = time.Hour
)

// trimBatch is how many calls one statement deletes; writes of the log wait for no longer than that.
const trimBatch = 2000

// KeepSums is how long the hourly sums of the overview are kept, whatever the retention of calls is.
const KeepSums = 400 * 24 * time.Hour

// retain deletes old calls from time to time until the monitor is closed.
func (s *Service) retain() {
	defer s.stopped.Done()
	timer := time.NewTimer(firstTrim)
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		if n, err := s.Trim(s.ctx); err != nil && s.ctx.Err() == nil {
			s.o.Logger.Warn("old calls cannot be deleted from the request log", "error", err)
		} else if n > 0 {
			s.o.Logger.Info("deleted old calls from the request log", "calls", n)
		}
		timer.Reset(trimEvery)
	}
}

// Trim deletes the calls that are older than the retention, in small batches, and sums that are too old.
// It tells how many calls it deleted.
func (s *Service) Trim(ctx context.Context) (deleted int64, err error) {
	now := s.o.Now()
	for s.o.Retention > 0 {
		n, err := s.log.Trim(ctx, now.Add(-s.o.Retention), trimBatch)
		deleted += n
		if err != nil {
			return deleted, err
		}
		if n < trimBatch {
			break
		}
	}
	return deleted, s.log.TrimSums(ctx, now.Add(-KeepSums), now)
}
