package account

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
)

func TestCreateUser(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := must(f.CreateUser(ctx, NewUser{Username: "Zoë.张三+x@h-1_", Role: burncloud.Admin, Unlimited: true, Password: "correct horse"}))(t)
		got := must(f.GetUser(ctx, u.ID))(t)
		if *got != *u || !got.Enabled || got.Group != DefaultGroup || got.Role != burncloud.Admin || !got.Unlimited {
			t.Errorf("got %+v, want %+v", got, u)
		}
		if found := must(f.FindUser(ctx, "zoË.张三+X@h-1_"))(t); found.ID != u.ID {
			t.Errorf("found %+v", found)
		}
		for _, c := range []struct {
			n     NewUser
			param string
		}{
			{NewUser{Username: ""}, "username"},
			{NewUser{Username: "a b"}, "username"},
			{NewUser{Username: "a/b"}, "username"},
			{NewUser{Username: "a\x00"}, "username"},
			{NewUser{Username: "\xff"}, "username"},
			{NewUser{Username: strings.Repeat("a", 65)}, "username"},
			{NewUser{Username: "ZOË.张三+x@h-1_"}, "username"},
			{NewUser{Username: "b", Role: burncloud.Owner}, "role"},
			{NewUser{Username: "b", Role: "king"}, "role"},
			{NewUser{Username: "b", Group: "nobody"}, "group"},
			{NewUser{Username: "b", Password: "1234567"}, "password"},
			{NewUser{Username: "bobbobbob", Password: "BobBobBob"}, "password"},
			{NewUser{Username: "b", Password: strings.Repeat("a", 1025)}, "password"},
			{NewUser{Username: "b", Password: "aaaaaaaaa\xff"}, "password"},
		} {
			_, err := f.CreateUser(ctx, c.n)
			wantFault(t, err, burncloud.Invalid, c.param)
		}
		if all := must(f.ListUsers(ctx))(t); len(all) != 1 {
			t.Errorf("refused users are there: %v", all)
		}
	})
}

// TestOwnerIsSafe: nobody takes the owner's rights away, and nobody else touches the owner.
func TestOwnerIsSafe(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		owner := must(f.Setup(ctx, "root", "correct horse"))(t)
		wantFault(t, f.DeleteUser(as(burncloud.Owner), owner.ID), burncloud.Forbidden, "")
		for _, c := range []struct {
			c     UserChange
			param string
		}{
			{UserChange{Role: ptr(burncloud.Admin)}, "role"},
			{UserChange{Enabled: ptr(false)}, "enabled"},
			{UserChange{Unlimited: ptr(false)}, "unlimited"},
			{UserChange{Password: ptr("")}, "password"},
		} {
			_, err := f.UpdateUser(as(burncloud.Owner), owner.ID, c.c)
			wantFault(t, err, burncloud.Invalid, c.param)
		}
		_, err := f.UpdateUser(as(burncloud.Admin), owner.ID, UserChange{Password: ptr("another one")})
		wantFault(t, err, burncloud.Forbidden, "")
		_, _, err = f.CreateToken(as(burncloud.Admin), NewToken{UserID: owner.ID, Name: "x"})
		wantFault(t, err, burncloud.Forbidden, "")
		u := must(f.UpdateUser(as(burncloud.Owner), owner.ID, UserChange{Username: ptr("chief"), Role: ptr(burncloud.Owner)}))(t)
		if u.Username != "chief" || u.Role != burncloud.Owner || !u.Enabled || !u.Unlimited {
			t.Errorf("owner %+v", u)
		}
		other := f.user(t, "alice")
		_, err = f.UpdateUser(ctx, other.ID, UserChange{Role: ptr(burncloud.Owner)})
		wantFault(t, err, burncloud.Invalid, "role")
	})
}

