package messages

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// membersOf are the members of the object raw, in order; ok is false when it is none.
func membersOf(raw []byte) (out []protocol.Member, ok bool) {
	if !isObject(raw) {
		return nil, false
	}
	_ = jsonedit.Walk(raw, func(_ []byte, name, value jsonedit.Span) bool { // raw is valid
		text, _ := jsonedit.Text(name.Of(raw))
		out = append(out, protocol.Member{Name: text, Value: value.Of(raw)})
		return true
	})
	return out, true
}

func appendMembers(dst []byte, members []protocol.Member) []byte {
	dst = append(dst, '{')
	for _, m := range members {
		dst = append(key(dst, m.Name), m.Value...)
	}
	return append(dst, '}')
}

// deepest is how many schemas in one another are rewritten.
const deepest = 64

// narrow rewrites a schema into the subset that Anthropic can hold a model to: objects are closed, oneOf
// is anyOf, and what it cannot enforce is told to the model in the description. changes say what.
func narrow(schema []byte) (out []byte, changes []string) {
	n := &narrower{seen: map[string]bool{}}
	out = n.schema(schema, 0)
	return out, n.changes
}

type narrower struct {
	changes []string
	seen    map[string]bool
}

func (n *narrower) change(what string) {
	if !n.seen[what] {
		n.seen[what] = true
		n.changes = append(n.changes, what)
	}
}

// formats are the formats of strings that are enforced.
var formats = map[string]bool{
	"date-time": true, "time": true, "date": true, "duration": true, "email": true,
	"hostname": true, "uri": true, "ipv4": true, "ipv6": true, "uuid": true,
}

func (n *narrower) schema(raw []byte, depth int) []byte {
	members, ok := membersOf(raw)
	if !ok || depth > deepest {
		return raw
	}
	var out []protocol.Member
	var told []string
	object, described := false, -1
	for _, m := range members {
		tell := func() {
			told = append(told, fmt.Sprintf("%s: %s", m.Name, m.Value))
			n.change(m.Name)
		}
		switch m.Name {
		case "properties", "$defs", "definitions":
			object = object || m.Name == "properties"
			m.Value = n.named(m.Value, depth)
		case "items":
			m.Value = n.schema(m.Value, depth+1)
		case "oneOf":
			n.change("oneOf")
			m.Name, m.Value = "anyOf", n.all(m.Value, depth)
		case "anyOf", "allOf":
			m.Value = n.all(m.Value, depth)
		case "additionalProperties":
			if string(m.Value) != "false" {
				n.change("additionalProperties")
			}
			object = true
			continue
		case "minItems":
			if s := string(m.Value); s != "0" && s != "1" {
				tell()
				continue
			}
		case "format":
			if s, _ := jsonedit.Text(m.Value); !formats[s] {
				tell()
				continue
			}
		case "type":
			object = object || strings.Contains(string(m.Value), `"object"`)
		case "description":
			described = len(out)
		case "required", "enum", "const", "$ref", "title", "default":
		case "$schema", "$id", "$comment", "examples":
			n.change(m.Name)
			continue
		default:
			tell()
			continue
		}
		out = append(out, m)
	}
	if object {
		out = append(out, protocol.Member{Name: "additionalProperties", Value: json.RawMessage("false")})
	}
	if len(told) > 0 {
		out = describe(out, described, strings.Join(told, ", "))
	}
	return appendMembers(nil, out)
}

// describe adds words to the description at index at, or makes one.
func describe(out []protocol.Member, at int, words string) []protocol.Member {
	words = "{" + words + "}"
	if at < 0 {
		return append(out, protocol.Member{Name: "description", Value: jsonedit.AppendString(nil, words)})
	}
	if old, _ := jsonedit.Text(out[at].Value); old != "" {
		words = old + "\n\n" + words
	}
	out[at].Value = jsonedit.AppendString(nil, words)
	return out
}

// named narrows each schema of an object of schemas, all those of an array.
func (n *narrower) named(raw []byte, depth int) []byte {
	members, ok := membersOf(raw)
	if !ok {
		return raw
	}
	for i := range members {
		members[i].Value = n.schema(members[i].Value, depth+1)
	}
	return appendMembers(nil, members)
}

func (n *narrower) all(raw []byte, depth int) []byte {
	out := []byte("[")
	err := jsonedit.Elements(raw, func(value jsonedit.Span) bool {
		out = append(next(out), n.schema(value.Of(raw), depth+1)...)
		return true
	})
	if err != nil {
		return raw
	}
	return append(out, ']')
}

func (e *request) loseSchema(path string, changes []string) {
	e.lose(path, "rewritten: the vendor does not enforce %s; the model is told of bounds in the description", strings.Join(changes, ", "))
}
