package prototest

import (
	"encoding/json"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// Requests are conversations that every encoder of requests has a golden file for. Each call makes them
// anew, so a test may change what it gets.
func Requests() map[string]*protocol.Request {
	out := map[string]*protocol.Request{
		"text":   ask(text("What is a tide?")),
		"stream": {Stream: true, StreamUsage: true, Messages: []protocol.Message{user(text("Go on."))}},
		"turns": {
			System:   []protocol.Block{text("You are brief."), text("You answer in German.")},
			Messages: []protocol.Message{user(text("Hi")), assistant(text("Hallo.")), user(text("What is 2+2?"))},
		},
		"late-system": {
			System: []protocol.Block{text("You are brief.")},
			Messages: []protocol.Message{
				user(text("Hi")), assistant(text("Hello.")),
				{Role: protocol.RoleSystem, Blocks: []protocol.Block{text("From now on, French.")}}, user(text("And now?")),
			},
		},
		"same-role-turns":  {Messages: []protocol.Message{user(text("One.")), user(text("Two.")), assistant(text("Three.")), assistant(text("Four.")), user(text("Five?"))}},
		"starts-assistant": {Messages: []protocol.Message{assistant(text("Welcome.")), user(text("Thanks."))}},
		"prefill":          {Messages: []protocol.Message{user(text("A rhyme on sea:")), assistant(text("The sea, "))}},
		"empty-blocks":     {System: []protocol.Block{text("")}, Messages: []protocol.Message{user(text(""), text("Hi")), assistant(text("")), user(text("?"))}},
		"no-messages":      {System: []protocol.Block{text("Say hello.")}},
		"names":            {Messages: []protocol.Message{{Role: protocol.RoleUser, Name: "ann", Blocks: []protocol.Block{text("Hi")}}, {Role: protocol.RoleUser, Name: "bob", Blocks: []protocol.Block{text("Ho")}}}},
		"cache": {
			System:   []protocol.Block{cached(text("A long text."), "1h")},
			Messages: []protocol.Message{user(cached(text("A longer text."), "5m"), text("Sum it up."))},
			Tools:    []protocol.Tool{{Name: "now", Cache: "5m"}},
		},
		"citations": {Messages: []protocol.Message{user(text("Where?")), assistant(cited()), user(text("Sure?"))}},
		"refused":   {Messages: []protocol.Message{user(text("Do harm.")), assistant(protocol.Block{Kind: protocol.BlockRefusal, Text: "I can't help with that."}), user(text("Why?"))}},
	}
	for name, r := range settings() {
		out[name] = r
	}
	for name, r := range media() {
		out[name] = r
	}
	for name, r := range tools() {
		out[name] = r
	}
	for name, r := range thoughts() {
		out[name] = r
	}
	for _, r := range out {
		r.Model = "some-model"
	}
	return out
}

// settings are requests about everything but content.
func settings() map[string]*protocol.Request {
	with := func(change func(r *protocol.Request)) *protocol.Request {
		r := ask(text("Hi"))
		change(r)
		return r
	}
	schema := json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":"integer","minimum":10000}},"required":["city","zip"],"additionalProperties":false}`)
	return map[string]*protocol.Request{
		"sampling": with(func(r *protocol.Request) {
			r.MaxOutput, r.Temperature, r.TopP, r.TopK = ptr[int64](300), ptr(json.Number("0.70")), ptr(json.Number("0.9")), ptr[int64](40)
			r.PresencePenalty, r.FrequencyPenalty, r.Seed = ptr(json.Number("0.5")), ptr(json.Number("-0.5")), ptr[int64](9007199254740993)
		}),
		"hot":         with(func(r *protocol.Request) { r.Temperature = ptr(json.Number("1.5")) }),
		"zero":        with(func(r *protocol.Request) { r.Temperature, r.TopP = ptr(json.Number("0")), ptr(json.Number("0")) }),
		"stop":        with(func(r *protocol.Request) { r.Stop = []string{"END", "\n"} }),
		"five-stops":  with(func(r *protocol.Request) { r.Stop = []string{"a", "b", "c", "d", "e"} }),
		"two-choices": with(func(r *protocol.Request) { r.Choices = ptr[int64](2) }),
		"one-choice":  with(func(r *protocol.Request) { r.Choices = ptr[int64](1) }),
		"logprobs":    with(func(r *protocol.Request) { r.LogProbs, r.TopLogProbs = ptr(true), ptr[int64](3) }),
		"identity": with(func(r *protocol.Request) {
			r.User, r.Metadata = "user-7", map[string]string{"team": "blue", "app": "shop"}
			r.ServiceTier, r.CacheKey, r.Verbosity = "priority", "shop-blue", "low"
		}),
		"flex":        with(func(r *protocol.Request) { r.ServiceTier = "flex" }),
		"format-text": with(func(r *protocol.Request) { r.Format = &protocol.Format{Type: "text"} }),
		"format-json": with(func(r *protocol.Request) { r.Format = &protocol.Format{Type: "json"} }),
		"format-schema": with(func(r *protocol.Request) {
			r.Format = &protocol.Format{Type: "schema", Name: "place", Description: "A place.", Schema: schema, Strict: ptr(true)}
		}),
		"format-schema-bare": with(func(r *protocol.Request) { r.Format = &protocol.Format{Type: "schema", Schema: schema} }),
		"extra-chat": with(func(r *protocol.Request) {
			r.From = burncloud.Chat
			r.Extra = []protocol.Member{{Name: "logit_bias", Value: json.RawMessage(`{"50256":-100}`)}, {Name: "safe_prompt", Value: json.RawMessage(`true`)}}
		}),
		"extra-responses": with(func(r *protocol.Request) {
			r.From, r.Extra = burncloud.Responses, []protocol.Member{{Name: "truncation", Value: json.RawMessage(`"auto"`)}}
		}),
		"extra-messages": with(func(r *protocol.Request) {
			r.From, r.Extra = burncloud.Messages, []protocol.Member{{Name: "inference_geo", Value: json.RawMessage(`"us"`)}}
		}),
		"extra-gemini": with(func(r *protocol.Request) {
			r.From, r.Extra = burncloud.Gemini, []protocol.Member{{Name: "safetySettings", Value: json.RawMessage(`[]`)}}
		}),
	}
}

// media are requests with images, sound and documents.
func media() map[string]*protocol.Request {
	m := func(m protocol.Media) protocol.Block { return protocol.Block{Kind: protocol.BlockMedia, Media: &m} }
	return map[string]*protocol.Request{
		"image-url":    ask(text("What is it?"), m(protocol.Media{Kind: protocol.MediaImage, URL: "https://example.com/cat.png", Detail: "high"})),
		"image-bytes":  ask(m(protocol.Media{Kind: protocol.MediaImage, MIME: "image/png", Base64: "aW1hZ2U="}), text("What is it?")),
		"image-tiff":   ask(m(protocol.Media{Kind: protocol.MediaImage, MIME: "image/tiff", Base64: "aW1hZ2U="})),
		"pdf-bytes":    ask(m(protocol.Media{Kind: protocol.MediaDocument, MIME: "application/pdf", Base64: "JVBERi0=", Name: "report.pdf"}), text("Sum it up.")),
		"pdf-url":      ask(m(protocol.Media{Kind: protocol.MediaDocument, URL: "https://example.com/report.pdf"}), text("Sum it up.")),
		"text-file":    ask(m(protocol.Media{Kind: protocol.MediaDocument, MIME: "text/plain", Base64: "aGVsbG8=", Name: "hello.txt"})),
		"audio":        ask(m(protocol.Media{Kind: protocol.MediaAudio, MIME: "audio/wav", Base64: "UklGRg=="})),
		"video":        ask(m(protocol.Media{Kind: protocol.MediaVideo, MIME: "video/mp4", Base64: "AAAA"})),
		"foreign-file": {From: burncloud.Gemini, Messages: []protocol.Message{user(m(protocol.Media{Kind: protocol.MediaDocument, FileID: "files/abc", MIME: "application/pdf"}))}},
		"claude-file":  {From: burncloud.Messages, Messages: []protocol.Message{user(m(protocol.Media{Kind: protocol.MediaDocument, FileID: "file_011", Name: "a.pdf"}))}},
		"assistant-image": {Messages: []protocol.Message{
			user(text("Draw.")), assistant(m(protocol.Media{Kind: protocol.MediaImage, MIME: "image/png", Base64: "aW1hZ2U="})), user(text("Again.")),
		}},
	}
}

// tools are requests with tools, calls and results.
func tools() map[string]*protocol.Request {
	weather := protocol.Tool{
		Name: "get_weather", Description: "The weather of a city.",
		Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"big":{"type":"integer","maximum":12345678901234567890}},"required":["city"]}`),
	}
	now := protocol.Tool{Name: "now", Description: "The time."}
	choice := func(c protocol.ToolChoice) *protocol.Request {
		r := ask(text("Rain in Oslo?"))
		r.Tools, r.ToolChoice = []protocol.Tool{weather, now}, &c
		return r
	}
	paris := call("call_1", "get_weather", `{"city":"Paris","big":12345678901234567890,"f":1.0}`)
	oslo := call("call_2", "get_weather", `{"city":"Oslo"}`)
	round := func(blocks ...protocol.Block) *protocol.Request {
		return &protocol.Request{
			Tools:    []protocol.Tool{weather, now},
			Messages: []protocol.Message{user(text("Paris and Oslo?")), assistant(text("I look."), paris, oslo), user(blocks...)},
		}
	}
	failed := result("call_2", text("no such city"))
	failed.Result.IsError = true
	image := protocol.Block{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage, MIME: "image/png", Base64: "aW1hZ2U="}}
	serial := choice(protocol.ToolChoice{Mode: "auto"})
	serial.Parallel = ptr(false)
	alone := ask(text("Hi"))
	alone.Tools, alone.Parallel = []protocol.Tool{now}, ptr(false)
	strict := choice(protocol.ToolChoice{Mode: "auto"})
	strict.Tools[0].Strict, strict.Tools[1].Strict = ptr(true), ptr(false)
	undeclared := round(result("call_1", text("sunny")), result("call_2", text("rain")))
	undeclared.Tools = nil
	lone := ask(text("Hi"))
	lone.ToolChoice = &protocol.ToolChoice{Mode: "any"}
	return map[string]*protocol.Request{
		"tools-auto":          choice(protocol.ToolChoice{Mode: "auto"}),
		"tools-none":          choice(protocol.ToolChoice{Mode: "none"}),
		"tools-any":           choice(protocol.ToolChoice{Mode: "any"}),
		"tools-named":         choice(protocol.ToolChoice{Mode: "named", Names: []string{"now"}}),
		"tools-subset":        choice(protocol.ToolChoice{Mode: "any", Names: []string{"now"}}),
		"tools-serial":        serial,
		"tools-serial-alone":  alone,
		"tools-strict":        strict,
		"choice-without-tool": lone,
		"results":             round(result("call_1", text("sunny")), result("call_2", text("rain")), text("In short, please.")),
		"results-swapped":     round(text("In short, please."), result("call_2", text("rain")), result("call_1", text("sunny"))),
		"result-error":        round(result("call_1", text("sunny")), failed),
		"result-image":        round(result("call_1", text("see"), image), result("call_2")),
		"result-missing":      round(result("call_1", text("sunny"))),
		"result-orphan":       {Tools: []protocol.Tool{weather}, Messages: []protocol.Message{user(text("Hi")), user(result("call_9", text("sunny")))}},
		"results-undeclared":  undeclared,
		"call-empty-args": {Tools: []protocol.Tool{now}, Messages: []protocol.Message{
			user(text("Time?")), assistant(call("call_1", "now", "")), user(result("call_1", text("noon"))),
		}},
		"call-broken-args": {Tools: []protocol.Tool{weather}, Messages: []protocol.Message{
			user(text("Rain?")), assistant(call("call_1", "get_weather", `{"city":"Par`)), user(result("call_1", text("what?"))),
		}},
		"call-odd-id": {Tools: []protocol.Tool{now}, Messages: []protocol.Message{
			user(text("Time?")), assistant(call("functions.now:0", "now", "{}")), user(result("functions.now:0", text("noon"))),
		}},
		"two-rounds": {Tools: []protocol.Tool{weather}, Messages: []protocol.Message{
			user(text("Paris?")), assistant(paris), user(result("call_1", text("sunny"))),
			assistant(text("Sunny. Oslo too?"), oslo), user(result("call_2", text("rain"))),
		}},
		"custom-tool": {
			Tools: []protocol.Tool{{Name: "python", Description: "Runs Python.", Custom: true}},
			Messages: []protocol.Message{
				user(text("1+1?")), assistant(protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: "call_1", Name: "python", Args: "print(1+1)", Custom: true}}),
				user(result("call_1", text("2"))),
			},
		},
		"hosted-tool": {From: burncloud.Responses, Messages: []protocol.Message{user(text("News?"))}, Tools: []protocol.Tool{
			{Opaque: &protocol.Opaque{From: burncloud.Responses, Type: "web_search", Raw: json.RawMessage(`{"type":"web_search"}`)}}, now,
		}},
		"opaque-block": {From: burncloud.Messages, Messages: []protocol.Message{
			user(text("News?")),
			assistant(protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Messages, Type: "server_tool_use", Raw: json.RawMessage(`{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"news"}}`)}}, text("None.")),
			user(text("Sure?")),
		}},
		"schema-root": {Messages: []protocol.Message{user(text("Hi"))}, Tools: []protocol.Tool{{Name: "any", Schema: json.RawMessage(`{"oneOf":[{"type":"object"},{"type":"null"}]}`)}}},
	}
}

