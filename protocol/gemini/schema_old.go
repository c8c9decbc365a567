package gemini

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// Models before Gemini 2.5 take only Google's own schema, a part of OpenAPI's. older rewrites a JSON
// Schema as one, and notes which of its rules have no place there.
type older struct {
	root  []byte
	most  int             // how long the result may be: references can multiply
	work  int             // how many more bytes may be searched for references
	lost  map[string]bool // names of rules
	above []string        // references on the way down
}

// oldNames are the members that Google's own schema has.
var oldNames = []string{
	"type", "format", "title", "description", "nullable", "enum", "items", "maxItems", "minItems", "properties", "required",
	"minProperties", "maxProperties", "maxLength", "minLength", "pattern", "minimum", "maximum", "example", "default", "anyOf", "propertyOrdering",
}

// oldSchema is schema as Google's own; nil when nothing of it can be said.
func (e *request) oldSchema(at string, schema []byte) []byte {
	o := &older{root: bytes.TrimSpace(schema), most: 4*len(schema) + 64<<10, work: 64 << 20, lost: map[string]bool{}}
	out := o.schema(nil, o.root, 0)
	for _, name := range slices.Sorted(maps.Keys(o.lost)) {
		e.lose(at+"."+name, "dropped: this model takes no such rule in a schema")
	}
	if string(out) == "{}" || string(out) == `{"type":"OBJECT"}` {
		return nil
	}
	return out
}

func (o *older) lose(name string) { o.lost[name] = true }

// schema appends a schema.
func (o *older) schema(dst, raw []byte, depth int) []byte {
	if len(dst) > o.most || depth > maxDepth || raw[0] != '{' {
		switch raw[0] {
		case 't', 'f':
			o.lose(string(raw)) // anything, or nothing
		default:
			o.lose("depth")
		}
		return append(dst, `{"type":"OBJECT"}`...)
	}
	all, nullable := o.flat(raw)
	above := len(o.above)
	if i := at(all, "$ref"); i >= 0 {
		var known bool
		if all, known = o.follow(all, i); !known {
			o.lose("$ref")
		}
	}
	dst = append(dst, '{')
	has := func(name string) bool { return at(all, name) >= 0 }
	if !has("type") && !has("anyOf") && !has("oneOf") {
		kind := "OBJECT"
		switch {
		case has("enum"), has("const"):
			kind = "STRING"
		case has("items"):
			kind = "ARRAY"
		}
		dst = word(dst, "type", kind)
	}
	for _, m := range all {
		dst = o.member(dst, m, all, &nullable, depth)
	}
	if i := at(all, "type"); i >= 0 && string(all[i].Value) == `"array"` && !has("items") {
		dst = append(key(dst, "items"), `{"type":"STRING"}`...)
	}
	if nullable {
		dst = append(key(dst, "nullable"), "true"...)
	}
	o.above = o.above[:above]
	return append(dst, '}')
}

// flat are the members of a schema with those of its allOf, and whether it allows null.
func (o *older) flat(raw []byte) (all []protocol.Member, nullable bool) {
	own := members(raw)
	where := map[string]int{}
	for _, m := range own {
		if m.Name != "allOf" {
			where[m.Name] = len(all)
			all = append(all, m)
		}
	}
	for _, m := range own {
		if m.Name != "allOf" {
			continue
		}
		_ = jsonedit.Elements(m.Value, func(e jsonedit.Span) bool { // what is no array has none
			for _, inner := range members(e.Of(m.Value)) {
				i, known := where[inner.Name]
				switch {
				case !known:
					where[inner.Name] = len(all)
					all = append(all, inner)
				case inner.Name == "properties" || inner.Name == "required":
					if o.work -= len(all[i].Value) + len(inner.Value); o.work > 0 {
						all[i].Value = both(all[i].Value, inner.Value)
					}
				default:
					o.lose("allOf")
				}
			}
			return true
		})
	}
	if i := at(all, "nullable"); i >= 0 && string(all[i].Value) == "true" {
		nullable = true
	}
	return all, nullable
}

// both are two objects, or two arrays, as one.
func both(a, b []byte) []byte {
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	if len(a) < 2 || len(b) < 2 || a[0] != b[0] || a[0] != '{' && a[0] != '[' {
		return a
	}
	inside := bytes.TrimSpace(b[1:])
	if len(inside) == 1 {
		return a
	}
	front := bytes.TrimSpace(a[1 : len(a)-1])
	out := append([]byte{a[0]}, front...)
	return append(comma(out), inside...)
}

// at is where a member stands, or -1.
func at(all []protocol.Member, name string) int {
	return slices.IndexFunc(all, func(m protocol.Member) bool { return m.Name == name })
}

// follow puts what a reference names in its place; the members beside it count first. A reference to
// what it stands in becomes an object of any kind.
func (o *older) follow(all []protocol.Member, i int) (out []protocol.Member, known bool) {
	ref, _ := jsonedit.Text(all[i].Value)
	out = slices.Delete(slices.Clone(all), i, i+1)
	if slices.Contains(o.above, ref) {
		return out, false
	}
	raw := o.root
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return out, false
	}
	if o.work -= len(o.root); o.work < 0 || strings.Count(path, "/") > maxDepth {
		return out, false
	}
	for _, step := range strings.Split(path, "/") {
		if raw = memberOf(raw, strings.NewReplacer("~1", "/", "~0", "~").Replace(step)); raw == nil {
			return out, false
		}
	}
	o.above = append(o.above, ref)
	beside := map[string]bool{}
	for _, m := range out {
		beside[m.Name] = true
	}
	for _, m := range members(raw) {
		if !beside[m.Name] {
			out = append(out, m)
		}
	}
	if k := at(out, "$ref"); k >= 0 && len(o.above) < maxDepth {
		return o.follow(out, k)
	}
	return out, true
}

