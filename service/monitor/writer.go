package monitor

import (
	"context"
	"errors"
	"time"

	"github.com/burncloud/burncloud"
)

// A batch that cannot be written is tried again after these waits, then dropped and counted.
var retries = [...]time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second}

// mostSpare is the largest queue whose memory is kept after a burst, in calls.
const mostSpare = 4096

// write writes the queue whenever there is something in it, until the monitor is closed.
func (s *Service) write() {
	defer s.stopped.Done()
	delay := time.NewTimer(time.Hour)
	defer delay.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		delay.Reset(s.o.Delay)
		select {
		case <-s.ctx.Done():
			return
		case <-s.full:
		case <-delay.C:
		}
		for again := 0; ; again++ {
			err := s.flush(context.Background(), again == len(retries))
			if err == nil || again == len(retries) {
				break
			}
			s.o.Logger.Warn("the request log cannot be written, trying again", "error", err)
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(retries[again]):
			}
		}
	}
}

// Flush writes what is queued. An error means that it still is.
func (s *Service) Flush(ctx context.Context) error { return s.flush(ctx, false) }

// flush takes the queue and writes it. Where that fails the calls go back to the queue's front, or are
// dropped if last says so.
func (s *Service) flush(ctx context.Context, last bool) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	batch := s.pending
	s.pending, s.spare = s.spare[:0], nil
	dropped := s.counts.dropped
	s.mu.Unlock()
	if dropped > s.alarmed {
		s.o.Logger.Error("the request log cannot keep up: calls were not logged", "dropped", dropped-s.alarmed, "total", dropped)
		s.alarmed = dropped
	}
	written, err := s.append(ctx, batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.written += int64(written)
	if err == nil || last {
		s.counts.dropped += int64(len(batch) - written)
		s.keep(batch)
		return err
	}
	s.counts.failures++
	s.putBack(batch[written:])
	signal(s.wake)
	return err
}

// append writes a batch in parts, so that no transaction is long, and tells how many calls it wrote.
func (s *Service) append(ctx context.Context, batch []burncloud.Record) (written int, err error) {
	for written < len(batch) {
		part := batch[written:min(written+s.o.Batch, len(batch))]
		if err := s.log.Append(ctx, part); err != nil {
			return written, err
		}
		written += len(part)
	}
	return written, nil
}

// keep gives a written batch's memory to the next queue but one.
func (s *Service) keep(batch []burncloud.Record) {
	if cap(batch) <= mostSpare {
		s.spare = batch[:0]
	}
}

// putBack puts calls that were not written before those that came meanwhile; what is beyond the queue's
// size is dropped, newest first.
func (s *Service) putBack(batch []burncloud.Record) {
	all := append(append(make([]burncloud.Record, 0, len(batch)+len(s.pending)), batch...), s.pending...)
	if over := len(all) - s.o.Queue; over > 0 {
		s.counts.dropped += int64(over)
		clear(all[s.o.Queue:])
		all = all[:s.o.Queue]
	}
	s.pending = all
}

// sync writes the queue before a read, so that a call just made is seen. A store that is slow to write
// must not keep people from reading what is there.
func (s *Service) sync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.o.Logger.Warn("the request log is read without the newest calls", "error", err)
	}
}
