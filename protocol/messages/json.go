package messages

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/burncloud/burncloud/internal/jsonedit"
)

// key begins a member of the object that dst ends in.
func key(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(jsonedit.AppendString(dst, name), ':')
}

// next begins an element of the array that dst ends in.
func next(dst []byte) []byte {
	if dst[len(dst)-1] != '[' {
		dst = append(dst, ',')
	}
	return dst
}

// word appends a member that is a string.
func word(dst []byte, name, value string) []byte {
	return jsonedit.AppendString(key(dst, name), value)
}

// whole appends a member that is a whole number.
func whole(dst []byte, name string, n int64) []byte {
	return strconv.AppendInt(key(dst, name), n, 10)
}

// value appends JSON as it came, on one line; null in place of what is no JSON.
func value(dst, raw []byte) []byte {
	out := bytes.NewBuffer(dst)
	if json.Compact(out, raw) != nil {
		return append(out.Bytes()[:len(dst)], "null"...)
	}
	return out.Bytes()
}

// list is an array of values.
func list(dst []byte, all [][]byte) []byte {
	dst = append(dst, '[')
	for _, one := range all {
		dst = append(next(dst), one...)
	}
	return append(dst, ']')
}

// number is what a JSON number says; ok is false when n is none.
func number(n json.Number) (f float64, ok bool) {
	if !isNumber([]byte(n)) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func isNumber(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && json.Valid(raw)
}

// isObject tells whether raw is a JSON object.
func isObject(raw []byte) bool {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(raw)
}
