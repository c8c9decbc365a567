package account

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// done is what a Reconcile did, one line each, sorted.
func (f *fixture) reconcile(t *testing.T, d Declared) (*Report, string) {
	t.Helper()
	r := must(f.Reconcile(ctx, d))(t)
	var lines []string
	for _, c := range r.Changes {
		lines = append(lines, c.Action+" "+c.What+" "+c.Name)
	}
	slices.Sort(lines)
	return r, strings.Join(lines, ", ")
}

func TestReconcile(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		told := 0
		f.OnChange(func() { told++ })
		const secret = "sk-declared-0123456789"
		d := Declared{
			Groups: []burncloud.Group{{Name: DefaultGroup, Ratio: "1"}, {Name: "vip"}},
			Users: []DeclaredUser{
				{Username: "alice", Group: "vip", Enabled: true, Balance: 10 * burncloud.USD},
				{Username: "bob", Unlimited: true, Enabled: true},
			},
			Keys: []DeclaredKey{
				{Name: "dev", User: "alice", Secret: secret, Models: []string{"m"}, Limit: ptr(burncloud.USD), Enabled: true},
				{Name: "made", User: "bob", Enabled: true},
			},
		}
		r, got := f.reconcile(t, d)
		if want := "created group vip, created key dev, created key made, created user alice, created user bob, updated group default"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if len(r.Balances) != 1 || r.Balances[0].Username != "alice" || r.Balances[0].Amount != 10*burncloud.USD {
			t.Errorf("balances %+v", r.Balances)
		}
		c, fault := f.Authenticate([]byte(secret))
		if fault != nil || c.User.Group != "vip" || !c.Key.Managed || !c.User.Managed || !c.Allowed("m") || c.Key.Limit != burncloud.USD {
			t.Fatalf("%+v, %v", c, fault)
		}
		if len(r.Secrets) != 1 {
			t.Fatalf("secrets made: %d", len(r.Secrets))
		}
		var made string
		for id, s := range r.Secrets {
			made = s
			if c, fault := f.Authenticate([]byte(s)); fault != nil || c.Key.ID != id || !c.Key.Unlimited {
				t.Errorf("made secret: %+v, %v", c, fault)
			}
		}

		told = 0
		r, got = f.reconcile(t, d)
		if got != "" || told != 0 || len(r.Balances) != 1 || len(r.Secrets) != 0 {
			t.Errorf("a second time: %q, told %d times, %+v", got, told, r)
		}

		// What the file declares is changed there alone; a password is not in the file.
		_, err := f.UpdateUser(ctx, c.User.ID, UserChange{Enabled: ptr(false)})
		wantFault(t, err, burncloud.Forbidden, "")
		must(f.UpdateUser(ctx, c.User.ID, UserChange{Password: ptr(password)}))(t)
		wantFault(t, f.DeleteUser(ctx, c.User.ID), burncloud.Forbidden, "")
		_, err = f.UpdateKey(ctx, c.Key.ID, KeyChange{Name: ptr("x")})
		wantFault(t, err, burncloud.Forbidden, "")
		wantFault(t, f.DeleteKey(ctx, c.Key.ID), burncloud.Forbidden, "")
		wantFault(t, f.DeleteGroup(ctx, "vip"), burncloud.Forbidden, "")
		_, err = f.UpdateGroup(ctx, burncloud.Group{Name: "vip"})
		wantFault(t, err, burncloud.Forbidden, "")

		// Changed in the file.
		d.Keys[0].Enabled = false
		d.Users[1].Unlimited = false
		if _, got = f.reconcile(t, d); got != "updated key dev, updated user bob" {
			t.Errorf("got %s", got)
		}
		if _, fault := f.Authenticate([]byte(secret)); fault == nil {
			t.Error("a disabled key works")
		}

		// Removed from the file, and put back: same ids, same secrets, same password.
		if _, got = f.reconcile(t, Declared{}); got != "deleted group vip, deleted key dev, deleted key made, deleted user alice, deleted user bob, released group default" {
			t.Errorf("got %s", got)
		}
		if _, fault := f.Authenticate([]byte(made)); fault == nil {
			t.Error("a key that is declared no more works")
		}
		d.Keys[0].Enabled = true
		r, got = f.reconcile(t, d)
		if want := "created group vip, restored key dev, restored key made, restored user alice, restored user bob, updated group default"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		again, fault := f.Authenticate([]byte(secret))
		if fault != nil || again.User.ID != c.User.ID || again.Key.ID != c.Key.ID || len(r.Secrets) != 0 {
			t.Errorf("%+v, %v", again, fault)
		}
		if _, fault := f.Authenticate([]byte(made)); fault != nil {
			t.Errorf("the made secret is lost: %v", fault)
		}
		must(f.Login(ctx, Login{Username: "alice", Password: password}))(t)
	})
}

