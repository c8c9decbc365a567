package prototest

import (
	"encoding/json"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// Responses are answers that every encoder of responses has a golden file for. Each call makes them
// anew.
func Responses() map[string]*protocol.Response {
	one := func(stop protocol.StopReason, blocks ...protocol.Block) *protocol.Response {
		return &protocol.Response{Choices: []protocol.Choice{{Stop: stop, Blocks: blocks}}}
	}
	sequence := one(protocol.StopSequence, text("One, two, "))
	sequence.Choices[0].Sequence = "three"
	two := one(protocol.StopEnd, text("Heads."))
	two.Choices = append(two.Choices, protocol.Choice{Stop: protocol.StopLength, Blocks: []protocol.Block{text("Tai")}})
	probable := one(protocol.StopEnd, text("Yes"))
	probable.Choices[0].LogProbs = json.RawMessage(`{"content":[{"token":"Yes","logprob":-0.25,"bytes":[89,101,115],"top_logprobs":[]}],"refusal":null}`)
	sealed := call("call_1", "now", "{}")
	sealed.Signature = &protocol.Signature{From: burncloud.Gemini, Value: "R2VtaW5p"}
	drawn := protocol.Block{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage, MIME: "image/png", Base64: "aW1hZ2U="}}
	searched := protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Messages, Type: "server_tool_use", Raw: json.RawMessage(`{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"news"}}`)}}
	out := map[string]*protocol.Response{
		"text":              one(protocol.StopEnd, text("A tide is \"the sea's breath\".\n")),
		"two-texts":         one(protocol.StopEnd, text("One. "), text("Two.")),
		"empty":             one(protocol.StopEnd),
		"no-choice":         {},
		"length":            one(protocol.StopLength, text("Once upon a")),
		"sequence":          sequence,
		"filter":            one(protocol.StopFilter),
		"pause":             one(protocol.StopPause, text("Still searching.")),
		"other":             one(protocol.StopOther, text("Hm.")),
		"refusal":           one(protocol.StopEnd, protocol.Block{Kind: protocol.BlockRefusal, Text: "I can't help with that."}),
		"refusal-filter":    one(protocol.StopFilter, protocol.Block{Kind: protocol.BlockRefusal, Text: "I can't help with that."}),
		"citations":         one(protocol.StopEnd, text("So: "), cited()),
		"parallel-calls":    one(protocol.StopTool, text("I look."), call("call_1", "get_weather", `{"city":"Paris","big":12345678901234567890,"f":1.0}`), call("call_2", "get_weather", `{"city":"Oslo"}`)),
		"text-after-call":   one(protocol.StopTool, text("First."), call("call_1", "now", "{}"), text("Then.")),
		"call-without-args": one(protocol.StopTool, call("call_1", "now", "")),
		"call-cut":          one(protocol.StopLength, call("call_1", "get_weather", `{"city":"Par`)),
		"custom-call":       one(protocol.StopTool, protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: "call_1", Name: "python", Args: "print(1+1)", Custom: true}}),
		"thinking-claude":   one(protocol.StopEnd, Thought("Let me see.", burncloud.Messages, "Y2xhdWRl"), text("Yes.")),
		"thinking-openai": one(protocol.StopEnd, protocol.Block{
			Kind: protocol.BlockThinking, Text: "**Looking**",
			Thinking: &protocol.Thinking{Summary: true, Signature: &protocol.Signature{From: burncloud.Responses, Value: "b3BlbmFp"}},
		}, text("Yes.")),
		"thinking-plain":    one(protocol.StopEnd, Thought("Let me see.", "", ""), text("Yes.")),
		"thinking-redacted": one(protocol.StopEnd, protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: "c2VhbGVk", Signature: &protocol.Signature{From: burncloud.Messages}}}, text("Yes.")),
		"thinking-call":     one(protocol.StopTool, Thought("A clock.", "", ""), sealed),
		"two-choices":       two,
		"logprobs":          probable,
		"image":             one(protocol.StopEnd, text("Here:"), drawn),
		"hosted-tool":       one(protocol.StopEnd, searched, text("No news.")),
		"audio-usage":       one(protocol.StopEnd, text("Mm.")),
		"no-usage":          one(protocol.StopEnd, text("Free.")),
	}
	for name, a := range out {
		a.ID, a.Model, a.Created = "vendor-1", "some-model-2026", 1790000000
		a.HasUsage, a.Usage, a.ServiceTier = true, burncloud.Usage{Input: 3, CacheRead: 100, CacheWrite5m: 40, CacheWrite1h: 10, Output: 20, Reasoning: 5}, "default"
		switch name {
		case "no-usage":
			a.HasUsage, a.Usage, a.ServiceTier = false, burncloud.Usage{}, ""
		case "audio-usage":
			a.Usage = burncloud.Usage{Input: 3, AudioInput: 7, ImageInput: 8, Output: 20, AudioOutput: 2, ImageOutput: 1}
		}
	}
	return out
}

