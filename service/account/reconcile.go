package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Declared is what the configuration file wants there to be. Names in it are unique: groups and users
// by name, keys by user and name.
type Declared struct {
	Groups []burncloud.Group
	Users  []DeclaredUser
	Keys   []DeclaredKey
}

// DeclaredUser is a user of the file. Its balance is for the ledger; see Report.
type DeclaredUser struct {
	Username  string
	Group     string // "" is DefaultGroup
	Unlimited bool
	Enabled   bool
	Balance   burncloud.Money
}

// DeclaredKey is a key of the file.
type DeclaredKey struct {
	Name    string
	User    string // username
	Secret  string // "" has one made, once
	Models  []string
	Limit   *burncloud.Money // nil is unlimited
	Expires *time.Time
	Enabled bool
}

// Change is one thing that Reconcile did.
type Change struct {
	Action string // "created", "updated", "deleted", "restored", "released" (not managed any more), "waiting"
	What   string // "group", "user", "key"
	Name   string
	ID     string // of a user or key
	Note   string // why, where it is not plain
}

// Report is what Reconcile did.
type Report struct {
	Changes []Change
	// Balances are the declared balances above zero, of all declared users, new and old: book each as a
	// top-up once per user id.
	Balances []DeclaredBalance
	// Secrets are those made for new keys, by key id. Show them once.
	Secrets map[string]string
}

// DeclaredBalance is what a declared user starts with.
type DeclaredBalance struct {
	UserID   string
	Username string
	Amount   burncloud.Money
}

