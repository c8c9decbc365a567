package account

import (
	"context"
	"errors"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// DefaultGroup is the group of users for whom no other is named. It cannot be deleted.
const DefaultGroup = "default"

// CreateGroup adds a group.
func (s *Service) CreateGroup(ctx context.Context, g burncloud.Group) (*burncloud.Group, error) {
	g.Managed = false
	if err := completeGroup(&g); err != nil {
		return nil, err
	}
	err := s.change(ctx, func(tx *store.Tx) (touched, error) {
		return touched{}, taken(tx.InsertGroup(ctx, g), "name", "there is a group of this name")
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "group created", "group", g.Name)
	return &g, nil
}

// GetGroup finds a group by name; NotFound.
func (s *Service) GetGroup(ctx context.Context, name string) (*burncloud.Group, error) {
	g, err := s.store.Read().Group(ctx, name)
	return g, missing(err, "group")
}

// ListGroups lists all groups by name.
func (s *Service) ListGroups(ctx context.Context) ([]burncloud.Group, error) {
	return s.store.Read().Groups(ctx)
}

// UpdateGroup changes a group's ratio; its name is what users and channels know it by, and stays.
func (s *Service) UpdateGroup(ctx context.Context, g burncloud.Group) (*burncloud.Group, error) {
	g.Managed = false
	if err := completeGroup(&g); err != nil {
		return nil, err
	}
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		old, err := tx.Group(ctx, g.Name)
		if err != nil {
			return t, missing(err, "group")
		}
		if old.Managed {
			return t, declared("group", g.Name)
		}
		return t, tx.UpdateGroup(ctx, g)
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "group updated", "group", g.Name, "ratio", g.Ratio)
	return &g, nil
}

// DeleteGroup removes a group that no user and no channel is in.
func (s *Service) DeleteGroup(ctx context.Context, name string) error {
	if name == DefaultGroup {
		return invalid("name", "the group %q cannot be deleted", DefaultGroup)
	}
	err := s.change(ctx, func(tx *store.Tx) (t touched, err error) {
		g, err := tx.Group(ctx, name)
		if err != nil {
			return t, missing(err, "group")
		}
		if g.Managed {
			return t, declared("group", name)
		}
		who, err := groupUser(ctx, tx, name, true)
		if err != nil {
			return t, err
		}
		if who != "" {
			return t, invalid("name", "the group %q is in use by %s", name, who)
		}
		return t, tx.DeleteGroup(ctx, name)
	})
	if err != nil {
		return err
	}
	s.audit(ctx, "group deleted", "group", name)
	return nil
}

// groupUser names one user or channel of a group, "" when there is none. Channels that the configuration
// file declares count only when declared is true.
func groupUser(ctx context.Context, tx *store.Tx, group string, declared bool) (string, error) {
	users, err := tx.Users(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range users {
		if u.Group == group {
			return "user " + u.Username, nil
		}
	}
	channels, err := tx.Channels(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range channels {
		if slices.Contains(c.Groups, group) && (declared || !c.Managed) {
			return "channel " + c.Name, nil
		}
	}
	return "", nil
}

// groupExists is Invalid when there is no such group.
func groupExists(ctx context.Context, tx *store.Tx, name string) error {
	if _, err := tx.Group(ctx, name); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return invalid("group", "there is no group %q", name)
}

// completeGroup checks a group. Ratios other than 1 are refused until the price engine applies them: a
// ratio that is accepted and ignored would be a wrong bill.
func completeGroup(g *burncloud.Group) error {
	if g.Ratio == "" {
		g.Ratio = "1"
	}
	if r, err := burncloud.ParseMoney(g.Ratio); err != nil || r != burncloud.USD {
		return invalid("ratio", "the ratio %q is not supported yet; only 1 is", g.Ratio)
	}
	g.Ratio = "1"
	return checkName("name", "group", g.Name)
}
