package monitor

import (
	"context"
	"errors"
	"time"

	"github.com/burncloud/burncloud"
)

// The waits before what could not be written is tried again; the last one is repeated for as long as it
// takes. From the carefulTry-th on, calls are written one by one, to find one that cannot be.
var retries = [...]time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second}

const carefulTry = 2

// mostSpare is the largest queue whose memory is kept after a burst, in calls.
const mostSpare = 8192

// write writes the queue whenever there is something in it, until the monitor is closed. While the store
// cannot be written the queue fills up to its bound, and what does not fit is dropped and counted.
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
		for try := 0; ; try++ {
			err := s.flush(s.ctx, try >= carefulTry)
			if err == nil {
				break
			}
			s.o.Logger.Warn("the request log cannot be written, trying again", "error", err)
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(retries[min(try, len(retries)-1)]):
			}
		}
	}
}

// Flush writes what is queued. An error means that it still is.
func (s *Service) Flush(ctx context.Context) error { return s.flush(ctx, false) }

// flush takes the queue and writes it. What cannot be written goes back to the queue's front. With
// careful, calls are written one by one; those that fail while others pass are dropped.
func (s *Service) flush(ctx context.Context, careful bool) error {
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
	appendTo := s.append
	if careful {
		appendTo = s.appendEach
	}
	written, left, err := appendTo(ctx, batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.written += int64(written)
	s.counts.dropped += int64(len(batch) - written - len(left))
	if len(left) == 0 {
		s.keep(batch)
		return nil
	}
	s.counts.failures++
	s.putBack(left)
	signal(s.wake)
	return err
}

// append writes a batch in parts, so that no transaction is long. It tells how many calls it wrote, and
// which are left when it failed.
func (s *Service) append(ctx context.Context, batch []burncloud.Record) (written int, left []burncloud.Record, err error) {
	for written < len(batch) {
		part := batch[written:min(written+s.o.Batch, len(batch))]
		if err := s.log.Append(ctx, part); err != nil {
			return written, batch[written:], err
		}
		written += len(part)
	}
	return written, nil, nil
}

// mostFailures is after how many failed calls, and none that passed, a store counts as gone.
const mostFailures = 10

// appendEach writes a batch call by call. If some pass, those that do not are no fault of the store, and
// are not left but lost; if none does, all are left.
func (s *Service) appendEach(ctx context.Context, batch []burncloud.Record) (written int, left []burncloud.Record, err error) {
	for i := range batch {
		e := s.log.Append(ctx, batch[i:i+1])
		if e == nil {
			written++
			continue
		}
		err = e
		s.o.Logger.Error("a call cannot be written to the request log", "call", batch[i].ID, "error", e)
		if written == 0 && i+1 == mostFailures {
			break
		}
	}
	if written == 0 {
		return 0, batch, err
	}
	return written, nil, nil
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
