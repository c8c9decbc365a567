package gemini

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// DecodeRequest implements protocol.Bridge. What stands deeper than the top level and has no word in the
// neutral model goes to Extra under its whole path, such as "generationConfig.speechConfig".
func (bridge) DecodeRequest(in protocol.Inbound) (*protocol.Request, *burncloud.Fault) {
	if _, fault := protocol.Body(in.Body); fault != nil {
		return nil, fault
	}
	if !json.Valid(in.Body) {
		return nil, burncloud.Faultf(burncloud.Invalid, "the body is not JSON; send a JSON object")
	}
	rd := &reader{strict: true}
	top := rd.object(bytes.TrimSpace(in.Body), "")
	if rd.fault != nil {
		return nil, burncloud.Faultf(burncloud.Invalid, "the body is not a JSON object")
	}
	r := &protocol.Request{From: burncloud.Gemini, Model: strings.TrimPrefix(in.Model, "models/"), Stream: in.Stream}
	if in.Stream && !asksSSE(in.Query) {
		r.Dialect = dialectArray
	}
	top.take("model") // some clients repeat it; the one of the path counts
	if s := top.child("systemInstruction"); s != nil {
		c := contents{r: rd}
		r.System = c.system(s)
	}
	c := contents{r: rd}
	r.Messages = c.read(top)
	r.Tools = readTools(top)
	readToolConfig(top, r)
	if g := top.child("generationConfig"); g != nil {
		readConfig(g, r)
	}
	if tier := top.text("serviceTier"); tier != "" && !strings.EqualFold(tier, "unspecified") {
		r.ServiceTier, _ = tierOf(tier)
	}
	top.rest()
	r.Extra = rd.extra
	if rd.fault != nil {
		return nil, rd.fault
	}
	return r, nil
}

// readConfig reads the generationConfig.
func readConfig(g *object, r *protocol.Request) {
	r.MaxOutput = g.count("maxOutputTokens", 0)
	if r.MaxOutput != nil && *r.MaxOutput == 0 {
		r.MaxOutput = nil // proto3: zero is not said
	}
	r.Temperature, r.TopP = g.number("temperature"), g.number("topP")
	r.TopK = g.whole("topK")
	r.PresencePenalty, r.FrequencyPenalty = g.number("presencePenalty"), g.number("frequencyPenalty")
	r.Seed = g.whole("seed")
	if r.Seed != nil && (*r.Seed > math.MaxInt32 || *r.Seed < math.MinInt32) {
		g.r.fail(g.sub("seed"), "must be a number of 32 bits")
	}
	r.Choices = g.count("candidateCount", 1)
	r.Stop = g.texts("stopSequences")
	r.LogProbs, r.TopLogProbs = g.flag("responseLogprobs"), g.count("logprobs", 0)
	readFormat(g, r)
	readThinking(g, r)
	g.rest()
}

// readFormat reads the wanted form of the answer. One that is not JSON is kept as an extra field too:
// only this protocol has it.
func readFormat(g *object, r *protocol.Request) {
	var schema json.RawMessage
	if raw := g.take("responseSchema"); raw != nil {
		schema = jsonSchema(g.r.object(raw, g.sub("responseSchema")))
	}
	if raw := g.take("responseJsonSchema"); raw != nil {
		if schema != nil {
			g.r.fail(g.sub("responseJsonSchema"), "cannot stand beside responseSchema")
		}
		schema = slices.Clone(raw)
	}
	mime := g.text("responseMimeType")
	switch {
	case schema != nil:
		r.Format = &protocol.Format{Type: "schema", Schema: schema}
	case mime == "application/json":
		r.Format = &protocol.Format{Type: "json"}
	case mime == "text/plain":
		r.Format = &protocol.Format{Type: "text"}
	}
	switch mime {
	case "", "application/json", "text/plain":
	default:
		g.keep("responseMimeType", g.take("responseMimeType"))
	}
}

// efforts are the words for how much to think.
var efforts = []string{"minimal", "low", "medium", "high", "xhigh", "max"}

func readThinking(g *object, r *protocol.Request) {
	t := g.child("thinkingConfig")
	if t == nil {
		return
	}
	out := &protocol.Reasoning{Include: t.flag("includeThoughts"), Effort: strings.ToLower(t.text("thinkingLevel"))}
	budget := t.count("thinkingBudget", -1)
	if out.Effort == "thinking_level_unspecified" {
		out.Effort = ""
	}
	switch {
	case out.Effort != "" && budget != nil:
		t.r.fail(t.sub("thinkingBudget"), "cannot stand beside thinkingLevel")
	case out.Effort != "" && !slices.Contains(efforts, out.Effort):
		t.r.fail(t.sub("thinkingLevel"), "must be MINIMAL, LOW, MEDIUM or HIGH")
	case budget != nil && *budget == 0:
		out.Off = true
	default:
		out.Budget = budget
	}
	t.rest()
	if *out != (protocol.Reasoning{}) {
		r.Reasoning = out
	}
}
