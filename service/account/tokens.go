package account

import (
	"context"
	"errors"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Token is an access token for the control API. It acts as its user.
type Token struct {
	ID       string     `json:"id"`
	UserID   string     `json:"user_id"`
	Name     string     `json:"name"`   // unique among the user's tokens
	Prefix   string     `json:"prefix"` // the visible start of the secret
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty"` // nil is never
	LastUsed *time.Time `json:"last_used,omitempty"`
}

// NewToken is an access token to be made.
type NewToken struct {
	UserID  string
	Name    string
	Expires *time.Time // nil is never
}

// CreateToken adds an access token and returns it with its secret, which nobody can read again. A token
// of the owner is made by the owner alone.
func (s *Service) CreateToken(ctx context.Context, n NewToken) (*Token, string, error) {
	if err := checkName("name", "token", n.Name); err != nil {
		return nil, "", err
	}
	if err := s.checkExpiry(n.Expires); err != nil {
		return nil, "", err
	}
	now := s.clock()
	secret := newSecret(TokenPrefix, secretLength)
	t := &store.Token{
		ID: newID(), UserID: n.UserID, Name: n.Name, Hash: hashSecret(secret), Prefix: visible(secret), Created: now, Expires: n.Expires,
	}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, n.UserID)
		if err != nil {
			return missing(err, "user")
		}
		if u.Role == burncloud.Owner && burncloud.ActorOf(ctx).Role != burncloud.Owner {
			return burncloud.Faultf(burncloud.Forbidden, "only the owner may make a token of the owner")
		}
		return taken(tx.InsertToken(ctx, t), "name", "the user has a token of this name already")
	})
	if err != nil {
		return nil, "", err
	}
	s.audit(ctx, "token created", "token", t.ID, "name", t.Name, "user", t.UserID)
	return newToken(t), secret, nil
}

// ListTokens lists a user's access tokens, newest first; with "" everybody's.
func (s *Service) ListTokens(ctx context.Context, userID string) ([]Token, error) {
	rows, err := s.store.Read().Tokens(ctx, userID)
	if err != nil {
		return nil, err
	}
	out := make([]Token, len(rows))
	for i, t := range rows {
		out[i] = *newToken(t)
	}
	return out, nil
}

// GetToken finds an access token by id; NotFound.
func (s *Service) GetToken(ctx context.Context, id string) (*Token, error) {
	t, err := s.store.Read().Token(ctx, id)
	if err != nil {
		return nil, missing(err, "token")
	}
	return newToken(t), nil
}

// DeleteToken revokes an access token; NotFound.
func (s *Service) DeleteToken(ctx context.Context, id string) error {
	err := s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteToken(ctx, id) })
	if err != nil {
		return missing(err, "token")
	}
	s.audit(ctx, "token deleted", "token", id)
	return nil
}

// AuthenticateToken finds the user behind an access token's secret. The fault is Unauthenticated when it
// is unknown or has expired, Forbidden when its user is disabled.
func (s *Service) AuthenticateToken(ctx context.Context, secret string) (*burncloud.User, error) {
	t, err := s.store.Read().TokenByHash(ctx, hashSecret(secret))
	if errors.Is(err, store.ErrNotFound) {
		return nil, burncloud.Faultf(burncloud.Unauthenticated, "this access token is not known here; was it revoked?")
	}
	if err != nil {
		return nil, err
	}
	now := s.clock()
	if t.Expires != nil && !now.Before(*t.Expires) {
		return nil, burncloud.Faultf(burncloud.Unauthenticated, "this access token has expired; make a new one")
	}
	u, ok := s.snap.Load().users[t.UserID]
	if !ok || !u.Enabled {
		return nil, burncloud.Faultf(burncloud.Forbidden, "the user of this access token is disabled; ask an administrator")
	}
	if t.LastUsed == nil || now.Sub(*t.LastUsed) >= seenEvery {
		if err := s.store.Write(ctx, func(tx *store.Tx) error { return tx.TouchToken(ctx, t.ID, now) }); err != nil {
			s.log.WarnContext(ctx, "the use of a token could not be recorded", "error", err)
		}
	}
	return copyUser(u), nil
}

func newToken(t *store.Token) *Token {
	return &Token{
		ID: t.ID, UserID: t.UserID, Name: t.Name, Prefix: t.Prefix, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed,
	}
}
