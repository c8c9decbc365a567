package responses

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// composer writes one request.
type composer struct {
	writer
	losses
	r  *protocol.Request
	to protocol.Destination

	instructed bool              // System stands in instructions
	calls      map[string]string // the ids of calls as they are sent, by the client's
	custom     map[string]bool   // calls of tools that take free text
	waiting    []called          // calls without a result so far
}

// called is a call that waits for its result.
type called struct{ id, name, path string }

// EncodeRequest implements protocol.Bridge. The vendor is asked not to store the call, unless the client
// asked for just that.
func (bridge) EncodeRequest(r *protocol.Request, to protocol.Destination) ([]byte, []protocol.Loss, *burncloud.Fault) {
	w := &composer{r: r, to: to, calls: map[string]string{}, custom: map[string]bool{}}
	if fault := w.refused(); fault != nil {
		return nil, nil, fault
	}
	w.open('{')
	w.keyText("model", w.model())
	w.system()
	if fault := w.input(); fault != nil {
		return nil, nil, fault
	}
	if fault := w.tools(); fault != nil {
		return nil, nil, fault
	}
	w.choice()
	w.sampling()
	w.textOptions(true)
	w.reasoning()
	w.include()
	w.identity()
	w.extra()
	if r.Stream {
		w.keyBool("stream", true)
	}
	w.shut('}')
	return w.b, w.losses, nil
}

func (w *composer) model() string {
	if w.to.Model != "" {
		return w.to.Model
	}
	return w.r.Model
}

// refused names what cannot be left out.
func (w *composer) refused() *burncloud.Fault {
	r := w.r
	switch {
	case r.Choices != nil && *r.Choices > 1:
		return refuse(named(r.From, "n"), "asks for several answers; this model's vendor gives one")
	case len(r.Stop) > 0:
		return refuse(named(r.From, "stop"), "is not supported by this model's vendor")
	case r.MaxOutput != nil && *r.MaxOutput == 0:
		return refuse(named(r.From, "max_output_tokens"), "must be more than 0 for this model's vendor")
	}
	rest := protocol.Request{From: r.From}
	for _, m := range r.Extra {
		if !w.keepsExtra(m.Name) && !w.means(m.Name) {
			rest.Extra = append(rest.Extra, m)
		}
	}
	lost, fault := rest.Foreign(burncloud.Responses)
	w.losses = append(w.losses, lost...)
	return fault
}

// means tells the fields of other protocols that are carried by other means.
func (w *composer) means(name string) bool {
	return w.r.From == burncloud.Chat && name == "web_search_options" || // is a tool here
		w.r.From == burncloud.Messages && name == "cache_control" // asks for what this vendor does by itself
}

// system writes the system text as instructions, when it is one plain text.
func (w *composer) system() {
	s := w.r.System
	if len(s) != 1 || s[0].Kind != protocol.BlockText || s[0].Cache != "" || len(w.r.Messages) == 0 {
		return
	}
	w.instructed = true
	w.optText("instructions", s[0].Text)
}

// sampling writes the settings that are numbers.
func (w *composer) sampling() {
	r := w.r
	if r.Parallel != nil {
		w.keyBool("parallel_tool_calls", *r.Parallel)
	}
	if r.MaxOutput != nil {
		n := *r.MaxOutput
		if n < 16 {
			w.add(named(r.From, "max_output_tokens"), "raised from %d to 16, the least that the vendor takes", n)
			n = 16
		}
		w.keyInt("max_output_tokens", n)
	}
	if r.Temperature != nil {
		w.keyNumberOrNull("temperature", r.Temperature)
	}
	if r.TopP != nil {
		w.keyNumberOrNull("top_p", r.TopP)
	}
	if r.TopLogProbs != nil {
		w.keyInt("top_logprobs", *r.TopLogProbs)
	}
	for _, x := range []struct {
		name string
		set  bool
	}{
		{"top_k", r.TopK != nil}, {"seed", r.Seed != nil},
		{"presence_penalty", r.PresencePenalty != nil && !zero(*r.PresencePenalty)},
		{"frequency_penalty", r.FrequencyPenalty != nil && !zero(*r.FrequencyPenalty)},
	} {
		if x.set {
			w.add(named(r.From, x.name), "dropped: the vendor has no such field")
		}
	}
}

// zero tells whether a penalty is none.
func zero(n json.Number) bool {
	f, err := n.Float64()
	return err == nil && f == 0
}