// Reconcile makes groups, users and keys as the file declares them, all or nothing. It writes nothing
// when nothing differs. What exists under a declared name is taken over; what was declared and is not
// any more is deleted, and restored, with its id, balance and secret, when it is declared again. A group
// that undeclared users or channels are still in is kept and released from the file. A key of a user who
// does not exist yet (the admin before the first setup) waits for the next Reconcile.
func (s *Service) Reconcile(ctx context.Context, d Declared) (*Report, error) {
	var r *reconciler
	err := s.change(ctx, func(tx *store.Tx) (touched, error) {
		r = &reconciler{s: s, tx: tx, now: s.clock(), report: Report{Secrets: map[string]string{}}}
		err := r.run(ctx, d)
		return r.touched, err
	})
	if errors.Is(err, errNothing) {
		return &r.report, nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range r.report.Changes {
		s.audit(ctx, c.What+" "+c.Action, "name", c.Name, "id", c.ID, "note", c.Note)
	}
	return &r.report, nil
}

// errNothing ends the transaction of a Reconcile that changed nothing, so that nobody is told of a change.
var errNothing = errors.New("nothing to change")

// reconciler is one run of Reconcile.
type reconciler struct {
	s       *Service
	tx      *store.Tx
	now     time.Time
	touched touched
	report  Report
	users   map[string]*store.User // declared or not, by folded name
	wrote   bool
}

func (r *reconciler) run(ctx context.Context, d Declared) error {
	steps := []func(context.Context, Declared) error{
		r.addGroups, r.loadUsers, r.setUsers, r.dropKeys, r.freeSecrets, r.setKeys, r.dropUsers, r.dropGroups,
	}
	for _, step := range steps {
		if err := step(ctx, d); err != nil {
			return err
		}
	}
	if !r.wrote {
		return errNothing
	}
	return nil
}

// did notes a change.
func (r *reconciler) did(action, what, name, id, note string) {
	r.report.Changes = append(r.report.Changes, Change{action, what, name, id, note})
	r.wrote = r.wrote || action != "waiting"
}

func (r *reconciler) addGroups(ctx context.Context, d Declared) error {
	for _, g := range d.Groups {
		if err := completeGroup(&g); err != nil {
			return err
		}
		g.Managed = true
		old, err := r.tx.Group(ctx, g.Name)
		switch {
		case errors.Is(err, store.ErrNotFound):
			r.did("created", "group", g.Name, "", "")
			err = r.tx.InsertGroup(ctx, g)
		case err == nil && *old != g:
			r.did("updated", "group", g.Name, "", "")
			err = r.tx.UpdateGroup(ctx, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reconciler) dropGroups(ctx context.Context, d Declared) error {
	groups, err := r.tx.Groups(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !g.Managed || slices.ContainsFunc(d.Groups, func(x burncloud.Group) bool { return x.Name == g.Name }) {
			continue
		}
		who, err := groupUser(ctx, r.tx, g.Name, false)
		if err != nil {
			return err
		}
		if who == "" && g.Name != DefaultGroup {
			r.did("deleted", "group", g.Name, "", "")
			err = r.tx.DeleteGroup(ctx, g.Name)
		} else {
			r.did("released", "group", g.Name, "", "in use by "+who)
			g.Managed = false
			err = r.tx.UpdateGroup(ctx, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reconciler) loadUsers(ctx context.Context, _ Declared) error {
	users, err := r.tx.Users(ctx)
	r.users = make(map[string]*store.User, len(users))
	for _, u := range users {
		r.users[store.FoldName(u.Username)] = u
	}
	return err
}

func (r *reconciler) setUsers(ctx context.Context, d Declared) error {
	seen := map[string]bool{}
	for _, want := range d.Users {
		u, err := r.setUser(ctx, want)
		if err != nil {
			return err
		}
		if seen[u.ID] {
			return invalid("users", "the user %q is declared twice", want.Username)
		}
		seen[u.ID] = true
		r.users[store.FoldName(u.Username)] = u
		if want.Balance > 0 {
			r.report.Balances = append(r.report.Balances, DeclaredBalance{u.ID, u.Username, want.Balance})
		}
	}
	return nil
}

func (r *reconciler) setUser(ctx context.Context, want DeclaredUser) (*store.User, error) {
	if want.Group == "" {
		want.Group = DefaultGroup
	}
	if err := checkUsername(want.Username); err != nil {
		return nil, err
	}
	if err := groupExists(ctx, r.tx, want.Group); err != nil {
		return nil, err
	}
	action, write := "updated", r.tx.UpdateUser
	u := r.users[store.FoldName(want.Username)]
	if u == nil {
		old, err := r.tx.DeletedUser(ctx, want.Username)
		switch {
		case err == nil:
			u, action = old, "restored"
		case errors.Is(err, store.ErrNotFound):
			u = &store.User{User: burncloud.User{ID: newID(), Role: burncloud.Member, Created: r.now}}
			action, write = "created", r.tx.InsertUser
		default:
			return nil, err
		}
	}
	if u.Role == burncloud.Owner {
		return nil, invalid("users", "the user %q is the owner and cannot be declared under users", u.Username)
	}
	before := *u
	u.Username, u.Group, u.Unlimited, u.Enabled = want.Username, want.Group, want.Unlimited, want.Enabled
	u.Managed, u.Deleted = true, time.Time{}
	if action == "updated" && *u == before {
		return u, nil
	}
	u.Updated = r.now
	r.did(action, "user", u.Username, u.ID, "")
	r.touched.users = append(r.touched.users, u)
	return u, write(ctx, u)
}

// dropUsers deletes the users that are declared no more, and their keys.
func (r *reconciler) dropUsers(ctx context.Context, d Declared) error {
	declared := make(map[string]bool, len(d.Users))
	for _, u := range d.Users {
		declared[store.FoldName(u.Username)] = true
	}
	for name, u := range r.users {
		if !u.Managed || declared[name] {
			continue
		}
		t, err := r.s.deleteUser(ctx, r.tx, u)
		if err != nil {
			return err
		}
		r.did("deleted", "user", u.Username, u.ID, "")
		r.touched.users = append(r.touched.users, t.users...)
		r.touched.keys = append(r.touched.keys, t.keys...)
	}
	return nil
}
