package chat

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

type bridge struct{}

// NewBridge is the bridge between this format and the neutral model.
func NewBridge() protocol.Bridge { return bridge{} }

// functions is the Dialect of clients that use functions and function_call in place of tools.
const functions = "functions"

// DecodeRequest implements protocol.Bridge. Members inside messages, parts and tools that the model has
// no word for become Extra under their path, so that what is not carried is told.
func (bridge) DecodeRequest(in protocol.Inbound) (*protocol.Request, *burncloud.Fault) {
	if in.Endpoint != burncloud.EndpointChat {
		return nil, burncloud.Faultf(burncloud.Invalid, "this model is served by a vendor of another protocol, which only chat completions reach")
	}
	if _, fault := protocol.Body(in.Body); fault != nil {
		return nil, fault
	}
	if raw := bytes.TrimSpace(in.Body); raw[0] != '{' || !json.Valid(raw) || !utf8.Valid(raw) {
		return nil, burncloud.Faultf(burncloud.Invalid, "the body is not a JSON object in UTF-8")
	}
	d := decoding{r: &protocol.Request{From: burncloud.Chat}}
	seen := map[string]bool{}
	// The body is JSON.
	_ = jsonedit.Walk(in.Body, func(key []byte, span, value jsonedit.Span) bool {
		name, _ := jsonedit.Text(span.Of(in.Body))
		if seen[name] {
			d.bad(&place{name: name}, "occurs twice; send it once")
		}
		seen[name] = true
		if raw := value.Of(in.Body); !jsonedit.IsNull(raw) {
			d.field(name, &place{name: name}, raw)
		}
		return d.fault == nil
	})
	d.settle(seen)
	if d.fault != nil {
		return nil, d.fault
	}
	d.r.Extra = d.extra
	return d.r, nil
}

// decoding is one request that is being read.
type decoding struct {
	reader
	r *protocol.Request

	messages     []byte // read last: the old form of calls needs to know nothing else, but faults come in order
	maxTokens    *int64 // the older twin of max_completion_tokens
	user         string // the older twin of safety_identifier
	thought      vendorThinking
	functionCall []byte
}

// field reads one member of the request.
func (d *decoding) field(name string, at *place, raw []byte) {
	r := d.r
	switch name {
	case "model":
		r.Model = d.text(at, raw)
	case "messages":
		d.messages = raw
	case "stream":
		r.Stream = *d.flag(at, raw)
	case "stream_options":
		d.streamOptions(at, raw)
	case "response_format":
		d.format(at, raw)
	case "tools":
		d.elements(at, raw, d.tool)
	case "tool_choice":
		d.choice(at, raw)
	case "functions":
		r.Dialect = functions
		d.elements(at, raw, func(at *place, raw []byte) { r.Tools = append(r.Tools, d.function(at, raw)) })
	case "function_call":
		d.functionCall = raw
	case "metadata":
		r.Metadata = map[string]string{}
		d.members(at, raw, func(name string, at *place, raw []byte) { r.Metadata[name] = d.text(at, raw) })
	default:
		if !d.scalar(name, at, raw) && !d.thought.field(d, name, at, raw) {
			d.unknown(at, raw)
		}
	}
}

// scalar reads the members that hold one value.
func (d *decoding) scalar(name string, at *place, raw []byte) bool {
	r := d.r
	switch name {
	case "max_completion_tokens":
		r.MaxOutput = d.count(at, raw, 0)
	case "max_tokens":
		d.maxTokens = d.count(at, raw, 0)
	case "temperature":
		r.Temperature = d.number(at, raw)
	case "top_p":
		r.TopP = d.number(at, raw)
	case "top_k":
		if r.TopK = d.count(at, raw, -1); *r.TopK < 0 {
			r.TopK = nil // some vendors' word for all
		}
	case "n":
		r.Choices = d.count(at, raw, 1)
	case "stop":
		if raw[0] == '"' {
			r.Stop = []string{d.text(at, raw)}
			break
		}
		d.elements(at, raw, func(at *place, raw []byte) { r.Stop = append(r.Stop, d.text(at, raw)) })
	case "presence_penalty":
		r.PresencePenalty = d.number(at, raw)
	case "frequency_penalty":
		r.FrequencyPenalty = d.number(at, raw)
	case "logprobs":
		r.LogProbs = d.flag(at, raw)
	case "top_logprobs":
		r.TopLogProbs = d.count(at, raw, 0)
	case "seed":
		r.Seed = d.count(at, raw, -1<<63)
	case "parallel_tool_calls":
		r.Parallel = d.flag(at, raw)
	case "verbosity":
		r.Verbosity = d.word(at, raw, "low", "medium", "high")
	case "service_tier":
		if r.ServiceTier = d.text(at, raw); r.ServiceTier == "fast" {
			r.ServiceTier = "priority" // which is what it is billed as
		}
	case "safety_identifier":
		r.User = d.text(at, raw)
	case "user":
		d.user = d.text(at, raw)
	case "prompt_cache_key":
		r.CacheKey = d.text(at, raw)
	default:
		return false
	}
	return true
}