// reasoning writes how much the model should think.
func (w *composer) reasoning() {
	nested := w.nested("reasoning.")
	t := w.r.Reasoning
	if t == nil && len(nested) == 0 {
		return
	}
	if t == nil {
		t = &protocol.Reasoning{}
	}
	effort := t.Effort
	switch {
	case t.Off || t.Budget != nil && *t.Budget == 0:
		effort = "none"
	case effort == "" && t.Budget != nil && *t.Budget > 0:
		effort = effortOf(*t.Budget)
		w.add(named(w.r.From, "reasoning"), "a budget of %d tokens became the effort %q", *t.Budget, effort)
	}
	summary := t.Include != nil && *t.Include
	if effort == "" && !summary && len(nested) == 0 {
		return
	}
	w.key("reasoning")
	w.open('{')
	w.optText("effort", effort)
	if summary && !slices.ContainsFunc(nested, func(m protocol.Member) bool { return m.Name == "summary" }) {
		w.keyText("summary", "auto")
	}
	w.putAll(nested)
	w.shut('}')
}

// effortOf is the effort that comes near a budget of tokens.
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

// include asks for what does not come by itself.
func (w *composer) include() {
	var list []string
	if w.r.SealedThoughts {
		list = append(list, "reasoning.encrypted_content")
	}
	if w.r.LogProbs != nil && *w.r.LogProbs {
		list = append(list, "message.output_text.logprobs")
	}
	if w.r.From == burncloud.Responses {
		for _, m := range w.r.Extra {
			var more []string
			if m.Name == "include" && json.Unmarshal(m.Value, &more) == nil {
				list = append(list, more...)
			}
		}
	}
	if list == nil {
		return
	}
	w.key("include")
	w.open('[')
	for _, s := range list {
		w.text(s)
	}
	w.shut(']')
}

// longestUser is the longest safety_identifier, in bytes.
const longestUser = 64

// identity writes who asks, and what helps the vendor to serve.
func (w *composer) identity() {
	r := w.r
	w.optText("service_tier", r.ServiceTier)
	if user := r.User; len(user) > longestUser {
		w.add(named(r.From, "user"), "longer than %d bytes: its hash was sent", longestUser)
		w.keyText("safety_identifier", digest(user, longestUser))
	} else {
		w.optText("safety_identifier", user)
	}
	if len(r.Metadata) > 0 {
		w.key("metadata")
		w.open('{')
		for _, k := range slices.Sorted(maps.Keys(r.Metadata)) {
			w.member(k)
			w.text(r.Metadata[k])
		}
		w.shut('}')
	}
	w.optText("prompt_cache_key", r.CacheKey)
	store := slices.ContainsFunc(r.Extra, func(m protocol.Member) bool { return m.Name == "store" && string(m.Value) == "true" })
	w.keyBool("store", store && w.keepsExtra("store"))
}

// digest is a name of n characters in place of one that is too long.
func digest(s string, n int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:n]
}

// keepsExtra tells whether a field of the client's protocol is one of this too, in the same words.
func (w *composer) keepsExtra(name string) bool {
	switch w.r.From {
	case burncloud.Responses:
		return !strings.ContainsAny(name, "[") // a member of some item cannot be put back
	case burncloud.Chat:
		switch name {
		case "store", "prompt_cache_retention", "prompt_cache_options", "moderation":
			return true
		}
	}
	return false
}

// extra writes the fields that only this protocol knows.
func (w *composer) extra() {
	for _, m := range w.r.Extra {
		switch {
		case !w.keepsExtra(m.Name):
			if w.r.From == burncloud.Responses && !strings.HasPrefix(m.Name, "tools[") {
				w.add(m.Name, "dropped: it cannot be put back into its place")
			}
		case m.Name == "store" || m.Name == "include" || strings.HasPrefix(m.Name, "reasoning.") || strings.HasPrefix(m.Name, "text."):
		case m.Name == "tool_choice" && len(w.r.Tools) == 0:
		case own(m.Name):
			w.add(m.Name, "dropped: it is written from other fields")
		default:
			w.member(m.Name)
			w.raw(m.Value)
		}
	}
}

// own tells the fields that are written from the neutral model, which must not be there twice.
func own(name string) bool {
	switch name {
	case "model", "input", "instructions", "tools", "parallel_tool_calls", "max_output_tokens", "temperature", "top_p",
		"top_logprobs", "text", "reasoning", "service_tier", "safety_identifier", "metadata", "prompt_cache_key", "stream":
		return true
	}
	return false
}

// nested are the extra members of an object, under their names there.
func (w *composer) nested(prefix string) (out []protocol.Member) {
	if w.r.From != burncloud.Responses {
		return nil
	}
	for _, m := range w.r.Extra {
		if name, ok := strings.CutPrefix(m.Name, prefix); ok {
			out = append(out, protocol.Member{Name: name, Value: m.Value})
		}
	}
	return out
}

func (w *composer) putAll(list []protocol.Member) {
	for _, m := range list {
		w.member(m.Name)
		w.raw(m.Value)
	}
}
