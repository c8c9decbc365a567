package responses

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

type codec struct{}

// New is the codec.
func New() protocol.Codec { return codec{} }

// Protocol implements protocol.Codec.
func (codec) Protocol() burncloud.Protocol { return burncloud.Responses }

// The fields of a request, in the order of the array in Peek.
const (
	model = iota
	stream
	maxOutputTokens
	background
	fieldCount
)

// Peek implements protocol.Codec. It also refuses background runs: their answer is fetched later by a
// call that the gateway does not serve, so their usage would never be seen.
func (codec) Peek(in protocol.Inbound) (protocol.Peek, *burncloud.Fault) {
	p := protocol.Peek{Endpoint: in.Endpoint, Choices: 1}
	all, fault := protocol.Body(in.Body)
	if fault != nil {
		return p, fault
	}
	fields := [fieldCount]protocol.Field{
		{Name: "model"}, {Name: "stream"}, {Name: "max_output_tokens"}, {Name: "background"},
	}
	if fault := protocol.Find(in.Body, all, "", fields[:]); fault != nil {
		return p, fault
	}
	if p.Model, fault = protocol.ModelName(in.Body, &fields[model]); fault != nil {
		return p, fault
	}
	if p.Stream, fault = protocol.Flag(in.Body, &fields[stream], ""); fault != nil {
		return p, fault
	}
	if p.OutputCap, fault = protocol.Count(in.Body, &fields[maxOutputTokens], "", 0, 0); fault != nil {
		return p, fault
	}
	later, fault := protocol.Flag(in.Body, &fields[background], "")
	if fault == nil && later {
		fault = protocol.InvalidField("background", "is not supported here; leave it out or send false")
	}
	p.ModelSpan = fields[model].Value
	p.ObjectEnd = protocol.ObjectEnd(in.Body)
	return p, fault
}

// Edits implements protocol.Codec.
func (codec) Edits(p *protocol.Peek, upstreamModel string) []jsonedit.Edit {
	if upstreamModel == "" || upstreamModel == p.Model {
		return nil
	}
	return []jsonedit.Edit{{Span: p.ModelSpan, New: jsonedit.AppendString(nil, upstreamModel)}}
}
