package chat

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/burncloud/burncloud/internal/jsonedit"
)

// writer appends JSON. Commas are set where they belong.
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

// open begins an object or array that is an element or the value of the key before it.
func (w *writer) open(bracket byte) {
	w.comma()
	w.b = append(w.b, bracket)
}

func (w *writer) shut(bracket byte) { w.b = append(w.b, bracket) }

func (w *writer) key(name string) {
	w.comma()
	w.b = append(jsonedit.AppendString(w.b, name), ':')
}

// object and array begin the value of a member.
func (w *writer) object(name string) {
	w.key(name)
	w.b = append(w.b, '{')
}

func (w *writer) array(name string) {
	w.key(name)
	w.b = append(w.b, '[')
}

func (w *writer) str(name, value string) {
	w.key(name)
	w.b = jsonedit.AppendString(w.b, value)
}

// some writes a member unless its value is "".
func (w *writer) some(name, value string) {
	if value != "" {
		w.str(name, value)
	}
}

func (w *writer) integer(name string, value int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, value, 10)
}

func (w *writer) boolean(name string, value bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, value)
}

func (w *writer) null(name string) {
	w.key(name)
	w.b = append(w.b, "null"...)
}

// raw writes JSON that came from elsewhere, on one line; what is no JSON becomes null.
func (w *writer) raw(name string, value []byte) {
	w.key(name)
	w.value(value)
}

func (w *writer) value(value []byte) {
	var one bytes.Buffer
	if json.Compact(&one, value) != nil {
		w.b = append(w.b, "null"...)
		return
	}
	w.b = append(w.b, one.Bytes()...)
}

func (w *writer) element(value string) {
	w.comma()
	w.b = jsonedit.AppendString(w.b, value)
}

func (w *writer) rawElement(value []byte) {
	w.comma()
	w.value(value)
}
