package messages

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func peek(body string) (protocol.Peek, *burncloud.Fault) {
	return New().Peek(protocol.Inbound{Endpoint: burncloud.EndpointMessages, Body: []byte(body)})
}

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		body      string
		model     string
		stream    bool
		outputCap int64
	}{
		{`{"model":"m","messages":[]}`, "m", false, 0},
		{`{"messages":[{"model":"x","stream":false}],"max_tokens":64,"stream":true,"model":"m"}`, "m", true, 64},
		{`{"model":"m","stream":null,"max_tokens":null}`, "m", false, 0},
		{`{"model":"m","max_output_tokens":"other field"}`, "m", false, 0},
	} {
		p, fault := peek(c.body)
		if fault != nil || p.Model != c.model || p.Stream != c.stream || p.OutputCap != c.outputCap || p.Choices != 1 {
			t.Errorf("%s: %+v, %v", c.body, p, fault)
		}
	}
}

func TestPeekRefuses(t *testing.T) {
	for body, param := range map[string]string{
		``: "", `[]`: "", `{"messages":[]}`: "model", `{"model":"m","stream":"yes"}`: "stream",
		`{"model":"m","max_tokens":"9"}`: "max_tokens", `{"model":"m","max_tokens":1,"max_tokens":2}`: "max_tokens",
		`{"model":"m","model":"n"}`: "model",
	} {
		if _, fault := peek(body); fault == nil || fault.Kind != burncloud.Invalid || fault.Param != param {
			t.Errorf("%s: %v", body, fault)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct{ body, upstream, want string }{
		{`{"model":"m","stream":true}`, "", `{"model":"m","stream":true}`},
		{`{"model":"m","stream":true}`, "m", `{"model":"m","stream":true}`},
		{`{"x":1.0,"model": "m" }`, `u"p`, `{"x":1.0,"model": "u\"p" }`},
	} {
		p, fault := peek(c.body)
		if fault != nil {
			t.Fatal(fault)
		}
		if got := jsonedit.Apply([]byte(c.body), New().Edits(&p, c.upstream)); string(got) != c.want {
			t.Errorf("%s: %s", c.body, got)
		}
	}
}

func FuzzPeek(f *testing.F) {
	prototest.FuzzPeek(f, New(), burncloud.EndpointMessages,
		`{"model":"m","messages":[],"stream":true}`, `{"messages":[{"a":"\"model\":"}],"mod\u0065l":"m","max_tokens":1e3}`)
}

func TestFaults(t *testing.T) { prototest.Faults(t, New(), "testdata/faults.golden") }
