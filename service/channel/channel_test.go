package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

var ctx = context.Background()

type fixture struct {
	*Service
	store *store.Store
	key   *MasterKey
	log   bytes.Buffer
	send  Sender // of the test under way
}

func newFixture(t testing.TB, s *store.Store) *fixture {
	t.Helper()
	key, err := LoadMasterKey(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{store: s, key: key}
	f.Service = f.open(t, &f.log)
	return f
}

// open starts another Service on the same store, as another node would.
func (f *fixture) open(t testing.TB, log io.Writer) *Service {
	t.Helper()
	s, err := New(ctx, Options{
		Store: f.store, MasterKey: f.key, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) },
		Sender: func(ctx context.Context, ch *Live, secret string, ep burncloud.Endpoint, model string, body []byte) (*Sent, error) {
			return f.send(ctx, ch, secret, ep, model, body)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func each(t *testing.T, test func(t *testing.T, f *fixture)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, newFixture(t, s)) })
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantFault(t testing.TB, err error, kind burncloud.Kind, param string) *burncloud.Fault {
	t.Helper()
	var f *burncloud.Fault
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault %s", err, kind)
	}
	if f.Kind != kind || f.Param != param {
		t.Errorf("got %s about %q (%s), want %s about %q", f.Kind, f.Param, f.Message, kind, param)
	}
	return f
}

func ptr[T any](v T) *T { return &v }

func models(names ...string) []burncloud.ChannelModel {
	var out []burncloud.ChannelModel
	for _, n := range names {
		out = append(out, burncloud.ChannelModel{Name: n})
	}
	return out
}

const secretOne, secretTwo = "sk-upstream-secret-number-one", "sk-upstream-secret-number-two"

