package monitor

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Options say what is watched where. Zero values are the defaults.
type Options struct {
	Store     *store.Store
	Retention time.Duration // how long calls are kept; default 30 days, negative is for ever
	Queue     int           // most calls that wait to be written; default 16,384
	Batch     int           // calls that are written without waiting for more; default 4,096
	Delay     time.Duration // longest wait for a batch to fill; default 1 s
	Now       func() time.Time
	Logger    *slog.Logger
}

// Defaults of Options.
const (
	DefaultRetention = 30 * 24 * time.Hour
	defaultQueue     = 16_384
	defaultBatch     = 4096
	defaultDelay     = time.Second
)

// Service is the monitor. It is safe for use by many goroutines.
type Service struct {
	o   Options
	log *store.RequestLog

	inFlight atomic.Int64

	mu      sync.Mutex // one short lock for all that a call changes
	pending []burncloud.Record
	counts  counts
	ring    ring

	wake, full chan struct{}      // the queue is no longer empty; it holds a batch
	turn       chan struct{}      // held by who writes the queue
	spare      []burncloud.Record // guarded by turn
	alarmed    int64              // drops that have been logged; guarded by turn

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	stopped  sync.WaitGroup
	registry *prometheus.Registry
	ticker   func() (<-chan time.Time, func())
}

// New starts a monitor. Close ends it.
func New(o Options) *Service {
	s := start(o)
	s.stopped.Add(2)
	go s.write()
	go s.retain()
	return s
}

// start is New without the goroutines.
func start(o Options) *Service {
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Batch <= 0 {
		o.Batch = min(defaultBatch, o.Queue)
	}
	if o.Delay <= 0 {
		o.Delay = defaultDelay
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Service{
		o: o, log: store.NewRequestLog(o.Store),
		wake: make(chan struct{}, 1), full: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		ticker: everySecond,
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.registry = s.newRegistry()
	return s
}

// Begin counts a call as under way, until Record.
func (s *Service) Begin() { s.inFlight.Add(1) }

// Record takes a finished call, for which Begin was called. r may be reused at once; its strings must
// not change any more. A call without a user is counted but not logged. It takes less than a
// microsecond, does not allocate once the queue has reached its usual length, and never blocks.
func (s *Service) Record(r *burncloud.Record) {
	s.inFlight.Add(-1)
	s.mu.Lock()
	s.counts.add(r)
	s.ring.add(r)
	n := 0
	if r.UserID != "" {
		n = s.enqueue(r)
	}
	s.mu.Unlock()
	if n == 1 {
		signal(s.wake)
	}
	if n == s.o.Batch {
		signal(s.full)
	}
}

// Refuse counts a request that was turned away before it became a call.
func (s *Service) Refuse(k burncloud.Kind) {
	s.mu.Lock()
	s.counts.refuse(k)
	s.mu.Unlock()
}

// enqueue copies r to the queue's end and tells how many are in it; 0 when there was no room.
func (s *Service) enqueue(r *burncloud.Record) int {
	n := len(s.pending)
	if n >= s.o.Queue {
		s.counts.dropped++
		return 0
	}
	if n < cap(s.pending) {
		s.pending = s.pending[:n+1]
	} else {
		s.pending = append(s.pending, burncloud.Record{})
	}
	slot := &s.pending[n]
	attempts := slot.Attempts[:0] // the memory of an earlier call's
	*slot = *r
	slot.Attempts = append(attempts, r.Attempts...)
	return n + 1
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close writes what is queued and ends the monitor. When ctx ends first, what is left is lost and its
// error returned. Calls recorded after Close are counted but not written.
func (s *Service) Close(ctx context.Context) error {
	s.cancel()
	s.stopped.Wait()
	err := s.Flush(ctx)
	if e := s.log.Close(); err == nil {
		err = e
	}
	return err
}
