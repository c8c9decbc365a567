package account

import (
	"context"
	"net/netip"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Counter counts attempts, for all nodes together where they share a cache.
type Counter interface {
	// Incr adds one to key and returns the sum. The first Incr starts ttl, after which key is gone.
	Incr(ctx context.Context, key string, ttl time.Duration) (int64, error)
	Delete(ctx context.Context, key string) error
}

// Failed logins are counted per username and per client address. The first few are free; each one after
// them must wait, longer and longer up to a bound, so that guessing is slow and nobody is locked out for
// ever. What is counted is forgotten failWindow after the first failure, or by a success.
const (
	freePerUser = 5
	freePerIP   = 20
	failWindow  = 15 * time.Minute
	longestWait = time.Minute
)

// admit counts an attempt before it is made, so that many at once cannot slip through, and refuses it
// with RateLimited when it comes too early. An address from which the user is signed in already has a
// count of its own: a stranger's guesses must not keep the user out.
func (s *Service) admit(ctx context.Context, u *store.User, username, clientIP string) error {
	c := countersOf(username, clientIP)
	if c.ip != "" {
		if f := s.attempt(ctx, c.ip, freePerIP); f != nil {
			return f
		}
	}
	name := c.user
	if u.ID != "" && c.known != "" && s.signedInFrom(ctx, u.ID, clientIP) {
		name = c.known
	}
	if f := s.attempt(ctx, name, freePerUser); f != nil {
		return f
	}
	return nil
}

// attempt counts under key. A cache that does not answer is no reason to keep everybody out: passwords
// are checked one at a time anyway.
func (s *Service) attempt(ctx context.Context, key string, free int64) *burncloud.Fault {
	n, err := s.counter.Incr(ctx, key, failWindow)
	if err != nil {
		s.log.WarnContext(ctx, "failed logins cannot be counted", "error", err)
		return nil
	}
	if n <= free {
		return nil
	}
	wait := longestWait
	if over := n - free; over < 7 {
		wait = min(wait, time.Second<<(over-1))
	}
	turn, err := s.counter.Incr(ctx, key+waiting, wait)
	if err != nil {
		s.log.WarnContext(ctx, "failed logins cannot be counted", "error", err)
		return nil
	}
	if turn == 1 { // the wait begins with this attempt, which may still be made
		return nil
	}
	f := burncloud.Faultf(burncloud.RateLimited, "too many failed logins; try again in %s", wait)
	f.RetryAfter = wait
	return f
}

// forgive forgets the failures of a user who signed in, and the address's.
func (s *Service) forgive(ctx context.Context, username, clientIP string) {
	c := countersOf(username, clientIP)
	for _, k := range []string{c.user, c.ip, c.known} {
		if k == "" {
			continue
		}
		for _, key := range []string{k, k + waiting} {
			if err := s.counter.Delete(ctx, key); err != nil {
				s.log.WarnContext(ctx, "failed logins cannot be forgotten", "error", err)
			}
		}
	}
}

func (s *Service) signedInFrom(ctx context.Context, userID, clientIP string) bool {
	now := s.clock()
	ok, err := s.store.Read().SessionFrom(ctx, userID, clientIP, now, now.Add(-s.idle))
	return err == nil && ok
}

// waiting ends the key of the counter that says whose turn it is while others wait.
const waiting = "/wait"

// counters are the keys that an attempt is counted under; the last two are "" without an address.
type counters struct {
	user  string
	ip    string
	known string // the user from this address
}

func countersOf(username, clientIP string) counters {
	c := counters{user: "login/user/" + store.FoldName(cut(username, 4*maxUsername))}
	if ip := network(clientIP); ip != "" {
		c.ip = "login/ip/" + ip
		c.known = c.user + "/from/" + ip
	}
	return c
}

// network is the address that failures are counted under: of IPv6 the /64 that one subscriber has. "" is
// no address, as on a local socket.
func network(clientIP string) string {
	a, err := netip.ParseAddr(clientIP)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, err := a.Prefix(64)
		if err != nil {
			return ""
		}
		return p.String()
	}
	return a.String()
}
