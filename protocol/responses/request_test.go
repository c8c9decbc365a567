package responses

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func peek(body string) (protocol.Peek, *burncloud.Fault) {
	return New().Peek(protocol.Inbound{Endpoint: burncloud.EndpointResponses, Body: []byte(body)})
}

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		body      string
		model     string
		stream    bool
		outputCap int64
	}{
		{`{"model":"m","input":"hi"}`, "m", false, 0},
		{`{"input":[{"model":"x","stream":false}],"max_output_tokens":64,"stream":true,"model":"m","background":false}`, "m", true, 64},
		{`{"model":"m","stream":null,"max_output_tokens":null,"background":null}`, "m", false, 0},
		{`{"model":"m","max_tokens":"other field"}`, "m", false, 0},
	} {
		p, fault := peek(c.body)
		if fault != nil || p.Model != c.model || p.Stream != c.stream || p.OutputCap != c.outputCap || p.Choices != 1 {
			t.Errorf("%s: %+v, %v", c.body, p, fault)
		}
	}
}

func TestPeekRefuses(t *testing.T) {
	for body, param := range map[string]string{
		``: "", `[]`: "", `{"input":"hi"}`: "model", `{"model":"m","stream":"yes"}`: "stream",
		`{"model":"m","max_output_tokens":"9"}`: "max_output_tokens", `{"model":"m","max_output_tokens":1,"max_output_tokens":2}`: "max_output_tokens",
		`{"model":"m","model":"n"}`: "model", `{"model":"m","background":true}`: "background", `{"model":"m","background":1}`: "background",
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
	prototest.FuzzPeek(f, New(), burncloud.EndpointResponses,
		`{"model":"m","input":"hi","stream":true}`, `{"input":[{"a":"\"model\":"}],"mod\u0065l":"m","max_output_tokens":1e3}`)
}

func TestFaults(t *testing.T) { prototest.Faults(t, New(), "testdata/faults.golden") }
