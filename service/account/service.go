package account

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/google/uuid"
)

// Options is what a Service is made of.
type Options struct {
	Store   *store.Store
	Counter Counter          // counts failed logins
	Logger  *slog.Logger     // nil is slog.Default
	Now     func() time.Time // nil is time.Now

	SessionIdle time.Duration // a session ends when unused for so long; 0 is 24 h
	SessionMax  time.Duration // and in any case after this; 0 is 30 days
}

// Service is the accounts of one process. Its methods may be used by many goroutines.
type Service struct {
	store   *store.Store
	counter Counter
	log     *slog.Logger
	now     func() time.Time
	idle    time.Duration
	max     time.Duration

	hasher     *hasher
	setupToken string
	owned      atomic.Bool // an owner exists

	changing sync.Mutex // held from a write until its snapshot is published, so that they keep their order
	snap     atomic.Pointer[snapshot]
	flushing sync.Mutex

	instance  string // names this process's own change events
	listening sync.Mutex
	listeners []func()
	stale     chan struct{}
	stop      context.CancelFunc
	done      sync.WaitGroup
}

// topic begins every change event of accounts; the id of the process that made the change follows.
const topic = "account/"

// flushEvery is how often "last used" goes to the store.
const flushEvery = 30 * time.Second

// New loads all accounts into memory and starts following their changes. The caller must Close it.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{
		store: o.Store, counter: o.Counter, log: o.Logger, now: o.Now, idle: o.SessionIdle, max: o.SessionMax,
		hasher: newHasher(defaultCost), setupToken: newSecret("", 24), instance: uuid.NewString(), stale: make(chan struct{}, 1),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.idle <= 0 {
		s.idle = 24 * time.Hour
	}
	if s.max <= 0 {
		s.max = 30 * 24 * time.Hour
	}
	unsubscribe := s.store.Subscribe(s.hear)
	if err := s.reload(ctx); err != nil {
		unsubscribe()
		return nil, err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = func() { unsubscribe(); stop() }
	s.done.Go(func() { s.follow(run) })
	return s, nil
}

// Close stops following changes and writes what is still in memory.
func (s *Service) Close(ctx context.Context) error {
	s.stop()
	s.done.Wait()
	return s.Flush(ctx)
}

// OnChange calls f after each change of a user, group or key, made here or by another node, when the
// new state is already in force. f must be quick and must not change accounts itself.
func (s *Service) OnChange(f func()) {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.listeners = append(s.listeners, f)
}

// hear marks the snapshot as stale when another process changed accounts, or may have.
func (s *Service) hear(event string) {
	from, ok := strings.CutPrefix(event, topic)
	if ok && from != s.instance || event == store.AllTopics {
		select {
		case s.stale <- struct{}{}:
		default:
		}
	}
}

// follow reloads after changes by others and flushes from time to time, until ctx ends.
func (s *Service) follow(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("when keys were last used could not be written", "error", err)
			}
		case <-s.stale:
			if err := s.reload(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("accounts could not be reloaded; the former ones stay in force", "error", err)
				continue
			}
			s.announce()
		}
	}
}

// announce tells the listeners of this process.
func (s *Service) announce() {
	s.listening.Lock()
	listeners := s.listeners[:len(s.listeners):len(s.listeners)]
	s.listening.Unlock()
	for _, f := range listeners {
		f()
	}
}

// touched is what a change has written, as it is now.
type touched struct {
	users []*store.User
	keys  []*store.Key
}

// change runs one write transaction, puts what it touched in force, and tells everybody.
func (s *Service) change(ctx context.Context, f func(tx *store.Tx) (touched, error)) error {
	s.changing.Lock()
	var t touched
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		t, err = f(tx)
		return err
	}, topic+s.instance)
	if err == nil {
		s.snap.Store(s.snap.Load().with(t))
		if slices.ContainsFunc(t.users, func(u *store.User) bool { return u.Role == burncloud.Owner }) {
			s.owned.Store(true) // before anybody is told
		}
	}
	s.changing.Unlock()
	if err != nil {
		return err
	}
	s.announce()
	return nil
}

// audit logs a change with who made it.
func (s *Service) audit(ctx context.Context, what string, args ...any) {
	a := burncloud.ActorOf(ctx)
	args = append(args, "actor", a.Username, "actor_id", a.UserID, "via", a.Via)
	s.log.InfoContext(ctx, what, args...)
}

// clock is the time as it is stored: UTC, in microseconds.
func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func invalid(param, format string, args ...any) *burncloud.Fault {
	f := burncloud.Faultf(burncloud.Invalid, format, args...)
	f.Param = param
	return f
}

// missing turns the store's "not found" into a fault that names what is not there.
func missing(err error, what string) error {
	if errors.Is(err, store.ErrNotFound) {
		return burncloud.Wrap(burncloud.NotFound, err, "no such "+what)
	}
	return err
}

// taken turns the store's "conflict" into a fault about a field.
func taken(err error, param, message string) error {
	if errors.Is(err, store.ErrConflict) {
		f := invalid(param, "%s", message)
		f.Err = err
		return f
	}
	return err
}

// declared is the refusal to change what the configuration file declares.
func declared(what, name string) *burncloud.Fault {
	return burncloud.Faultf(burncloud.Forbidden,
		"%s %q is declared in the configuration file; change it there and it is taken over at once", what, name)
}
