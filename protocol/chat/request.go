package chat

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

type codec struct{}

// New is the codec.
func New() protocol.Codec { return codec{} }

// Protocol implements protocol.Codec.
func (codec) Protocol() burncloud.Protocol { return burncloud.Chat }

// The fields of a request, in the order of the array in Peek.
const (
	model = iota
	stream
	streamOptions
	maxCompletionTokens
	maxTokens
	n
	bestOf
	prompt
	fieldCount
)

// Peek implements protocol.Codec. In the Peek that it makes, an empty UsageSpan that is not zero is the
// place for include_usage in stream_options that have other members, and a zero UsageSpan with an
// OptionsSpan says that stream_options are null or empty.
func (codec) Peek(in protocol.Inbound) (protocol.Peek, *burncloud.Fault) {
	p := protocol.Peek{Endpoint: in.Endpoint, Choices: 1, OutputCap: -1}
	all, fault := protocol.Body(in.Body)
	if fault != nil {
		return p, fault
	}
	fields := [fieldCount]protocol.Field{
		{Name: "model"}, {Name: "stream"}, {Name: "stream_options"},
		{Name: "max_completion_tokens"}, {Name: "max_tokens"}, {Name: "n"},
		{Name: "best_of"}, {Name: "prompt"},
	}
	look := fields[:n+1]
	switch in.Endpoint {
	case burncloud.EndpointCompletions:
		look = fields[:]
	case burncloud.EndpointEmbeddings, burncloud.EndpointModerations:
		look = fields[:model+1]
	}
	if fault := protocol.Find(in.Body, all, "", look); fault != nil {
		return p, fault
	}
	if p.Model, fault = protocol.ModelName(in.Body, &fields[model]); fault != nil {
		return p, fault
	}
	p.ModelSpan = fields[model].Value
	p.ObjectEnd = protocol.ObjectEnd(in.Body)
	if len(look) == model+1 {
		return p, nil
	}
	if p.Stream, fault = protocol.Flag(in.Body, &fields[stream], ""); fault != nil {
		return p, fault
	}
	if fault := peekCap(&p, in.Body, &fields); fault != nil {
		return p, fault
	}
	if p.Stream {
		fault = peekOptions(&p, in.Body, &fields[streamOptions])
	}
	return p, fault
}

// peekCap reads how much may be written: the larger of the two caps, for every choice of every prompt.
func peekCap(p *protocol.Peek, body []byte, fields *[fieldCount]protocol.Field) *burncloud.Fault {
	read := func(i int, least, absent int64) (v int64, fault *burncloud.Fault) {
		return protocol.Count(body, &fields[i], "", least, absent)
	}
	long, fault := read(maxCompletionTokens, 0, 0)
	if fault != nil {
		return fault
	}
	short, fault := read(maxTokens, 0, 0)
	if fault != nil {
		return fault
	}
	choices, fault := read(n, 1, 1)
	if fault != nil {
		return fault
	}
	best, fault := read(bestOf, 0, 0)
	if fault != nil {
		return fault
	}
	p.Choices = protocol.Times(max(choices, best), prompts(body, &fields[prompt]))
	p.OutputCap = protocol.Times(max(long, short), p.Choices)
	return nil
}

// prompts is how many prompts a request for completions holds: an array of strings or of arrays of
// tokens is one each, a string or an array of tokens is one.
func prompts(body []byte, f *protocol.Field) int64 {
	if !f.Has(body) || body[f.Value.From] != '[' {
		return 1
	}
	list, count := f.Value.Of(body), int64(0)
	// What is not JSON here was refused before, or is left to the vendor.
	_ = jsonedit.Elements(list, func(v jsonedit.Span) bool {
		if list[v.From] != '"' && list[v.From] != '[' {
			return false
		}
		count++
		return true
	})
	return max(count, 1)
}

// peekOptions finds where a stream's usage is asked for, or where to ask.
func peekOptions(p *protocol.Peek, body []byte, f *protocol.Field) *burncloud.Fault {
	p.OptionsSpan = f.Value
	if !f.Has(body) {
		return nil
	}
	if body[f.Value.From] != '{' {
		return protocol.InvalidField(f.Name, `must be an object, such as {"include_usage": true}`)
	}
	usage := [1]protocol.Field{{Name: "include_usage"}}
	if fault := protocol.Find(body, f.Value, "stream_options.", usage[:]); fault != nil {
		return fault
	}
	asked, fault := protocol.Flag(body, &usage[0], "stream_options.")
	if fault != nil {
		return fault
	}
	p.UsageAsked = asked
	p.UsageSpan = usage[0].Value
	if p.UsageSpan.To == 0 && !emptyObject(f.Value.Of(body)) {
		p.UsageSpan = jsonedit.Span{From: f.Value.From + 1, To: f.Value.From + 1}
	}
	return nil
}

func emptyObject(raw []byte) bool {
	empty := true
	_ = jsonedit.Walk(raw, func([]byte, jsonedit.Span, jsonedit.Span) bool {
		empty = false
		return false
	})
	return empty
}

var (
	options       = []byte(`{"include_usage":true}`)
	optionsMember = []byte(`,"stream_options":{"include_usage":true}`)
	usageMember   = []byte(`"include_usage":true,`)
	yes           = []byte(`true`)
)

// Edits implements protocol.Codec.
func (codec) Edits(p *protocol.Peek, upstreamModel string) []jsonedit.Edit {
	var edits []jsonedit.Edit
	if upstreamModel != "" && upstreamModel != p.Model {
		edits = append(edits, jsonedit.Edit{Span: p.ModelSpan, New: jsonedit.AppendString(nil, upstreamModel)})
	}
	if !p.Stream || p.UsageAsked {
		return edits
	}
	edits = append(edits, askUsage(p))
	if len(edits) == 2 && edits[1].From < edits[0].From {
		edits[0], edits[1] = edits[1], edits[0]
	}
	return edits
}

// askUsage is the edit that makes a stream end with its usage.
func askUsage(p *protocol.Peek) jsonedit.Edit {
	switch {
	case p.OptionsSpan.To == 0:
		return jsonedit.Edit{Span: jsonedit.Span{From: p.ObjectEnd, To: p.ObjectEnd}, New: optionsMember}
	case p.UsageSpan.To == 0:
		return jsonedit.Edit{Span: p.OptionsSpan, New: options}
	case p.UsageSpan.To == p.UsageSpan.From:
		return jsonedit.Edit{Span: p.UsageSpan, New: usageMember}
	}
	return jsonedit.Edit{Span: p.UsageSpan, New: yes}
}
