package responses

import (
	"bytes"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/jsonpick"
	"github.com/burncloud/burncloud/protocol"
)

// picked is what is read of a reply: of the response itself, or of an event that holds one.
var picked = jsonpick.Node{Children: []jsonpick.Node{
	{Key: "type"}, {Key: "status"}, {Key: "usage"}, {Key: "error"},
	{Key: "message"}, {Key: "code"}, {Key: "param"},
	{Key: "response", Children: []jsonpick.Node{{Key: "status"}, {Key: "usage"}, {Key: "error"}}},
}}

// Tap implements protocol.Codec. TextBytes counts the strings inside each "delta" as they are written,
// escapes included; in a plain reply all that are text (see
// jsonpick.Picker.Text). There is nothing to hide.
func (codec) Tap(*protocol.Peek, bool) protocol.Tap {
	return protocol.NewTap(&meter{}, &picked, false)
}

type meter struct{ ended bool }

// Reset implements protocol.Meter.
func (m *meter) Reset() { *m = meter{} }

// Event implements protocol.Meter. Only events that end the response, or may, are read as JSON.
func (m *meter) Event(r *protocol.Reading, name, data []byte) bool {
	if m.ended || len(data) == 0 || data[0] != '{' {
		return false
	}
	if len(name) == 0 {
		name = protocol.EventType(data)
	}
	switch {
	case bytes.HasSuffix(name, []byte(".delta")):
		r.Started = true
		if i := protocol.After(data, 0, `delta"`); i >= 0 {
			n, _ := protocol.CountText(data[i:])
			r.TextBytes += n
		}
	case ends(name) || len(name) == 0:
		m.Document(r, data, true)
	case string(name) != "keepalive":
		r.Started = true
	}
	return false
}

// ends tells whether an event of this name ends a response.
func ends(name []byte) bool {
	switch string(name) {
	case "response.completed", "response.incomplete", "response.failed", "response.cancelled", "error":
		return true
	}
	return false
}

// document is what an event, or a plain response, says.
type document struct {
	kind, status string
	usage        burncloud.Usage
	counted      bool
	err          []byte
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
	if d.counted {
		r.Usage, r.HasUsage = d.usage, true
	}
	switch d.status {
	case "completed", "incomplete", "failed", "cancelled":
		r.Ended, r.Final, m.ended = true, d.counted, true
	}
	if fault := d.fault(doc); fault != nil {
		r.Fault = fault
		return true
	}
	r.Started = true
	return true
}

func (d *document) member(key string, raw []byte) {
	switch key {
	case "type":
		d.kind, _ = jsonedit.Text(raw)
	case "status":
		d.status, _ = jsonedit.Text(raw)
	case "usage":
		d.usage, d.counted = readUsage(raw)
	case "error":
		if protocol.IsError(raw) {
			d.err = raw
		}
	case "response":
		_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // walked before, as part of the whole
			switch string(key) {
			case "status", "usage", "error":
				d.member(string(key), value.Of(raw))
			}
			return true
		})
	}
}

func (d *document) fault(doc []byte) *burncloud.Fault {
	switch {
	case d.err != nil:
		return protocol.ReadErrorObject(d.err).Fault()
	case d.kind == "error": // flat
		v, _ := protocol.ReadOpenAIError(doc)
		if v.Type == "error" {
			v.Type = ""
		}
		return v.Fault()
	case d.status == "failed":
		return protocol.VendorError{Message: "the response failed without a reason"}.Fault()
	}
	return nil
}

// End implements protocol.Meter.
func (m *meter) End(r *protocol.Reading, whole bool) { r.Final = r.Final || r.HasUsage && whole }
