package gemini

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

// reader reads JSON that is known to be valid. A client's is read strictly: the first fault is kept. A
// vendor's is read as far as it makes sense.
type reader struct {
	strict bool
	fault  *burncloud.Fault
	extra  []protocol.Member // what the neutral model has no word for, by its path
}

func (r *reader) fail(path, problem string, args ...any) {
	if r.strict && r.fault == nil {
		r.fault = protocol.InvalidField(path, fmt.Sprintf(problem, args...))
	}
}

// object is an object whose members are taken one by one; those left over are unknown. Google reads both
// maxTokens and max_tokens, so names are kept in camel case.
type object struct {
	r       *reader
	path    string
	members []protocol.Member
	taken   []bool
}

// object reads raw, which stands at path. What is no object has no members.
func (r *reader) object(raw []byte, path string) *object {
	o := &object{r: r, path: path}
	if len(raw) == 0 || raw[0] != '{' {
		r.fail(path, "must be an object")
		return o
	}
	o.members = members(raw)
	if r.strict {
		o.once()
	}
	o.taken = make([]bool, len(o.members))
	return o
}

// once refuses a member that is there twice: readers disagree about which one counts.
func (o *object) once() {
	if len(o.members) <= 16 {
		for i, m := range o.members {
			if o.index(m.Name) != i {
				o.r.fail(o.sub(m.Name), "is there twice")
			}
		}
		return
	}
	names := make(map[string]bool, len(o.members))
	for _, m := range o.members {
		if names[m.Name] {
			o.r.fail(o.sub(m.Name), "is there twice")
		}
		names[m.Name] = true
	}
}

// members are those of an object, their names in camel case.
func members(raw []byte) (out []protocol.Member) {
	_ = jsonedit.Walk(raw, func(_ []byte, name, value jsonedit.Span) bool { // raw is valid
		text, _ := jsonedit.Text(name.Of(raw))
		out = append(out, protocol.Member{Name: camel(text), Value: value.Of(raw)})
		return true
	})
	return out
}

// camel is a name in camel case: max_output_tokens is maxOutputTokens.
func camel(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	var out strings.Builder
	up := false
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_' && i > 0:
			up = true
			continue
		case up && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		up = false
		out.WriteByte(c)
	}
	return out.String()
}

// index is where a member stands, or -1. Objects that are read have few members.
func (o *object) index(name string) int {
	for i := range o.members {
		if o.members[i].Name == name {
			return i
		}
	}
	return -1
}

// sub is the path of a member.
func (o *object) sub(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// take is the value of a member; nil when it is absent or null.
func (o *object) take(name string) []byte {
	i := o.index(name)
	if i < 0 {
		return nil
	}
	o.taken[i] = true
	if raw := o.members[i].Value; !jsonedit.IsNull(raw) {
		return raw
	}
	return nil
}

// rest puts the members left over among the extra ones. null says nothing.
func (o *object) rest() {
	for i, m := range o.members {
		if !o.taken[i] && !jsonedit.IsNull(m.Value) {
			o.keep(m.Name, m.Value)
		}
	}
}

// keep puts a member among the extra ones.
func (o *object) keep(name string, raw []byte) {
	o.r.extra = append(o.r.extra, protocol.Member{Name: o.sub(name), Value: bytes.Clone(raw)})
}

// text is a member that is a string; "" when it is absent.
func (o *object) text(name string) string {
	raw := o.take(name)
	if raw == nil {
		return ""
	}
	s, ok := jsonedit.Text(raw)
	if !ok {
		o.r.fail(o.sub(name), "must be a string")
	}
	return s
}

// need is a member that must be a string and not empty.
func (o *object) need(name string) string {
	s := o.text(name)
	if s == "" {
		o.r.fail(o.sub(name), "is required")
	}
	return s
}

// whole is a member that is a whole number; Google takes strings of digits too.
func (o *object) whole(name string) *int64 {
	raw := o.take(name)
	if raw == nil {
		return nil
	}
	n, ok := jsonedit.Int(raw)
	if !ok {
		o.r.fail(o.sub(name), "must be a whole number")
		return nil
	}
	return &n
}

// count is a member that is a whole number of at least least.
func (o *object) count(name string, least int64) *int64 {
	n := o.whole(name)
	if n != nil && *n < least {
		o.r.fail(o.sub(name), "must be at least %d", least)
	}
	return n
}

func (o *object) number(name string) *json.Number {
	raw := o.take(name)
	if s, ok := jsonedit.Text(raw); ok {
		raw = []byte(s)
	}
	if raw == nil {
		return nil
	}
	if !isNumber(raw) {
		o.r.fail(o.sub(name), "must be a number")
		return nil
	}
	n := json.Number(raw)
	return &n
}

func (o *object) flag(name string) *bool {
	raw := o.take(name)
	if raw == nil {
		return nil
	}
	b := string(raw) == "true"
	if !b && string(raw) != "false" {
		o.r.fail(o.sub(name), "must be true or false")
		return nil
	}
	return &b
}

// child is a member that is an object; nil when it is absent.
func (o *object) child(name string) *object {
	raw := o.take(name)
	if raw == nil {
		return nil
	}
	return o.r.object(raw, o.sub(name))
}

// list are the elements of a member that is an array. A single object stands for an array of one, as
// some clients send it.
func (o *object) list(name string) (out [][]byte) {
	raw := o.take(name)
	if raw == nil {
		return nil
	}
	if raw[0] == '{' {
		return [][]byte{raw}
	}
	if raw[0] != '[' {
		o.r.fail(o.sub(name), "must be an array")
		return nil
	}
	_ = jsonedit.Elements(raw, func(value jsonedit.Span) bool { // raw is valid
		out = append(out, value.Of(raw))
		return true
	})
	return out
}

// texts are the elements of a member that is an array of strings.
func (o *object) texts(name string) (out []string) {
	for i, raw := range o.list(name) {
		s, ok := jsonedit.Text(raw)
		if !ok {
			o.r.fail(element(o.sub(name), i), "must be a string")
		}
		out = append(out, s)
	}
	return out
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func isNumber(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && json.Valid(raw)
}

// isObject tells whether raw is a JSON object.
func isObject(raw []byte) bool {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(raw)
}