func draft(name string) Draft {
	return Draft{Name: name, Provider: "openai", Keys: []string{secretOne, secretTwo}, Models: models("gpt-5"), Weight: 1, Enabled: true}
}

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		d := draft("主 main")
		d.BaseURL, d.Region, d.Priority = " https://h.example/v1 ", "us", -5
		d.Models = append(d.Models, burncloud.ChannelModel{Name: "fast", Upstream: "gpt-5-nano"}, burncloud.ChannelModel{Name: "same", Upstream: "same"})
		c := must(f.Create(ctx, d))(t)
		if c.BaseURL != "https://h.example/v1" || !slices.Equal(c.Groups, []string{"default"}) || c.Models[2].Upstream != "" || c.Managed || !c.Enabled {
			t.Errorf("%+v", c)
		}
		if len(c.Credentials) != 2 || c.Credentials[0].Tail != "…-one" || c.Credentials[1].Tail != "…-two" {
			t.Errorf("%+v", c.Credentials)
		}
		if got := must(f.Get(ctx, c.ID))(t); !reflect.DeepEqual(got, c) {
			t.Errorf("got %+v, want %+v", got, c)
		}
		if got := must(f.Find(ctx, "主 main"))(t); got.ID != c.ID {
			t.Errorf("found %+v", got)
		}
		live := f.Snapshot().Channels
		if len(live) != 1 || !slices.Equal(live[0].Secrets, d.Keys) || !reflect.DeepEqual(live[0].Channel, c.Channel) {
			t.Errorf("snapshot %+v", live)
		}
		if got := f.open(t, io.Discard).Snapshot().Channels; len(got) != 1 || !reflect.DeepEqual(*got[0], *live[0]) {
			t.Errorf("a fresh start reads %+v", got)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		must(f.Create(ctx, draft("main")))(t)
		for _, c := range []struct {
			change func(d *Draft)
			param  string
		}{
			{func(d *Draft) { d.Name = "main" }, "name"},
			{func(d *Draft) { d.Name = "" }, "name"},
			{func(d *Draft) { d.Name = "a\nb" }, "name"},
			{func(d *Draft) { d.Name = strings.Repeat("a", 101) }, "name"},
			{func(d *Draft) { d.Provider = "nobody" }, "provider"},
			{func(d *Draft) { d.Provider = "openai-compatible" }, "base_url"},
			{func(d *Draft) { d.BaseURL = "ftp://h.example" }, "base_url"},
			{func(d *Draft) { d.BaseURL = "https://u:p@h.example" }, "base_url"},
			{func(d *Draft) { d.BaseURL = "https://h.example?key=1" }, "base_url"},
			{func(d *Draft) { d.Keys = nil }, "keys"},
			{func(d *Draft) { d.Keys = []string{secretOne, secretOne} }, "keys[1]"},
			{func(d *Draft) { d.Keys = []string{""} }, "keys[0]"},
			{func(d *Draft) { d.Keys = []string{"a b"} }, "keys[0]"},
			{func(d *Draft) { d.Keys = []string{"a\r\nX-Evil: 1"} }, "keys[0]"},
			{func(d *Draft) { d.Models = nil }, "models"},
			{func(d *Draft) { d.Models = models("a", "b", "a") }, "models"},
			{func(d *Draft) { d.Models = models("a", "") }, "models[1].name"},
			{func(d *Draft) { d.Models[0].Upstream = " x" }, "models[0].upstream"},
			{func(d *Draft) { d.Groups = []string{"nobody"} }, "groups"},
			{func(d *Draft) { d.Groups = []string{"default", "default"} }, "groups"},
			{func(d *Draft) { d.Weight = -1 }, "weight"},
			{func(d *Draft) { d.Weight = 1_000_001 }, "weight"},
			{func(d *Draft) { d.Priority = 1 << 40 }, "priority"},
			{func(d *Draft) { d.Region = "a\tb" }, "region"},
		} {
			d := draft("other")
			c.change(&d)
			_, err := f.Create(ctx, d)
			fault := wantFault(t, err, burncloud.Invalid, c.param)
			if strings.Contains(fault.Error(), secretOne) || strings.Contains(fault.Message, "X-Evil") {
				t.Errorf("the message shows a secret: %s", fault)
			}
		}
		if all := must(f.List(ctx))(t); len(all) != 1 {
			t.Errorf("refused channels are there: %+v", all)
		}
		free := draft("local")
		free.Provider, free.BaseURL, free.Keys = "openai-compatible", "http://127.0.0.1:11434", nil
		if c := must(f.Create(ctx, free))(t); len(c.Credentials) != 0 || c.Credentials == nil {
			t.Errorf("%+v", c.Credentials)
		}
	})
}

func TestUpdate(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		c, other := must(f.Create(ctx, draft("main")))(t), must(f.Create(ctx, draft("other")))(t)
		u := Update{
			Name: ptr("new"), BaseURL: ptr("https://api.openai.com/v1/"), Models: ptr(models("a", "b")), Priority: ptr(7), Weight: ptr(0), Region: ptr("eu"),
		}
		got := must(f.Update(ctx, c.ID, u))(t)
		if got.Name != "new" || len(got.Models) != 2 || got.Priority != 7 || got.Weight != 0 || got.Region != "eu" || !got.Enabled || !reflect.DeepEqual(got.Credentials, c.Credentials) {
			t.Errorf("%+v", got)
		}
		if live := f.Snapshot().Channels; len(live) != 2 || live[0].Name != "new" || live[0].Secrets[1] != secretTwo {
			t.Errorf("%+v", live)
		}

		// A new list of keys keeps what it has in common with the old one.
		got = must(f.Update(ctx, c.ID, Update{Keys: &[]string{secretTwo, "sk-third-secret-of-all"}}))(t)
		if len(got.Credentials) != 2 || got.Credentials[0] != c.Credentials[1] || got.Credentials[1].Tail != "…-all" {
			t.Errorf("%+v", got.Credentials)
		}
		if live := f.Snapshot().Channels[0]; !slices.Equal(live.Secrets, []string{secretTwo, "sk-third-secret-of-all"}) {
			t.Error("the gateway has the old keys")
		}
		for _, c := range []struct {
			u     Update
			param string
		}{
			{Update{Keys: &[]string{}}, "keys"},
			{Update{Name: ptr("other")}, "name"},
			{Update{Models: ptr(models())}, "models"},
			{Update{Groups: &[]string{"nobody"}}, "groups"},
			{Update{Provider: ptr("openai-compatible"), BaseURL: ptr("")}, "base_url"},
			// Kept credentials must not go to another host.
			{Update{BaseURL: ptr("https://h.example")}, "keys"},
			{Update{BaseURL: ptr("http://api.openai.com")}, "keys"},
			{Update{Provider: ptr("anthropic"), BaseURL: ptr("")}, "keys"},
		} {
			_, err := f.Update(ctx, got.ID, c.u)
			wantFault(t, err, burncloud.Invalid, c.param)
		}
		must(f.Update(ctx, c.ID, Update{Enabled: ptr(false)}))(t)
		if live := f.Snapshot().Channels; len(live) != 1 || live[0].ID != other.ID {
			t.Errorf("%+v", live)
		}
		must(f.Update(ctx, c.ID, Update{Enabled: ptr(true)}))(t)

		if err := f.Delete(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, f.Delete(ctx, c.ID), burncloud.NotFound, "")
		_, err := f.Update(ctx, c.ID, Update{})
		wantFault(t, err, burncloud.NotFound, "")
		if live := f.Snapshot().Channels; len(live) != 1 {
			t.Errorf("%+v", live)
		}
		if names := must(f.Names(ctx, []string{c.ID}))(t); names[c.ID] != "new" {
			t.Errorf("the name of a deleted channel is lost: %v", names)
		}
		must(f.Create(ctx, draft("new")))(t)
	})
}

