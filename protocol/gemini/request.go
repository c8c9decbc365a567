package gemini

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

type codec struct{}

// New is the codec.
func New() protocol.Codec { return codec{} }

// Protocol implements protocol.Codec.
func (codec) Protocol() burncloud.Protocol { return burncloud.Gemini }

// Peek implements protocol.Codec. The ModelSpan is that of the copy of the name that embedContent and
// countTokens may have in the body; a copy that differs from the path is refused.
func (codec) Peek(in protocol.Inbound) (protocol.Peek, *burncloud.Fault) {
	p := protocol.Peek{Endpoint: in.Endpoint, Model: strings.TrimPrefix(in.Model, "models/"), Choices: 1}
	if fault := checkModel(p.Model); fault != nil {
		return p, fault
	}
	all, fault := protocol.Body(in.Body)
	if fault != nil {
		return p, fault
	}
	switch in.Endpoint {
	case burncloud.EndpointEmbed:
		p.OutputCap = -1
		fault = peekModel(&p, in.Body, all, "")
	case burncloud.EndpointCountTokens:
		p.OutputCap = -1
		fault = peekNested(&p, in.Body, all)
	default:
		p.Stream = in.Stream
		p.JSONArray = in.Stream && !asksSSE(in.Query)
		fault = peekConfig(&p, in.Body, all)
	}
	p.ObjectEnd = protocol.ObjectEnd(in.Body)
	return p, fault
}

// checkModel refuses a name that no model has and that a careless reader of paths could take for more.
func checkModel(name string) *burncloud.Fault {
	if fault := protocol.CheckModel("model", name); fault != nil {
		return fault
	}
	if strings.ContainsAny(name, `\?#&% `) || strings.Contains(name, "..") {
		return protocol.InvalidField("model", `in the path must be a plain name, such as "gemini-2.5-flash"`)
	}
	return nil
}

// asksSSE tells whether the query asks for server-sent events instead of a JSON array.
func asksSSE(query []byte) bool {
	for pair := range bytes.SplitSeq(query, []byte{'&'}) {
		if s := string(pair); s == "alt=sse" || s == "$alt=sse" || s == "%24alt=sse" {
			return true
		}
	}
	return false
}

// peekConfig reads how much may be written.
func peekConfig(p *protocol.Peek, body []byte, all jsonedit.Span) *burncloud.Fault {
	outer := [1]protocol.Field{{Name: "generationConfig", Alias: "generation_config"}}
	if fault := protocol.Find(body, all, "", outer[:]); fault != nil || !outer[0].Has(body) {
		return fault
	}
	if body[outer[0].Value.From] != '{' {
		return protocol.InvalidField("generationConfig", `must be an object, such as {"maxOutputTokens": 1024}`)
	}
	const path = "generationConfig."
	inner := [2]protocol.Field{
		{Name: "maxOutputTokens", Alias: "max_output_tokens"}, {Name: "candidateCount", Alias: "candidate_count"},
	}
	fault := protocol.Find(body, outer[0].Value, path, inner[:])
	if fault != nil {
		return fault
	}
	limit, fault := protocol.Count(body, &inner[0], path, 0, 0)
	if fault != nil {
		return fault
	}
	if p.Choices, fault = protocol.Count(body, &inner[1], path, 1, 1); fault != nil {
		return fault
	}
	p.OutputCap = protocol.Times(limit, p.Choices)
	return nil
}

// peekNested looks for the copy of the name in the request that countTokens may wrap.
func peekNested(p *protocol.Peek, body []byte, all jsonedit.Span) *burncloud.Fault {
	outer := [1]protocol.Field{{Name: "generateContentRequest", Alias: "generate_content_request"}}
	if fault := protocol.Find(body, all, "", outer[:]); fault != nil || !outer[0].Has(body) {
		return fault
	}
	return peekModel(p, body, outer[0].Value, "generateContentRequest.")
}

// peekModel looks for a copy of the model's name in an object of the body.
func peekModel(p *protocol.Peek, body []byte, object jsonedit.Span, path string) *burncloud.Fault {
	fields := [1]protocol.Field{{Name: "model"}}
	if fault := protocol.Find(body, object, path, fields[:]); fault != nil || !fields[0].Has(body) {
		return fault
	}
	p.ModelSpan = fields[0].Value
	name, _ := jsonedit.Text(p.ModelSpan.Of(body))
	if strings.TrimPrefix(name, "models/") != p.Model {
		return protocol.InvalidField(path+"model", fmt.Sprintf("must name the model of the path, such as %q", "models/"+p.Model))
	}
	return nil
}

// Edits implements protocol.Codec.
func (codec) Edits(p *protocol.Peek, upstreamModel string) []jsonedit.Edit {
	if upstreamModel == "" || upstreamModel == p.Model || p.ModelSpan.To == 0 {
		return nil
	}
	return []jsonedit.Edit{{Span: p.ModelSpan, New: jsonedit.AppendString(nil, "models/"+upstreamModel)}}
}
