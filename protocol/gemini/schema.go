package gemini

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// maxDepth is how deep a schema is rewritten; what is deeper stays as it is.
const maxDepth = 64

// How a member of a schema holds schemas.
const (
	oneSchema  = 'o'
	listSchema = 'l'
	mapSchema  = 'm'
)

// inner are the members of Google's own schema that hold schemas.
var inner = map[string]byte{"items": oneSchema, "anyOf": listSchema, "properties": mapSchema}

// jsonSchema turns Google's own schema, a part of OpenAPI's, into JSON Schema. The order of members stays.
func jsonSchema(o *object) json.RawMessage { return appendSchema(nil, o.members, 0) }

// appendSchema appends a schema whose members are given.
func appendSchema(dst []byte, all []protocol.Member, depth int) []byte {
	nullable := slices.ContainsFunc(all, func(m protocol.Member) bool { return m.Name == "nullable" && string(m.Value) == "true" })
	dst = append(dst, '{')
	for _, m := range all {
		raw := m.Value
		switch m.Name {
		case "nullable":
			continue
		case "type":
			word, ok := jsonedit.Text(raw)
			if !ok {
				break
			}
			if strings.EqualFold(word, "TYPE_UNSPECIFIED") {
				continue
			}
			raw = jsonedit.AppendString(nil, strings.ToLower(word))
			if nullable {
				raw = append(append([]byte{'['}, raw...), `,"null"]`...)
			}
		case "format":
			if string(raw) == `"enum"` {
				continue
			}
		case "enum":
			if nullable && len(raw) > 2 && raw[0] == '[' {
				raw = append(bytes.TrimRight(slices.Clone(raw[:len(raw)-1]), " \t\r\n"), ",null]"...)
			}
		case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
			if s, ok := jsonedit.Text(raw); ok && isNumber([]byte(s)) {
				raw = []byte(s)
			}
		}
		dst = key(dst, m.Name)
		switch hold := inner[m.Name]; {
		case hold == 0 || depth >= maxDepth:
			dst = value(dst, raw)
		default:
			dst = appendInner(dst, raw, hold, nullable && m.Name == "anyOf", depth+1)
		}
	}
	return append(dst, '}')
}

// appendInner appends the schemas in a member. orNull adds one for null.
func appendInner(dst, raw []byte, hold byte, orNull bool, depth int) []byte {
	switch {
	case hold == oneSchema && raw[0] == '{':
		return appendSchema(dst, members(raw), depth)
	case hold == listSchema && raw[0] == '[':
		dst = append(dst, '[')
		_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // raw is valid
			one := e.Of(raw)
			if dst = comma(dst); one[0] == '{' {
				dst = appendSchema(dst, members(one), depth)
			} else {
				dst = value(dst, one)
			}
			return true
		})
		if orNull {
			dst = append(comma(dst), `{"type":"null"}`...)
		}
		return append(dst, ']')
	case hold == mapSchema && raw[0] == '{':
		dst = append(dst, '{')
		_ = jsonedit.Walk(raw, func(_ []byte, name, at jsonedit.Span) bool { // raw is valid
			dst = append(append(comma(dst), name.Of(raw)...), ':')
			if one := at.Of(raw); one[0] == '{' {
				dst = appendSchema(dst, members(one), depth)
			} else {
				dst = value(dst, one)
			}
			return true
		})
		return append(dst, '}')
	}
	return value(dst, raw)
}

// describesObject tells whether the root of a schema is an object's.
func describesObject(schema []byte) bool {
	open := true // nothing says otherwise
	for _, m := range members(bytes.TrimSpace(schema)) {
		switch m.Name {
		case "type":
			return strings.Contains(strings.ToLower(string(m.Value)), `"object"`)
		case "properties", "$ref":
			return true
		case "anyOf", "oneOf", "allOf", "enum", "const", "items":
			open = false
		}
	}
	return open
}

// takesNothing tells whether a schema is that of a function without parameters.
func takesNothing(schema []byte) bool {
	for _, m := range members(bytes.TrimSpace(schema)) {
		switch m.Name {
		case "type", "$schema", "additionalProperties", "title", "description":
		case "properties", "required":
			if len(bytes.Trim(m.Value, "{}[] \t\r\n")) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
