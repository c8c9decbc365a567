package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

var t0 = time.Date(2026, 5, 4, 3, 2, 1, 123456000, time.UTC)

func user(id, name string) *store.User {
	return &store.User{User: burncloud.User{
		ID: id, Username: name, Role: burncloud.Member, Group: "default", Enabled: true, Created: t0,
	}, Password: "phc", Updated: t0}
}

func key(id, userID, name string, hash byte) *store.Key {
	return &store.Key{Key: burncloud.Key{
		ID: id, UserID: userID, Name: name, Prefix: "sk-bc-ab", Models: []string{}, Enabled: true, Limit: 7 * burncloud.USD, Created: t0,
	}, Hash: [32]byte{hash}, Updated: t0}
}

func write(t *testing.T, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		alice := user("u1", "Alice")
		alice.Unlimited, alice.Managed = true, true
		write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, alice) })

		got, err := s.Read().UserByName(ctx, "aLiCe")
		if err != nil || !reflect.DeepEqual(got, alice) {
			t.Fatalf("got %+v, %v, want %+v", got, err, alice)
		}
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.InsertUser(ctx, user("u2", "ALICE")) })
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("a name that differs by case alone: %v", err)
		}

		alice.Deleted = t0.Add(time.Hour)
		write(t, s, func(tx *store.Tx) error { return tx.UpdateUser(ctx, alice) })
		if _, err := s.Read().User(ctx, "u1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a deleted user: %v", err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, user("u2", "alice")) })
		if got, err := s.Read().DeletedUser(ctx, "alice"); err != nil || !reflect.DeepEqual(got, alice) {
			t.Errorf("deleted: %+v, %v", got, err)
		}
		names, err := s.Read().UserNames(ctx, []string{"u1", "u2", "u3"})
		if err != nil || !reflect.DeepEqual(names, map[string]string{"u1": "Alice", "u2": "alice"}) {
			t.Errorf("names: %v, %v", names, err)
		}
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.UpdateUser(ctx, user("nobody", "x")) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("update of nobody: %v", err)
		}
	})
}

// TestOneOwner: the table itself allows one owner, whatever the code above it does.
func TestOneOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, err := s.Read().Owner(ctx); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("an empty store has an owner: %v", err)
		}
		insert := func(id string) error {
			u := user(id, id)
			u.Role = burncloud.Owner
			return s.Write(ctx, func(tx *store.Tx) error { return tx.InsertUser(ctx, u) })
		}
		if err := insert("a"); err != nil {
			t.Fatal(err)
		}
		if err := insert("b"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a second owner: %v", err)
		}
	})
}

func TestKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		expires := t0.Add(time.Hour)
		k := key("k1", "u1", "dev", 1)
		k.Models, k.Expires, k.Limit = []string{"gpt-5", "模型 \"x\"\\'"}, &expires, 5
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(ctx, user("u1", "alice")), tx.InsertUser(ctx, user("u2", "bob")), tx.InsertKey(ctx, k))
		})
		if got, err := s.Read().Key(ctx, "k1"); err != nil || !reflect.DeepEqual(got, k) {
			t.Fatalf("got %+v, %v, want %+v", got, err, k)
		}
		for what, bad := range map[string]*store.Key{"name": key("k2", "u1", "dev", 2), "secret": key("k2", "u2", "dev", 1)} {
			if err := s.Write(ctx, func(tx *store.Tx) error { return tx.InsertKey(ctx, bad) }); !errors.Is(err, store.ErrConflict) {
				t.Errorf("same %s: %v", what, err)
			}
		}

		used := t0.Add(time.Minute)
		write(t, s, func(tx *store.Tx) error { return tx.TouchKeys(ctx, map[string]time.Time{"k1": used}) })
		write(t, s, func(tx *store.Tx) error { return tx.TouchKeys(ctx, map[string]time.Time{"k1": t0}) })
		write(t, s, func(tx *store.Tx) error { return tx.UpdateKey(ctx, k) })
		if got, _ := s.Read().Key(ctx, "k1"); got.LastUsed == nil || !got.LastUsed.Equal(used) {
			t.Errorf("last used: %v, want %v", got.LastUsed, used)
		}

		for i, id := range []string{"k3", "k4", "k5"} {
			write(t, s, func(tx *store.Tx) error { return tx.InsertKey(ctx, key(id, "u2", id, byte(10+i))) })
		}
		page, err := s.Read().Keys(ctx, store.KeyFilter{UserID: "u2", Before: "k5", Limit: 1})
		if err != nil || len(page) != 1 || page[0].ID != "k4" {
			t.Errorf("page: %v, %v", page, err)
		}
		all, err := s.Read().Keys(ctx, store.KeyFilter{})
		if err != nil || len(all) != 4 || all[0].ID != "k5" {
			t.Errorf("all: %v, %v", all, err)
		}

		// A deleted key frees both its name and its secret.
		k.Deleted = t0
		write(t, s, func(tx *store.Tx) error { return tx.UpdateKey(ctx, k) })
		write(t, s, func(tx *store.Tx) error { return tx.InsertKey(ctx, key("k6", "u1", "dev", 1)) })
		if names, err := s.Read().KeyNames(ctx, []string{"k1", "k6"}); err != nil || len(names) != 2 {
			t.Errorf("names: %v, %v", names, err)
		}
	})
}

