package monitor

import (
	"context"
	"time"

	"github.com/burncloud/burncloud"
)

// Second is the traffic of one second of the clock: the calls that ended in it.
type Second struct {
	Time     time.Time // its start
	Requests int64
	Errors   int64 // ended in a fault, but for those whose caller hung up
	Tokens   int64 // input and output
	Cost     burncloud.Money
	InFlight int64 // calls under way when it was read
}

// ringSeconds is how far back the live traffic reaches.
const ringSeconds = 300

// ring is the traffic of the last seconds. A slot belongs to the second that its Unix time names.
type ring [ringSeconds]struct {
	unix                     int64
	requests, errors, tokens int64
	cost                     burncloud.Money
}

func (g *ring) add(r *burncloud.Record) {
	unix := (r.Time.UnixMilli() + int64(r.Duration)) / 1000
	slot := &g[uint64(unix)%ringSeconds]
	if slot.unix > unix {
		return // older than the ring reaches
	}
	if slot.unix < unix {
		*slot = ring{}[0]
		slot.unix = unix
	}
	slot.requests++
	if r.Fault != "" && r.Fault != burncloud.Canceled {
		slot.errors++
	}
	slot.tokens += r.Usage.Total()
	slot.cost = slot.cost.Add(r.Cost)
}

// second reads a second of the past.
func (s *Service) second(unix int64) Second {
	out := Second{Time: time.Unix(unix, 0).UTC(), InFlight: s.inFlight.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slot := &s.ring[uint64(unix)%ringSeconds]; slot.unix == unix {
		out.Requests, out.Errors, out.Tokens, out.Cost = slot.requests, slot.errors, slot.tokens, slot.cost
	}
	return out
}

// InFlight is how many calls are under way.
func (s *Service) InFlight() int64 { return s.inFlight.Load() }

// Recent is the traffic of the last five minutes, oldest second first, up to the last whole second. What
// was in flight then is not known: InFlight is 0 but in the last.
func (s *Service) Recent() []Second {
	return s.seconds(s.o.Now().Unix() - ringSeconds + 1)
}

// seconds are the whole seconds since unix, included, as far as they are kept.
func (s *Service) seconds(unix int64) []Second {
	now := s.o.Now().Unix()
	out := make([]Second, 0, ringSeconds)
	for unix = max(unix, now-ringSeconds+1); unix < now; unix++ {
		sec := s.second(unix)
		if unix < now-1 {
			sec.InFlight = 0
		}
		out = append(out, sec)
	}
	return out
}

// Subscribe sends every second once it is over, until ctx ends; then the channel is closed. A reader
// that falls behind gets the seconds it missed, as long as they are kept. Nothing ticks while nobody is
// subscribed.
func (s *Service) Subscribe(ctx context.Context) <-chan Second {
	out := make(chan Second)
	from := s.o.Now().Unix()
	ticks, stop := s.ticker()
	go func() {
		defer close(out)
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.ctx.Done():
				return
			case <-ticks:
			}
			for _, sec := range s.seconds(from) {
				select {
				case <-ctx.Done():
					return
				case <-s.ctx.Done():
					return
				case out <- sec:
				}
				from = sec.Time.Unix() + 1
			}
		}
	}()
	return out
}

// everySecond is the ticker of a subscription.
func everySecond() (<-chan time.Time, func()) {
	t := time.NewTicker(time.Second)
	return t.C, t.Stop
}
