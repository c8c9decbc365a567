package account

import (
	"context"
	"errors"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Login is somebody's attempt to sign in.
type Login struct {
	Username string
	Password string
	ClientIP string
	Agent    string // User-Agent, to recognise the session by
}

// Session is a login that succeeded.
type Session struct {
	Token   string    // for the cookie; stored as SHA-256 and never shown again
	Expires time.Time // in any case; earlier when it is not used
	User    burncloud.User
}

// seenEvery is how exact the store knows when a session or token was last used.
const seenEvery = time.Minute

// maxAgent bounds what is kept of a User-Agent, in bytes.
const maxAgent = 200

// Login checks a password and opens a session. The fault is Unauthenticated for a wrong name or password
// alike, RateLimited with RetryAfter after too many of them, Forbidden for a disabled user.
func (s *Service) Login(ctx context.Context, l Login) (*Session, error) {
	u, err := s.store.Read().UserByName(ctx, l.Username)
	if errors.Is(err, store.ErrNotFound) {
		u, err = &store.User{}, nil
	}
	if err != nil {
		return nil, err
	}
	err = s.admit(ctx, u, l.Username, l.ClientIP)
	if err == nil {
		err = s.checkPassword(ctx, u, l.Password)
	}
	if err != nil { // logged without the name: people type passwords there
		s.log.InfoContext(ctx, "sign-in refused", "user", u.ID, "client_ip", l.ClientIP, "why", burncloud.AsFault(err).Kind)
		return nil, err
	}
	if !u.Enabled {
		return nil, burncloud.Faultf(burncloud.Forbidden, "this user is disabled; ask an administrator")
	}
	s.forgive(ctx, l.Username, l.ClientIP)
	session, err := s.OpenSession(ctx, u.ID, l.ClientIP, l.Agent)
	if err == nil {
		s.log.InfoContext(ctx, "signed in", "user", u.ID, "username", u.Username, "client_ip", l.ClientIP)
	}
	return session, err
}

// checkPassword is Unauthenticated when password is not u's.
func (s *Service) checkPassword(ctx context.Context, u *store.User, password string) error {
	if len(password) > maxPassword {
		password = password[:maxPassword] + "…" // too long to be anybody's, and not worth hashing whole
	}
	ok, err := s.hasher.verify(ctx, u.Password, password)
	if err == nil && !ok {
		return burncloud.Faultf(burncloud.Unauthenticated, "wrong username or password")
	}
	return err
}

// OpenSession opens a session for a user whose identity is proved already.
func (s *Service) OpenSession(ctx context.Context, userID, clientIP, agent string) (*Session, error) {
	u, err := s.GetUser(ctx, userID)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	token := newSecret("", secretLength)
	row := &store.Session{
		Hash: hashSecret(token), UserID: userID, Created: now, Seen: now, Expires: now.Add(s.max),
		ClientIP: clientIP, Agent: cut(agent, maxAgent),
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.DeleteStaleSessions(ctx, now, now.Add(-s.idle)), tx.InsertSession(ctx, row))
	})
	if err != nil {
		return nil, err
	}
	return &Session{Token: token, Expires: row.Expires, User: *u}, nil
}

// Session finds the user of a session and notes that it is in use. The fault is Unauthenticated when
// there is none, it has ended, or its user may not sign in any more.
func (s *Service) Session(ctx context.Context, token string) (*burncloud.User, error) {
	row, err := s.store.Read().Session(ctx, hashSecret(token))
	if errors.Is(err, store.ErrNotFound) {
		return nil, burncloud.Faultf(burncloud.Unauthenticated, "not signed in")
	}
	if err != nil {
		return nil, err
	}
	now := s.clock()
	u, ok := s.snap.Load().users[row.UserID]
	if !ok || !u.Enabled || !now.Before(row.Expires) || now.Sub(row.Seen) >= s.idle {
		return nil, burncloud.Faultf(burncloud.Unauthenticated, "the session has ended; sign in again")
	}
	if now.Sub(row.Seen) >= seenEvery {
		err := s.store.Write(ctx, func(tx *store.Tx) error { return tx.TouchSession(ctx, row.Hash, now) })
		if err != nil {
			s.log.WarnContext(ctx, "the use of a session could not be recorded", "error", err)
		}
	}
	return copyUser(u), nil
}

// Logout ends a session; one that has ended already is no error.
func (s *Service) Logout(ctx context.Context, token string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, hashSecret(token)) })
}

// EndSessions ends all sessions of a user.
func (s *Service) EndSessions(ctx context.Context, userID string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteSessions(ctx, userID) })
}

// ChangePassword replaces a user's own password, and ends all the user's sessions: open a new one for
// whoever asked. A wrong current password is Invalid and counts as a failed login.
func (s *Service) ChangePassword(ctx context.Context, userID, current, password, clientIP string) error {
	u, err := s.store.Read().User(ctx, userID)
	if err != nil {
		return missing(err, "user")
	}
	if err := checkPassword(u.Username, password); err != nil {
		return err
	}
	if err := s.admit(ctx, u, u.Username, clientIP); err != nil {
		return err
	}
	err = s.checkPassword(ctx, u, current)
	if f := new(burncloud.Fault); errors.As(err, &f) && f.Kind == burncloud.Unauthenticated {
		return invalid("current", "the current password is wrong")
	}
	if err != nil {
		return err
	}
	s.forgive(ctx, u.Username, clientIP)
	_, err = s.UpdateUser(ctx, userID, UserChange{Password: &password})
	return err
}

// cut shortens a text to n bytes at most, whole characters only.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return text[:n]
}
