package account

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store/storetest"
)

const password = "correct horse"

func TestPassword(t *testing.T) {
	h := newHasher(defaultCost) // the real cost, once
	phc, err := h.hash(ctx, password)
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(phc, err)
	}
	for p, want := range map[string]bool{password: true, "correct horsf": false, "": false} {
		if ok, err := h.verify(ctx, phc, p); err != nil || ok != want {
			t.Errorf("%q: %v, %v", p, ok, err)
		}
	}
	if ok, err := h.verify(ctx, "", ""); err != nil || ok {
		t.Errorf("no hash: %v, %v", ok, err)
	}
	h.cost = cost{memory: 64, time: 1}
	cheap, _ := h.hash(ctx, password)
	if twice, _ := h.hash(ctx, password); twice == cheap {
		t.Error("the same salt twice")
	}
	for _, bad := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c3Vtc3Vtc3Vtc3Vtc3Vt", strings.Replace(cheap, "v=19", "v=18", 1),
		strings.Replace(cheap, "m=64", "m=99999999", 1), strings.Replace(cheap, "t=1", "t=0", 1), strings.Replace(cheap, "t=1", "t=999", 1),
		strings.Replace(cheap, "p=1", "p=9", 1), cheap[:len(cheap)-40], cheap + "!",
	} {
		if ok, err := h.verify(ctx, bad, password); err == nil || ok || strings.Contains(err.Error(), "$") {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
}

func TestSetupOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		other := f.open(t) // a second node, to race on the store itself
		token := f.SetupToken()
		if len(token) < 20 || !f.CheckSetupToken(token) || f.CheckSetupToken("") || f.CheckSetupToken(token+"x") || other.CheckSetupToken(token) {
			t.Errorf("setup token %q", token)
		}
		_, err := f.Setup(ctx, "root", "short")
		wantFault(t, err, burncloud.Invalid, "password")
		_, err = f.Setup(ctx, "", password)
		wantFault(t, err, burncloud.Invalid, "username")

		var wg sync.WaitGroup
		errs := make([]error, 16)
		for i := range errs {
			s := []*Service{f.Service, other}[i%2]
			wg.Go(func() { _, errs[i] = s.Setup(ctx, "root"+string(rune('a'+i)), password) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantFault(t, err, burncloud.Forbidden, "")
		}
		if won != 1 {
			t.Errorf("%d owners were made", won)
		}
		users := must(f.store.Read().Users(ctx))(t)
		if len(users) != 1 || users[0].Role != burncloud.Owner || !users[0].Unlimited {
			t.Errorf("%+v", users)
		}
		fresh := f.open(t)
		if fresh.NeedsSetup() || fresh.SetupToken() != "" || fresh.CheckSetupToken(fresh.setupToken) || fresh.CheckSetupToken("") {
			t.Error("the setup is still open")
		}
		if err := fresh.EnsureAdmin(ctx, "other", "other password"); err != nil {
			t.Errorf("EnsureAdmin after the setup: %v", err)
		}
	})
}

func TestEnsureAdmin(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		wantFault(t, f.EnsureAdmin(ctx, "root", "short"), burncloud.Invalid, "password")
		if err := f.EnsureAdmin(ctx, "root", password); err != nil || f.NeedsSetup() {
			t.Fatal(err)
		}
		if err := f.EnsureAdmin(ctx, "root", "changed in the file"); err != nil {
			t.Fatal(err)
		}
		if s := must(f.Login(ctx, Login{Username: "root", Password: password}))(t); s.User.Role != burncloud.Owner {
			t.Errorf("%+v", s.User)
		}
	})
}

func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := must(f.CreateUser(ctx, NewUser{Username: "alice", Password: password}))(t)
		f.user(t, "robot") // no password
		login := func(name, pw string) (*Session, error) {
			return f.Login(ctx, Login{Username: name, Password: pw, ClientIP: "192.0.2.1", Agent: strings.Repeat("ü", 300)})
		}
		var message string
		for _, c := range [][2]string{{"alice", "wrong"}, {"alice", ""}, {"nobody", password}, {"robot", ""}, {"robot", password}, {"alice", password + strings.Repeat("x", 5000)}} {
			_, err := login(c[0], c[1])
			fault := wantFault(t, err, burncloud.Unauthenticated, "")
			if message == "" {
				message = fault.Message
			}
			if fault.Message != message {
				t.Errorf("the answer tells why: %q", fault.Message)
			}
		}
		one, two := must(login("ALICE", password))(t), must(login("alice", password))(t)
		if one.Token == two.Token || len(one.Token) != secretLength || one.User.ID != u.ID {
			t.Errorf("%+v %+v", one, two)
		}
		if got := must(f.Session(ctx, one.Token))(t); got.ID != u.ID {
			t.Errorf("%+v", got)
		}
		if err := errors.Join(f.Logout(ctx, one.Token), f.Logout(ctx, one.Token)); err != nil {
			t.Fatal(err)
		}
		ended := func(what, token string) {
			t.Helper()
			_, err := f.Session(ctx, token)
			if err == nil {
				t.Errorf("%s: the session lives", what)
				return
			}
			wantFault(t, err, burncloud.Unauthenticated, "")
		}
		ended("logout", one.Token)
		ended("made up", "x")
		must(f.Session(ctx, two.Token))(t)

		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(false)}))(t)
		ended("disabled", two.Token)
		_, err := login("alice", password)
		wantFault(t, err, burncloud.Forbidden, "")
		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(true)}))(t)
		ended("enabled again", two.Token)

		three := must(login("alice", password))(t)
		if err := f.EndSessions(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		ended("all ended", three.Token)
	})
}