func (d *decoding) streamOptions(at *place, raw []byte) {
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "include_usage":
			d.r.StreamUsage = *d.flag(at, raw)
		case "include_obfuscation": // padding, which no answer of ours has
			d.flag(at, raw)
		default:
			d.unknown(at, raw)
		}
	})
}

// settle reads what could only be read when all else was there.
func (d *decoding) settle(seen map[string]bool) {
	r := d.r
	if d.fault != nil {
		return
	}
	if fault := protocol.CheckModel("model", r.Model); fault != nil {
		d.fault = fault
		return
	}
	if d.messages == nil {
		d.bad(&place{name: "messages"}, "is missing; send at least one message")
		return
	}
	if r.MaxOutput == nil {
		r.MaxOutput = d.maxTokens
	}
	if r.User == "" {
		r.User = d.user
	}
	if d.functionCall != nil {
		d.oldChoice(&place{name: "function_call"}, d.functionCall)
	}
	d.thought.settle(d)
	r.StreamUsage = r.StreamUsage && r.Stream
	if seen["tools"] && seen["functions"] {
		d.bad(&place{name: "functions"}, "is the old form of tools; send one of them")
	}
	d.conversation(&place{name: "messages"}, d.messages)
}

// format reads response_format.
func (d *decoding) format(at *place, raw []byte) {
	f := &protocol.Format{}
	d.r.Format = f
	d.members(at, raw, func(name string, at *place, raw []byte) {
		switch name {
		case "type":
			switch d.word(at, raw, "text", "json_object", "json_schema") {
			case "text":
				f.Type = "text"
			case "json_object":
				f.Type = "json"
			default:
				f.Type = "schema"
			}
		case "json_schema":
			d.members(at, raw, func(name string, at *place, raw []byte) {
				switch name {
				case "name":
					f.Name = d.text(at, raw)
				case "description":
					f.Description = d.text(at, raw)
				case "schema":
					f.Schema = d.schema(at, raw)
				case "strict":
					f.Strict = d.flag(at, raw)
				default:
					d.unknown(at, raw)
				}
			})
		default:
			d.unknown(at, raw)
		}
	})
	switch {
	case f.Type == "":
		d.bad(at.member("type"), "is missing")
	case f.Type == "schema" && f.Name == "":
		d.bad(at.member("json_schema").member("name"), "is missing")
	}
}

func (d *reader) schema(at *place, raw []byte) json.RawMessage {
	if raw[0] != '{' {
		d.bad(at, "must be a JSON Schema, which is an object")
	}
	return bytes.Clone(raw)
}

// vendorThinking are the ways in which clients of this format say how much to think.
type vendorThinking struct {
	effort         string // reasoning_effort
	enabled        *bool  // thinking.type, enable_thinking, reasoning.enabled
	budget         *int64 // thinking.budget_tokens, thinking_budget, reasoning.max_tokens
	include        *bool  // include_reasoning, the reverse of reasoning.exclude
	nested         string // reasoning.effort
	adaptive, said bool
}

func (v *vendorThinking) field(d *decoding, name string, at *place, raw []byte) bool {
	switch name {
	case "reasoning_effort":
		v.effort = d.effort(at, raw)
	case "enable_thinking":
		v.enabled = d.flag(at, raw)
	case "thinking_budget":
		v.budget = d.count(at, raw, -1)
	case "include_reasoning":
		v.include = d.flag(at, raw)
	case "thinking":
		d.members(at, raw, func(name string, at *place, raw []byte) {
			switch name {
			case "type":
				kind := d.word(at, raw, "enabled", "disabled", "adaptive", "auto")
				on := kind != "disabled"
				v.enabled, v.adaptive = &on, kind == "adaptive" || kind == "auto"
			case "budget_tokens":
				v.budget = d.count(at, raw, 0)
			default:
				d.unknown(at, raw)
			}
		})
	case "reasoning":
		d.members(at, raw, func(name string, at *place, raw []byte) {
			switch name {
			case "effort":
				v.nested = d.effort(at, raw)
			case "max_tokens":
				v.budget = d.count(at, raw, 0)
			case "exclude":
				include := !*d.flag(at, raw)
				v.include = &include
			case "enabled":
				v.enabled = d.flag(at, raw)
			default:
				d.unknown(at, raw)
			}
		})
	default:
		return false
	}
	v.said = true
	return true
}

func (d *reader) effort(at *place, raw []byte) string {
	return d.word(at, raw, "none", "minimal", "low", "medium", "high", "xhigh", "max")
}

// settle makes one wish of all that was said; the format's own field comes first.
func (v *vendorThinking) settle(d *decoding) {
	if !v.said {
		return
	}
	r := &protocol.Reasoning{Include: v.include}
	d.r.Reasoning = r
	effort := v.effort
	if effort == "" {
		effort = v.nested
	}
	switch {
	case effort == "none", effort == "" && v.enabled != nil && !*v.enabled:
		r.Off = true
	case effort != "":
		r.Effort = effort
	case v.budget != nil:
		r.Budget = v.budget
	case v.adaptive || v.enabled != nil:
		auto := int64(-1)
		r.Budget = &auto
	}
	d.r.SealedThoughts = !r.Off // which travel in reasoning_details
}