func TestChannels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		c := &store.Channel{
			Channel: burncloud.Channel{
				ID: "c1", Name: "main", Provider: "openai", BaseURL: "https://h.example", Region: "us",
				Models: []burncloud.ChannelModel{{Name: "a"}, {Name: "b", Upstream: "c"}}, Groups: []string{"default"},
				Priority: -3, Weight: 10, Enabled: true, Created: t0, Updated: t0,
			},
			Credentials: []store.Credential{{ID: "s2", Sealed: []byte{0, 1, 0xff, '\''}, Tail: "wxyz"}, {ID: "s1", Sealed: []byte{2}, Tail: "abcd"}},
		}
		write(t, s, func(tx *store.Tx) error { return tx.InsertChannel(ctx, c) })
		if got, err := s.Read().ChannelByName(ctx, "main"); err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v, %v, want %+v", got, err, c)
		}
		c.Credentials = c.Credentials[1:]
		c.Priority = 5
		high := &store.Channel{Channel: burncloud.Channel{ID: "c2", Name: "other", Priority: 4, Created: t0, Updated: t0}}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.UpdateChannel(ctx, c), tx.InsertChannel(ctx, high))
		})
		all, err := s.Read().Channels(ctx)
		if err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], c) || all[1].ID != "c2" {
			t.Fatalf("list: %+v, %v", all, err)
		}
		high.Name = "main"
		if err := s.Write(ctx, func(tx *store.Tx) error { return tx.UpdateChannel(ctx, high) }); !errors.Is(err, store.ErrConflict) {
			t.Errorf("same name: %v", err)
		}
		c.Deleted = t0
		write(t, s, func(tx *store.Tx) error { return tx.UpdateChannel(ctx, c) })
		if _, err := s.Read().Channel(ctx, "c1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if names, err := s.Read().ChannelNames(ctx, []string{"c1"}); err != nil || names["c1"] != "main" {
			t.Errorf("names: %v, %v", names, err)
		}
	})
}

func TestGroupsAndSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		g := burncloud.Group{Name: "vip", Ratio: "1", Managed: true}
		write(t, s, func(tx *store.Tx) error { return tx.InsertGroup(ctx, g) })
		all, err := s.Read().Groups(ctx)
		want := []burncloud.Group{{Name: "default", Ratio: "1"}, g}
		if err != nil || !reflect.DeepEqual(all, want) {
			t.Errorf("groups: %+v, %v", all, err)
		}
		g.Managed = false
		write(t, s, func(tx *store.Tx) error { return tx.UpdateGroup(ctx, g) })
		if got, err := s.Read().Group(ctx, "vip"); err != nil || *got != g {
			t.Errorf("group: %+v, %v", got, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DeleteGroup(ctx, "vip") })
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.DeleteGroup(ctx, "vip") })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}

		if _, err := s.Read().Setting(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unset: %v", err)
		}
		for _, v := range []string{"one", "two"} {
			write(t, s, func(tx *store.Tx) error { return tx.PutSetting(ctx, "x", v, t0) })
			if got, err := s.Read().Setting(ctx, "x"); err != nil || got != v {
				t.Errorf("setting: %q, %v", got, err)
			}
		}
	})
}

func TestSessionsAndTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		session := func(n byte, seen, expires time.Duration) *store.Session {
			return &store.Session{
				Hash: [32]byte{n}, UserID: "u1", Created: t0, Seen: t0.Add(seen), Expires: t0.Add(expires), ClientIP: "::1", Agent: "it's me",
			}
		}
		fresh, idle, old := session(1, time.Hour, 2*time.Hour), session(2, 0, 2*time.Hour), session(3, time.Hour, time.Hour)
		token := &store.Token{ID: "t1", UserID: "u1", Name: "ci", Hash: [32]byte{9}, Prefix: "bct_ab", Created: t0}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(ctx, user("u1", "alice")), tx.InsertSession(ctx, fresh), tx.InsertSession(ctx, idle),
				tx.InsertSession(ctx, old), tx.InsertToken(ctx, token))
		})
		if got, err := s.Read().Session(ctx, fresh.Hash); err != nil || !reflect.DeepEqual(got, fresh) {
			t.Errorf("session: %+v, %v", got, err)
		}
		now := t0.Add(time.Hour)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteStaleSessions(ctx, now, now.Add(-time.Minute)) })
		for _, c := range []struct {
			s    *store.Session
			live bool
		}{{fresh, true}, {idle, false}, {old, false}} {
			if _, err := s.Read().Session(ctx, c.s.Hash); (err == nil) != c.live {
				t.Errorf("session %d: %v", c.s.Hash[0], err)
			}
		}
		write(t, s, func(tx *store.Tx) error { return tx.TouchSession(ctx, fresh.Hash, now) })
		if got, _ := s.Read().Session(ctx, fresh.Hash); !got.Seen.Equal(now) {
			t.Errorf("seen %v", got.Seen)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DeleteSessions(ctx, "u1") })
		if _, err := s.Read().Session(ctx, fresh.Hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ended session: %v", err)
		}

		if got, err := s.Read().TokenByHash(ctx, token.Hash); err != nil || !reflect.DeepEqual(got, token) {
			t.Errorf("token: %+v, %v", got, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.TouchToken(ctx, "t1", now) })
		list, err := s.Read().Tokens(ctx, "u1")
		if err != nil || len(list) != 1 || list[0].LastUsed == nil || !list[0].LastUsed.Equal(now) {
			t.Errorf("tokens: %+v, %v", list, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DeleteToken(ctx, "t1") })
		if _, err := s.Read().Token(ctx, "t1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("revoked token: %v", err)
		}
	})
}
