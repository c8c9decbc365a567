package account

import (
	"context"
	"errors"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// NewUser is a user to be made.
type NewUser struct {
	Username  string
	Password  string         // "" cannot log in
	Role      burncloud.Role // "" is Member; Owner is refused
	Group     string         // "" is DefaultGroup
	Unlimited bool
}

// UserChange is what to change of a user; nil fields stay as they are.
type UserChange struct {
	Username  *string
	Group     *string
	Role      *burncloud.Role
	Enabled   *bool
	Unlimited *bool
	Password  *string // ends all sessions of the user; "" ends the user's logins altogether
}

// CreateUser adds a user. Invalid names the field at fault.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (*burncloud.User, error) {
	if n.Role == "" {
		n.Role = burncloud.Member
	}
	if n.Group == "" {
		n.Group = DefaultGroup
	}
	if err := errors.Join(checkUsername(n.Username), checkRole(n.Role)); err != nil {
		return nil, burncloud.AsFault(err)
	}
	phc, err := s.newPassword(ctx, n.Username, n.Password)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	u := &store.User{User: burncloud.User{
		ID: newID(), Username: n.Username, Role: n.Role, Group: n.Group, Enabled: true, Unlimited: n.Unlimited, Created: now,
	}, Password: phc, Updated: now}
	err = s.change(ctx, func(tx *store.Tx) (touched, error) {
		if err := groupExists(ctx, tx, u.Group); err != nil {
			return touched{}, err
		}
		return touched{users: []*store.User{u}}, insertUser(ctx, tx, u)
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "user created", "user", u.ID, "username", u.Username, "role", u.Role, "group", u.Group)
	return copyUser(&u.User), nil
}

// GetUser finds a user by id; NotFound.
func (s *Service) GetUser(_ context.Context, id string) (*burncloud.User, error) {
	u, ok := s.snap.Load().users[id]
	if !ok {
		return nil, noUser()
	}
	return copyUser(u), nil
}

// FindUser finds a user by name, whatever its case; NotFound.
func (s *Service) FindUser(ctx context.Context, username string) (*burncloud.User, error) {
	u, err := s.store.Read().UserByName(ctx, username)
	if err != nil {
		return nil, missing(err, "user")
	}
	return &u.User, nil
}

// ListUsers lists all users by name.
func (s *Service) ListUsers(context.Context) ([]burncloud.User, error) {
	users := s.snap.Load().users
	out := make([]burncloud.User, 0, len(users))
	for _, u := range users {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b burncloud.User) int { return compareFold(a.Username, b.Username) })
	return out, nil
}

// UserNames gives the names behind user ids, of deleted users too; ids that were never there are left out.
func (s *Service) UserNames(ctx context.Context, ids []string) (map[string]string, error) {
	return s.store.Read().UserNames(ctx, ids)
}

// UpdateUser changes a user. The owner stays owner, enabled and unlimited, and only the owner changes the
// owner; a user declared by the configuration file takes nothing but a new password. A new password, or
// being disabled, ends the user's sessions.
func (s *Service) UpdateUser(ctx context.Context, id string, c UserChange) (*burncloud.User, error) {
	var phc string
	if c.Password != nil {
		u, err := s.GetUser(ctx, id)
		if err != nil {
			return nil, err
		}
		if phc, err = s.newPassword(ctx, u.Username, *c.Password); err != nil {
			return nil, err
		}
	}
	var u *store.User
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if u, err = tx.User(ctx, id); err != nil {
			return t, missing(err, "user")
		}
		if err := mayChange(ctx, u, c); err != nil {
			return t, err
		}
		if c.Group != nil && *c.Group != u.Group {
			if err := groupExists(ctx, tx, *c.Group); err != nil {
				return t, err
			}
		}
		c.apply(u)
		if c.Password != nil {
			u.Password = phc
		}
		u.Updated = s.clock()
		if err := tx.UpdateUser(ctx, u); err != nil {
			return t, taken(err, "username", "this username is taken")
		}
		if c.Password != nil || !u.Enabled {
			err = tx.DeleteSessions(ctx, u.ID)
		}
		return touched{users: []*store.User{u}}, err
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "user updated", "user", u.ID, "username", u.Username, "role", u.Role, "group", u.Group,
		"enabled", u.Enabled, "unlimited", u.Unlimited, "password_changed", c.Password != nil)
	return copyUser(&u.User), nil
}