func TestSessionExpires(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user(t, "alice")
		open := func() string { return must(f.OpenSession(ctx, u.ID, "", ""))(t).Token }
		idle, used := open(), open()
		for range 31 { // a day at a time is not too long between uses, but the 30 days in all are
			f.clock.add(f.idle - time.Second)
			_, err := f.Session(ctx, used)
			if f.clock.now().Before(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(f.max)) {
				if err != nil {
					t.Fatalf("ended at %v: %v", f.clock.now(), err)
				}
			} else if wantFault(t, err, burncloud.Unauthenticated, "") == nil {
				t.Fatal("lives for ever")
			}
		}
		_, err := f.Session(ctx, idle)
		wantFault(t, err, burncloud.Unauthenticated, "")
		open() // clears what has ended
		for _, token := range []string{idle, used} {
			if _, err := f.store.Read().Session(ctx, hashSecret(token)); err == nil {
				t.Error("an ended session is kept")
			}
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := must(f.CreateUser(ctx, NewUser{Username: "alice", Password: password}))(t)
		s := must(f.OpenSession(ctx, u.ID, "", ""))(t)
		const next = "battery staple"
		wantFault(t, f.ChangePassword(ctx, u.ID, "wrong", next, ""), burncloud.Invalid, "current")
		wantFault(t, f.ChangePassword(ctx, u.ID, password, "short", ""), burncloud.Invalid, "password")
		wantFault(t, f.ChangePassword(ctx, "nobody", password, next, ""), burncloud.NotFound, "")
		must(f.Session(ctx, s.Token))(t)
		if err := f.ChangePassword(ctx, u.ID, password, next, ""); err != nil {
			t.Fatal(err)
		}
		_, err := f.Session(ctx, s.Token)
		wantFault(t, err, burncloud.Unauthenticated, "")
		_, err = f.Login(ctx, Login{Username: "alice", Password: password})
		wantFault(t, err, burncloud.Unauthenticated, "")
		must(f.Login(ctx, Login{Username: "alice", Password: next}))(t)
		for range freePerUser {
			wantFault(t, f.ChangePassword(ctx, u.ID, "guess", next, ""), burncloud.Invalid, "current")
		}
		if err := f.ChangePassword(ctx, u.ID, "guess", next, ""); err == nil { // the first wait begins
			t.Error("a guess was right")
		}
		wantFault(t, f.ChangePassword(ctx, u.ID, "guess", next, ""), burncloud.RateLimited, "")
	})
}

func TestThrottle(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	must(f.CreateUser(ctx, NewUser{Username: "alice", Password: password}))(t)
	try := func(name, pw, ip string) error {
		_, err := f.Login(ctx, Login{Username: name, Password: pw, ClientIP: ip})
		return err
	}
	// Guesses from ever new addresses are slowed down per username, whatever its case.
	made, refused := 0, 0
	var longest time.Duration
	start := f.clock.now()
	for i := range 600 {
		err := try([]string{"alice", "Alice"}[i%2], "guess", "198.51.100."+string(rune('0'+i%10)))
		var fault *burncloud.Fault
		if !errors.As(err, &fault) {
			t.Fatal(err)
		}
		if fault.Kind == burncloud.RateLimited {
			refused++
			longest = max(longest, fault.RetryAfter)
			f.clock.add(fault.RetryAfter / 4)
		} else {
			made++
		}
		if f.clock.now().Sub(start) > failWindow-2*longestWait {
			break
		}
	}
	if made > 30 || refused == 0 || longest != longestWait {
		t.Errorf("%d guesses made, %d refused, longest wait %v", made, refused, longest)
	}
	// Nobody is locked out for ever: after one wait the right password works, and clears the count.
	f.clock.add(longestWait)
	if err := try("alice", password, "192.0.2.1"); err != nil {
		t.Errorf("locked out: %v", err)
	}
	if err := try("alice", "oops", "192.0.2.1"); err == nil || burncloud.AsFault(err).Kind != burncloud.Unauthenticated {
		t.Errorf("the count was not cleared: %v", err)
	}
	// While a stranger guesses, the address that the user is signed in from gets in.
	for range 30 {
		_ = try("alice", "guess", "203.0.113.9") // some are refused, none is right
	}
	if err := try("alice", password, "203.0.113.7"); err == nil || burncloud.AsFault(err).Kind != burncloud.RateLimited {
		t.Errorf("a stranger may guess on: %v", err)
	}
	if err := try("alice", password, "192.0.2.1"); err != nil {
		t.Errorf("the user is kept out: %v", err)
	}
	// A guesser who shares that address is no better off for it.
	made = 0
	for range 100 {
		if burncloud.AsFault(try("alice", "guess", "192.0.2.1")).Kind == burncloud.Unauthenticated {
			made++
		}
	}
	if made != freePerUser+1 {
		t.Errorf("%d guesses from the user's own address", made)
	}
}

