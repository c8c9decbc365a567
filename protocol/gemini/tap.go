package gemini

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/jsonpick"
	"github.com/burncloud/burncloud/protocol"
)

// picked is what is read of a reply.
var picked = jsonpick.Node{Children: []jsonpick.Node{
	{Key: "usageMetadata"}, {Key: "error"},
	{Key: "candidates", Children: []jsonpick.Node{{Key: "finishReason"}}},
	{Key: "promptFeedback", Children: []jsonpick.Node{{Key: "blockReason"}}},
}}

// Tap implements protocol.Codec. TextBytes counts the strings inside "candidates" as they are written,
// escapes included and media left out; in a plain reply, or a stream that is a JSON array, all that
// are text (see jsonpick.Picker.Text). There is nothing to hide.
func (codec) Tap(p *protocol.Peek, _ bool) protocol.Tap {
	return protocol.NewTap(&meter{free: p.Endpoint == burncloud.EndpointCountTokens}, &picked, false)
}

type meter struct {
	free     bool // the endpoint consumes no tokens
	finished bool // the last candidates said why they ended, or the prompt was blocked
}

// Reset implements protocol.Meter.
func (m *meter) Reset() { m.finished = false }

// Event implements protocol.Meter. Every event of this format has usage, so every one is read.
func (m *meter) Event(r *protocol.Reading, _, data []byte) bool {
	if len(data) == 0 {
		return false
	}
	if i := protocol.After(data, 0, `candidates"`); i >= 0 {
		n, _ := protocol.CountText(data[i:])
		r.TextBytes += n
	}
	m.Document(r, data, true)
	return false
}

// document is what one reply, or one event, says.
type document struct {
	usage      burncloud.Usage
	counted    bool
	candidates bool
	finished   bool
	blocked    bool
	err        []byte
}

// Document implements protocol.Meter.
func (m *meter) Document(r *protocol.Reading, doc []byte, _ bool) bool {
	var d document
	if jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		d.member(string(key), value.Of(doc))
		return true
	}) != nil {
		return false
	}
	if d.err != nil {
		if r.Fault == nil {
			v, _ := readError(doc)
			r.Fault = fault(v, 0)
		}
		return true
	}
	r.Started = true
	if m.free {
		r.HasUsage = true
		return true
	}
	if d.candidates || d.blocked {
		m.finished = d.finished || d.blocked
	}
	if d.counted { // running totals: the last counts
		r.Usage, r.HasUsage = d.usage, true
	}
	r.Final = r.HasUsage && m.finished
	return true
}

func (d *document) member(key string, raw []byte) {
	switch key {
	case "usageMetadata":
		d.usage, d.counted = readUsage(raw)
	case "error":
		if protocol.IsError(raw) {
			d.err = raw
		}
	case "promptFeedback":
		d.blocked = has(raw, "blockReason")
	case "candidates":
		_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // null has none
			d.candidates = true
			d.finished = d.finished || has(e.Of(raw), "finishReason")
			return true
		})
	}
}

// has tells whether an object has a member that is not null.
func has(object []byte, name string) (found bool) {
	_ = jsonedit.Walk(object, func(key []byte, _, value jsonedit.Span) bool { // the whole was walked before
		if string(key) == name {
			found = !jsonedit.IsNull(value.Of(object))
		}
		return !found
	})
	return found
}

// End implements protocol.Meter. A stream has no event that says it is over: it is when the last
// candidates said why they ended.
func (m *meter) End(r *protocol.Reading, whole bool) {
	r.Ended = r.Ended || m.finished && r.Fault == nil
	r.Final = r.Final || r.HasUsage && (r.Ended || whole)
}
