package http1

import "encoding/binary"

// tokenByte marks the bytes of an RFC 9110 token; lower folds ASCII letters.
var tokenByte, lower = tables()

func tables() (token [256]bool, fold [256]byte) {
	for c := 0; c < 256; c++ {
		fold[c] = byte(c)
		switch {
		case c >= 'A' && c <= 'Z':
			fold[c] = byte(c) + 'a' - 'A'
			token[c] = true
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			token[c] = true
		}
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		token[c] = true
	}
	return token, fold
}

// EqualFold reports whether a and b are the same but for the case of ASCII letters.
func EqualFold[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lower[a[i]] != lower[b[i]] {
			return false
		}
	}
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// cleanText reports whether b has no control byte but the tab: the bytes a field value may hold.
// Eight bytes are looked at together, the doubtful ones again one by one.
func cleanText(b []byte) bool {
	for len(b) >= 8 {
		v := binary.LittleEndian.Uint64(b)
		del := v ^ (0x7f * ones)
		if (v-0x20*ones)&^v&highs|(del-ones)&^del&highs != 0 && !cleanBytes(b[:8]) {
			return false
		}
		b = b[8:]
	}
	return cleanBytes(b)
}

func cleanBytes(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// cleanTarget reports whether b has only visible ASCII: the bytes a request target may hold.
func cleanTarget(b []byte) bool {
	for _, c := range b {
		if c <= 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

func isToken(b []byte) bool {
	for _, c := range b {
		if !tokenByte[c] {
			return false
		}
	}
	return len(b) > 0
}

// trim takes blanks and tabs off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// hasToken reports whether the comma-separated list has the word.
func hasToken(list []byte, word string) bool {
	for len(list) > 0 {
		end := 0
		for end < len(list) && list[end] != ',' {
			end++
		}
		if EqualFold(trim(list[:end]), word) {
			return true
		}
		if end == len(list) {
			return false
		}
		list = list[end+1:]
	}
	return false
}

// decimal reads 1*DIGIT, at most 18 digits, so that it cannot overflow.
func decimal(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
