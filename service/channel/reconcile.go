package channel

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Change is one thing that Reconcile did.
type Change struct {
	Action string // "created", "updated", "deleted", "restored"
	Name   string
	ID     string
}

// errNothing ends the transaction of a Reconcile that changed nothing, so that nobody is told of a change.
var errNothing = errors.New("nothing to change")

// Reconcile makes channels as the configuration file declares them, all or nothing. It writes nothing
// when nothing differs. What exists under a declared name is taken over; what was declared and is not
// any more is deleted, and restored under its old id when it is declared again.
func (s *Service) Reconcile(ctx context.Context, declared []Draft) ([]Change, error) {
	var changes []Change
	err := s.change(ctx, func(tx *store.Tx) (touched []*store.Channel, err error) {
		changes = nil
		did := func(action string, c *store.Channel) {
			changes = append(changes, Change{action, c.Name, c.ID})
			touched = append(touched, c)
		}
		names := map[string]bool{}
		for _, d := range declared {
			if names[d.Name] {
				return nil, invalid("channels", "the channel %q is declared twice", d.Name)
			}
			names[d.Name] = true
			if err := s.reconcile(ctx, tx, d, did); err != nil {
				return nil, err
			}
		}
		rows, err := tx.Channels(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			if !c.Managed || names[c.Name] {
				continue
			}
			if _, err := s.delete(ctx, tx, c); err != nil {
				return nil, err
			}
			did("deleted", c)
		}
		if len(changes) == 0 {
			return nil, errNothing
		}
		return touched, nil
	})
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		s.audit(ctx, "channel "+c.Action, "channel", c.ID, "name", c.Name)
	}
	return changes, nil
}

// reconcile makes one declared channel.
func (s *Service) reconcile(ctx context.Context, tx *store.Tx, d Draft, did func(string, *store.Channel)) error {
	next, err := s.build(d)
	if err != nil {
		f := *burncloud.AsFault(err)
		f.Message = "channel " + d.Name + ": " + f.Message
		return &f
	}
	next.Managed = true
	if err := groupsExist(ctx, tx, next.Groups); err != nil {
		return err
	}
	action, write := "updated", tx.UpdateChannel
	old, err := tx.ChannelByName(ctx, d.Name)
	if errors.Is(err, store.ErrNotFound) {
		action = "restored"
		old, err = tx.DeletedChannel(ctx, d.Name)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		action, write = "created", tx.InsertChannel
	case err != nil:
		return err
	default:
		next.ID, next.Created = old.ID, old.Created
		next.Credentials = slices.Clone(old.Credentials)
		s.seal(next, d.Keys)
		if same(old, next) {
			return nil
		}
	}
	did(action, next)
	return write(ctx, next)
}

// same tells whether two forms of a channel differ in nothing that can be declared.
func same(a, b *store.Channel) bool {
	x, y := *a, *b
	x.Updated, y.Updated = time.Time{}, time.Time{}
	return reflect.DeepEqual(x, y)
}