// TestReconcileTakesOver: what exists under a declared name becomes the file's.
func TestReconcileTakesOver(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := must(f.CreateUser(ctx, NewUser{Username: "alice", Password: password}))(t)
		k, secret := f.key(t, NewKey{UserID: u.ID, Name: "dev"})
		must(f.CreateGroup(ctx, burncloud.Group{Name: "vip"}))(t)
		_, got := f.reconcile(t, Declared{
			Groups: []burncloud.Group{{Name: "vip"}},
			Users:  []DeclaredUser{{Username: "Alice", Group: "vip", Enabled: true}},
			Keys:   []DeclaredKey{{Name: "dev", User: "ALICE", Enabled: true}},
		})
		if got != "updated group vip, updated key dev, updated user Alice" {
			t.Errorf("got %s", got)
		}
		c, fault := f.Authenticate([]byte(secret))
		if fault != nil || c.Key.ID != k.ID || c.User.ID != u.ID || c.User.Group != "vip" || c.User.Username != "Alice" {
			t.Errorf("%+v, %v", c, fault)
		}
		// A group that somebody else is in stays, without the file.
		must(f.CreateUser(ctx, NewUser{Username: "bob", Group: "vip"}))(t)
		if _, got := f.reconcile(t, Declared{}); got != "deleted key dev, deleted user Alice, released group vip" {
			t.Errorf("got %s", got)
		}
		if g := must(f.GetGroup(ctx, "vip"))(t); g.Managed {
			t.Error("still managed")
		}
	})
}

func TestReconcileSecretsMove(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		const a, b = "secret-aaaaaaaaaaaaaaaa", "secret-bbbbbbbbbbbbbbbb"
		declare := func(keys ...DeclaredKey) {
			t.Helper()
			for i := range keys {
				keys[i].User, keys[i].Enabled = "alice", true
			}
			f.reconcile(t, Declared{Users: []DeclaredUser{{Username: "alice", Enabled: true}}, Keys: keys})
			for _, k := range keys {
				if c, fault := f.Authenticate([]byte(k.Secret)); fault != nil || c.Key.Name != k.Name {
					t.Errorf("%s: %+v, %v", k.Name, c, fault)
				}
			}
		}
		declare(DeclaredKey{Name: "one", Secret: a}, DeclaredKey{Name: "two", Secret: b})
		declare(DeclaredKey{Name: "one", Secret: b}, DeclaredKey{Name: "two", Secret: a}) // swapped
		declare(DeclaredKey{Name: "three", Secret: b})                                    // passed on to another
		if _, fault := f.Authenticate([]byte(a)); fault == nil {
			t.Error("a secret that nobody has works")
		}
		declare(DeclaredKey{Name: "three", Secret: a}, DeclaredKey{Name: "one", Secret: b})
	})
}

func TestReconcileRefuses(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		must(f.Setup(ctx, "root", password))(t)
		alice := DeclaredUser{Username: "alice", Enabled: true}
		for i, c := range []struct {
			d     Declared
			param string
		}{
			{Declared{Users: []DeclaredUser{{Username: "ROOT"}}}, "users"},
			{Declared{Users: []DeclaredUser{alice, {Username: "a b"}}}, "username"},
			{Declared{Users: []DeclaredUser{alice, {Username: "bob", Group: "nobody"}}}, "group"},
			{Declared{Users: []DeclaredUser{alice, alice}}, "users"},
			{Declared{Groups: []burncloud.Group{{Name: "x", Ratio: "3"}}}, "ratio"},
			{Declared{Users: []DeclaredUser{alice}, Keys: []DeclaredKey{{Name: "x", User: "alice", Secret: "short"}}}, "secret"},
			{Declared{Users: []DeclaredUser{alice}, Keys: []DeclaredKey{
				{Name: "x", User: "alice", Secret: "the-same-secret-twice"}, {Name: "y", User: "alice", Secret: "the-same-secret-twice"},
			}}, "secret"},
			{Declared{Users: []DeclaredUser{alice}, Keys: []DeclaredKey{{Name: "x", User: "alice"}, {Name: "x", User: "Alice"}}}, "keys"},
		} {
			_, err := f.Reconcile(ctx, c.d)
			t.Run(fmt.Sprint(i), func(t *testing.T) { wantFault(t, err, burncloud.Invalid, c.param) })
		}
		if users := must(f.ListUsers(ctx))(t); len(users) != 1 {
			t.Errorf("half applied: %+v", users)
		}
	})
}

func TestReconcileWaits(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		told := 0
		f.OnChange(func() { told++ })
		d := Declared{Keys: []DeclaredKey{{Name: "dev", User: "root", Secret: "the-owners-own-secret", Enabled: true}}}
		if _, got := f.reconcile(t, d); got != "waiting key dev" || told != 0 {
			t.Errorf("got %s", got)
		}
		must(f.Setup(ctx, "root", password))(t)
		if _, got := f.reconcile(t, d); got != "created key dev" {
			t.Errorf("got %s", got)
		}
		if c, fault := f.Authenticate([]byte("the-owners-own-secret")); fault != nil || c.User.Role != burncloud.Owner {
			t.Errorf("%+v, %v", c, fault)
		}
	})
}

// TestReconcileKeepsChannelsGroup: a group whose channel is declared no more in the same file goes; one
// of an undeclared channel stays.
func TestReconcileKeepsChannelsGroup(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.reconcile(t, Declared{Groups: []burncloud.Group{{Name: "a"}, {Name: "b"}}})
		for i, c := range []burncloud.Channel{{Groups: []string{"a"}, Managed: true}, {Groups: []string{"b"}}} {
			c.ID, c.Name, c.Created, c.Updated = fmt.Sprint(i), fmt.Sprint("channel", i), time.Unix(0, 0), time.Unix(0, 0)
			if err := f.store.Write(ctx, func(tx *store.Tx) error { return tx.InsertChannel(ctx, &store.Channel{Channel: c}) }); err != nil {
				t.Fatal(err)
			}
		}
		if _, got := f.reconcile(t, Declared{}); got != "deleted group a, released group b" {
			t.Errorf("got %s", got)
		}
		wantFault(t, f.DeleteGroup(ctx, "b"), burncloud.Invalid, "name")
	})
}
