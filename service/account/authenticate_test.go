package account

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store/storetest"
)

func TestAuthenticate(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user(t, "alice")
		expires := f.clock.now().Add(time.Hour)
		k, secret := f.key(t, NewKey{UserID: u.ID, Name: "dev", Models: []string{"a", "b"}, Expires: &expires})
		if !strings.HasPrefix(secret, KeyPrefix) || len(secret) != len(KeyPrefix)+secretLength || !strings.HasPrefix(secret, k.Prefix) {
			t.Errorf("secret %q with prefix %q", secret, k.Prefix)
		}
		c, fault := f.Authenticate([]byte(secret))
		if fault != nil {
			t.Fatal(fault)
		}
		if c.Key.ID != k.ID || c.User.Username != "alice" || c.User.Group != DefaultGroup {
			t.Errorf("caller %+v %+v", c.Key, c.User)
		}
		if !c.Allowed("a") || c.Allowed("c") || c.Allowed("") {
			t.Error("models are not those of the key")
		}
		if _, fault := f.Authenticate(nil); fault == nil || fault.Kind != burncloud.Unauthenticated {
			t.Errorf("no secret: %v", fault)
		}
		for _, bad := range []string{"x", secret + "x", secret[1:], strings.ToUpper(secret)} {
			if _, fault := f.Authenticate([]byte(bad)); fault == nil || fault.Kind != burncloud.Unauthenticated || strings.Contains(fault.Message, bad+" ") {
				t.Errorf("%q: %v", bad, fault)
			}
		}

		refused := func(what string, kind burncloud.Kind, word string) {
			t.Helper()
			if _, fault := f.Authenticate([]byte(secret)); fault == nil || fault.Kind != kind || !strings.Contains(fault.Message, word) {
				t.Errorf("%s: %v, want %s with %q", what, fault, kind, word)
			}
		}
		f.clock.add(time.Hour)
		refused("expired", burncloud.Unauthenticated, "expired")
		must(f.UpdateKey(ctx, k.ID, KeyChange{Expires: &time.Time{}}))(t)
		if _, fault := f.Authenticate([]byte(secret)); fault != nil {
			t.Errorf("without expiry: %v", fault)
		}
		must(f.UpdateKey(ctx, k.ID, KeyChange{Enabled: ptr(false)}))(t)
		refused("disabled key", burncloud.Unauthenticated, "disabled")
		must(f.UpdateKey(ctx, k.ID, KeyChange{Enabled: ptr(true), Models: &[]string{}}))(t)
		if c, fault := f.Authenticate([]byte(secret)); fault != nil || !c.Allowed("anything") {
			t.Errorf("all models: %v", fault)
		}
		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(false)}))(t)
		refused("disabled user", burncloud.Forbidden, "alice")
		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(true)}))(t)
		if err := f.DeleteUser(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		refused("deleted user", burncloud.Unauthenticated, "not known")
		_, err := f.GetKey(ctx, k.ID)
		wantFault(t, err, burncloud.NotFound, "")
		if names := must(f.KeyNames(ctx, []string{k.ID}))(t); names[k.ID] != "dev" {
			t.Errorf("the name of a deleted key is lost: %v", names)
		}
	})
}

// TestSnapshotFollows: after any changes, what was put in force step by step is what a fresh start reads,
// and the callers that were handed out before have not changed.
func TestSnapshotFollows(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	rnd := rand.New(rand.NewPCG(1, 2))
	var users []*burncloud.User
	var keys []*burncloud.Key
	pick := func(n int) int { return rnd.IntN(n) }
	for i := range 3 {
		users = append(users, f.user(t, fmt.Sprint("user", i)))
	}
	for step := range 200 {
		switch op := pick(8); {
		case op < 3:
			k, _ := f.key(t, NewKey{UserID: users[pick(len(users))].ID, Name: fmt.Sprint("key", step), Models: []string{"m"}})
			keys = append(keys, k)
		case op == 3 && len(keys) > 0:
			i := pick(len(keys))
			if err := f.DeleteKey(ctx, keys[i].ID); err != nil {
				t.Fatal(err)
			}
			keys = slices.Delete(keys, i, i+1)
		case op == 4 && len(keys) > 0:
			must(f.UpdateKey(ctx, keys[pick(len(keys))].ID, KeyChange{Enabled: ptr(pick(2) == 0), Limit: ptr(burncloud.Money(pick(9)))}))(t)
		case op == 5:
			must(f.UpdateUser(ctx, users[pick(len(users))].ID, UserChange{Enabled: ptr(pick(2) == 0), Unlimited: ptr(pick(2) == 0)}))(t)
		case op == 6 && len(users) > 2:
			i := pick(len(users))
			if err := f.DeleteUser(ctx, users[i].ID); err != nil {
				t.Fatal(err)
			}
			keys = slices.DeleteFunc(keys, func(k *burncloud.Key) bool { return k.UserID == users[i].ID })
			users = slices.Delete(users, i, i+1)
		case op == 7 && len(users) < 6:
			users = append(users, f.user(t, fmt.Sprint("user", step, "x")))
		}
	}
	got, want := f.snap.Load(), f.open(t).snap.Load()
	if !reflect.DeepEqual(got.users, want.users) {
		t.Errorf("users differ:\n%v\n%v", got.users, want.users)
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got.keys)), slices.Sorted(maps.Keys(want.keys))) || len(got.callers) != len(got.keys) {
		t.Fatalf("%d keys by id and %d by hash, want %d", len(got.keys), len(got.callers), len(want.keys))
	}
	for id, c := range got.keys {
		w := want.keys[id]
		if !reflect.DeepEqual(c.Key, w.Key) || c.User != got.users[c.Key.UserID] || !reflect.DeepEqual(c.refusal, w.refusal) || got.callers[w.hash] != c {
			t.Errorf("key %s differs: %+v, want %+v", id, c, w)
		}
	}
}

