package chat

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// EncodeRequest implements protocol.Bridge.
func (bridge) EncodeRequest(r *protocol.Request, to protocol.Destination) ([]byte, []protocol.Loss, *burncloud.Fault) {
	e := encoding{r: r, to: to, family: familyOf(to.Model)}
	e.w.b = make([]byte, 0, 1024)
	e.losses, e.fault = r.Foreign(burncloud.Chat)
	e.w.open('{')
	e.w.str("model", to.Model)
	e.conversation()
	e.limits()
	e.sampling()
	e.tools()
	e.format()
	e.reasoning()
	e.identity()
	if r.Stream {
		e.w.boolean("stream", true)
		e.w.object("stream_options")
		e.w.boolean("include_usage", true)
		e.w.shut('}')
	}
	e.own()
	e.w.shut('}')
	if e.fault != nil {
		return nil, e.losses, e.fault
	}
	return e.w.b, e.losses, nil
}

// encoding is one request that is being written.
type encoding struct {
	w      writer
	r      *protocol.Request
	to     protocol.Destination
	family family
	losses []protocol.Loss
	fault  *burncloud.Fault

	pending []string // ids of calls whose results must come next
	marks   int      // cache marks that are still to come
}

func (e *encoding) lose(field, reason string) {
	e.losses = append(e.losses, protocol.Loss{Field: field, Reason: reason})
}

// refuse keeps the first thing that cannot be left out.
func (e *encoding) refuse(param, problem string) {
	if e.fault == nil {
		e.fault = protocol.InvalidField(param, problem)
	}
}

const noField = "dropped: the vendor's protocol has no such field"

// own writes the fields that came in this very format.
func (e *encoding) own() {
	if e.r.From != burncloud.Chat {
		return
	}
	for _, m := range e.r.Extra {
		if strings.ContainsAny(m.Name, ".[") { // the path of a member inside another
			e.lose(m.Name, "dropped: the gateway does not know it")
			continue
		}
		e.w.raw(m.Name, m.Value)
	}
}

func (e *encoding) limits() {
	r := e.r
	if r.MaxOutput != nil {
		most := *r.MaxOutput
		switch {
		case most == 0:
			e.refuse("max_tokens", "must be at least 1 for this model")
		case e.to.MaxOutput > 0 && most > e.to.MaxOutput:
			most = e.to.MaxOutput
			e.lose("max_tokens", "lowered to the most that the model writes")
		}
		name := "max_tokens"
		if e.family.openai {
			name = "max_completion_tokens"
		}
		e.w.integer(name, most)
	}
	if r.Choices != nil {
		e.w.integer("n", *r.Choices)
	}
	if len(r.Stop) > 0 {
		stop := r.Stop
		if len(stop) > maxStop {
			stop = stop[:maxStop]
			e.lose("stop", "only the first four are sent: the vendor takes no more")
		}
		e.w.array("stop")
		for _, s := range stop {
			e.w.element(s)
		}
		e.w.shut(']')
	}
}

const maxStop = 4

func (e *encoding) sampling() {
	r := e.r
	e.number("temperature", r.Temperature)
	e.number("top_p", r.TopP)
	e.number("presence_penalty", r.PresencePenalty)
	e.number("frequency_penalty", r.FrequencyPenalty)
	if r.TopK != nil {
		if r.From == burncloud.Chat {
			e.w.integer("top_k", *r.TopK)
		} else {
			e.lose("top_k", noField)
		}
	}
	if r.Seed != nil {
		e.w.integer("seed", *r.Seed)
	}
	if r.LogProbs != nil {
		e.w.boolean("logprobs", *r.LogProbs)
	}
	if r.TopLogProbs != nil {
		if r.LogProbs == nil { // which this field needs
			e.w.boolean("logprobs", true)
		}
		e.w.integer("top_logprobs", *r.TopLogProbs)
	}
}

func (e *encoding) number(name string, n *json.Number) {
	if n != nil {
		e.w.raw(name, []byte(*n))
	}
}

