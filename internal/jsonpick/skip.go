package jsonpick

import (
	"bytes"
	"strconv"
)

// text reads on in a string value and returns how many bytes it took.
func (k *Picker) text(p []byte) int {
	n, closed, escape := stringEnd(p, k.escape)
	k.escape = escape
	k.keep(p[:n])
	if k.over && !k.label && (k.depth > 1 || k.depth == 1 && k.top().array) {
		k.Text += int64(n)
		if closed {
			k.Text--
		}
	}
	if closed {
		k.endValue()
	}
	return n
}

// scalar reads on in a number or literal.
func (k *Picker) scalar(p []byte) int {
	n := 0
	for n < len(p) && class[p[n]] <= begins {
		n++
	}
	k.keep(p[:n])
	if n < len(p) {
		k.endValue()
	}
	return n
}

// value reads on in an object or array that is skipped or kept.
func (k *Picker) value(p []byte) int {
	i := 0
	for i < len(p) {
		if k.str {
			n, closed, escape := stringEnd(p[i:], k.escape)
			k.escape, k.str = escape, !closed
			if k.over {
				k.inner(p[i:i+n], closed)
			}
			i += n
			continue
		}
		if k.closed {
			i += k.behind(p[i:])
			continue
		}
		i += k.structure(p[i:])
		if k.nest == 0 {
			k.keep(p[:i])
			k.endValue()
			return i
		}
	}
	k.keep(p)
	return len(p)
}

// inner takes in bytes of a string inside a value that is skipped. It counts as text until it turns out
// to be a key.
func (k *Picker) inner(p []byte, closed bool) {
	if closed {
		p, k.closed = p[:len(p)-1], true
	}
	k.addKey(p)
	k.last += int64(len(p))
	if !k.label {
		k.Text += int64(len(p))
	}
}

// behind looks at what comes behind such a string: a colon makes it a key.
func (k *Picker) behind(p []byte) int {
	i := 0
	for i < len(p) && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t') {
		i++
	}
	if i == len(p) {
		return i
	}
	if k.closed = false; p[i] == ':' {
		if !k.label {
			k.Text -= k.last
		}
		k.label = k.Label != nil && k.Label(k.key)
		i++
	}
	return i
}

// The bytes that structure looks at one by one before it tries to leap, at least and at most, and the
// most that one leap passes over.
const (
	shortRun = 64
	longRun  = 4096
	window   = 4096
)

// structure reads on outside of strings, until a string begins, the value ends, or p does.
func (k *Picker) structure(p []byte) int {
	run := shortRun
	for i := 0; i < len(p); {
		stop := min(len(p), i+run)
		for i < stop {
			switch class[p[i]] {
			case quote:
				k.str, k.escape = true, false
				k.key, k.last = k.key[:0], 0
				return i + 1
			case opener:
				k.nest++
			case closer:
				if k.nest--; k.nest == 0 {
					return i + 1
				}
			}
			i++
		}
		n := k.leap(p[i:])
		if i += n; n < shortRun {
			run = min(4*run, longRun) // too dense to leap: do not try again soon
			continue
		}
		for run = shortRun; n >= shortRun; i += n {
			n = k.leap(p[i:])
		}
	}
	return len(p)
}

// leap passes over what has no string in it, such as an array of numbers, when the value cannot end
// there. It returns how many bytes it passed over.
func (k *Picker) leap(p []byte) int {
	p = p[:min(len(p), window)]
	if n := bytes.IndexByte(p, '"'); n >= 0 {
		p = p[:n]
	}
	if len(p) < shortRun {
		return 0
	}
	closers := count(p, ']') + count(p, '}')
	if closers >= k.nest { // up to the first of them it cannot
		p, closers = before(before(p, ']'), '}'), 0
	}
	k.nest += count(p, '[') + count(p, '{') - closers
	return len(p)
}

func count(p []byte, c byte) int { return bytes.Count(p, []byte{c}) }

func before(p []byte, c byte) []byte {
	if n := bytes.IndexByte(p, c); n >= 0 {
		return p[:n]
	}
	return p
}

// The classes of bytes outside strings.
const (
	other  = iota
	begins // may begin a number or literal
	ends   // ends one
	quote
	opener
	closer
)

var class = [256]byte{
	'"': quote, '{': opener, '[': opener, '}': closer, ']': closer,
	',': ends, ':': ends, ' ': ends, '\t': ends, '\n': ends, '\r': ends,
	'-': begins, '0': begins, '1': begins, '2': begins, '3': begins, '4': begins, '5': begins,
	'6': begins, '7': begins, '8': begins, '9': begins,
	't': begins, 'f': begins, 'n': begins, 'N': begins, 'I': begins,
}

// stringEnd looks for the quote that ends a string. n is how many bytes of p belong to the string, its
// quote included; escape says whether the byte before p, or in the result the last one, escapes the next.
func stringEnd(p []byte, escape bool) (n int, closed, escapes bool) {
	at := 0
	if escape && len(p) > 0 {
		at = 1
	}
	for {
		q := bytes.IndexByte(p[at:], '"')
		if q < 0 {
			return len(p), false, oddBackslashes(p[at:]) || escape && len(p) == 0
		}
		q += at
		if !oddBackslashes(p[at:q]) {
			return q + 1, true, false
		}
		at = q + 1
	}
}

// oddBackslashes tells whether p ends in a backslash that is not itself escaped.
func oddBackslashes(p []byte) bool {
	n := len(p)
	for n > 0 && p[n-1] == '\\' {
		n--
	}
	return (len(p)-n)&1 == 1
}

// unescape reads the escapes of ASCII characters in a key, in place; others stay as they are written.
func unescape(key []byte) []byte {
	out := key[:0]
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c == '\\' && i+5 < len(key) && key[i+1] == 'u' {
			if n, err := strconv.ParseUint(string(key[i+2:i+6]), 16, 7); err == nil {
				c = byte(n)
				i += 5
			}
		}
		out = append(out, c)
	}
	return out
}
