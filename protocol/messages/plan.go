package messages

import (
	"encoding/json"
	"fmt"

	"github.com/burncloud/burncloud"
)

// plan is how the model is to think and to choose its words, with what this model refuses left out.
type plan struct {
	maxTokens   int64
	mode        string // of thinking: "enabled", "adaptive", "disabled", or "" for what the model does unasked
	budget      int64
	display     string
	effort      string
	temperature *json.Number
	topP        *json.Number
	topK        *int64
	schema      []byte // of the answer
}

// defaultOutput is the cap of a request that names none, for a model whose own is not known.
const defaultOutput = 4096

// leastBudget is the smallest budget that the vendor takes.
const leastBudget = 1024

// budgets are efforts as tokens, for models that know no efforts.
var budgets = map[string]int64{"minimal": 1024, "low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192, "max": 16384}

func (e *request) encodePlan() {
	e.output()
	e.reasoning()
	e.contradictions()
	e.sampling()
	e.format()
}

// output is the cap, which this format wants always.
func (e *request) output() {
	p, r := &e.plan, e.r
	switch {
	case r.MaxOutput != nil && e.to.MaxOutput > 0 && *r.MaxOutput > e.to.MaxOutput && !e.native:
		p.maxTokens = e.to.MaxOutput
		e.lose("max_tokens", "lowered: the model writes at most %d tokens", e.to.MaxOutput)
	case r.MaxOutput != nil:
		p.maxTokens = *r.MaxOutput
	case e.to.MaxOutput > 0:
		p.maxTokens = e.to.MaxOutput
	default:
		p.maxTokens = defaultOutput
		e.lose("max_tokens", "set to %d: the vendor wants a cap", defaultOutput)
	}
}

// reasoning says how much to think in the words that the model knows.
func (e *request) reasoning() {
	n, p := e.r.Reasoning, &e.plan
	if n == nil {
		return
	}
	if n.Include != nil {
		if p.display = "omitted"; *n.Include {
			p.display = "summarized"
		}
	}
	if n.Include == nil && e.r.From == burncloud.Chat && e.model.known(firstFixed) {
		p.display = "summarized" // as vendors of Chat do unasked; these models show nothing otherwise
	}
	decides := n.Budget != nil && *n.Budget < 0
	switch {
	case n.Off || n.Budget != nil && *n.Budget == 0:
		if p.display = ""; e.native || !e.model.before(firstThinking) {
			p.mode = "disabled"
		}
	case e.model.before(firstThinking) && !e.native:
		e.lose("reasoning", "dropped: the model does not think")
	case e.native && n.Budget == nil && e.r.Dialect == dialectEffort:
		p.effort, p.display = n.Effort, ""
	case e.native && (decides || n.Budget == nil), e.model.known(firstAdaptive) && (decides || n.Budget == nil):
		p.mode, p.effort = "adaptive", e.level(n.Effort)
	case e.model.known(firstFixed) && !e.native:
		p.mode, p.effort = "adaptive", effortOf(*n.Budget)
		e.lose("reasoning.budget", "told as the effort %q: the model knows no budgets", p.effort)
	case n.Budget != nil && !decides:
		e.spend(*n.Budget, "")
	case n.Effort == "" && !decides: // nothing but what to show
		p.display = ""
	default:
		effort := n.Effort
		if budgets[effort] == 0 {
			effort = "high"
		}
		e.spend(budgets[effort], effort)
	}
}

// level is an effort in Anthropic's words.
func (e *request) level(effort string) string {
	if e.native {
		return effort
	}
	to := effort
	switch effort {
	case "", "low", "medium", "high", "max":
	case "minimal":
		to = "low"
	case "xhigh":
		if e.model.before(firstFixed) {
			to = "high"
		}
	default:
		to = "high"
	}
	if to != effort {
		e.lose("reasoning.effort", "told as %q: the model knows no %q", to, effort)
	}
	return to
}

// effortOf is the effort that is nearest to a budget.
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

// spend sets a budget, which is a part of the cap; effort is what it stands for, if anything.
func (e *request) spend(budget int64, effort string) {
	p := &e.plan
	if effort != "" {
		e.lose("reasoning.effort", "told as a budget of %d tokens: the model knows no efforts", budget)
	}
	p.mode, p.budget = "enabled", budget
	if e.native {
		return
	}
	if budget < leastBudget {
		p.budget = leastBudget
		e.lose("reasoning.budget", "raised to %d: the vendor takes no less", leastBudget)
	}
	if p.budget < p.maxTokens {
		return
	}
	switch {
	case e.r.MaxOutput == nil && e.to.MaxOutput == 0: // the cap is ours
		p.maxTokens += p.budget
	case p.maxTokens > leastBudget:
		p.budget = p.maxTokens - 1
		e.lose("reasoning.budget", "lowered to %d: thoughts are a part of the output", p.budget)
	default:
		e.noThinking(fmt.Sprintf("the cap of %d tokens leaves no room for it", p.maxTokens))
	}
}

func (e *request) noThinking(why string) {
	p := &e.plan
	p.mode, p.budget, p.display, p.effort = "", 0, "", ""
	e.lose("reasoning", "dropped: %s", why)
}

// contradictions turns thinking off where the vendor would refuse it, for the rest matters more.
func (e *request) contradictions() {
	switch {
	case e.native:
	case e.plan.mode == "enabled" && e.forced():
		e.noThinking("the model cannot both think and be made to call a tool")
	case e.plan.mode == "enabled" && e.turns.bare:
		e.noThinking("the calls in the history come without the thoughts behind them")
	case (e.plan.mode == "enabled" || e.plan.mode == "adaptive") && e.prefill():
		e.noThinking("the model cannot think and continue the assistant's words")
	}
}

// sampling leaves out what the model, or thinking, does not allow.
func (e *request) sampling() {
	p, r := &e.plan, e.r
	p.temperature, p.topP, p.topK = r.Temperature, r.TopP, r.TopK
	t, hasT := e.fraction("temperature", p.temperature)
	top, hasTop := e.fraction("top_p", p.topP)
	if e.native {
		return
	}
	thinks := p.mode == "enabled" || p.mode == "adaptive"
	why := "the model does not allow it"
	if thinks {
		why = "not allowed while the model thinks"
	}
	fixed := e.model.known(firstFixed)
	if hasT && t != 1 && (fixed || thinks) {
		p.temperature, hasT = nil, false
		e.lose("temperature", "dropped: %s", why)
	}
	if hasT && t > 1 {
		one := json.Number("1")
		p.temperature = &one
		e.lose("temperature", "lowered to 1: the vendor takes no more")
	}
	if hasTop && (fixed && top < 0.99 || thinks && top < 0.95) {
		p.topP, hasTop = nil, false
		e.lose("top_p", "dropped: %s", why)
	}
	if hasT && hasTop && e.model.known(exclusiveTopP) {
		p.topP = nil
		e.lose("top_p", "dropped: the model takes it or the temperature, not both")
	}
	if p.topK != nil && (fixed || thinks) {
		p.topK = nil
		e.lose("top_k", "dropped: %s", why)
	}
}

// fraction is the value of a number, if one is set.
func (e *request) fraction(name string, n *json.Number) (float64, bool) {
	if n == nil {
		return 0, false
	}
	f, ok := number(*n)
	if !ok {
		e.refuse(name, "must be a number")
	}
	return f, ok
}

// format is the form of the answer: held to by the vendor where it can, else asked of the model.
func (e *request) format() {
	f := e.r.Format
	if f == nil || f.Type == "text" || f.Type == "" {
		return
	}
	if f.Type != "schema" || len(f.Schema) == 0 {
		e.ask("Answer with one JSON object and nothing else.")
		e.lose("format", "asked of the model in the system text: the vendor holds to schemas alone")
		return
	}
	if !isObject(f.Schema) {
		e.refuse("format.schema", "must be a JSON Schema")
		return
	}
	if e.native {
		e.plan.schema = value(nil, f.Schema)
		return
	}
	if e.model.before(firstSchema) {
		e.ask("Answer with one JSON value and nothing else. It must satisfy this JSON Schema: " + string(value(nil, f.Schema)))
		e.lose("format", "asked of the model in the system text: it cannot be held to a schema")
		return
	}
	schema, changes := narrow(value(nil, f.Schema))
	if len(changes) > 0 {
		e.loseSchema("format.schema", changes)
	}
	e.plan.schema = schema
	if f.Name != "" {
		e.lose("format.name", "dropped: this format has no such field")
	}
	if f.Description != "" {
		e.lose("format.description", "dropped: this format has no such field")
	}
	if f.Strict != nil && !*f.Strict {
		e.lose("format.strict", "the answer is held to the schema all the same")
	}
}

// ask adds words of ours to the system text.
func (e *request) ask(words string) {
	e.system = append(e.system, append(word(word([]byte("{"), "type", "text"), "text", words), '}'))
}

// append writes what was planned.
func (p *plan) append(e *request, out []byte) []byte {
	if p.mode != "" {
		out = word(append(key(out, "thinking"), '{'), "type", p.mode)
		if p.mode == "enabled" {
			out = whole(out, "budget_tokens", p.budget)
		}
		if p.display != "" && p.mode != "disabled" {
			out = word(out, "display", p.display)
		}
		out = e.close(out, "thinking")
	}
	if p.effort != "" || p.schema != nil || e.extra["output_config"] != nil {
		out = append(key(out, "output_config"), '{')
		if p.effort != "" {
			out = word(out, "effort", p.effort)
		}
		if p.schema != nil {
			out = append(key(word(append(key(out, "format"), '{'), "type", "json_schema"), "schema"), p.schema...)
			out = e.close(out, "output_config.format")
		}
		out = e.close(out, "output_config")
	}
	if p.temperature != nil {
		out = append(key(out, "temperature"), *p.temperature...)
	}
	if p.topP != nil {
		out = append(key(out, "top_p"), *p.topP...)
	}
	if p.topK != nil {
		out = whole(out, "top_k", *p.topK)
	}
	return out
}