// memberOf is the value of an object's member, its name as it is written; nil when there is none.
func memberOf(raw []byte, name string) (found []byte) {
	_ = jsonedit.Walk(raw, func(_ []byte, at, value jsonedit.Span) bool { // what is no object has none
		if text, _ := jsonedit.Text(at.Of(raw)); text == name {
			found = value.Of(raw)
		}
		return found == nil
	})
	return found
}

// member appends one member of a schema, in the words of Google's own.
func (o *older) member(dst []byte, m protocol.Member, all []protocol.Member, nullable *bool, depth int) []byte {
	switch m.Name {
	case "nullable", "$defs", "definitions", "$schema", "$id", "$comment", "$anchor", "examples", "readOnly", "writeOnly", "deprecated":
		return dst // said in another way, or not a rule
	case "type":
		return o.kind(dst, m.Value, nullable)
	case "const":
		if m.Value[0] == '"' {
			return append(append(append(key(dst, "enum"), '['), m.Value...), ']')
		}
	case "enum":
		return o.enum(dst, m.Value, nullable)
	case "anyOf", "oneOf":
		return o.either(dst, m.Value, nullable, depth)
	case "items":
		if m.Value[0] == '{' || m.Value[0] == 't' {
			return o.schema(key(dst, "items"), m.Value, depth+1)
		}
	case "properties":
		dst = append(key(dst, "properties"), '{')
		_ = jsonedit.Walk(m.Value, func(_ []byte, name, value jsonedit.Span) bool { // what is no object has none
			dst = append(append(comma(dst), name.Of(m.Value)...), ':')
			dst = o.schema(dst, value.Of(m.Value), depth+1)
			return true
		})
		return append(dst, '}')
	case "required":
		return o.required(dst, m.Value, all)
	case "format":
		if f, _ := jsonedit.Text(m.Value); !slices.Contains([]string{"enum", "date-time", "int32", "int64", "float", "double"}, f) {
			o.lose("format")
			return dst
		}
		return value(key(dst, m.Name), m.Value)
	default:
		if slices.Contains(oldNames, m.Name) {
			return value(key(dst, m.Name), m.Value)
		}
	}
	o.lose(m.Name)
	return dst
}

// kind appends the type. Of several that are not null each is a branch of its own.
func (o *older) kind(dst, raw []byte, nullable *bool) []byte {
	if s, ok := jsonedit.Text(raw); ok {
		return word(dst, "type", strings.ToUpper(s))
	}
	var kinds []string
	_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // what is no array has none
		if s, _ := jsonedit.Text(e.Of(raw)); s == "null" {
			*nullable = true
		} else if s != "" {
			kinds = append(kinds, strings.ToUpper(s))
		}
		return true
	})
	switch len(kinds) {
	case 0:
		return dst
	case 1:
		return word(dst, "type", kinds[0])
	}
	dst = append(key(dst, "anyOf"), '[')
	for _, k := range kinds {
		dst = append(word(append(comma(dst), '{'), "type", k), '}')
	}
	return append(dst, ']')
}

// enum appends the allowed strings; other values have no place there.
func (o *older) enum(dst, raw []byte, nullable *bool) []byte {
	list := []byte{'['}
	_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // what is no array has none
		switch one := e.Of(raw); {
		case one[0] == '"' && len(one) > 2:
			list = append(comma(list), one...)
		case jsonedit.IsNull(one):
			*nullable = true
		default:
			o.lose("enum")
		}
		return true
	})
	if len(list) == 1 {
		return dst
	}
	return append(append(key(dst, "enum"), list...), ']')
}

// either appends the branches that are not null; a single one is still a branch.
func (o *older) either(dst, raw []byte, nullable *bool, depth int) []byte {
	list := []byte{'['}
	_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // what is no array has none
		one := e.Of(raw)
		if kind := memberOf(one, "type"); string(kind) == `"null"` {
			*nullable = true
			return true
		}
		list = o.schema(comma(list), one, depth+1)
		return true
	})
	if len(list) == 1 {
		return dst
	}
	return append(append(key(dst, "anyOf"), list...), ']')
}

// required appends the names of properties that must be there, without those that are none.
func (o *older) required(dst, raw []byte, all []protocol.Member) []byte {
	known := map[string]bool{}
	if i := at(all, "properties"); i >= 0 {
		properties := all[i].Value
		_ = jsonedit.Walk(properties, func(_ []byte, name, _ jsonedit.Span) bool { // what is no object has none
			text, _ := jsonedit.Text(name.Of(properties))
			known[text] = true
			return true
		})
	}
	list := []byte{'['}
	_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // what is no array has none
		if name, ok := jsonedit.Text(e.Of(raw)); ok && known[name] {
			list = append(comma(list), str(name)...)
		}
		return true
	})
	if len(list) == 1 {
		return dst
	}
	return append(append(key(dst, "required"), list...), ']')
}
