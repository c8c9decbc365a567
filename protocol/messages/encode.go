package messages

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// request is one request on its way to the vendor.
type request struct {
	r      *protocol.Request
	to     protocol.Destination
	model  version
	native bool // the client wrote this very format, and knows what the model can do
	losses []protocol.Loss
	fault  *burncloud.Fault
	extra  map[string][]protocol.Member // by the path of the object that they belong to
	marks  int                          // cache marks to leave out, the first ones

	system   [][]byte
	tools    [][]byte
	choice   []byte
	declared map[string]bool
	turns    turns
	plan     plan
}

// EncodeRequest implements protocol.Bridge.
func (bridge) EncodeRequest(r *protocol.Request, to protocol.Destination) ([]byte, []protocol.Loss, *burncloud.Fault) {
	e := &request{r: r, to: to, native: r.From == burncloud.Messages, extra: map[string][]protocol.Member{}}
	if e.to.Model == "" {
		e.to.Model = r.Model
	}
	e.model = versionOf(e.to.Model)
	e.readExtra()
	e.refuseSettings()
	e.countMarks()
	e.encodeTools()
	e.encodeSystem()
	e.encodeTurns()
	e.encodeChoice()
	e.encodePlan()
	if e.fault != nil {
		return nil, nil, e.fault
	}
	out := e.assemble()
	return out, e.losses, e.fault
}

func (e *request) lose(field, reason string, args ...any) {
	e.losses = append(e.losses, protocol.Loss{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

func (e *request) refuse(field, problem string, args ...any) {
	if e.fault == nil {
		e.fault = protocol.InvalidField(field, fmt.Sprintf(problem, args...))
	}
}

// refuseSettings answers what cannot be said in this format, and cannot be left out in silence.
func (e *request) refuseSettings() {
	r := e.r
	if r.Choices != nil && *r.Choices > 1 {
		e.refuse("n", "asks for %d answers; this vendor gives one", *r.Choices)
	}
	if r.LogProbs != nil && *r.LogProbs {
		e.refuse("logprobs", "asks for probabilities, which this vendor does not tell")
	}
	if r.MaxOutput != nil && *r.MaxOutput <= 0 && !e.native {
		e.refuse("max_tokens", "must be at least 1")
	}
	if r.MaxOutput != nil && *r.MaxOutput < 0 {
		e.refuse("max_tokens", "must not be negative")
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"presence_penalty", r.PresencePenalty != nil}, {"frequency_penalty", r.FrequencyPenalty != nil}, {"seed", r.Seed != nil},
		{"top_logprobs", r.TopLogProbs != nil && (r.LogProbs == nil || !*r.LogProbs)}, {"verbosity", r.Verbosity != ""}, {"prompt_cache_key", r.CacheKey != ""},
	} {
		if f.set {
			e.lose(f.name, "dropped: this format has no such field")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metadata)) {
		e.lose("metadata."+name, "dropped: this format takes a user's id alone")
	}
}

// countMarks finds how many cache marks are too many: Anthropic takes four. The last ones matter most.
func (e *request) countMarks() {
	n := 0
	count := func(blocks []protocol.Block) {
		for _, b := range blocks {
			if b.Cache != "" {
				n++
			}
			if b.Result != nil {
				for _, inner := range b.Result.Blocks {
					if inner.Cache != "" {
						n++
					}
				}
			}
		}
	}
	for _, t := range e.r.Tools {
		if t.Cache != "" {
			n++
		}
	}
	count(e.r.System)
	for _, m := range e.r.Messages {
		count(m.Blocks)
	}
	if !e.native {
		e.marks = max(0, n-4)
	}
}

// finish closes the object at dst: with its cache mark, and what the client's own object had beside.
func (e *request) finish(dst []byte, path, ttl string) []byte {
	if ttl != "" {
		if e.marks > 0 {
			e.marks--
			e.lose(path+".cache_control", "dropped: the vendor takes four, and these are the first")
		} else {
			dst = append(key(dst, "cache_control"), `{"type":"ephemeral"`...)
			if ttl == "1h" {
				dst = word(dst, "ttl", ttl)
			}
			dst = e.close(dst, path+".cache_control")
		}
	}
	return e.close(dst, path)
}

// close closes an object with what the client's own had beside.
func (e *request) close(dst []byte, path string) []byte {
	for _, m := range e.extra[path] {
		dst = value(key(dst, m.Name), m.Value)
	}
	delete(e.extra, path)
	return append(dst, '}')
}

func (e *request) encodeSystem() {
	for i, b := range e.r.System {
		e.systemBlock(b, element("system", i))
	}
}

// systemBlock adds a block to the system text.
func (e *request) systemBlock(b protocol.Block, path string) {
	if b.Kind != protocol.BlockText {
		e.refuse(path, "is no text, which is all that system text may be")
		return
	}
	if strings.TrimSpace(b.Text) == "" {
		return
	}
	e.system = append(e.system, e.text(b, b.Text, path))
}

// text is a text block.
func (e *request) text(b protocol.Block, text, path string) []byte {
	return e.finish(word(word([]byte("{"), "type", "text"), "text", text), path, b.Cache)
}

// assemble writes the whole.
func (e *request) assemble() []byte {
	r, p := e.r, &e.plan
	out := whole(word([]byte("{"), "model", e.to.Model), "max_tokens", p.maxTokens)
	if r.Stream {
		out = append(key(out, "stream"), "true"...)
	}
	if len(e.system) > 0 {
		out = list(key(out, "system"), e.system)
	}
	if len(e.tools) > 0 {
		out = list(key(out, "tools"), e.tools)
	}
	if e.choice != nil {
		out = append(key(out, "tool_choice"), e.choice...)
	}
	out = e.turns.append(key(out, "messages"))
	out = p.append(e, out)
	if stops := e.stops(); len(stops) > 0 {
		out = list(key(out, "stop_sequences"), stops)
	}
	if r.User != "" || e.extra["metadata"] != nil {
		out = append(key(out, "metadata"), '{')
		if r.User != "" {
			out = word(out, "user_id", r.User)
		}
		out = e.close(out, "metadata")
	}
	switch r.ServiceTier {
	case "":
	case "default":
		out = word(out, "service_tier", "standard_only")
	default:
		if r.ServiceTier != "auto" {
			e.lose("service_tier", "sent as auto: this vendor has no tier %q", r.ServiceTier)
		}
		out = word(out, "service_tier", "auto")
	}
	return e.leftOver(out)
}

func (e *request) stops() (out [][]byte) {
	for i, s := range e.r.Stop {
		if strings.TrimSpace(s) == "" && !e.native {
			e.lose(element("stop", i), "dropped: this vendor takes no stop sequence of white space alone")
			continue
		}
		out = append(out, jsonedit.AppendString(nil, s))
	}
	return out
}