// thoughts are requests about reasoning, and with the model's thoughts in them.
func thoughts() map[string]*protocol.Request {
	with := func(r protocol.Reasoning) *protocol.Request {
		out := ask(text("Hi"))
		out.Reasoning, out.MaxOutput = &r, ptr[int64](20000)
		return out
	}
	loop := func(from burncloud.Protocol, thought protocol.Block, c protocol.Block) *protocol.Request {
		return &protocol.Request{From: from, Tools: []protocol.Tool{{Name: "now"}}, Messages: []protocol.Message{
			user(text("Time?")), assistant(thought, c), user(result("call_1", text("noon"))),
		}}
	}
	now := call("call_1", "now", "{}")
	signed := now
	signed.Signature = &protocol.Signature{From: burncloud.Gemini, Value: "R2VtaW5p"}
	return map[string]*protocol.Request{
		"effort-low":        with(protocol.Reasoning{Effort: "low"}),
		"effort-minimal":    with(protocol.Reasoning{Effort: "minimal"}),
		"effort-max":        with(protocol.Reasoning{Effort: "max", Include: ptr(true)}),
		"budget":            with(protocol.Reasoning{Budget: ptr[int64](6000)}),
		"budget-auto":       with(protocol.Reasoning{Budget: ptr[int64](-1)}),
		"thinking-off":      with(protocol.Reasoning{Off: true}),
		"thoughts-hidden":   with(protocol.Reasoning{Effort: "high", Include: ptr(false)}),
		"thoughts-unsigned": loop(burncloud.Chat, Thought("It is a clock question.", "", ""), now),
		"thoughts-claude":   loop(burncloud.Messages, Thought("It is a clock question.", burncloud.Messages, "Y2xhdWRl"), now),
		"thoughts-gemini":   loop(burncloud.Gemini, Thought("It is a clock question.", "", ""), signed),
		"thoughts-openai": loop(burncloud.Responses, protocol.Block{
			Kind: protocol.BlockThinking, Text: "A clock.",
			Thinking: &protocol.Thinking{Summary: true, Signature: &protocol.Signature{From: burncloud.Responses, Value: "b3BlbmFp"}},
		}, now),
		"thoughts-redacted": loop(burncloud.Messages, protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: "c2VhbGVk"}}, now),
		"thoughts-finished": {From: burncloud.Messages, Messages: []protocol.Message{
			user(text("Hi")), assistant(Thought("A greeting.", burncloud.Messages, "Y2xhdWRl"), text("Hello.")), user(text("Again?")),
		}},
	}
}

