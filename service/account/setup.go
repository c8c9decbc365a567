package account

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// NeedsSetup tells that there is no owner yet, so that Setup is open.
func (s *Service) NeedsSetup() bool { return !s.owned.Load() }

// SetupToken is what somebody who reads this process's log can prove to be allowed to do the first setup
// with, from anywhere. It is "" when the setup is done.
func (s *Service) SetupToken() string {
	if !s.NeedsSetup() {
		return ""
	}
	return s.setupToken
}

// CheckSetupToken tells whether token is SetupToken. Without a setup to do no token is right.
func (s *Service) CheckSetupToken(token string) bool {
	return s.NeedsSetup() && subtle.ConstantTimeCompare([]byte(token), []byte(s.setupToken)) == 1
}

// Setup makes the owner, once: of many who race, on any node, one succeeds and the others are Forbidden.
func (s *Service) Setup(ctx context.Context, username, password string) (*burncloud.User, error) {
	if !s.NeedsSetup() {
		return nil, alreadySetUp()
	}
	if err := errors.Join(checkUsername(username), checkPassword(username, password)); err != nil {
		return nil, burncloud.AsFault(err)
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	u := &store.User{User: burncloud.User{
		ID: newID(), Username: username, Role: burncloud.Owner, Group: DefaultGroup, Enabled: true, Unlimited: true, Created: now,
	}, Password: phc, Updated: now}
	err = s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if _, err := tx.Owner(ctx); !errors.Is(err, store.ErrNotFound) {
			return t, errors.Join(err, alreadySetUp())
		}
		return touched{users: []*store.User{u}}, insertUser(ctx, tx, u)
	})
	if err != nil {
		return nil, burncloud.AsFault(err)
	}
	s.audit(ctx, "owner created", "user", u.ID, "username", u.Username)
	return copyUser(&u.User), nil
}

// EnsureAdmin does the first setup with the name and password of the configuration, and nothing once
// there is an owner.
func (s *Service) EnsureAdmin(ctx context.Context, username, password string) error {
	if !s.NeedsSetup() {
		return nil
	}
	_, err := s.Setup(ctx, username, password)
	if err != nil && !s.NeedsSetup() { // another node was faster
		return nil
	}
	return err
}

func alreadySetUp() *burncloud.Fault {
	return burncloud.Faultf(burncloud.Forbidden, "the setup has been done already; sign in instead")
}