// TestNothingShowsSecrets: no answer, no log line, no way of printing, and no byte of the database.
func TestNothingShowsSecrets(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, storetest.Open(t, store.Options{DataDir: dir}))
	c := must(f.Create(ctx, draft("main")))(t)
	f.send = func(context.Context, *Live, string, burncloud.Endpoint, string, []byte) (*Sent, error) {
		return &Sent{Status: 401, Body: []byte(`{"error":{"message":"bad key ` + secretOne + ` or ` + secretTwo + `"}}`)}, nil
	}
	test := must(f.Test(ctx, c.ID, ""))(t)
	live := f.Snapshot().Channels[0]
	if live.Secrets[0] != secretOne {
		t.Fatal("there is nothing to hide")
	}
	logger := slog.New(slog.NewJSONHandler(&f.log, nil))
	logger.Info("x", "live", live, "value", *live, "snapshot", f.Snapshot(), "info", c)
	text := f.log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text += fmt.Sprintf(verb+verb+verb, live, *live, f.Snapshot().Channels)
	}
	text += fmt.Sprintf("%+v %#v", test, test)
	for _, v := range []any{live, f.Snapshot(), c, must(f.List(ctx))(t), test} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	for _, secret := range []string{secretOne, secretTwo, fmt.Sprintf("%x", secretOne)} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("a secret shows: …%s…", text[max(0, i-60):i+20])
		}
	}
	if !strings.Contains(test.Message, "bad key …-one or …-two") {
		t.Errorf("message %q", test.Message)
	}
	raw := must(f.store.Read().Channel(ctx, c.ID))(t)
	for _, k := range raw.Credentials {
		if bytes.Contains(k.Sealed, []byte("upstream")) {
			t.Error("stored in the clear")
		}
	}
}

func TestOnChange(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	n := 0
	f.OnChange(func() {
		n++
		if len(f.Snapshot().Channels) != 1 {
			t.Error("told before the change was in force")
		}
	})
	must(f.Create(ctx, draft("main")))(t)
	_, err := f.Create(ctx, draft("main"))
	wantFault(t, err, burncloud.Invalid, "name")
	if n != 1 {
		t.Errorf("told %d times of one change and one refusal", n)
	}
}

