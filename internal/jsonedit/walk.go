package jsonedit

import (
	"bytes"
	"fmt"
)

// SyntaxError says where a document stops being JSON, as far as the walk can see.
type SyntaxError struct {
	Offset int // in bytes, from 0
	Want   string
}

// Error is the text for people.
func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: want %s", e.Offset, e.Want) }

// Walk calls fn for each member of the object that body is, in order: with the key as it is written,
// without its quotes, and with the spans of key (quotes included) and value. It stops when fn returns
// false. Space around the object is allowed; anything else before or behind it is an error, because a
// vendor might read a second document where we saw none. Errors are *SyntaxError.
//
// The frame of the object is checked strictly. Inside a value, strings are closed, brackets pair up and
// no byte stands outside a string that JSON does not use (a comment, a single quote): enough that no
// parser can see other members here than Walk does. The finer grammar is left to the vendor.
func Walk(body []byte, fn func(key []byte, keySpan, valueSpan Span) bool) error {
	i := space(body, 0)
	if i == len(body) || body[i] != '{' {
		return &SyntaxError{i, "an object that starts with {"}
	}
	i = space(body, i+1)
	if i < len(body) && body[i] == '}' {
		return end(body, i+1)
	}
	for {
		if i >= len(body) || body[i] != '"' {
			return &SyntaxError{i, `a key in double quotes`}
		}
		key := Span{i, quoted(body, i)}
		if key.To < 0 {
			return &SyntaxError{len(body), `the closing " of a key`}
		}
		i = space(body, key.To)
		if i >= len(body) || body[i] != ':' {
			return &SyntaxError{i, "a colon"}
		}
		value, err := Skip(body, space(body, i+1))
		if err != nil {
			return err
		}
		if !fn(body[key.From+1:key.To-1], key, value) {
			return nil
		}
		i = space(body, value.To)
		if i < len(body) && body[i] == '}' {
			return end(body, i+1)
		}
		if i >= len(body) || body[i] != ',' {
			return &SyntaxError{i, "a comma or }"}
		}
		i = space(body, i+1)
	}
}

// Elements calls fn for each element of the array that body is, in order, until fn returns false.
// It is as strict as Walk.
func Elements(body []byte, fn func(value Span) bool) error {
	i := space(body, 0)
	if i == len(body) || body[i] != '[' {
		return &SyntaxError{i, "an array that starts with ["}
	}
	i = space(body, i+1)
	if i < len(body) && body[i] == ']' {
		return end(body, i+1)
	}
	for {
		value, err := Skip(body, i)
		if err != nil {
			return err
		}
		if !fn(value) {
			return nil
		}
		i = space(body, value.To)
		if i < len(body) && body[i] == ']' {
			return end(body, i+1)
		}
		if i >= len(body) || body[i] != ',' {
			return &SyntaxError{i, "a comma or ]"}
		}
		i = space(body, i+1)
	}
}

// Skip is the span of the value that starts at i.
func Skip(b []byte, i int) (Span, error) {
	if i >= len(b) {
		return Span{}, &SyntaxError{i, "a value"}
	}
	switch b[i] {
	case '"':
		j := quoted(b, i)
		if j < 0 {
			return Span{}, &SyntaxError{len(b), `the closing " of a string`}
		}
		return Span{i, j}, nil
	case '{', '[':
		return nested(b, i)
	}
	switch c := b[i]; c {
	case '-', 't', 'f', 'n', 'N', 'I': // NaN and Infinity are some vendors' dialect
	default:
		if c < '0' || c > '9' {
			return Span{}, &SyntaxError{i, "a value"}
		}
	}
	j := i + 1
	for j < len(b) && class[b[j]] == scalar {
		j++
	}
	return Span{i, j}, nil
}

// The classes of bytes outside strings.
const (
	bad    = iota // not JSON
	scalar        // of numbers and literals
	blank
	mark // comma, colon
	quote
	opener
	closer
)

var class = [256]byte{
	' ': blank, '\t': blank, '\n': blank, '\r': blank, ',': mark, ':': mark, '"': quote,
	'{': opener, '[': opener, '}': closer, ']': closer, '+': scalar, '-': scalar, '.': scalar,
	'0': scalar, '1': scalar, '2': scalar, '3': scalar, '4': scalar,
	'5': scalar, '6': scalar, '7': scalar, '8': scalar, '9': scalar,
	'a': scalar, 'e': scalar, 'f': scalar, 'i': scalar, 'l': scalar, 'n': scalar, 'r': scalar, 's': scalar,
	't': scalar, 'u': scalar, 'y': scalar, 'E': scalar, 'I': scalar, 'N': scalar,
}

// nested is the span of the object or array that starts at i. The kinds of the 64 outermost open
// brackets are kept in one word, so that nothing is allocated; deeper ones are only counted.
func nested(b []byte, i int) (Span, error) {
	from, depth, braces := i, 0, uint64(0)
	for i < len(b) {
		c := b[i]
		switch class[c] {
		case quote:
			j := quoted(b, i)
			if j < 0 {
				return Span{}, &SyntaxError{len(b), `the closing " of a string`}
			}
			i = j
			continue
		case opener:
			if depth < 64 {
				braces &^= 1 << depth
				if c == '{' {
					braces |= 1 << depth
				}
			}
			depth++
		case closer:
			depth--
			if depth < 64 && (braces>>depth&1 == 1) != (c == '}') {
				return Span{}, &SyntaxError{i, "the bracket that was opened"}
			}
			if depth == 0 {
				return Span{from, i + 1}, nil
			}
		case bad:
			return Span{}, &SyntaxError{i, "JSON"}
		}
		i++
	}
	return Span{}, &SyntaxError{i, "the end of a value"}
}

// quoted is the offset behind the string whose opening quote is at i, or -1.
func quoted(b []byte, i int) int {
	start := i + 1
	for at := start; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return -1
		}
		q := at + n
		k := q
		for k > at && b[k-1] == '\\' {
			k--
		}
		if (q-k)&1 == 0 {
			return q + 1
		}
		at = q + 1
	}
}

func space(b []byte, i int) int {
	for i < len(b) && class[b[i]] == blank {
		i++
	}
	return i
}

func end(b []byte, i int) error {
	if i = space(b, i); i < len(b) {
		return &SyntaxError{i, "nothing after the document"}
	}
	return nil
}
