package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

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

func (d *reader) fail(path, problem string, args ...any) {
	if d.strict && d.fault == nil {
		d.fault = protocol.InvalidField(path, fmt.Sprintf(problem, args...))
	}
}

// object is an object whose members are taken one by one; those left over are unknown.
type object struct {
	r       *reader
	path    string
	members []protocol.Member
	at      map[string]int // of members, where they are many
	taken   []bool
}

// many is how many members are looked for one by one.
const many = 16

// find is the index of a member, or -1.
func (o *object) find(name string) int {
	if o.at != nil {
		if i, ok := o.at[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Name == name {
			return i
		}
	}
	return -1
}

func (o *object) add(m protocol.Member) {
	o.members = append(o.members, m)
	switch n := len(o.members); {
	case o.at != nil:
		o.at[m.Name] = n - 1
	case n > many:
		o.at = map[string]int{}
		for i := range o.members {
			o.at[o.members[i].Name] = i
		}
	}
}

// object reads raw, which stands at path. What is no object has no members.
func (d *reader) object(raw []byte, path string) *object {
	o := &object{r: d, path: path}
	if len(raw) == 0 || raw[0] != '{' {
		d.fail(path, "must be an object")
		return o
	}
	_ = jsonedit.Walk(raw, func(_ []byte, name, value jsonedit.Span) bool { // raw is valid
		text, _ := jsonedit.Text(name.Of(raw))
		if i := o.find(text); i >= 0 {
			d.fail(o.sub(text), "is there twice")
			o.members[i].Value = value.Of(raw)
			return true
		}
		o.add(protocol.Member{Name: text, Value: value.Of(raw)})
		return true
	})
	o.taken = make([]bool, len(o.members))
	return o
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
	i := o.find(name)
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
			o.r.extra = append(o.r.extra, protocol.Member{Name: o.sub(m.Name), Value: bytes.Clone(m.Value)})
		}
	}
}

// text is a member that is a string; "" when it is absent.
func (o *object) text(name string) string {
	raw := o.take(name)
	if raw == nil {
		return ""
	}
	s, ok := jsonedit.Text(raw)
	if !ok && raw[0] == '"' && !o.r.strict {
		s, ok = jsonedit.Text(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	}
	if !ok {
		o.r.fail(o.sub(name), "must be a string in valid UTF-8")
	}
	return s
}

// need is a member that must be a string.
func (o *object) need(name string) string {
	if o.take(name) == nil {
		o.r.fail(o.sub(name), "is required")
	}
	return o.text(name)
}

func (o *object) whole(name string) *int64 {
	raw := o.take(name)
	if raw == nil {
		return nil
	}
	n, ok := jsonedit.Int(raw)
	if !ok || raw[0] == '"' {
		o.r.fail(o.sub(name), "must be a whole number")
		return nil
	}
	return &n
}

func (o *object) number(name string) *json.Number {
	raw := o.take(name)
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

// elements are those of the array raw, at path.
func (d *reader) elements(raw []byte, path string) (out [][]byte) {
	if len(raw) == 0 || raw[0] != '[' {
		d.fail(path, "must be an array")
		return nil
	}
	_ = jsonedit.Elements(raw, func(value jsonedit.Span) bool { // raw is valid
		out = append(out, value.Of(raw))
		return true
	})
	return out
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
