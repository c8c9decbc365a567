package messages

import (
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/jsonpick"
	"github.com/burncloud/burncloud/protocol"
)

// picked is what is read of a reply: of the message itself, or of an event.
var picked = jsonpick.Node{Children: []jsonpick.Node{
	{Key: "type"}, {Key: "usage"}, {Key: "error"},
	{Key: "message", Children: []jsonpick.Node{{Key: "usage"}}},
}}

// Tap implements protocol.Codec. TextBytes counts the strings inside each "delta" as they are written,
// escapes included and labels and signatures left out; in a plain reply all that are text (see
// jsonpick.Picker.Text).
// There is nothing to hide.
func (codec) Tap(*protocol.Peek, bool) protocol.Tap {
	return protocol.NewTap(&meter{}, &picked, false)
}

type meter struct {
	counts counts
	ended  bool
}

// Reset implements protocol.Meter.
func (m *meter) Reset() { *m = meter{} }

// Event implements protocol.Meter. Clients of this format go by the event's name, so the name alone
// decides whether the data is read as JSON; some vendors leave it out.
func (m *meter) Event(r *protocol.Reading, name, data []byte) bool {
	if m.ended || len(data) == 0 || data[0] != '{' {
		return false
	}
	if len(name) == 0 {
		name = protocol.EventType(data)
	}
	switch string(name) {
	case "content_block_delta":
		r.Started = true
		if i := protocol.After(data, 0, `delta"`); i >= 0 {
			n, _ := protocol.CountText(data[i:])
			r.TextBytes += n
		}
	case "content_block_start", "content_block_stop":
		r.Started = true
	case "ping":
	case "message_stop":
		m.ended, r.Ended, r.Final = true, true, r.HasUsage
	default:
		m.Document(r, data, true)
	}
	return false
}

// Document implements protocol.Meter.
func (m *meter) Document(r *protocol.Reading, doc []byte, _ bool) bool {
	var kind, usage, inner, failure []byte
	if jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(doc)
		switch string(key) {
		case "type":
			kind = v
		case "usage":
			usage = v
		case "message":
			inner = v
		case "error":
			failure = v
		}
		return true
	}) != nil {
		return false
	}
	switch {
	case string(kind) == `"error"` || protocol.IsError(failure):
		v, _ := readError(doc)
		if v.Type == "error" {
			v.Type = ""
		}
		r.Fault = v.Fault()
		return true
	case string(kind) == `"message_start"`:
		usage = usageOf(inner)
	case string(kind) == `"ping"`:
		return true
	}
	r.Started = true
	if c, ok := read(usage); ok {
		m.counts.merge(c)
		if u := m.counts.usage(); protocol.Plausible(u) {
			r.Usage, r.HasUsage = u, true
		}
	}
	return true
}

// usageOf is the usage member of a message, or nil.
func usageOf(message []byte) (usage []byte) {
	_ = jsonedit.Walk(message, func(key []byte, _, value jsonedit.Span) bool { // walked before, as part of the whole
		if string(key) == "usage" {
			usage = value.Of(message)
		}
		return true
	})
	return usage
}

// End implements protocol.Meter.
func (m *meter) End(r *protocol.Reading, whole bool) { r.Final = r.Final || r.HasUsage && whole }
