package gemini

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// noField is why most things are lost.
const noField = "dropped: Gemini has no such field"

// request writes one request for Google.
type request struct {
	r      *protocol.Request
	own    bool // the client speaks this protocol itself
	family family
	body   tree
	told   []part    // what stands before the first turn
	turns  []content // the turns as Google wants them
	calls  queue     // of the turn before
	places []string  // where each of these stands
	losses []protocol.Loss
	fault  *burncloud.Fault
}

// EncodeRequest implements protocol.Bridge. The model and whether the answer is streamed stand in the
// path, not in the body.
func (bridge) EncodeRequest(r *protocol.Request, to protocol.Destination) ([]byte, []protocol.Loss, *burncloud.Fault) {
	e := &request{r: r, own: r.From == burncloud.Gemini, family: familyOf(to.Model)}
	e.losses, e.fault = r.Foreign(burncloud.Gemini)
	e.system()
	e.messages()
	e.instruction()
	e.contents()
	e.tools()
	e.choice()
	e.settings()
	e.format()
	e.reasoning()
	e.tier()
	e.identity()
	e.extra()
	if e.fault != nil {
		return nil, nil, e.fault
	}
	return e.body.append(nil), e.losses, nil
}

func (e *request) lose(field, reason string, args ...any) {
	e.losses = append(e.losses, protocol.Loss{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

func (e *request) refuse(field, problem string, args ...any) {
	if e.fault == nil {
		e.fault = protocol.InvalidField(field, fmt.Sprintf(problem, args...))
	}
}

// config sets a member of the generationConfig.
func (e *request) config(name string, raw []byte) { e.body.set("generationConfig."+name, raw) }

// settings are the scalars of the generationConfig.
func (e *request) settings() {
	r := e.r
	for _, f := range []struct {
		name, field string
		n           *json.Number
	}{
		{"temperature", "temperature", r.Temperature}, {"topP", "top_p", r.TopP},
		{"presencePenalty", "presence_penalty", r.PresencePenalty}, {"frequencyPenalty", "frequency_penalty", r.FrequencyPenalty},
	} {
		switch {
		case f.n == nil:
		case isNumber([]byte(*f.n)):
			e.config(f.name, []byte(*f.n))
		default:
			e.refuse(f.field, "must be a number")
		}
	}
	for _, f := range []struct {
		name string
		n    *int64
	}{
		{"topK", r.TopK}, {"maxOutputTokens", r.MaxOutput}, {"candidateCount", r.Choices}, {"logprobs", r.TopLogProbs},
	} {
		if f.n != nil {
			e.config(f.name, number(*f.n))
		}
	}
	if r.Seed != nil {
		if *r.Seed > math.MaxInt32 || *r.Seed < math.MinInt32 {
			e.lose("seed", "dropped: Gemini takes only numbers of 32 bits")
		} else {
			e.config("seed", number(*r.Seed))
		}
	}
	if r.LogProbs != nil {
		e.config("responseLogprobs", boolean(*r.LogProbs))
	}
	e.stop()
	if r.Choices != nil && *r.Choices > 8 {
		e.refuse("n", "asks for %d answers; this vendor gives at most 8", *r.Choices)
	}
}

// maxStops is how many stop sequences Google takes.
const maxStops = 5

func (e *request) stop() {
	var list []byte
	n := 0
	for i, s := range e.r.Stop {
		switch {
		case s == "":
			e.lose(element("stop", i), "dropped: it is empty")
		case n >= maxStops && !e.own:
			e.lose(element("stop", i), "dropped: Gemini takes %d", maxStops)
		default:
			if n++; list == nil {
				list = []byte{'['}
			}
			list = append(comma(list), str(s)...)
		}
	}
	if list != nil {
		e.config("stopSequences", append(list, ']'))
	}
}

// format is the wanted form of the answer.
func (e *request) format() {
	f := e.r.Format
	if f == nil {
		return
	}
	switch f.Type {
	case "text":
		e.config("responseMimeType", str("text/plain"))
		return
	case "schema":
		if f.Schema != nil && !json.Valid(f.Schema) {
			e.refuse("response_format.schema", "must be a JSON Schema")
			return
		}
	}
	if f.Name != "" {
		e.lose("response_format.name", noField)
	}
	if f.Description != "" {
		e.lose("response_format.description", noField)
	}
	if e.family.before(3, 0) && len(e.r.Tools) > 0 && !e.own {
		return // see instruction
	}
	e.config("responseMimeType", str("application/json"))
	switch {
	case f.Type != "schema" || f.Schema == nil:
	case e.family.before(2, 5):
		if old := e.oldSchema("response_format.schema", f.Schema); old != nil {
			e.config("responseSchema", old)
		}
	default:
		e.config("responseJsonSchema", value(nil, f.Schema))
	}
}

// instruction is what the model is told of the form of its answer where it cannot be held to it: models
// before Gemini 3 take either tools or a form.
func (e *request) instruction() {
	f := e.r.Format
	if f == nil || f.Type == "text" || e.own || len(e.r.Tools) == 0 || !e.family.before(3, 0) {
		return
	}
	e.lose("response_format", "told to the model in words: it takes no form beside tools")
	text := "When you answer and call no tool, answer with one JSON object and nothing else."
	if f.Type == "schema" && f.Schema != nil {
		text = "When you answer and call no tool, answer with one JSON value that matches this JSON Schema, and nothing else: " + string(value(nil, f.Schema))
	}
	e.told = append(e.told, textPart(text))
}

// tier is the class of service. The default one is what a request has that does not name one.
func (e *request) tier() {
	word, ok := tierWords[e.r.ServiceTier]
	switch tier := e.r.ServiceTier; {
	case tier == "" || tier == "auto" && !e.own || tier == "default" && !e.own:
	case ok:
		e.body.set("serviceTier", str(word))
	case e.own:
		e.body.set("serviceTier", str(tier))
	default:
		e.lose("service_tier", "dropped: Gemini has no tier %q", tier)
	}
}

// identity is what is said of who asks, and what else has no place here.
func (e *request) identity() {
	r := e.r
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"user", r.User != ""}, {"metadata", len(r.Metadata) > 0}, {"prompt_cache_key", r.CacheKey != ""},
		{"verbosity", r.Verbosity != ""},
	} {
		if f.set {
			e.lose(f.name, noField)
		}
	}
	if r.Parallel != nil && !*r.Parallel && len(r.Tools) > 0 {
		e.lose("parallel_tool_calls", "dropped: Gemini may call several tools at once")
	}
}

// extra puts back what the client of this protocol sent that the model has no word for. What stood in a
// turn or a tool has no place any more.
func (e *request) extra() {
	if !e.own {
		return
	}
	for _, m := range e.r.Extra {
		name := m.Name
		// A call in pieces is never asked for: whoever reads the answer wants it whole.
		pieces := name == "toolConfig.functionCallingConfig.streamFunctionCallArguments"
		if pieces || strings.Contains(name, "[") || strings.HasPrefix(name, "systemInstruction.") || !json.Valid(m.Value) || !e.putBack(name, value(nil, m.Value)) {
			e.lose(name, "dropped: it is kept only when a request is passed on as it is")
		}
	}
}

// putBack sets a member that was read. Of those that the encoder writes itself only one may be replaced:
// the type of an answer that is not JSON.
func (e *request) putBack(name string, raw []byte) bool {
	const mime = "generationConfig.responseMimeType"
	if name == mime {
		for _, t := range e.body.in {
			for i, m := range t.in {
				if t.name+"."+m.name == mime {
					t.in[i].raw = raw
					return true
				}
			}
		}
	}
	return e.body.set(name, raw)
}
