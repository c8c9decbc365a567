package account

import (
	"crypto/rand"
	"crypto/sha256"
)

// What our own secrets begin with, so that people and secret scanners recognise them.
const (
	KeyPrefix   = "sk-bc-"
	TokenPrefix = "bct_"
)

// secretLength is how many random characters follow the prefix: 43 of 62 are 256 bits.
const secretLength = 43

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newSecret makes prefix and n random base62 characters, each equally likely.
func newSecret(prefix string, n int) string {
	const even = 256 - 256%len(base62) // bytes from here on would favour the first characters
	out := make([]byte, 0, len(prefix)+n)
	out = append(out, prefix...)
	var buf [64]byte
	for {
		rand.Read(buf[:]) // never fails: crypto/rand ends the program instead
		for _, b := range buf {
			if int(b) >= even {
				continue
			}
			if len(out) == len(prefix)+n {
				return string(out)
			}
			out = append(out, base62[int(b)%len(base62)])
		}
	}
}

func hashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// visible is the start of a secret that may be shown: enough to tell keys apart, at most a quarter.
func visible(secret string) string { return secret[:min(len(secret)/4, len(KeyPrefix)+4)] }

// The length of a secret that somebody else made up.
const (
	minSecret = 16
	maxSecret = 512
)

// checkSecret refuses a given secret that is too easy to guess or cannot stand in a header.
func checkSecret(secret string) error {
	if len(secret) < minSecret || len(secret) > maxSecret {
		return invalid("secret", "a key's secret must have %d to %d characters; leave it out to have one made", minSecret, maxSecret)
	}
	for _, c := range []byte(secret) {
		if c <= ' ' || c >= 0x7f {
			return invalid("secret", "a key's secret must consist of visible ASCII characters without spaces")
		}
	}
	return nil
}
