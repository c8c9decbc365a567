package protocol

import (
	"bytes"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
)

// CountText is a cheap measure of generated text: the bytes of the JSON strings in the value that b
// starts with, as they are written, without keys and without what only labels (type, role, id, name,
// signature) or is media (data). end is the offset behind the value, or len(b) when it has none.
func CountText(b []byte) (text int64, end int) {
	depth, counts := 0, true
	for i := 0; i < len(b); {
		switch b[i] {
		case '"':
			n := stringEnd(b[i+1:])
			inside := b[i+1 : i+n]
			if i += n + 1; i > len(b) {
				return text, len(b)
			}
			if i < len(b) && b[i] == ':' {
				counts = !labels(inside)
			} else if counts {
				text += int64(len(inside))
			}
			if depth == 0 {
				return text, i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return text, min(i+1, len(b))
			}
		case ',':
			if depth == 0 {
				return text, i
			}
		}
		i++
	}
	return text, len(b)
}

// mostTokens is more than any call can take or give. A vendor that counts more has made a mistake.
const mostTokens = 1 << 40

// Tokens reads a vendor's count of tokens; ok is false for what is none. A count beyond all reason is held
// where sums of it cannot wrap round and are still not Plausible.
func Tokens(raw []byte) (n int64, ok bool) {
	n, ok = jsonedit.Int(raw)
	if !ok || n < 0 {
		return 0, false
	}
	return min(n, 2*mostTokens), true
}

// Plausible tells whether usage can be true. What is not is treated as if the vendor had sent none.
func Plausible(u burncloud.Usage) bool {
	return u.TotalInput() <= mostTokens && u.TotalOutput() <= mostTokens
}

// stringEnd is the offset of the quote that ends the string of which b is what follows the opening
// quote, plus one; len(b)+1 when there is none.
func stringEnd(b []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return len(b) + 1
		}
		q := at + n
		k := q
		for k > at && b[k-1] == '\\' {
			k--
		}
		if (q-k)&1 == 0 {
			return q + 1
		}
		at = q + 1
	}
}

// labels tells whether the value of a key is a label and no text of the model.
func labels(key []byte) bool {
	switch string(key) {
	case "type", "role", "id", "name", "object", "signature", "thoughtSignature", "mimeType", "format",
		"finish_reason", "finishReason", "data":
		return true
	}
	return false
}

// After is the offset of the value of the first member at or behind from, at whatever depth, whose key
// is given as it is written but without its first quote: `usage"`. It is -1 when there is none. Inside a
// JSON string a quote is always preceded by a backslash, so text is never taken for a key.
func After(b []byte, from int, name string) int {
	for from < len(b) {
		n := bytes.Index(b[from:], []byte(name))
		if n < 0 {
			return -1
		}
		at := from + n
		from = at + len(name)
		if at > 0 && b[at-1] == '"' {
			i := from
			for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
				i++
			}
			if i < len(b) && b[i] == ':' {
				for i++; i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t'); {
					i++
				}
				return i
			}
		}
	}
	return -1
}

// EventType is the "type" member of an event's data, as it is written, for events that come without a
// name; nil when there is none. Most vendors write it first.
func EventType(data []byte) []byte {
	const first = `{"type":"`
	if bytes.HasPrefix(data, []byte(first)) {
		rest := data[len(first):]
		if n := bytes.IndexByte(rest, '"'); n >= 0 {
			return rest[:n]
		}
	}
	var kind []byte
	// What is no JSON has no type.
	_ = jsonedit.Walk(data, func(key []byte, _, value jsonedit.Span) bool {
		if string(key) == "type" && data[value.From] == '"' {
			kind = data[value.From+1 : value.To-1]
		}
		return kind == nil
	})
	return kind
}
