//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

const (
	connections      = 64  // of the small requests
	largeConnections = 32  // of the 1 MB requests
	streamClients    = 300 // streams at once
)

// idle is our memory ten seconds after the start, with all channels and keys.
func (b *bench) idle() error {
	note("idle memory")
	time.Sleep(10 * time.Second)
	m, err := b.ours.memory()
	b.result.Idle.Memory = round(m)
	return err
}

// compared runs load against each target in turns and returns, per target, CPU microseconds per unit and
// units per second. What is compared with nginx is the ratio within a round.
func (b *bench) compared(load func(t target) (units float64, err error), withBare bool) (Comparison, error) {
	nginx, bare, ours := b.targets()
	type side struct {
		t    target
		p    *process
		cost []float64
		rate []float64
	}
	sides := []*side{{t: nginx, p: b.nginx}, {t: ours, p: b.ours}}
	if withBare {
		sides = append(sides, &side{t: bare, p: b.bare})
	}
	for range b.rounds {
		for _, s := range sides {
			var units float64
			start := time.Now()
			spent, err := s.p.spent(func() (err error) {
				units, err = load(s.t)
				return err
			})
			if err != nil {
				return Comparison{}, fmt.Errorf("%s: %w", s.t.name, err)
			}
			s.cost = append(s.cost, spent/units)
			s.rate = append(s.rate, units/time.Since(start).Seconds())
		}
	}
	c := Comparison{Nginx: round(median(sides[0].cost)), Ours: round(median(sides[1].cost)), OursPerSecond: round(median(sides[1].rate))}
	ratios := func(s *side) []float64 {
		out := make([]float64, len(s.cost))
		for i := range out {
			out[i] = round(s.cost[i] / sides[0].cost[i])
		}
		return out
	}
	c.Ratios = ratios(sides[1])
	c.Ratio = round(median(c.Ratios))
	if withBare {
		c.Fasthttp = round(median(sides[2].cost))
		c.FasthttpRatio = round(median(ratios(sides[2])))
	}
	return c, nil
}

// json is the small request, as fast as it goes.
func (b *bench) json() (err error) {
	note("1 KB requests")
	nginx, bare, ours := b.targets()
	for _, t := range []target{nginx, bare, ours} { // warm up: connections, pools, JIT of the script
		if _, err := b.wrk(t.plainURL(), small, connections, time.Second); err != nil {
			return err
		}
	}
	b.result.Request, err = b.compared(func(t target) (float64, error) {
		return b.wrk(t.plainURL(), small, connections, b.span)
	}, true)
	if err != nil {
		return err
	}
	b.result.LoadMemory, err = b.ours.memory()
	b.result.LoadMemory = round(b.result.LoadMemory)
	return err
}

// stream is many streams with an event every 10 ms each.
func (b *bench) stream() (err error) {
	note("events of streams")
	events := float64(b.span/(10*time.Millisecond)) * streamClients
	b.result.Event, err = b.compared(func(t target) (float64, error) {
		return events, streams(t, t.stream, streamClients)
	}, true)
	return err
}

// large is a request of 1 MB.
func (b *bench) large() (err error) {
	note("1 MB requests")
	b.result.Large, err = b.compared(func(t target) (float64, error) {
		return b.wrk(t.plainURL(), largeBody, largeConnections, b.span)
	}, false)
	if err != nil {
		return err
	}
	b.result.LargeMemory, err = b.ours.memory()
	b.result.LargeMemory = round(b.result.LargeMemory)
	return err
}

// latency is what we add to a request at half of the load that we can take, over the vendor asked
// directly at the same rate.
func (b *bench) latency() error {
	note("latency at half load")
	_, _, ours := b.targets()
	rate := b.result.Request.OursPerSecond / 2
	if rate == 0 {
		rate = 5000
	}
	var p50, p99 [2][]float64
	for range b.rounds {
		for i, t := range []target{b.direct(), ours} {
			got, err := openLoop(t, rate, connections, b.span)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			p50[i] = append(p50[i], percentile(got, 0.5))
			p99[i] = append(p99[i], percentile(got, 0.99))
		}
	}
	b.result.Latency = Latency{
		Rate:      round(rate),
		DirectP50: round(median(p50[0])), DirectP99: round(median(p99[0])),
		OursP50: round(median(p50[1])), OursP99: round(median(p99[1])),
	}
	b.result.Latency.AddedP50 = round(b.result.Latency.OursP50 - b.result.Latency.DirectP50)
	b.result.Latency.AddedP99 = round(b.result.Latency.OursP99 - b.result.Latency.DirectP99)
	return nil
}

// live is the memory of open streams.
func (b *bench) live() error {
	note("memory of live streams")
	_, _, ours := b.targets()
	base, err := b.ours.memory()
	if err != nil {
		return err
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	grow := func(n int) (float64, error) {
		for len(open) < n {
			c, err := openStream(ours, ours.live, len(open))
			if err != nil {
				return 0, err
			}
			open = append(open, c)
			go func() { // reads until the stream or the bench ends
				buf := make([]byte, 1024)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
				}
			}()
			if len(open)%100 == 0 {
				time.Sleep(20 * time.Millisecond) // within the accept queues
			}
		}
		time.Sleep(3 * time.Second)
		return b.ours.memory()
	}
	at1000, err := grow(1000)
	if err != nil {
		return err
	}
	at3000, err := grow(3000)
	if err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	later, err := b.ours.memory()
	b.result.Live = Live{
		Base: round(base), At1000: round(at1000), At3000: round(at3000), At3000Later: round(later),
		PerStream: round((at3000 - at1000) * 1000 / 2000),
	}
	return err
}

func note(what string) { fmt.Fprintln(os.Stderr, "bench:", what) }