func TestLastUsed(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user(t, "alice")
		k, secret := f.key(t, NewKey{UserID: u.ID, Name: "dev"})
		if got := must(f.GetKey(ctx, k.ID))(t); got.LastUsed != nil {
			t.Errorf("used before any use: %v", got.LastUsed)
		}
		f.clock.add(time.Minute)
		if _, fault := f.Authenticate([]byte(secret)); fault != nil {
			t.Fatal(fault)
		}
		want := f.clock.now()
		if got := must(f.GetKey(ctx, k.ID))(t); got.LastUsed == nil || !got.LastUsed.Equal(want) {
			t.Errorf("in memory: %v, want %v", got.LastUsed, want)
		}
		if row := must(f.store.Read().Key(ctx, k.ID))(t); row.LastUsed != nil {
			t.Errorf("the store was written on the caller's path: %v", row.LastUsed)
		}
		// A change of the key in between keeps what is known of its use.
		must(f.UpdateKey(ctx, k.ID, KeyChange{Name: ptr("other")}))(t)
		if err := f.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if row := must(f.store.Read().Key(ctx, k.ID))(t); row.LastUsed == nil || !row.LastUsed.Equal(want) {
			t.Errorf("in the store: %v, want %v", row.LastUsed, want)
		}
		if got, _, err := f.open(t).ListKeys(ctx, KeyFilter{}); err != nil || len(got) != 1 || !got[0].LastUsed.Equal(want) {
			t.Errorf("after a restart: %v, %v", got, err)
		}
	})
}

// TestOtherNode: a change made by one node reaches the other. Only PostgreSQL has several.
func TestOtherNode(t *testing.T) {
	url := storetest.Database(t)
	one := newFixture(t, storetest.Open(t, storeAt(t, url)))
	two := newFixture(t, storetest.Open(t, storeAt(t, url)))
	changed := make(chan struct{}, 10)
	two.OnChange(func() { changed <- struct{}{} })
	u := one.user(t, "alice")
	k, secret := one.key(t, NewKey{UserID: u.ID, Name: "dev"})
	wait := func(ok func(*burncloud.Fault) bool) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			if _, fault := two.Authenticate([]byte(secret)); ok(fault) {
				return
			}
			select {
			case <-changed:
			case <-deadline:
				t.Fatal("the change did not arrive")
			}
		}
	}
	wait(func(f *burncloud.Fault) bool { return f == nil })
	must(one.UpdateKey(ctx, k.ID, KeyChange{Enabled: ptr(false)}))(t)
	wait(func(f *burncloud.Fault) bool { return f != nil })

	if two.NeedsSetup() != true {
		t.Fatal("an owner out of nowhere")
	}
	must(one.Setup(ctx, "root", "correct horse"))(t)
	deadline := time.After(10 * time.Second)
	for two.NeedsSetup() {
		select {
		case <-changed:
		case <-deadline:
			t.Fatal("the other node still waits for its setup")
		}
	}
}

func TestOnChange(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	n := 0
	f.OnChange(func() {
		n++
		if len(f.snap.Load().users) != 1 {
			t.Error("told before the change was in force")
		}
	})
	f.user(t, "alice")
	_, err := f.CreateUser(ctx, NewUser{Username: "alice"})
	wantFault(t, err, burncloud.Invalid, "username")
	if n != 1 {
		t.Errorf("told %d times of one change and one refusal", n)
	}
}

func TestAuthenticateAllocates(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	_, text := f.key(t, NewKey{UserID: f.user(t, "alice").ID, Name: "dev", Models: []string{"a"}, Expires: ptr(f.clock.now().Add(time.Hour))})
	secret := []byte(text)
	if n := testing.AllocsPerRun(100, func() {
		if c, fault := f.Authenticate(secret); fault != nil || !c.Allowed("a") {
			t.Fatal(fault)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	f := newFixture(b, storetest.SQLite(b))
	f.now = time.Now
	u := f.user(b, "alice")
	var secrets [][]byte
	t := time.Now()
	for i := range 10_000 {
		_, s := f.key(b, NewKey{UserID: u.ID, Name: fmt.Sprint(i)})
		secrets = append(secrets, []byte(s))
	}
	b.Logf("creating a key takes %v", time.Since(t)/10_000)
	t = time.Now()
	if err := f.reload(ctx); err != nil {
		b.Fatal(err)
	}
	b.Logf("reading 10,000 keys takes %v", time.Since(t))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, fault := f.Authenticate(secrets[i%len(secrets)]); fault != nil {
			b.Fatal(fault)
		}
		i += 7919 // far apart, so that the caches of the machine do not flatter
	}
}