func TestUpdateUser(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u, other := f.user(t, "alice"), f.user(t, "bob")
		must(f.CreateGroup(ctx, burncloud.Group{Name: "vip"}))(t)
		got := must(f.UpdateUser(ctx, u.ID, UserChange{Username: ptr("Alice"), Group: ptr("vip"), Role: ptr(burncloud.Admin), Unlimited: ptr(true)}))(t)
		if got.Username != "Alice" || got.Group != "vip" || got.Role != burncloud.Admin || !got.Unlimited || !got.Enabled {
			t.Errorf("%+v", got)
		}
		for _, c := range []struct {
			c     UserChange
			param string
		}{
			{UserChange{Username: ptr("BOB")}, "username"},
			{UserChange{Username: ptr("")}, "username"},
			{UserChange{Group: ptr("nobody")}, "group"},
			{UserChange{Role: ptr(burncloud.Role(""))}, "role"},
			{UserChange{Password: ptr("short")}, "password"},
		} {
			_, err := f.UpdateUser(ctx, u.ID, c.c)
			wantFault(t, err, burncloud.Invalid, c.param)
		}
		_, err := f.UpdateUser(ctx, "nobody", UserChange{})
		wantFault(t, err, burncloud.NotFound, "")
		_, err = f.GetUser(ctx, "nobody")
		wantFault(t, err, burncloud.NotFound, "")
		if err := f.DeleteUser(ctx, other.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, f.DeleteUser(ctx, other.ID), burncloud.NotFound, "")
		if again := f.user(t, "bob"); again.ID == other.ID {
			t.Error("a new user has a deleted one's id")
		}
		if names := must(f.UserNames(ctx, []string{other.ID, u.ID}))(t); len(names) != 2 || names[other.ID] != "bob" {
			t.Errorf("names %v", names)
		}
	})
}

