package channel

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

func TestMasterKeyFile(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	keys := make([]*MasterKey, 8)
	for i := range keys { // a first start may be two
		wg.Go(func() {
			var err error
			if keys[i], err = LoadMasterKey(dir, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sealed := keys[0].seal("owner", "secret")
	for _, k := range keys {
		if got, err := k.open("owner", sealed); err != nil || got != "secret" {
			t.Errorf("another key: %q, %v", got, err)
		}
	}
	path := filepath.Join(dir, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.*.*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != keyLength {
		t.Fatal(err)
	}
	for _, text := range []string{
		hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)) + "\n", base64.StdEncoding.EncodeToString(key),
		base64.RawStdEncoding.EncodeToString(key), base64.URLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
	} {
		k, err := LoadMasterKey("/nowhere", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := k.open("owner", sealed); err != nil || got != "secret" {
			t.Errorf("%q is another key: %v", text, err)
		}
	}
	for _, text := range []string{"x", " ", hex.EncodeToString(key[1:]), hex.EncodeToString(key) + "00", strings.Repeat("!", 64)} {
		if _, err := LoadMasterKey(dir, text); !errors.Is(err, ErrMasterKey) || len(text) > 10 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.WriteFile(path, raw[:20], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMasterKey(dir, ""); !errors.Is(err, ErrMasterKey) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, raw[:20]) {
		t.Error("a damaged key was overwritten")
	}
	if _, err := LoadMasterKey(filepath.Join(path, "x"), ""); !errors.Is(err, ErrMasterKey) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := LoadMasterKey(filepath.Join(dir, "new", "er"), ""); err != nil {
		t.Errorf("a directory that is not there yet: %v", err)
	}
}

// TestWrongMasterKey: a store with credentials knows the key that they were sealed with, and so does one
// that several nodes may share.
func TestWrongMasterKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		start := func(dir string, then func(*Service)) error {
			key, err := LoadMasterKey(dir, "")
			if err != nil {
				return err
			}
			c, err := New(ctx, Options{Store: s, MasterKey: key, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
			if err == nil {
				then(c)
				c.Close()
			}
			return err
		}
		nothing := func(*Service) {}
		dir, wrong := t.TempDir(), t.TempDir()
		for range 2 {
			if err := start(dir, nothing); err != nil {
				t.Fatal(err)
			}
		}
		err := start(wrong, nothing)
		if single := s.Engine() == store.SQLite; single != (err == nil) {
			t.Errorf("another key while nothing is sealed: %v", err)
		}
		if err := start(dir, func(c *Service) { must(c.Create(ctx, draft("main")))(t) }); err != nil {
			t.Fatal(err)
		}
		if err := start(wrong, nothing); !errors.Is(err, ErrMasterKey) || !strings.Contains(err.Error(), "BURNCLOUD_MASTER_KEY") {
			t.Errorf("another key: %v", err)
		}
		if err := start(dir, nothing); err != nil {
			t.Errorf("the right key after the wrong one: %v", err)
		}
	})
}

// FuzzSeal: what was sealed opens under its owner, and under nothing else; any changed bit is noticed.
func FuzzSeal(f *testing.F) {
	f.Add("channel-1", "sk-secret", uint(3))
	f.Add("", "", uint(0))
	f.Add("a", strings.Repeat("x", 5000), uint(200))
	key, err := newMasterKey(bytes.Repeat([]byte{7}, keyLength))
	if err != nil {
		f.Fatal(err)
	}
	other, err := newMasterKey(bytes.Repeat([]byte{8}, keyLength))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, owner, secret string, bit uint) {
		sealed := key.seal(owner, secret)
		if got, err := key.open(owner, sealed); err != nil || got != secret {
			t.Fatalf("got %q, %v", got, err)
		}
		if bytes.Equal(sealed, key.seal(owner, secret)) {
			t.Fatal("sealed twice to the same bytes: the nonce is not fresh")
		}
		if len(secret) > 8 && bytes.Contains(sealed, []byte(secret)) {
			t.Fatal("not sealed at all")
		}
		broken := bytes.Clone(sealed)
		broken[bit/8%uint(len(broken))] ^= 1 << (bit % 8)
		for what, try := range map[string]func() (string, error){
			"another owner": func() (string, error) { return key.open(owner+"x", sealed) },
			"another key":   func() (string, error) { return other.open(owner, sealed) },
			"a changed bit": func() (string, error) { return key.open(owner, broken) },
			"a cut":         func() (string, error) { return key.open(owner, sealed[:len(sealed)-1]) },
			"nothing":       func() (string, error) { return key.open(owner, nil) },
		} {
			if got, err := try(); err == nil {
				t.Fatalf("opens under %s: %q", what, got)
			}
		}
	})
}

func TestTail(t *testing.T) {
	for secret, want := range map[string]string{"sk-0123456789abcdef": "cdef", "12345678": "78", "123": "", "": ""} {
		if got := tail(secret); got != want {
			t.Errorf("tail(%q) = %q, want %q", secret, got, want)
		}
	}
}