// Streams are event sequences that every encoder of streams has a golden file for: each of Responses,
// its text in pieces, and some that no whole answer is. Each call makes them anew.
func Streams() map[string][]protocol.Event {
	out := map[string][]protocol.Event{}
	for name, a := range Responses() {
		out[name] = Events(a)
	}
	head := protocol.Event{Kind: protocol.EventStart, Start: &protocol.Response{ID: "vendor-1", Model: "some-model-2026", Created: 1790000000}}
	open := protocol.Event{Kind: protocol.EventBlockStart, Block: &protocol.Block{Kind: protocol.BlockText}}
	delta := func(s string) protocol.Event { return protocol.Event{Kind: protocol.EventDelta, Text: s} }
	shut := protocol.Event{Kind: protocol.EventBlockStop}
	usage := func(u burncloud.Usage) protocol.Event {
		return protocol.Event{Kind: protocol.EventUsage, Usage: &u}
	}
	stop := protocol.Event{Kind: protocol.EventStop, Stop: protocol.StopEnd}
	fail := protocol.Event{Kind: protocol.EventFail, Fault: &burncloud.Fault{Kind: burncloud.UpstreamError, Message: "the vendor failed with status 500; try again later", VendorStatus: 500}}
	ping := protocol.Event{Kind: protocol.EventPing}

	out["fail-first"] = []protocol.Event{fail}
	out["fail-in-text"] = []protocol.Event{head, open, delta("Once"), fail}
	out["ping"] = []protocol.Event{ping, head, ping, open, delta("Once"), ping, delta(" more."), shut, usage(burncloud.Usage{Input: 1, Output: 2}), stop}
	out["usage-twice"] = []protocol.Event{head, usage(burncloud.Usage{Input: 9}), open, delta("Hi"), shut, usage(burncloud.Usage{Input: 9, Output: 1}), stop}
	out["no-delta"] = []protocol.Event{head, open, shut, usage(burncloud.Usage{Input: 1}), stop}
	other := func(e protocol.Event) protocol.Event {
		e.Choice = 1
		return e
	}
	out["choices-in-turns"] = []protocol.Event{
		head, open, other(open), delta("He"), other(delta("Ta")), delta("ads."), other(delta("ils.")), shut, other(shut),
		usage(burncloud.Usage{Input: 1, Output: 6}), stop, other(stop),
	}
	return out
}

// Events is a whole answer as a stream, every text in pieces of up to five runes.
func Events(a *protocol.Response) []protocol.Event {
	head := *a
	head.Choices, head.HasUsage, head.Usage = nil, false, burncloud.Usage{}
	out := []protocol.Event{{Kind: protocol.EventStart, Start: &head}}
	for c, choice := range a.Choices {
		for i, b := range choice.Blocks {
			start, end := ends(b)
			out = append(out, protocol.Event{Kind: protocol.EventBlockStart, Choice: c, Index: i, Block: start})
			for _, piece := range pieces(b) {
				out = append(out, protocol.Event{Kind: protocol.EventDelta, Choice: c, Index: i, Text: piece})
			}
			if n := len(out) - 1; choice.LogProbs != nil && out[n].Kind == protocol.EventDelta {
				out[n].LogProbs = choice.LogProbs
			}
			out = append(out, protocol.Event{Kind: protocol.EventBlockStop, Choice: c, Index: i, Block: end})
		}
	}
	if a.HasUsage {
		u := a.Usage
		out = append(out, protocol.Event{Kind: protocol.EventUsage, Usage: &u})
	}
	for c, choice := range a.Choices {
		out = append(out, protocol.Event{Kind: protocol.EventStop, Choice: c, Stop: choice.Stop, Sequence: choice.Sequence})
	}
	if len(a.Choices) == 0 {
		out = append(out, protocol.Event{Kind: protocol.EventStop, Stop: protocol.StopEnd})
	}
	return out
}

// ends are the head of a block, which says what it is, and what becomes known at its end.
func ends(b protocol.Block) (start, end *protocol.Block) {
	head := b
	head.Text, head.Citations, head.Signature = "", nil, nil
	tail := protocol.Block{Kind: b.Kind, Citations: b.Citations, Signature: b.Signature}
	switch {
	case b.Call != nil:
		c := *b.Call
		c.Args = ""
		head.Call = &c
	case b.Thinking != nil:
		head.Thinking = &protocol.Thinking{Redacted: b.Thinking.Redacted, Summary: b.Thinking.Summary}
		if b.Thinking.Redacted != "" {
			head.Thinking.Signature = b.Thinking.Signature
		} else if b.Thinking.Signature != nil {
			tail.Thinking = &protocol.Thinking{Summary: b.Thinking.Summary, Signature: b.Thinking.Signature}
		}
	}
	if tail.Citations != nil || tail.Signature != nil || tail.Thinking != nil {
		end = &tail
	}
	return &head, end
}

// pieces cuts what a block says.
func pieces(b protocol.Block) (out []string) {
	s := []rune(b.Text)
	if b.Call != nil {
		s = []rune(b.Call.Args)
	}
	for len(s) > 0 {
		n := min(5, len(s))
		out = append(out, string(s[:n]))
		s = s[n:]
	}
	return out
}
