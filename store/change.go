package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// AllTopics is the topic that subscribers get when changes may have been missed: after the connection
// that listens to other nodes was lost. Whoever caches something reloads it.
const AllTopics = "*"

// pgChannel is the name under which nodes tell each other of changes in PostgreSQL.
const pgChannel = "burncloud"

// Notify tells all subscribers, in PostgreSQL those of other nodes too, that something about topic has
// changed in the database. Methods that change rows use the topics of tx instead, which leave together
// with the commit.
func (s *Store) Notify(ctx context.Context, topic string) error {
	if err := s.announce(ctx, s.main.write, []string{topic}); err != nil {
		return mapError(err)
	}
	s.changes.deliver([]string{topic})
	return nil
}

// Subscribe calls fn for each change, also for this process's own, until cancel. fn runs on the
// goroutine that made the change and must be quick; it may get AllTopics.
func (s *Store) Subscribe(fn func(topic string)) (cancel func()) {
	c := &s.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	id := c.next
	c.subs = append(slices.Clip(c.subs), subscriber{id, fn})
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.subs = slices.DeleteFunc(slices.Clone(c.subs), func(s subscriber) bool { return s.id == id })
	}
}

// announce tells the other nodes, at the commit of db when that is a transaction.
func (s *Store) announce(ctx context.Context, db bun.IDB, topics []string) error {
	if s.engine != Postgres {
		return nil
	}
	for _, t := range topics {
		if _, err := db.ExecContext(ctx, "SELECT pg_notify(?, ?)", pgChannel, s.changes.node+" "+t); err != nil {
			return err
		}
	}
	return nil
}

func (c *changes) deliver(topics []string) {
	if len(topics) == 0 {
		return
	}
	c.mu.Lock()
	subs := c.subs
	c.mu.Unlock()
	for _, t := range topics {
		for _, s := range subs {
			s.fn(t)
		}
	}
}

func (c *changes) stop() {
	if c.halt != nil {
		c.halt()
		c.halt = nil
	}
}

// listen passes on what other nodes announce until ctx ends. It reconnects by itself, and then says
// AllTopics, since announcements made meanwhile are lost. ready gets nil when it hears for the first
// time, or the error when it cannot, and then it ends.
func (s *Store) listen(ctx context.Context, config *pgx.ConnConfig, ready chan<- error) {
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	heard, wait := false, shortest
	for ctx.Err() == nil {
		err := s.listenOnce(ctx, config, func() {
			wait = shortest
			if heard {
				s.changes.deliver([]string{AllTopics})
				return
			}
			heard = true
			ready <- nil
		})
		if ctx.Err() != nil {
			return
		}
		if !heard {
			ready <- err
			return
		}
		s.log.Warn("store: lost the connection that listens for changes of other nodes", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, longest)
		}
	}
}

// listenOnce listens on one connection, and says so by calling ready, until that breaks or ctx ends.
func (s *Store) listenOnce(ctx context.Context, config *pgx.ConnConfig, ready func()) error {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(end) // nothing is lost with a connection that only listens
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ready()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		if node, topic, ok := strings.Cut(n.Payload, " "); ok && node != s.changes.node {
			s.changes.deliver([]string{topic})
		}
	}
}
