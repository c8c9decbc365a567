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
// completions) as they are written, escapes included; in a plain reply all strings, keys included.
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

// Event implements protocol.Meter. An event is read as JSON only when a search finds in it a key that
// matters with a value that is not null.
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
	r.TextBytes += text(data)
	if !matters(data) {
		r.Started = true
		return false
	}
	return m.read(r, data)
}

// Document implements protocol.Meter.
func (m *meter) Document(r *protocol.Reading, doc []byte) { m.read(r, doc) }

// End implements protocol.Meter. Some vendors end a stream without [DONE]: then a finish_reason is the
// end.
func (m *meter) End(r *protocol.Reading, whole bool) {
	r.Ended = r.Ended || m.finished && r.Fault == nil
	r.Final = r.Final || r.HasUsage && (r.Ended || whole)
}

// text counts the generated text in a chunk.
func text(data []byte) int64 {
	i := protocol.After(data, 0, `delta"`)
	if i < 0 {
		if i = protocol.After(data, 0, `text"`); i < 0 {
			return 0
		}
	}
	n, _ := protocol.CountText(data[i:])
	return n
}

// matters tells whether a chunk may hold usage, an end or an error.
func matters(data []byte) bool {
	return value(data, `usage"`) || value(data, `finish_reason"`) || bytes.Contains(data, []byte(`error"`))
}

// value tells whether a key that name ends has a value other than null or "".
func value(data []byte, name string) bool {
	for i := 0; ; {
		if i = protocol.After(data, i, name); i < 0 {
			return false
		}
		if rest := data[i:]; !bytes.HasPrefix(rest, []byte("null")) && !bytes.HasPrefix(rest, []byte(`""`)) {
			return true
		}
	}
}

// chunk is what one document says.
type chunk struct {
	usage, inner  burncloud.Usage // inner is what stands in choices or x_groq
	counted       bool
	innerCounted  bool
	choices, some bool // there are choices; there is at least one
	finished      bool
	finishedBad   bool // with the reason "error"
	err           []byte
	flat          bool // {"object":"error", ...}
}

// read takes in a document and reports that it is the usage chunk that Edits asked for. A document that
// is not JSON says nothing.
func (m *meter) read(r *protocol.Reading, doc []byte) bool {
	var c chunk
	if jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		c.member(string(key), value.Of(doc))
		return true
	}) != nil {
		return false
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
		return false
	}
	if !r.HasUsage || c.usage.Total() > 0 { // some vendors repeat usage, and end with zeros
		r.Usage, r.HasUsage = c.usage, true
	}
	last := c.choices && !c.some
	r.Final = r.Final || last || m.finished
	return last && c.err == nil && !c.flat
}

func (c *chunk) member(key string, raw []byte) {
	switch key {
	case "usage":
		c.usage, c.counted = readUsage(raw)
	case "choices":
		c.choices = raw[0] == '['
		_ = jsonedit.Elements(raw, func(v jsonedit.Span) bool { // null has none
			c.some = true
			c.choice(v.Of(raw))
			return true
		})
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