func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		g := must(f.CreateGroup(ctx, burncloud.Group{Name: "vip", Ratio: "1.0", Managed: true}))(t)
		if *g != (burncloud.Group{Name: "vip", Ratio: "1"}) {
			t.Errorf("%+v", g)
		}
		for _, c := range []struct {
			g     burncloud.Group
			param string
		}{
			{burncloud.Group{Name: "vip"}, "name"},
			{burncloud.Group{Name: ""}, "name"},
			{burncloud.Group{Name: " x"}, "name"},
			{burncloud.Group{Name: "a\nb"}, "name"},
			{burncloud.Group{Name: "x", Ratio: "2"}, "ratio"},
			{burncloud.Group{Name: "x", Ratio: "free"}, "ratio"},
		} {
			_, err := f.CreateGroup(ctx, c.g)
			wantFault(t, err, burncloud.Invalid, c.param)
		}
		must(f.UpdateGroup(ctx, burncloud.Group{Name: "vip"}))(t)
		_, err := f.UpdateGroup(ctx, burncloud.Group{Name: "nobody"})
		wantFault(t, err, burncloud.NotFound, "")

		u := must(f.CreateUser(ctx, NewUser{Username: "alice", Group: "vip"}))(t)
		wantFault(t, f.DeleteGroup(ctx, "vip"), burncloud.Invalid, "name")
		wantFault(t, f.DeleteGroup(ctx, DefaultGroup), burncloud.Invalid, "name")
		if err := f.DeleteUser(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		if err := f.DeleteGroup(ctx, "vip"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, f.DeleteGroup(ctx, "vip"), burncloud.NotFound, "")
		_, err = f.GetGroup(ctx, "vip")
		wantFault(t, err, burncloud.NotFound, "")
		if all := must(f.ListGroups(ctx))(t); len(all) != 1 || all[0].Name != DefaultGroup {
			t.Errorf("%+v", all)
		}
	})
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u, other := f.user(t, "alice"), f.user(t, "bob")
		const given = "my-own-secret-0123456789"
		k, secret := f.key(t, NewKey{UserID: u.ID, Name: "dev", Secret: given, Limit: ptr(burncloud.USD), Models: []string{"a", "b", "a"}})
		if secret != given || k.Unlimited || k.Limit != burncloud.USD || len(k.Models) != 2 || !strings.HasPrefix(given, k.Prefix) || len(k.Prefix) > len(given)/4 {
			t.Errorf("%+v %q", k, secret)
		}
		for _, c := range []struct {
			n     NewKey
			kind  burncloud.Kind
			param string
		}{
			{NewKey{UserID: u.ID, Name: "dev"}, burncloud.Invalid, "name"},
			{NewKey{UserID: u.ID}, burncloud.Invalid, "name"},
			{NewKey{UserID: other.ID, Name: "x", Secret: given}, burncloud.Invalid, "secret"},
			{NewKey{UserID: u.ID, Name: "x", Secret: "short"}, burncloud.Invalid, "secret"},
			{NewKey{UserID: u.ID, Name: "x", Secret: "with a space in it"}, burncloud.Invalid, "secret"},
			{NewKey{UserID: u.ID, Name: "x", Limit: ptr(burncloud.Money(-1))}, burncloud.Invalid, "limit"},
			{NewKey{UserID: u.ID, Name: "x", Models: []string{"a", ""}}, burncloud.Invalid, "models[1]"},
			{NewKey{UserID: u.ID, Name: "x", Expires: ptr(f.clock.now())}, burncloud.Invalid, "expires"},
			{NewKey{UserID: "nobody", Name: "x"}, burncloud.NotFound, ""},
		} {
			_, _, err := f.CreateKey(ctx, c.n)
			wantFault(t, err, c.kind, c.param)
		}
		f.key(t, NewKey{UserID: other.ID, Name: "dev"}) // names are the user's own

		got := must(f.UpdateKey(ctx, k.ID, KeyChange{Unlimited: ptr(true)}))(t)
		if !got.Unlimited || got.Limit != 0 || got.Name != "dev" || !got.Enabled {
			t.Errorf("%+v", got)
		}
		got = must(f.UpdateKey(ctx, k.ID, KeyChange{Limit: ptr(burncloud.Money(5)), Name: ptr("prod")}))(t)
		if got.Unlimited || got.Limit != 5 || got.Name != "prod" {
			t.Errorf("%+v", got)
		}
		f.key(t, NewKey{UserID: u.ID, Name: "dev"})
		_, err := f.UpdateKey(ctx, k.ID, KeyChange{Name: ptr("dev")})
		wantFault(t, err, burncloud.Invalid, "name")
		_, err = f.UpdateKey(ctx, "nobody", KeyChange{})
		wantFault(t, err, burncloud.NotFound, "")
		if err := f.DeleteKey(ctx, k.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, f.DeleteKey(ctx, k.ID), burncloud.NotFound, "")
	})
}

func TestListKeysPages(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user(t, "alice")
		var want []string
		for i := range 7 {
			k, _ := f.key(t, NewKey{UserID: u.ID, Name: fmt.Sprint(i)})
			want = append([]string{k.ID}, want...)
		}
		f.key(t, NewKey{UserID: f.user(t, "bob").ID, Name: "x"})
		var got []string
		for filter := (KeyFilter{UserID: u.ID, Limit: 3}); ; {
			page, next, err := f.ListKeys(ctx, filter)
			if err != nil || len(page) > 3 {
				t.Fatal(page, err)
			}
			for _, k := range page {
				got = append(got, k.ID)
			}
			if filter.Cursor = next; next == "" {
				break
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestRefusesBrokenContext: an error of the store is no change of what is in force.
func TestRefusesBrokenContext(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := f.CreateUser(gone, NewUser{Username: "alice"}); err == nil {
			t.Fatal("written with a canceled context")
		}
		if all := must(f.ListUsers(ctx))(t); len(all) != 0 {
			t.Errorf("in force without being stored: %v", all)
		}
	})
}
