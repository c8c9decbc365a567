package responses

import (
	"fmt"
	"maps"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// EncodeResponse implements protocol.Bridge. The client reads the model's name as it wrote it.
func (bridge) EncodeResponse(in *protocol.Response, r *protocol.Request) ([]byte, []protocol.Loss) {
	a := newAnswer(r, in)
	var choice protocol.Choice
	if len(in.Choices) > 0 {
		choice = in.Choices[0]
	}
	for i := 1; i < len(in.Choices); i++ {
		a.add(fmt.Sprintf("choices[%d]", i), "dropped: the format has one answer")
	}
	probabilities := probabilitiesOf(choice.LogProbs)
	for i := range choice.Blocks {
		b := &choice.Blocks[i]
		if _, ok := a.begin(b); !ok {
			continue
		}
		if b.Call != nil && b.Kind == protocol.BlockToolCall {
			a.grow(b.Call.Args)
		} else {
			a.grow(b.Text)
		}
		it := &a.items[len(a.items)-1]
		if probabilities != nil && b.Kind == protocol.BlockText {
			it.parts[len(it.parts)-1].probabilities, probabilities = probabilities, nil
		}
		a.finish(b)
		it.complete()
	}
	var usage *burncloud.Usage
	if in.HasUsage {
		usage = &in.Usage
	}
	var w writer
	a.write(&w, a.ended(choice.Stop, choice.Sequence), usage, true)
	return w.b, a.losses
}

// ended is the status of an answer that stopped for a reason, which also decides that of its last item.
func (a *answer) ended(stop protocol.StopReason, sequence string) (s status) {
	s.word = "completed"
	switch stop {
	case protocol.StopLength:
		s = status{"incomplete", "max_output_tokens"}
	case protocol.StopFilter:
		s = status{"incomplete", "content_filter"}
	case protocol.StopPause, protocol.StopOther:
		a.add("status", "completed stands for %q: the format has no word for it", stop)
	}
	if sequence != "" {
		a.add("stop_sequence", "dropped: the format has no place for it")
	}
	if n := len(a.items); s.reason != "" && n > 0 {
		a.items[n-1].cut = true
	}
	return s
}

// status is how far an answer is, and why it did not get further.
type status struct{ word, reason string }

// write writes the whole answer. In the events that open a stream it has no output yet.
func (a *answer) write(w *writer, s status, usage *burncloud.Usage, final bool) {
	r := a.r
	c := &composer{writer: *w, r: r}
	c.open('{')
	c.keyText("id", "resp_"+a.base)
	c.keyText("object", "response")
	c.keyInt("created_at", a.head.Created)
	c.keyText("status", s.word)
	c.keyBool("background", false)
	c.keyNull("error")
	c.key("incomplete_details")
	if s.reason == "" {
		c.null()
	} else {
		c.open('{')
		c.keyText("reason", s.reason)
		c.shut('}')
	}
	a.instructions(c)
	c.keyIntOrNull("max_output_tokens", r.MaxOutput)
	model := r.Model
	if model == "" {
		model = a.head.Model
	}
	c.keyText("model", model)
	c.key("output")
	c.open('[')
	if final {
		for i := range a.items {
			a.items[i].write(&c.writer, false)
		}
	}
	c.shut(']')
	a.echo(c)
	c.key("usage")
	if usage == nil {
		c.null()
	} else {
		writeUsage(&c.writer, usage)
	}
	c.shut('}')
	*w = c.writer
}

// instructions repeats the system text, where it is one plain text.
func (a *answer) instructions(c *composer) {
	if s := a.r.System; len(s) == 1 && s[0].Kind == protocol.BlockText {
		c.keyTextOrNull("instructions", s[0].Text)
		return
	}
	c.keyNull("instructions")
}

// echo repeats the settings of the request, as the format does.
func (a *answer) echo(c *composer) {
	r := a.r
	c.keyBool("parallel_tool_calls", r.Parallel == nil || *r.Parallel)
	c.keyNull("previous_response_id")
	c.key("reasoning")
	c.open('{')
	effort, summary := "", ""
	if t := r.Reasoning; t != nil {
		if effort = t.Effort; t.Off {
			effort = "none"
		}
		if t.Include != nil && *t.Include {
			summary = "auto"
		}
	}
	c.keyTextOrNull("effort", effort)
	c.keyTextOrNull("summary", summary)
	c.shut('}')
	tier := a.head.ServiceTier
	if tier == "" {
		tier = r.ServiceTier
	}
	c.keyTextOrNull("service_tier", tier)
	c.keyBool("store", false)
	c.keyNumberOrNull("temperature", r.Temperature)
	c.textOptions(false)
	c.key("tool_choice")
	if r.ToolChoice == nil {
		c.text("auto")
	} else {
		c.chosen(r.ToolChoice)
	}
	if t := (&composer{r: r}); len(r.Tools) == 0 || t.tools() != nil {
		c.empty("tools", '[', ']')
	} else {
		c.comma()
		c.b = append(c.b, t.b...)
	}
	c.keyNumberOrNull("top_p", r.TopP)
	c.keyText("truncation", "disabled")
	c.keyTextOrNull("user", "")
	c.keyTextOrNull("safety_identifier", r.User)
	c.keyTextOrNull("prompt_cache_key", r.CacheKey)
	c.key("metadata")
	c.open('{')
	for _, k := range slices.Sorted(maps.Keys(r.Metadata)) {
		c.member(k)
		c.text(r.Metadata[k])
	}
	c.shut('}')
}

// writeUsage joins the buckets as the format counts them.
func writeUsage(w *writer, u *burncloud.Usage) {
	w.open('{')
	w.keyInt("input_tokens", u.TotalInput())
	w.key("input_tokens_details")
	w.open('{')
	w.keyInt("cached_tokens", u.CacheRead)
	w.keyInt("cache_write_tokens", u.CacheWrite5m+u.CacheWrite1h)
	w.shut('}')
	w.keyInt("output_tokens", u.TotalOutput())
	w.key("output_tokens_details")
	w.open('{')
	w.keyInt("reasoning_tokens", u.Reasoning)
	w.shut('}')
	w.keyInt("total_tokens", u.Total())
	w.shut('}')
}
