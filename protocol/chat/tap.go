package chat

import (
	"bytes"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/jsonpick"
	"github.com/burncloud/burncloud/protocol"
)

// picked is what is read of a reply.
var picked = jsonpick.Node{Children: []jsonpick.Node{
	{Key: "usage"}, {Key: "error"}, {Key: "object"}, {Key: "message"}, {Key: "code"}, {Key: "type"},
	{Key: "choices", Children: []jsonpick.Node{{Key: "finish_reason"}, {Key: "usage"}}},
	{Key: "x_groq", Children: []jsonpick.Node{{Key: "usage"}, {Key: "error"}}},
}}

// Tap implements protocol.Codec. TextBytes counts the strings inside each "delta" (or the "text" of
// completions) as they are written, escapes included; in a plain reply all that are text (see
// jsonpick.Picker.Text).
// The usage:null that a vendor puts into other chunks because usage was asked for stays where it is.
func (codec) Tap(_ *protocol.Peek, hide bool) protocol.Tap {
	return protocol.NewTap(&meter{}, &picked, hide)
}

type meter struct {
	done     bool // [DONE] was seen
	finished bool // a finish_reason was seen
}

// Reset implements protocol.Meter.
func (m *meter) Reset() { *m = meter{} }

// Event implements protocol.Meter. An event is read as JSON only when a scan finds in it a key that may
// matter, with a value.
func (m *meter) Event(r *protocol.Reading, name, data []byte) bool {
	if m.done || len(data) == 0 {
		return false
	}
	if data[0] == '[' && string(bytes.TrimSpace(data)) == "[DONE]" {
		m.done, r.Ended = true, true
		return false
	}
	if string(name) == "error" {
		if r.Fault == nil {
			v, _ := protocol.ReadOpenAIError(data)
			r.Fault = v.Fault()
		}
		return false
	}
	text, matters := scan(data)
	if r.TextBytes += text; !matters {
		r.Started = true
		return false
	}
	ours, _ := m.read(r, data, true)
	return ours
}

// Document implements protocol.Meter.
func (m *meter) Document(r *protocol.Reading, doc []byte, event bool) bool {
	_, ok := m.read(r, doc, event)
	return ok
}

// End implements protocol.Meter. Some vendors end a stream without [DONE]: then a finish_reason is the
// end.
func (m *meter) End(r *protocol.Reading, whole bool) {
	r.Ended = r.Ended || m.finished && r.Fault == nil
	r.Final = r.Final || r.HasUsage && (r.Ended || whole)
}

// scan goes through a chunk from colon to colon. It counts the generated text, and tells whether the
// chunk may hold usage, an end or an error: a key of that name, at any depth, with a value other than
// null or "". Inside a string a quote has a backslash before it, so text is never taken for a key.
func scan(data []byte) (text int64, matters bool) {
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], ':')
		if n < 0 {
			return text, matters
		}
		key := bytes.TrimRight(data[:i+n], " ")
		i += n + 1
		if len(key) < 5 || key[len(key)-1] != '"' {
			continue
		}
		switch key = key[:len(key)-1]; key[len(key)-1] {
		case 'a':
			if endsIn(key, `"delta`) {
				n, end := protocol.CountText(data[i:])
				text += n
				i += end
			}
		case 't':
			switch {
			case endsIn(key, `"text`):
				n, _ := protocol.CountText(data[i:])
				text += n
			case endsIn(key, `"object`):
				matters = matters || bytes.HasPrefix(bytes.TrimLeft(data[i:], " "), []byte(`"error"`))
			}
		case 'e':
			matters = matters || endsIn(key, `"usage`) && hasValue(data[i:])
		case 'n':
			matters = matters || endsIn(key, `"finish_reason`) && hasValue(data[i:])
		case 'r':
			matters = matters || endsIn(key, `"error`) && hasValue(data[i:])
		}
	}
}

func endsIn(b []byte, tail string) bool {
	return len(b) >= len(tail) && string(b[len(b)-len(tail):]) == tail
}

// hasValue tells whether the value that b begins with is other than null or "".
func hasValue(b []byte) bool {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\r' || b[0] == '\t') {
		b = b[1:]
	}
	return !bytes.HasPrefix(b, []byte("null")) && !bytes.HasPrefix(b, []byte(`""`))
}

// chunk is what one document says.
type chunk struct {
	usage, inner  burncloud.Usage // inner is what stands in choices or x_groq
	counted       bool
	innerCounted  bool
	list          []byte // the choices
	choices, some bool   // there are choices; there is at least one
	finished      bool
	finishedBad   bool // with the reason "error"
	err           []byte
	flat          bool // {"object":"error", ...}
}

// read takes in a document and reports that it is the usage chunk that Edits asked for. ok is false, and
// nothing is read, when doc is not JSON.
func (m *meter) read(r *protocol.Reading, doc []byte, event bool) (ours, ok bool) {
	var c chunk
	if jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		c.member(string(key), value.Of(doc))
		return true
	}) != nil {
		return false, false
	}
	if event || !c.counted { // a plain reply with usage of its own says nothing more in its choices
		c.readChoices()
	}
	m.finished = m.finished || c.finished
	if fault := c.fault(doc); fault != nil {
		if r.Fault == nil {
			r.Fault = fault
		}
	} else {
		r.Started = true
	}
	if !c.counted {
		c.usage, c.counted = c.inner, c.innerCounted
	}
	if !c.counted {
		return false, true
	}
	if !r.HasUsage || c.usage.Total() > 0 { // some vendors repeat usage, and end with zeros
		r.Usage, r.HasUsage = c.usage, true
	}
	last := c.choices && !c.some
	r.Final = r.Final || last || m.finished
	return last && c.err == nil && !c.flat, true
}

func (c *chunk) member(key string, raw []byte) {
	switch key {
	case "usage":
		c.usage, c.counted = readUsage(raw)
	case "choices":
		c.list = raw
	case "x_groq":
		c.choice(raw)
	case "error":
		if protocol.IsError(raw) {
			c.err = raw
		}
	case "object":
		c.flat = string(raw) == `"error"`
	}
}

func (c *chunk) readChoices() {
	c.choices = len(c.list) > 0 && c.list[0] == '['
	_ = jsonedit.Elements(c.list, func(v jsonedit.Span) bool { // null has none
		c.some = true
		c.choice(v.Of(c.list))
		return true
	})
}

// choice reads what may stand in one choice, or in the envelope of a vendor.
func (c *chunk) choice(raw []byte) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // the whole was walked before
		v := value.Of(raw)
		switch string(key) {
		case "finish_reason":
			c.finished = c.finished || !jsonedit.IsNull(v) && string(v) != `""`
			c.finishedBad = c.finishedBad || string(v) == `"error"`
		case "usage":
			if u, ok := readUsage(v); ok {
				c.inner, c.innerCounted = u, true
			}
		case "error":
			if protocol.IsError(v) {
				c.err = v
			}
		}
		return true
	})
}

func (c *chunk) fault(doc []byte) *burncloud.Fault {
	switch {
	case c.err != nil:
		return protocol.ReadErrorObject(c.err).Fault()
	case c.flat:
		v, _ := protocol.ReadOpenAIError(doc)
		return v.Fault()
	case c.finishedBad:
		return protocol.VendorError{Message: `finish_reason is "error"`}.Fault()
	}
	return nil
}
