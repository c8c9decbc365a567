package protocol

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
)

// Field is a member that a codec looks for in an object of a request.
type Field struct {
	Name  string
	Alias string // a second spelling that means the same, or ""
	// Value is where its value stands in the body; zero when the member is absent.
	Value jsonedit.Span
}

// Has tells whether the member is there and not null: null counts as absent everywhere.
func (f *Field) Has(body []byte) bool {
	return f.Value.To > 0 && !jsonedit.IsNull(f.Value.Of(body))
}

// Find walks the object that the span of body is and notes where the fields stand. A field that comes
// twice, or in another letter case, is refused: readers disagree about which one counts, so it would be
// a way round limits and prices. path is what stands before the field names in messages, such as
// "generationConfig.".
func Find(body []byte, object jsonedit.Span, path string, fields []Field) *burncloud.Fault {
	var fault *burncloud.Fault
	err := jsonedit.Walk(object.Of(body), func(key []byte, _, value jsonedit.Span) bool {
		for i := range fields {
			f := &fields[i]
			switch match(key, f) {
			case same:
				if f.Value.To > 0 {
					fault = InvalidField(path+f.Name, "occurs twice; send it once")
					return false
				}
				f.Value = jsonedit.Span{From: object.From + value.From, To: object.From + value.To}
				return true
			case alike:
				fault = InvalidField(path+f.Name, "must be written exactly so, in this letter case")
				return false
			}
		}
		return true
	})
	if fault == nil && err != nil {
		fault = syntaxFault(path, err)
	}
	return fault
}

func syntaxFault(path string, err error) *burncloud.Fault {
	what := "the body"
	if path != "" {
		what = `"` + strings.TrimSuffix(path, ".") + `"`
	}
	f := burncloud.Wrap(burncloud.Invalid, err, fmt.Sprintf("%s is not a JSON object: %v", what, err))
	f.Param = strings.TrimSuffix(path, ".")
	return f
}

// The results of match.
const (
	differs = iota
	same
	alike // differs in letter case alone
)

func match(key []byte, f *Field) int {
	m := matchName(key, f.Name)
	if m == differs && f.Alias != "" {
		return matchName(key, f.Alias)
	}
	return m
}

// matchName compares a key with a name in lower-case ASCII letters, or camel case. Only keys of another
// form, with escapes or beyond ASCII, take the slow way.
func matchName(key []byte, name string) int {
	if len(key) == len(name) {
		if string(key) == name {
			return same
		}
		if (key[0]^name[0])&^0x20 != 0 || !bytes.EqualFold(key, []byte(name)) {
			return differs
		}
		return alike
	}
	if len(key) < len(name) || plain(key) {
		return differs
	}
	if jsonedit.KeyIs(key, name) {
		return same
	}
	if text, ok := jsonedit.Text(append(append([]byte{'"'}, key...), '"')); ok && strings.EqualFold(text, name) {
		return alike
	}
	return differs
}

func plain(key []byte) bool {
	for _, c := range key {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// Body checks what comes before JSON: that there is a body, and that it is not in another encoding.
// It returns the span of all of it, for Find.
func Body(body []byte) (jsonedit.Span, *burncloud.Fault) {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return jsonedit.Span{}, burncloud.Faultf(burncloud.Invalid, "the body is empty; send a JSON object")
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return jsonedit.Span{}, burncloud.Faultf(burncloud.Invalid, "the body starts with a byte order mark; send plain UTF-8 without it")
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")), body[0] == 0, len(body) > 1 && body[1] == 0:
		return jsonedit.Span{}, burncloud.Faultf(burncloud.Invalid, "the body is not UTF-8; send JSON in UTF-8")
	}
	return jsonedit.Span{From: 0, To: len(body)}, nil
}

// ObjectEnd is the offset of the closing brace of a body that Find has accepted.
func ObjectEnd(body []byte) int { return bytes.LastIndexByte(body, '}') }

// InvalidField is the Fault that refuses a request for one of its fields.
func InvalidField(param, problem string) *burncloud.Fault {
	f := burncloud.Faultf(burncloud.Invalid, "%q %s", param, problem)
	f.Param = param
	return f
}

// maxModel is the longest model name, in bytes: names are stored, logged and shown.
const maxModel = 256

// ModelName reads the model's name, which must be there.
func ModelName(body []byte, f *Field) (string, *burncloud.Fault) {
	if !f.Has(body) {
		return "", InvalidField(f.Name, `is missing; name the model, such as "gpt-5-mini"`)
	}
	name, ok := jsonedit.Text(f.Value.Of(body))
	if !ok {
		return "", InvalidField(f.Name, `must be a string in UTF-8, such as "gpt-5-mini"`)
	}
	return name, CheckModel(f.Name, name)
}

// CheckModel refuses a name that cannot be a model's: empty, too long, or with control characters.
func CheckModel(param, name string) *burncloud.Fault {
	if name == "" || len(name) > maxModel || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return InvalidField(param, fmt.Sprintf("must be 1 to %d bytes without control characters", maxModel))
	}
	return nil
}

// Flag reads a field that is true or false; absent is false.
func Flag(body []byte, f *Field, path string) (bool, *burncloud.Fault) {
	if !f.Has(body) {
		return false, nil
	}
	switch string(f.Value.Of(body)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, InvalidField(path+f.Name, "must be true or false")
}

// Count reads a field that is a whole number of at least least; absent is absent.
func Count(body []byte, f *Field, path string, least, absent int64) (int64, *burncloud.Fault) {
	if !f.Has(body) {
		return absent, nil
	}
	raw := f.Value.Of(body)
	n, ok := jsonedit.Int(raw)
	if !ok || raw[0] == '"' {
		return 0, InvalidField(path+f.Name, fmt.Sprintf("must be a whole number, such as %d", max(least, 1)))
	}
	if n < least {
		return 0, InvalidField(path+f.Name, fmt.Sprintf("must be at least %d", least))
	}
	return n, nil
}

// Times is a × b of numbers that are not negative, held at the end of the range.
func Times(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
