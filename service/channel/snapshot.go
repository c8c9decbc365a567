package channel

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Live is a channel with its credentials opened. It is immutable and shared: never write to it. Printed,
// logged or encoded it shows no secret.
type Live struct {
	burncloud.Channel
	Secrets []string `json:"-"`
}

// String is the channel's name.
func (l Live) String() string { return l.Name }

// GoString keeps secrets out of %#v.
func (l Live) GoString() string { return fmt.Sprintf("channel.Live(%q)", l.Name) }

// Format keeps secrets out of every verb.
func (l Live) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, l.Name) } // a State reports its own errors

// LogValue keeps secrets out of logs.
func (l Live) LogValue() slog.Value { return slog.StringValue(l.Name) }

// Snapshot is the enabled channels at one moment, highest priority first, then by name. It is immutable.
type Snapshot struct {
	Channels []*Live
}

// Snapshot is what the gateway routes by. It reads memory alone.
func (s *Service) Snapshot() *Snapshot { return s.snap.Load() }

// reload reads all channels anew.
func (s *Service) reload(ctx context.Context) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	channels, err := s.store.Read().Channels(ctx)
	if err != nil {
		return err
	}
	s.snap.Store(s.with(&Snapshot{}, channels))
	return nil
}

// with is the snapshot after channels were changed.
func (s *Service) with(p *Snapshot, touched []*store.Channel) *Snapshot {
	next := &Snapshot{Channels: make([]*Live, 0, len(p.Channels)+len(touched))}
	for _, l := range p.Channels {
		if !slices.ContainsFunc(touched, func(c *store.Channel) bool { return c.ID == l.ID }) {
			next.Channels = append(next.Channels, l)
		}
	}
	for _, c := range touched {
		if !c.Enabled || !c.Deleted.IsZero() {
			continue
		}
		secrets, err := s.open(c)
		if err != nil {
			s.log.Error("channel is left out: its credentials cannot be opened", "channel", c.Name, "id", c.ID, "error", err)
			continue
		}
		next.Channels = append(next.Channels, &Live{Channel: c.Channel, Secrets: secrets})
	}
	slices.SortFunc(next.Channels, func(a, b *Live) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Name, b.Name))
	})
	return next
}

// open opens all credentials of a channel.
func (s *Service) open(c *store.Channel) ([]string, error) {
	secrets := make([]string, len(c.Credentials))
	for i, k := range c.Credentials {
		var err error
		if secrets[i], err = s.key.open(c.ID, k.Sealed); err != nil {
			return nil, fmt.Errorf("credential %d: %w", i+1, err)
		}
	}
	return secrets, nil
}

// seal makes a channel's credentials of secrets. Those that are sealed already stay as they are.
func (s *Service) seal(c *store.Channel, secrets []string) {
	had := map[string]store.Credential{}
	for _, k := range c.Credentials {
		if plain, err := s.key.open(c.ID, k.Sealed); err == nil {
			had[plain] = k
		}
	}
	c.Credentials = nil
	for _, secret := range secrets {
		k, ok := had[secret]
		if !ok {
			k = store.Credential{ID: newID(), Sealed: s.key.seal(c.ID, secret), Tail: tail(secret)}
		}
		c.Credentials = append(c.Credentials, k)
	}
}

// tail is the end of a secret that may be shown: four characters, of a short one less than a quarter.
func tail(secret string) string { return secret[len(secret)-min(4, len(secret)/4):] }
