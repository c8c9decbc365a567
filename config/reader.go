package config

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// reader takes values out of the file's nodes and notes what is wrong with them.
type reader struct {
	file     string // as it is shown
	lookup   func(name string) (string, bool)
	env      []string // names, for suggestions
	problems Problems
	values   []Value // leaves, for Values
	names    map[string]map[string]bool
	refs     []reference
}

// reference is a name that must be declared somewhere in the file.
type reference struct {
	kind, name string
	node       *yaml.Node
	where      string
}

// field is one member that an object may have.
type field struct {
	name string
	read func(n *yaml.Node, where string)
}

func (r *reader) problem(n *yaml.Node, where, format string, args ...any) *Problem {
	r.problems = append(r.problems, Problem{File: r.file, Line: n.Line, Column: n.Column, Where: where,
		Message: fmt.Sprintf(format, args...)})
	return &r.problems[len(r.problems)-1]
}

// object reads a mapping. Unknown and repeated members are problems; null is an empty object. It
// tells which members were there.
func (r *reader) object(n *yaml.Node, where string, fields ...field) map[string]bool {
	seen := map[string]bool{}
	n = follow(n)
	if isNull(n) {
		return seen
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, where, "must be a mapping of names to values, not %s", kindOf(n))
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(where, key.Value)
		f := lookupField(fields, key.Value)
		switch {
		case key.Value == "<<":
			r.problem(key, where, "merge keys are not supported; write the values out or use an alias")
		case f == nil:
			p := r.problem(key, where, "unknown field %q", key.Value)
			p.Hint = nearest(key.Value, fieldNames(fields))
			if p.Hint == "" {
				p.Message += "; known are " + strings.Join(fieldNames(fields), ", ")
			}
		case seen[key.Value]:
			r.problem(key, at, "is there twice")
		default:
			seen[key.Value] = true
			if value = follow(value); !isNull(value) {
				f.read(value, at)
			}
		}
	}
	return seen
}

// list reads a sequence.
func (r *reader) list(n *yaml.Node, where string, each func(n *yaml.Node, where string)) {
	n = follow(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.problem(n, where, "must be a list, not %s", kindOf(n))
		return
	}
	for i, e := range n.Content {
		each(follow(e), fmt.Sprintf("%s[%d]", where, i))
	}
}

// text reads a scalar as it is written, so that 0.10 stays exact, with ${NAME} replaced. A secret is
// masked wherever the value is shown.
func (r *reader) text(n *yaml.Node, where string, secret bool) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.problem(n, where, "must be a single value, not %s", kindOf(n))
		return "", false
	}
	s, ok := r.expand(n, where)
	if ok {
		shown := s
		if secret {
			shown = mask(s)
		}
		r.values = append(r.values, Value{Path: where, Text: shown, Origin: Origin{Source: "file", File: r.file, Line: n.Line}})
	}
	return s, ok
}

// into is a field that is a plain text.
func (r *reader) into(name string, p *string) field {
	return field{name, func(n *yaml.Node, where string) { *p, _ = r.text(n, where, false) }}
}

// parsed is a field whose text is read by parse.
func (r *reader) parsed(name string, parse func(string) error) field {
	return field{name, func(n *yaml.Node, where string) {
		if s, ok := r.text(n, where, false); ok {
			if err := parse(s); err != nil {
				r.problem(n, where, "%v", err)
			}
		}
	}}
}

// boolean is a field that is true or false.
func (r *reader) boolean(name string, p *bool) field {
	return r.parsed(name, func(s string) error {
		switch s {
		case "true", "false":
			*p = s == "true"
			return nil
		}
		return fmt.Errorf("must be true or false, not %q", s)
	})
}

// declare notes a name that references may use; a name that is taken is a problem.
func (r *reader) declare(kind, name string, n *yaml.Node, where string) {
	if name == "" {
		r.problem(n, where, "must not be empty")
		return
	}
	if r.names[kind][name] {
		r.problem(n, where, "there are two %ss named %q", kind, name)
	}
	r.know(kind, name)
}

func (r *reader) know(kind, name string) {
	if r.names[kind] == nil {
		r.names[kind] = map[string]bool{}
	}
	r.names[kind][name] = true
}

// refer notes a name that must be declared; resolve reports those that are not.
func (r *reader) refer(kind, name string, n *yaml.Node, where string) {
	r.refs = append(r.refs, reference{kind, name, n, where})
}

func (r *reader) resolve() {
	for _, ref := range r.refs {
		if r.names[ref.kind][ref.name] {
			continue
		}
		var known []string
		for name := range r.names[ref.kind] {
			known = append(known, name)
		}
		r.problem(ref.node, ref.where, "there is no %s named %q", ref.kind, ref.name).Hint = nearest(ref.name, known)
	}
}

var variable = regexp.MustCompile(`\$\$\{|\$\{([^}]*)\}?`)
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} by the environment variable, ${NAME:-text} by text when it is not set, and
// $${ by ${. A dollar sign elsewhere is itself.
func (r *reader) expand(n *yaml.Node, where string) (string, bool) {
	ok := true
	s := variable.ReplaceAllStringFunc(n.Value, func(m string) string {
		if m == "$${" {
			return "${"
		}
		name, fallback, optional := strings.Cut(strings.TrimSuffix(m[2:], "}"), ":-")
		if !strings.HasSuffix(m, "}") || !variableName.MatchString(name) {
			ok = false
			r.problem(n, where, "%q is not ${NAME}; write $${ for a literal ${", m)
			return ""
		}
		v, set := r.lookup(name)
		switch {
		case set:
			return v
		case optional:
			return fallback
		}
		ok = false
		p := r.problem(n, where, "environment variable %s is not set", name)
		if near := nearest(name, r.env); editDistance(near, name) <= 2 {
			p.Hint = near
		}
		return ""
	})
	return s, ok
}

// follow is the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func join(where, name string) string {
	if where == "" {
		return name
	}
	return where + "." + name
}

func lookupField(fields []field, name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

func fieldNames(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
