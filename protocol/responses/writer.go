package responses

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/burncloud/burncloud/internal/jsonedit"
)

// writer appends JSON on one line. It sets the commas by itself: what stands before tells whether one is
// due.
type writer struct{ b []byte }

func (w *writer) comma() {
	if n := len(w.b); n > 0 {
		switch w.b[n-1] {
		case '{', '[', ':', ' ':
		default:
			w.b = append(w.b, ',')
		}
	}
}

// open begins an object or array.
func (w *writer) open(c byte) {
	w.comma()
	w.b = append(w.b, c)
}

// shut ends it.
func (w *writer) shut(c byte) { w.b = append(w.b, c) }

func (w *writer) key(k string) {
	w.comma()
	w.b = append(append(append(w.b, '"'), k...), '"', ':')
}

// member is key for a name that came from outside.
func (w *writer) member(k string) {
	w.comma()
	w.b = append(jsonedit.AppendString(w.b, k), ':')
}

func (w *writer) text(s string) {
	w.comma()
	w.b = jsonedit.AppendString(w.b, s)
}

func (w *writer) int(n int64) {
	w.comma()
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) bool(v bool) {
	w.comma()
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) null() {
	w.comma()
	w.b = append(w.b, "null"...)
}

// raw writes a JSON value as it came but for spaces; what is none becomes null.
func (w *writer) raw(v []byte) {
	w.comma()
	out := bytes.NewBuffer(w.b)
	if json.Compact(out, v) != nil {
		w.b = append(w.b[:len(w.b):len(w.b)], "null"...)
		return
	}
	w.b = out.Bytes()
}

// number writes a number as it came; what is none becomes null.
func (w *writer) number(n json.Number) { w.raw([]byte(n)) }

// The same with a key. Those with opt write nothing when there is nothing to write.

func (w *writer) keyText(k, s string) {
	w.key(k)
	w.text(s)
}

func (w *writer) optText(k, s string) {
	if s != "" {
		w.keyText(k, s)
	}
}

func (w *writer) keyTextOrNull(k, s string) {
	w.key(k)
	if s == "" {
		w.null()
		return
	}
	w.text(s)
}

func (w *writer) keyInt(k string, n int64) {
	w.key(k)
	w.int(n)
}

func (w *writer) keyBool(k string, v bool) {
	w.key(k)
	w.bool(v)
}

func (w *writer) keyNull(k string) {
	w.key(k)
	w.null()
}

func (w *writer) keyRaw(k string, v []byte) {
	w.key(k)
	w.raw(v)
}

func (w *writer) keyNumberOrNull(k string, n *json.Number) {
	w.key(k)
	if n == nil {
		w.null()
		return
	}
	w.number(*n)
}

func (w *writer) keyIntOrNull(k string, n *int64) {
	w.key(k)
	if n == nil {
		w.null()
		return
	}
	w.int(*n)
}

// empty writes {} or [].
func (w *writer) empty(k string, c, end byte) {
	w.key(k)
	w.open(c)
	w.shut(end)
}