func (e *encoding) format() {
	f := e.r.Format
	if f == nil {
		return
	}
	e.w.object("response_format")
	switch f.Type {
	case "json":
		e.w.str("type", "json_object")
	case "schema":
		e.w.str("type", "json_schema")
		e.w.object("json_schema")
		name := f.Name
		if name == "" {
			name = "output"
		}
		e.w.str("name", name)
		e.w.some("description", f.Description)
		if f.Schema != nil {
			e.w.raw("schema", f.Schema)
		}
		switch {
		case f.Strict != nil:
			e.w.boolean("strict", *f.Strict)
		case e.r.From != burncloud.Chat && e.r.From != burncloud.Responses && closed(f.Schema):
			e.w.boolean("strict", true) // in other formats a schema always binds
		}
		e.w.shut('}')
	default:
		e.w.str("type", "text")
	}
	e.w.shut('}')
}

// closed tells whether a schema is one that strict mode takes: each object lists all its properties as
// required and allows no others.
func closed(schema []byte) bool {
	var s any
	return json.Unmarshal(schema, &s) == nil && closedValue(s)
}

func closedValue(v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(v any) bool { return !closedValue(v) })
	case map[string]any:
		properties, isObject := v["properties"].(map[string]any)
		if isObject || v["type"] == "object" {
			required, _ := v["required"].([]any)
			if v["additionalProperties"] != false || len(required) != len(properties) {
				return false
			}
		}
		for _, inner := range v {
			if !closedValue(inner) {
				return false
			}
		}
	}
	return true
}

func (e *encoding) reasoning() {
	r := e.r.Reasoning
	if r == nil {
		return
	}
	if r.Include != nil && !*r.Include {
		e.lose("reasoning.include", "dropped: the vendor decides whether it shows its thoughts")
	}
	effort, exact := r.Effort, true
	switch {
	case r.Off:
		if effort, exact = e.family.off(); !exact {
			e.lose("reasoning", "set to "+effort+": the model cannot stop thinking")
		}
	case effort == "" && r.Budget != nil && *r.Budget >= 0:
		effort = effortOf(*r.Budget)
		e.lose("reasoning.budget", "sent as effort "+effort+": the vendor takes no number of tokens")
	}
	switch {
	case effort == "":
	case e.family.openai && !e.family.thinks:
		e.lose("reasoning", "dropped: the model does not think")
	default:
		e.w.str("reasoning_effort", effort)
	}
}

// effortOf is the effort that is closest to a budget of tokens.
func effortOf(budget int64) string {
	switch {
	case budget < 2048:
		return "low"
	case budget < 8192:
		return "medium"
	case budget < 24576:
		return "high"
	}
	return "xhigh"
}

// maxUser is the longest id of an end user that OpenAI takes.
const maxUser = 64

func (e *encoding) identity() {
	r := e.r
	if user := r.User; user != "" {
		if len(user) > maxUser {
			user = digest(user)
			e.lose("user", "sent as its hash: it is longer than the vendor takes")
		}
		if e.family.openai {
			e.w.str("safety_identifier", user)
		} else {
			e.w.str("user", user)
		}
	}
	if len(r.Metadata) > 0 {
		if e.stored() {
			e.w.object("metadata")
			for _, k := range slices.Sorted(maps.Keys(r.Metadata)) {
				e.w.str(k, r.Metadata[k])
			}
			e.w.shut('}')
		} else {
			e.lose("metadata", "dropped: the vendor takes it only for completions that it stores")
		}
	}
	e.w.some("service_tier", r.ServiceTier)
	if r.Verbosity != "" {
		if e.family.openai {
			e.w.str("verbosity", r.Verbosity)
		} else {
			e.lose("verbosity", noField)
		}
	}
	if e.family.openai {
		e.w.some("prompt_cache_key", r.CacheKey)
	}
}

// stored tells whether the client asked, in this format, that the vendor keep the completion.
func (e *encoding) stored() bool {
	return e.r.From == burncloud.Chat && slices.ContainsFunc(e.r.Extra, func(m protocol.Member) bool {
		return m.Name == "store" && string(m.Value) == "true"
	})
}