func ask(blocks ...protocol.Block) *protocol.Request {
	return &protocol.Request{Messages: []protocol.Message{user(blocks...)}}
}

func user(blocks ...protocol.Block) protocol.Message {
	return protocol.Message{Role: protocol.RoleUser, Blocks: blocks}
}

func assistant(blocks ...protocol.Block) protocol.Message {
	return protocol.Message{Role: protocol.RoleAssistant, Blocks: blocks}
}

func text(s string) protocol.Block { return protocol.Block{Kind: protocol.BlockText, Text: s} }

func cached(b protocol.Block, ttl string) protocol.Block {
	b.Cache = ttl
	return b
}

func cited() protocol.Block {
	return protocol.Block{Kind: protocol.BlockText, Text: "Łódź is in Poland.", Citations: []protocol.Citation{
		{URL: "https://example.com/lodz", Title: "Łódź", Start: 0, End: 4, Quote: "Łódź, Poland"},
	}}
}

func call(id, name, args string) protocol.Block {
	return protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: id, Name: name, Args: args}}
}

func result(id string, blocks ...protocol.Block) protocol.Block {
	return protocol.Block{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: id, Blocks: blocks}}
}

// Thought is a block of thinking, sealed by the vendor of a protocol unless signature is "".
func Thought(text string, from burncloud.Protocol, signature string) protocol.Block {
	b := protocol.Block{Kind: protocol.BlockThinking, Text: text, Thinking: &protocol.Thinking{}}
	if signature != "" {
		b.Thinking.Signature = &protocol.Signature{From: from, Value: signature}
	}
	return b
}

func ptr[T any](v T) *T { return &v }
