package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"golang.org/x/crypto/argon2"
)

// The bounds of a password, in characters and in bytes.
const (
	minPassword = 8
	maxPassword = 1024
)

// cost is how hard a password is to check. A stored hash carries its own, so this may change.
type cost struct {
	memory uint32 // KiB
	time   uint32
}

// defaultCost is OWASP's second recommendation for argon2id, with one lane.
var defaultCost = cost{memory: 19 * 1024, time: 2}

// limit keeps a hostile or damaged row from asking for all memory.
var costLimit = cost{memory: 256 * 1024, time: 16}

const (
	saltLength = 16
	hashLength = 32
)

// hasher hashes one password at a time: each takes 19 MiB while it runs, and memory is what an idle
// gateway has least of. The others wait their turn.
type hasher struct {
	cost cost
	turn chan struct{}
}

func newHasher(c cost) *hasher { return &hasher{cost: c, turn: make(chan struct{}, 1)} }

func (h *hasher) derive(ctx context.Context, password string, salt []byte, c cost, n uint32) ([]byte, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() {
			debug.FreeOSMemory() // what the hash took would else stay with the process until some later collection
			<-h.turn
		}()
		return argon2.IDKey([]byte(password), salt, c.time, c.memory, 1, n), nil
	case <-ctx.Done():
		return nil, burncloud.Wrap(burncloud.Canceled, ctx.Err(), "canceled while waiting to check a password")
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	sum, err := h.derive(ctx, password, salt, h.cost, hashLength)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.memory, h.cost.time,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// verify tells whether password is the one behind phc. With phc "" it does the same work and says no,
// so that an unknown user cannot be told from a wrong password by the clock.
func (h *hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	if phc == "" {
		_, err := h.derive(ctx, password, make([]byte, saltLength), h.cost, hashLength)
		return false, err
	}
	c, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, c, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// parsePHC reads what hash wrote. Its errors never quote the string.
func parsePHC(phc string) (c cost, salt, sum []byte, err error) {
	bad := func(why string) (cost, []byte, []byte, error) {
		return cost{}, nil, nil, fmt.Errorf("stored password hash: %s", why)
	}
	p := strings.Split(phc, "$")
	if len(p) != 6 || p[0] != "" || p[1] != "argon2id" {
		return bad("not argon2id")
	}
	var version, lanes int
	if _, err := fmt.Sscanf(p[2], "v=%d", &version); err != nil || version != argon2.Version {
		return bad("unknown version")
	}
	if _, err := fmt.Sscanf(p[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &lanes); err != nil {
		return bad("unreadable parameters")
	}
	if lanes != 1 || c.time < 1 || c.time > costLimit.time || c.memory < 8 || c.memory > costLimit.memory {
		return bad("parameters out of bounds")
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(p[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(p[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(sum) < 16 || len(sum) > 64 {
		return bad("unreadable salt or hash")
	}
	return c, salt, sum, nil
}

// checkPassword refuses what is no password to protect anything with.
func checkPassword(username, password string) error {
	switch {
	case !utf8.ValidString(password):
		return invalid("password", "the password is not valid UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return invalid("password", "the password must have at least %d characters", minPassword)
	case len(password) > maxPassword:
		return invalid("password", "the password must have at most %d bytes", maxPassword)
	case strings.EqualFold(password, username):
		return invalid("password", "the password must differ from the username")
	}
	return nil
}
