package gemini

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud/internal/jsonedit"
)

// comma begins the next member or element of the object or array that dst ends in.
func comma(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '{' && dst[n-1] != '[' {
		dst = append(dst, ',')
	}
	return dst
}

// key begins a member.
func key(dst []byte, name string) []byte {
	return append(jsonedit.AppendString(comma(dst), name), ':')
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

// str is a string as JSON.
func str(s string) []byte { return jsonedit.AppendString(make([]byte, 0, len(s)+len(s)/16+2), s) }

// boolean and number are values as JSON.
func boolean(b bool) []byte { return strconv.AppendBool(nil, b) }
func number(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// tree is an object to be written whose members are set by their paths, in the order in which they were
// set first.
type tree struct {
	name string
	raw  []byte
	in   []*tree // members; raw is then not used
}

// set gives the member at path, such as "generationConfig.topP", a value: JSON on one line. It is false where a value that
// is no object of the tree's own stands in the way.
func (t *tree) set(path string, raw []byte) bool {
	name, rest, deeper := strings.Cut(path, ".")
	var at *tree
	for _, m := range t.in {
		if m.name == name {
			at = m
		}
	}
	switch {
	case at == nil:
		at = &tree{name: name}
		t.in = append(t.in, at)
	case deeper == (at.raw != nil):
		return false
	}
	if deeper {
		return at.set(rest, raw)
	}
	at.raw = raw
	return true
}

func (t *tree) append(dst []byte) []byte {
	if t.raw != nil {
		return append(dst, t.raw...)
	}
	dst = append(dst, '{')
	for _, m := range t.in {
		dst = m.append(key(dst, m.name))
	}
	return append(dst, '}')
}

// part is a part of a turn to be written: its one kind, and what stands beside it.
type part struct {
	kind      string // "text", "functionCall" …; "" for a whole part in body, as it came
	body      []byte // the value of the kind, JSON on one line
	thought   bool
	detail    string // low or high: how closely an image is looked at
	signature string
}

// textPart is a part of text.
func textPart(s string) part { return part{kind: "text", body: str(s)} }

func (p *part) append(dst []byte) []byte {
	if p.kind == "" {
		return value(dst, p.body)
	}
	dst = append(dst, '{')
	if p.thought {
		dst = append(key(dst, "thought"), "true"...)
	}
	dst = append(key(dst, p.kind), p.body...)
	if p.detail != "" {
		dst = word(append(key(dst, "mediaResolution"), '{'), "level", "MEDIA_RESOLUTION_"+strings.ToUpper(p.detail))
		dst = append(dst, '}')
	}
	if p.signature != "" {
		dst = word(dst, "thoughtSignature", p.signature)
	}
	return append(dst, '}')
}

// appendContent appends a turn.
func appendContent(dst []byte, role string, parts []part) []byte {
	dst = append(key(append(dst, '{'), "parts"), '[')
	for i := range parts {
		dst = parts[i].append(comma(dst))
	}
	dst = append(dst, ']')
	if role != "" {
		dst = word(dst, "role", role)
	}
	return append(dst, '}')
}