func TestThrottlePerAddress(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	limited := 0
	for i := range freePerIP + 10 {
		ip := []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}[i%2] // one subscriber
		_, err := f.Login(ctx, Login{Username: "user" + string(rune('a'+i)), Password: "guess", ClientIP: ip})
		if burncloud.AsFault(err).Kind == burncloud.RateLimited {
			limited++
		}
	}
	if limited != 9 {
		t.Errorf("%d refused, want all but one after the free ones", limited)
	}
	if _, err := f.Login(ctx, Login{Username: "x", Password: "guess", ClientIP: "2001:db8:1:3::1"}); burncloud.AsFault(err).Kind != burncloud.Unauthenticated {
		t.Errorf("another network: %v", err)
	}
}

// TestThrottleRace: a thousand guesses at once get no further than one after another.
func TestThrottleRace(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	var wg sync.WaitGroup
	var mu sync.Mutex
	kinds := map[burncloud.Kind]int{}
	for range 1000 {
		wg.Go(func() {
			_, err := f.Login(ctx, Login{Username: "alice", Password: "guess"})
			mu.Lock()
			defer mu.Unlock()
			kinds[burncloud.AsFault(err).Kind]++
		})
	}
	wg.Wait()
	if kinds[burncloud.Unauthenticated] != freePerUser+1 || kinds[burncloud.RateLimited] != 1000-freePerUser-1 {
		t.Errorf("%v", kinds)
	}
}

// TestThrottleWithoutCache: a cache that is down keeps nobody out.
func TestThrottleWithoutCache(t *testing.T) {
	f := newFixture(t, storetest.SQLite(t))
	must(f.CreateUser(ctx, NewUser{Username: "alice", Password: password}))(t)
	f.counter.err = errors.New("down")
	for range 2 * freePerUser {
		must(f.Login(ctx, Login{Username: "alice", Password: password, ClientIP: "192.0.2.1"}))(t)
	}
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := must(f.CreateUser(ctx, NewUser{Username: "alice", Role: burncloud.Admin}))(t)
		tok, secret, err := f.CreateToken(ctx, NewToken{UserID: u.ID, Name: "ci", Expires: ptr(f.clock.now().Add(time.Hour))})
		if err != nil || !strings.HasPrefix(secret, TokenPrefix) || !strings.HasPrefix(secret, tok.Prefix) || len(tok.Prefix) > 12 {
			t.Fatal(tok, secret, err)
		}
		if got := must(f.AuthenticateToken(ctx, secret))(t); got.ID != u.ID || got.Role != burncloud.Admin {
			t.Errorf("%+v", got)
		}
		if list := must(f.ListTokens(ctx, u.ID))(t); len(list) != 1 || list[0].LastUsed == nil {
			t.Errorf("%+v", list)
		}
		for _, c := range []struct {
			n     NewToken
			kind  burncloud.Kind
			param string
		}{
			{NewToken{UserID: u.ID, Name: "ci"}, burncloud.Invalid, "name"},
			{NewToken{UserID: u.ID}, burncloud.Invalid, "name"},
			{NewToken{UserID: u.ID, Name: "x", Expires: ptr(f.clock.now())}, burncloud.Invalid, "expires"},
			{NewToken{UserID: "nobody", Name: "x"}, burncloud.NotFound, ""},
		} {
			_, _, err := f.CreateToken(ctx, c.n)
			wantFault(t, err, c.kind, c.param)
		}
		_, err = f.AuthenticateToken(ctx, secret+"x")
		wantFault(t, err, burncloud.Unauthenticated, "")
		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(false)}))(t)
		_, err = f.AuthenticateToken(ctx, secret)
		wantFault(t, err, burncloud.Forbidden, "")
		must(f.UpdateUser(ctx, u.ID, UserChange{Enabled: ptr(true)}))(t)
		f.clock.add(time.Hour)
		_, err = f.AuthenticateToken(ctx, secret)
		wantFault(t, err, burncloud.Unauthenticated, "")
		if err := f.DeleteToken(ctx, tok.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, f.DeleteToken(ctx, tok.ID), burncloud.NotFound, "")
		_, err = f.GetToken(ctx, tok.ID)
		wantFault(t, err, burncloud.NotFound, "")
	})
}

func TestNewSecret(t *testing.T) {
	seen := map[rune]int{}
	for range 1000 {
		for _, c := range newSecret("", secretLength) {
			seen[c]++
		}
	}
	if len(seen) != len(base62) {
		t.Fatalf("%d different characters", len(seen))
	}
	for c, n := range seen { // 43,000 over 62 is 694 each; ten standard deviations are 260
		if n < 430 || n > 960 {
			t.Errorf("%c comes %d times of 43000", c, n)
		}
	}
}
