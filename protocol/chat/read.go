package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// place is where something stands in a request, written out only for a message.
type place struct {
	up   *place
	name string // of a member, or "" for an element
	at   int
}

func (p *place) member(name string) *place { return &place{up: p, name: name} }
func (p *place) element(i int) *place      { return &place{up: p, at: i} }

// String is the path, such as messages[2].content[0].
func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.name == "":
		return p.up.String() + "[" + strconv.Itoa(p.at) + "]"
	case p.up == nil:
		return p.name
	}
	return p.up.String() + "." + p.name
}

// reader reads a client's JSON strictly. The first thing that is wrong is kept; what is read after it
// does not matter. null counts as absent.
type reader struct {
	fault *burncloud.Fault
	extra []protocol.Member // members that have no meaning in the neutral model
}

func (d *reader) bad(at *place, problem string, args ...any) {
	if d.fault == nil {
		d.fault = protocol.InvalidField(at.String(), fmt.Sprintf(problem, args...))
	}
}

// unknown keeps a member that has no word in the model, under its path.
func (d *reader) unknown(at *place, raw []byte) {
	d.extra = append(d.extra, protocol.Member{Name: at.String(), Value: bytes.Clone(raw)})
}

// members calls fn for each member of an object that is not null.
func (d *reader) members(at *place, raw []byte, fn func(name string, at *place, raw []byte)) {
	if len(raw) == 0 || raw[0] != '{' {
		d.bad(at, "must be an object")
		return
	}
	// The body was checked to be JSON before.
	_ = jsonedit.Walk(raw, func(key []byte, span, value jsonedit.Span) bool {
		v := value.Of(raw)
		if jsonedit.IsNull(v) {
			return true
		}
		name := string(key)
		if bytes.IndexByte(key, '\\') >= 0 {
			name, _ = jsonedit.Text(span.Of(raw))
		}
		fn(name, at.member(name), v)
		return d.fault == nil
	})
}

// elements calls fn for each element of an array.
func (d *reader) elements(at *place, raw []byte, fn func(at *place, raw []byte)) {
	if len(raw) == 0 || raw[0] != '[' {
		d.bad(at, "must be an array")
		return
	}
	i := 0
	_ = jsonedit.Elements(raw, func(value jsonedit.Span) bool {
		fn(at.element(i), value.Of(raw))
		i++
		return d.fault == nil
	})
}

func (d *reader) text(at *place, raw []byte) string {
	s, ok := jsonedit.Text(raw)
	if !ok {
		d.bad(at, "must be a string")
	}
	return s
}

func (d *reader) word(at *place, raw []byte, words ...string) string {
	s := d.text(at, raw)
	for _, w := range words {
		if s == w {
			return s
		}
	}
	d.bad(at, "must be one of %s", strings.Join(words, ", "))
	return ""
}

func (d *reader) flag(at *place, raw []byte) *bool {
	v := string(raw) == "true"
	if !v && string(raw) != "false" {
		d.bad(at, "must be true or false")
	}
	return &v
}

func (d *reader) count(at *place, raw []byte, least int64) *int64 {
	n, ok := jsonedit.Int(raw)
	switch {
	case !ok || raw[0] == '"':
		d.bad(at, "must be a whole number")
	case n < least:
		d.bad(at, "must be at least %d", least)
	}
	return &n
}

func (d *reader) number(at *place, raw []byte) *json.Number {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		d.bad(at, "must be a number")
	}
	n := json.Number(raw)
	return &n
}
