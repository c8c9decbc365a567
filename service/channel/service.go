package channel

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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
	Store     *store.Store
	MasterKey *MasterKey
	Sender    Sender           // makes the calls of tests
	Logger    *slog.Logger     // nil is slog.Default
	Now       func() time.Time // nil is time.Now
}

// Service is the channels of one process. Its methods may be used by many goroutines.
type Service struct {
	store *store.Store
	key   *MasterKey
	send  Sender
	log   *slog.Logger
	now   func() time.Time

	changing sync.Mutex // held from a write until its snapshot is published, so that they keep their order
	snap     atomic.Pointer[Snapshot]

	instance  string // names this process's own change events
	listening sync.Mutex
	listeners []func()
	stale     chan struct{}
	stop      context.CancelFunc
	done      sync.WaitGroup
}

// topic begins every change event of channels; the id of the process that made the change follows.
const topic = "channel/"

// New opens all channels into memory and starts following their changes. The error wraps ErrMasterKey
// when the key is not the one that the stored credentials were sealed with. The caller must Close it.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{
		store: o.Store, key: o.MasterKey, send: o.Sender, log: o.Logger, now: o.Now,
		instance: uuid.NewString(), stale: make(chan struct{}, 1),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.checkMasterKey(ctx); err != nil {
		return nil, err
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

// Close stops following changes.
func (s *Service) Close() {
	s.stop()
	s.done.Wait()
}

// OnChange calls f after each change of a channel, made here or by another node, when the new Snapshot
// is already in force. f must be quick and must not change channels itself.
func (s *Service) OnChange(f func()) {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.listeners = append(s.listeners, f)
}

// The setting by which a master key proves to be the right one.
const (
	probeSetting = "master_key_probe"
	probeText    = "burncloud"
)

// checkMasterKey compares the master key with the one that was first used with this store. Where no
// credential depends on the former key, and no other node may hold it, the new one takes its place.
func (s *Service) checkMasterKey(ctx context.Context) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(ctx, probeSetting)
		if errors.Is(err, store.ErrNotFound) {
			return s.putProbe(ctx, tx)
		}
		if err != nil {
			return err
		}
		sealed, err := base64.StdEncoding.DecodeString(text)
		if err == nil {
			if _, err = s.key.open(probeSetting, sealed); err == nil {
				return nil
			}
		}
		channels, err := tx.Channels(ctx)
		if err != nil {
			return err
		}
		needed := slices.ContainsFunc(channels, func(c *store.Channel) bool { return len(c.Credentials) > 0 })
		if !needed && s.store.Engine() == store.SQLite {
			return s.putProbe(ctx, tx)
		}
		return fmt.Errorf("%w: this is not the key that the channels' credentials in the database were sealed with; "+
			"put the former master.key back into the data directory, or set BURNCLOUD_MASTER_KEY to it", ErrMasterKey)
	})
}

func (s *Service) putProbe(ctx context.Context, tx *store.Tx) error {
	return tx.PutSetting(ctx, probeSetting, base64.StdEncoding.EncodeToString(s.key.seal(probeSetting, probeText)), s.now())
}

// hear marks the snapshot as stale when another process changed channels, or may have.
func (s *Service) hear(event string) {
	from, ok := strings.CutPrefix(event, topic)
	if ok && from != s.instance || event == store.AllTopics {
		select {
		case s.stale <- struct{}{}:
		default:
		}
	}
}

// follow reloads after changes by others, until ctx ends.
func (s *Service) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.stale:
			if err := s.reload(ctx); err != nil {
				if ctx.Err() == nil {
					s.log.Error("channels could not be reloaded; the former ones stay in force", "error", err)
				}
				continue
			}
			s.announce()
		}
	}
}

func (s *Service) announce() {
	s.listening.Lock()
	listeners := s.listeners[:len(s.listeners):len(s.listeners)]
	s.listening.Unlock()
	for _, f := range listeners {
		f()
	}
}

// change runs one write transaction, puts the channels it returns in force, and tells everybody.
func (s *Service) change(ctx context.Context, f func(tx *store.Tx) ([]*store.Channel, error)) error {
	s.changing.Lock()
	var touched []*store.Channel
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		touched, err = f(tx)
		return err
	}, topic+s.instance)
	if err == nil {
		s.snap.Store(s.with(s.snap.Load(), touched))
	}
	s.changing.Unlock()
	if err == nil {
		s.announce()
	}
	return err
}

// audit logs a change with who made it.
func (s *Service) audit(ctx context.Context, what string, args ...any) {
	a := burncloud.ActorOf(ctx)
	args = append(args, "actor", a.Username, "actor_id", a.UserID, "via", a.Via)
	s.log.InfoContext(ctx, what, args...)
}

func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func invalid(param, format string, args ...any) *burncloud.Fault {
	f := burncloud.Faultf(burncloud.Invalid, format, args...)
	f.Param = param
	return f
}

// missing turns the store's "not found" into a fault.
func missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return burncloud.Wrap(burncloud.NotFound, err, "no such channel")
	}
	return err
}

// taken turns the store's "conflict" into a fault about the name.
func taken(err error, name string) error {
	if errors.Is(err, store.ErrConflict) {
		f := invalid("name", "there is a channel named %q already", name)
		f.Err = err
		return f
	}
	return err
}
