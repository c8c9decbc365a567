package listen

import (
	"sync"
	"time"

	"github.com/burncloud/burncloud"
)

// watchTick bounds how long a request runs unwatched: between one and two ticks. Most are answered
// before that and never pay for a watch.
const watchTick = 25 * time.Millisecond

type watchPhase uint8

const (
	watchOff watchPhase = iota
	watchQueued
	watchRunning
)

// watch notices that the client hangs up while the handler is busy elsewhere: a parked read on the
// connection. What it receives instead is the start of the next request and stays in the buffer.
type watch struct {
	c          *conn
	prev, next *watch
	phase      watchPhase
	done       chan struct{} // one token when the parked read is over
}

// watchQueue starts watches. Two lists and one timer serve all connections, so that a fast request
// costs two short locks and no timer.
type watchQueue struct {
	mu         sync.Mutex
	young, old watch // list heads: queued since the last tick, and before it
	timer      *time.Timer
	ticking    bool
}

// add queues w, unless it is queued or running.
func (q *watchQueue) add(w *watch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.phase != watchOff {
		return
	}
	w.phase = watchQueued
	q.young.push(w)
	if q.ticking {
		return
	}
	q.ticking = true
	if q.timer == nil {
		q.timer = time.AfterFunc(watchTick, q.tick)
	} else {
		q.timer.Reset(watchTick)
	}
}

// tick starts the watches that have waited for a whole tick.
func (q *watchQueue) tick() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for w := q.old.next; w != nil; w = q.old.next {
		w.unlink()
		q.start(w)
	}
	if q.old.next = q.young.next; q.old.next != nil {
		q.old.next.prev = &q.old
		q.young.next = nil
	}
	q.ticking = q.old.next != nil
	if q.ticking {
		q.timer.Reset(watchTick)
	}
}

func (q *watchQueue) start(w *watch) {
	w.phase = watchRunning
	if w.done == nil {
		w.done = make(chan struct{}, 1)
	}
	// Under the lock, so that a stop that comes next has the last word on the deadline.
	_ = w.c.nc.SetReadDeadline(time.Time{})
	go w.run()
}

// stop ends w and returns when nobody reads from the connection any more. It reports whether w was
// queued or running.
func (q *watchQueue) stop(w *watch) bool {
	q.mu.Lock()
	phase := w.phase
	if phase == watchQueued {
		w.unlink()
	}
	w.phase = watchOff
	q.mu.Unlock()
	if phase == watchRunning {
		_ = w.c.nc.SetReadDeadline(past)
		<-w.done
		w.c.readBy = time.Time{} // the deadline is in the past now: the next read sets its own
	}
	return phase != watchOff
}

func (w *watch) run() {
	c := w.c
	for c.w < len(c.in.B) {
		n, err := c.nc.Read(c.in.B[c.w:])
		c.w += n
		if err == nil {
			continue
		}
		if !isTimeout(err) {
			c.x.interrupt(burncloud.Canceled)
		}
		break
	}
	w.done <- struct{}{}
}

// push puts o at the front of the list that w heads. Order does not matter within a tick.
func (w *watch) push(o *watch) {
	o.prev, o.next = w, w.next
	if w.next != nil {
		w.next.prev = o
	}
	w.next = o
}

func (w *watch) unlink() {
	w.prev.next = w.next
	if w.next != nil {
		w.next.prev = w.prev
	}
	w.prev, w.next = nil, nil
}

// OnInterrupt asks to be told, once and on another goroutine, when the client hangs up (Canceled) or
// the server stops and cannot wait any longer (Draining); at once, if that has already happened. f
// must be quick and must not use the Exchange. nil takes the request back: when that returns, f is
// not running and never will. A client that closes its sending side counts as gone. A hang-up is seen
// within 50 ms; one behind more pipelined bytes than the read buffer holds is not.
func (x *Exchange) OnInterrupt(f func(burncloud.Kind)) {
	x.mu.Lock()
	x.notify = f
	kind := x.kind
	x.mu.Unlock()
	switch {
	case f == nil:
	case kind != "":
		go x.tell()
	default:
		x.c.srv.watches.add(&x.watch)
	}
}

// Interrupted is why the exchange was interrupted; "" while it was not.
func (x *Exchange) Interrupted() burncloud.Kind {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.kind
}

// interrupt notes kind, if it is the first, and tells the handler.
func (x *Exchange) interrupt(kind burncloud.Kind) {
	x.mu.Lock()
	if x.kind == "" {
		x.kind = kind
	}
	x.mu.Unlock()
	x.tell()
}

// tell runs the handler's function under the lock, so that taking it back waits for it.
func (x *Exchange) tell() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if f := x.notify; f != nil && x.kind != "" {
		x.notify = nil
		f(x.kind)
	}
}

func (x *Exchange) pauseWatch() bool { return x.c.srv.watches.stop(&x.watch) }

func (x *Exchange) stopWatch() {
	x.OnInterrupt(nil)
	x.pauseWatch()
}
