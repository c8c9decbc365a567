package gemini

import (
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// reasoning says how much the model should think: by level since Gemini 3, by tokens in 2.5, and not at
// all before. A client of this protocol knows which one its model takes.
func (e *request) reasoning() {
	r := e.r.Reasoning
	if r == nil {
		return
	}
	if e.family.before(2, 5) && !e.own {
		if !r.Off {
			e.lose("reasoning", "dropped: this model does not think")
		}
		return
	}
	switch from := e.r.From; {
	case r.Include != nil:
		e.thinking("includeThoughts", boolean(*r.Include))
	case !r.Off && (from == burncloud.Chat || from == burncloud.Messages):
		e.thinking("includeThoughts", boolean(true)) // as vendors of these protocols do unasked
	}
	switch {
	case e.own || !e.family.known:
		e.asAsked(r)
	case e.family.since(3):
		e.level(r)
	default:
		e.budget(r)
	}
}

func (e *request) thinking(name string, raw []byte) {
	e.body.set("generationConfig.thinkingConfig."+name, raw)
}

// asAsked says it in the client's own way.
func (e *request) asAsked(r *protocol.Reasoning) {
	switch {
	case r.Off:
		e.thinking("thinkingBudget", number(0))
	case r.Budget != nil:
		e.thinking("thinkingBudget", number(*r.Budget))
	case r.Effort != "":
		e.thinking("thinkingLevel", str(strings.ToUpper(e.known(r.Effort))))
	}
}

// known is an effort that Google has a word for.
func (e *request) known(effort string) string {
	if slices.Contains(efforts[:4], effort) {
		return effort
	}
	e.lose("reasoning.effort", "sent as HIGH: Gemini has no %q", effort)
	return "high"
}

// level says it to Gemini 3, which cannot stop thinking. Its Pro models have two levels, LOW and HIGH.
func (e *request) level(r *protocol.Reasoning) {
	effort := r.Effort
	switch {
	case r.Off:
		effort = "minimal"
		e.lose("reasoning", "sent as the least effort: this model cannot stop thinking")
	case r.Budget != nil && *r.Budget < 0:
		return // its own decision is the default
	case r.Budget != nil:
		switch {
		case *r.Budget <= 1024:
			effort = "low"
		case *r.Budget <= 8192:
			effort = "medium"
		default:
			effort = "high"
		}
		e.lose("reasoning.budget", "sent as effort %s: this model takes no number of tokens", effort)
	case effort == "":
		return
	default:
		effort = e.known(effort)
	}
	if pro := map[string]string{"minimal": "low", "medium": "high"}[effort]; pro != "" && e.family.pro {
		if !r.Off && r.Budget == nil {
			e.lose("reasoning.effort", "sent as %s: this model has no %q", strings.ToUpper(pro), effort)
		}
		effort = pro
	}
	e.thinking("thinkingLevel", str(strings.ToUpper(effort)))
}

// budgets are the tokens that stand for an effort in Gemini 2.5.
var budgets = map[string]int64{"minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576}

// budget says it to Gemini 2.5, whose models differ in how little and how much they can think.
func (e *request) budget(r *protocol.Reasoning) {
	least, most := int64(0), int64(24576)
	switch {
	case e.family.pro:
		least, most = 128, 32768
	case e.family.lite:
		least = 512
	}
	var n int64
	switch {
	case r.Off && e.family.pro:
		n = least
		e.lose("reasoning", "sent as a budget of %d: this model cannot stop thinking", n)
	case r.Off:
	case r.Budget != nil && *r.Budget < 0:
		n = -1
	case r.Budget != nil:
		if n = min(max(*r.Budget, least), most); n != *r.Budget {
			e.lose("reasoning.budget", "sent as %d: this model takes %d to %d", n, least, most)
		}
	case r.Effort == "":
		return
	default:
		budget, ok := budgets[r.Effort]
		if !ok {
			budget = budgets["high"]
			e.lose("reasoning.effort", "sent as high: Gemini has no %q", r.Effort)
		}
		if n = max(budget, least); e.family.pro && (r.Effort == "xhigh" || r.Effort == "max") {
			n = most
		}
	}
	e.thinking("thinkingBudget", number(n))
}
