package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Session is one login of the console.
type Session struct {
	Hash     [32]byte // SHA-256 of the cookie's value
	UserID   string
	Created  time.Time
	Seen     time.Time
	Expires  time.Time // absolute
	ClientIP string
	Agent    string
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash     []byte `bun:"hash,pk"`
	UserID   string `bun:"user_id"`
	Created  int64  `bun:"created_at"`
	Seen     int64  `bun:"seen_at"`
	Expires  int64  `bun:"expires_at"`
	ClientIP string `bun:"client_ip"`
	Agent    string `bun:"agent"`
}

func (r *sessionRow) session() *Session {
	s := &Session{
		UserID: r.UserID, Created: fromMicros(r.Created), Seen: fromMicros(r.Seen), Expires: fromMicros(r.Expires),
		ClientIP: r.ClientIP, Agent: r.Agent,
	}
	copy(s.Hash[:], r.Hash)
	return s
}

// Session finds a session, expired ones too; ErrNotFound.
func (r Reader) Session(ctx context.Context, hash [32]byte) (*Session, error) {
	var row sessionRow
	if err := r.db.NewSelect().Model(&row).Where("hash = ?", hash[:]).Scan(ctx); err != nil {
		return nil, wrap("read session", err)
	}
	return row.session(), nil
}

// InsertSession adds a session.
func (t *Tx) InsertSession(ctx context.Context, s *Session) error {
	_, err := t.db.NewInsert().Model(&sessionRow{
		Hash: s.Hash[:], UserID: s.UserID, Created: micros(s.Created), Seen: micros(s.Seen), Expires: micros(s.Expires),
		ClientIP: s.ClientIP, Agent: s.Agent,
	}).Exec(ctx)
	return wrap("insert session", err)
}

// TouchSession records when a session was last seen. A session that has ended stays ended.
func (t *Tx) TouchSession(ctx context.Context, hash [32]byte, seen time.Time) error {
	_, err := t.db.NewUpdate().Model((*sessionRow)(nil)).Set("seen_at = ?", micros(seen)).Where("hash = ?", hash[:]).Exec(ctx)
	return wrap("touch session", err)
}

// DeleteSession ends a session; one that is not there is no error.
func (t *Tx) DeleteSession(ctx context.Context, hash [32]byte) error {
	_, err := t.db.NewDelete().Model((*sessionRow)(nil)).Where("hash = ?", hash[:]).Exec(ctx)
	return wrap("delete session", err)
}

// DeleteSessions ends all sessions of a user.
func (t *Tx) DeleteSessions(ctx context.Context, userID string) error {
	_, err := t.db.NewDelete().Model((*sessionRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return wrap("delete sessions", err)
}

// DeleteStaleSessions removes sessions that expired before now or were last seen before idle.
func (t *Tx) DeleteStaleSessions(ctx context.Context, now, idle time.Time) error {
	_, err := t.db.NewDelete().Model((*sessionRow)(nil)).
		Where("expires_at <= ? OR seen_at <= ?", micros(now), micros(idle)).Exec(ctx)
	return wrap("delete stale sessions", err)
}

// SessionFrom tells whether a user has a session from this address that has not expired by now and was
// seen after idle.
func (r Reader) SessionFrom(ctx context.Context, userID, clientIP string, now, idle time.Time) (bool, error) {
	ok, err := r.db.NewSelect().Model((*sessionRow)(nil)).Where("user_id = ? AND client_ip = ?", userID, clientIP).
		Where("expires_at > ? AND seen_at > ?", micros(now), micros(idle)).Exists(ctx)
	return ok, wrap("read sessions", err)
}