func TestOtherNode(t *testing.T) {
	url := storetest.Database(t)
	at := func() *store.Store { return storetest.Open(t, store.Options{Database: url, DataDir: t.TempDir()}) }
	one := newFixture(t, at())
	two := &fixture{store: at(), key: one.key}
	two.Service = two.open(t, io.Discard)
	changed := make(chan struct{}, 10)
	two.OnChange(func() { changed <- struct{}{} })
	must(one.Create(ctx, draft("main")))(t)
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("the change did not arrive")
	}
	if live := two.Snapshot().Channels; len(live) != 1 || live[0].Secrets[0] != secretOne {
		t.Errorf("%v", live)
	}
}

func TestReconcile(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		told := 0
		f.OnChange(func() { told++ })
		reconcile := func(want string, ds ...Draft) {
			t.Helper()
			var got []string
			for _, c := range must(f.Reconcile(ctx, ds))(t) {
				got = append(got, c.Action+" "+c.Name)
			}
			slices.Sort(got)
			if s := strings.Join(got, ", "); s != want {
				t.Errorf("got %q, want %q", s, want)
			}
		}
		own := must(f.Create(ctx, draft("own")))(t)
		a, b := draft("a"), draft("b")
		b.Provider, b.BaseURL, b.Keys = "openai-compatible", "http://127.0.0.1:1", nil
		reconcile("created a, created b", a, b)
		told = 0
		reconcile("", a, b)
		if told != 0 {
			t.Error("told of nothing")
		}
		id := must(f.Find(ctx, "a"))(t).ID
		if live := f.Snapshot().Channels; len(live) != 3 || !live[0].Managed || live[0].ID != id || live[2].Managed {
			t.Errorf("%+v", live)
		}
		_, err := f.Update(ctx, id, Update{Weight: ptr(3)})
		wantFault(t, err, burncloud.Forbidden, "")
		wantFault(t, f.Delete(ctx, id), burncloud.Forbidden, "")

		a.Keys = []string{secretTwo}
		b.Weight = 9
		reconcile("updated a, updated b", a, b)
		if live := f.Snapshot().Channels[0]; !slices.Equal(live.Secrets, a.Keys) {
			t.Error("the gateway has the old keys")
		}
		reconcile("deleted a", b)
		reconcile("restored a", a, b)
		if again := must(f.Find(ctx, "a"))(t); again.ID != id {
			t.Error("a restored channel has another id")
		}
		if live := f.Snapshot().Channels[0]; live.ID != id || !slices.Equal(live.Secrets, a.Keys) {
			t.Errorf("%+v", live)
		}
		reconcile("updated own", a, b, draft("own")) // taken over
		if got := must(f.Find(ctx, "own"))(t); got.ID != own.ID || !got.Managed {
			t.Errorf("%+v", got)
		}

		bad := draft("bad")
		bad.Models = nil
		_, err = f.Reconcile(ctx, []Draft{draft("fine"), bad})
		if fault := wantFault(t, err, burncloud.Invalid, "models"); !strings.Contains(fault.Message, "bad") {
			t.Errorf("which channel? %s", fault.Message)
		}
		_, err = f.Reconcile(ctx, []Draft{draft("x"), draft("x")})
		wantFault(t, err, burncloud.Invalid, "channels")
		if all := must(f.List(ctx))(t); len(all) != 3 {
			t.Errorf("half applied: %+v", all)
		}
		reconcile("deleted a, deleted b, deleted own")
	})
}

func TestConcurrentChanges(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			c, err := f.Create(ctx, draft(fmt.Sprint("channel", i)))
			if err != nil {
				t.Error(err)
				return
			}
			if i%2 == 0 {
				_, err = f.Update(ctx, c.ID, Update{Priority: ptr(i)})
			} else {
				err = f.Delete(ctx, c.ID)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, want := f.Snapshot(), f.open(t, io.Discard).Snapshot(); !reflect.DeepEqual(names(got), names(want)) || len(want.Channels) != 10 {
		t.Errorf("got %v, want %v", names(got), names(want))
	}
}

func names(s *Snapshot) (out []string) {
	for _, l := range s.Channels {
		out = append(out, fmt.Sprint(l.Name, l.Priority))
	}
	return out
}