// DeleteUser removes a user with all keys, tokens and sessions. The owner cannot be deleted.
func (s *Service) DeleteUser(ctx context.Context, id string) error {
	var u *store.User
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		if u, err = tx.User(ctx, id); err != nil {
			return t, missing(err, "user")
		}
		if u.Role == burncloud.Owner {
			return t, burncloud.Faultf(burncloud.Forbidden, "the owner cannot be deleted")
		}
		if u.Managed {
			return t, declared("user", u.Username)
		}
		return s.deleteUser(ctx, tx, u)
	})
	if err != nil {
		return err
	}
	s.audit(ctx, "user deleted", "user", u.ID, "username", u.Username)
	return nil
}

// deleteUser marks a user and the user's keys as deleted and forgets tokens and sessions.
func (s *Service) deleteUser(ctx context.Context, tx *store.Tx, u *store.User) (t touched, err error) {
	keys, err := tx.Keys(ctx, store.KeyFilter{UserID: u.ID})
	if err != nil {
		return t, err
	}
	now := s.clock()
	for _, k := range keys {
		k.Deleted = now
		if err := tx.UpdateKey(ctx, k); err != nil {
			return t, err
		}
	}
	u.Deleted = now
	err = errors.Join(tx.UpdateUser(ctx, u), tx.DeleteTokens(ctx, u.ID), tx.DeleteSessions(ctx, u.ID))
	return touched{users: []*store.User{u}, keys: keys}, err
}

func (c UserChange) apply(u *store.User) {
	set(&u.Username, c.Username)
	set(&u.Group, c.Group)
	set(&u.Role, c.Role)
	set(&u.Enabled, c.Enabled)
	set(&u.Unlimited, c.Unlimited)
}

// mayChange holds the rules of UpdateUser.
func mayChange(ctx context.Context, u *store.User, c UserChange) error {
	others := c.Username != nil || c.Group != nil || c.Role != nil || c.Enabled != nil || c.Unlimited != nil
	owner := u.Role == burncloud.Owner
	switch {
	case owner && burncloud.ActorOf(ctx).Role != burncloud.Owner:
		return burncloud.Faultf(burncloud.Forbidden, "only the owner may change the owner")
	case u.Managed && others:
		return declared("user", u.Username)
	case owner && c.Role != nil && *c.Role != burncloud.Owner:
		return invalid("role", "the owner stays owner")
	case owner && c.Enabled != nil && !*c.Enabled:
		return invalid("enabled", "the owner cannot be disabled")
	case owner && c.Password != nil && *c.Password == "":
		return invalid("password", "the owner needs a password")
	case owner && c.Unlimited != nil && !*c.Unlimited:
		return invalid("unlimited", "the owner has no balance limit")
	}
	if c.Username != nil {
		if err := checkUsername(*c.Username); err != nil {
			return err
		}
	}
	if c.Role != nil && !owner {
		return checkRole(*c.Role)
	}
	return nil
}

// insertUser adds a user; Invalid when the name is taken.
func insertUser(ctx context.Context, tx *store.Tx, u *store.User) error {
	return taken(tx.InsertUser(ctx, u), "username", "the username "+u.Username+" is taken")
}

// newPassword checks and hashes a password; "" is no password.
func (s *Service) newPassword(ctx context.Context, username, password string) (string, error) {
	if password == "" {
		return "", nil
	}
	if err := checkPassword(username, password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// checkRole refuses what is no role, and a second owner.
func checkRole(r burncloud.Role) error {
	switch r {
	case burncloud.Admin, burncloud.Member:
		return nil
	case burncloud.Owner:
		return invalid("role", "there is one owner: the user of the first setup")
	}
	return invalid("role", "unknown role %q; there are %s and %s", r, burncloud.Admin, burncloud.Member)
}

// noUser is the answer to an id that no user has.
func noUser() error { return burncloud.Faultf(burncloud.NotFound, "no such user") }

func copyUser(u *burncloud.User) *burncloud.User { c := *u; return &c }

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}
