package jsonedit

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// KeyIs tells whether a key, as Walk gives it, means name once its escapes are read.
func KeyIs(key []byte, name string) bool {
	if string(key) == name {
		return true
	}
	if bytes.IndexByte(key, '\\') < 0 {
		return false
	}
	s, ok := unescape(key)
	return ok && s == name
}

// Text is what the JSON string raw (quotes included) means; false when raw is not a string in valid
// UTF-8. A lone surrogate becomes U+FFFD.
func Text(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	raw = raw[1 : len(raw)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), utf8.Valid(raw)
	}
	return unescape(raw)
}

// IsNull tells whether the value raw is null.
func IsNull(raw []byte) bool { return string(raw) == "null" }

// Int is the value raw as a whole number. It takes what vendors send for one: 12, 12.0, 1.2e1, "12".
func Int(raw []byte) (int64, bool) {
	if n := len(raw); n > 2 && raw[0] == '"' && raw[n-1] == '"' {
		raw = raw[1 : n-1]
	}
	if n, ok := digits(raw); ok {
		return n, true
	}
	if len(raw) == 0 || raw[0] == '+' || raw[0] == 'N' || raw[0] == 'I' || raw[0] == 'n' || raw[0] == 'i' {
		return 0, false
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil { // exactly, where a float would round
		return n, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// digits reads the plain form of a number, which is nearly always the one there is.
func digits(raw []byte) (n int64, ok bool) {
	if len(raw) == 0 || len(raw) > 18 {
		return 0, false
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// AppendString appends s as a JSON string. Control characters, U+2028 and U+2029 are escaped, so that
// the result is one line everywhere; invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c == '\r':
				dst = append(dst, '\\', 'r')
			case c == '\t':
				dst = append(dst, '\\', 't')
			case c < ' ' || c == 0x7f:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\u2028' || r == '\u2029':
			dst = append(dst, '\\', 'u', '2', '0', '2', hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		i += n
	}
	return append(dst, '"')
}

// unescape reads the escapes of a string's inside.
func unescape(in []byte) (string, bool) {
	if !utf8.Valid(in) {
		return "", false
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); {
		if in[i] != '\\' {
			out = append(out, in[i])
			i++
			continue
		}
		if i+1 >= len(in) {
			return "", false
		}
		if in[i+1] == 'u' {
			r, n := escapedRune(in[i:])
			if n == 0 {
				return "", false
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		c := bytes.IndexByte([]byte(`"\/bfnrt`), in[i+1])
		if c < 0 {
			return "", false
		}
		out = append(out, "\"\\/\b\f\n\r\t"[c])
		i += 2
	}
	return string(out), true
}

// escapedRune reads the \uXXXX, or the pair of surrogates, that b starts with; n is 0 when it is none.
func escapedRune(b []byte) (r rune, n int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
