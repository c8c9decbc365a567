package gemini

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func inbound(name string, body []byte) protocol.Inbound {
	in := protocol.Inbound{Endpoint: burncloud.EndpointGenerate, Model: "models/gemini-2.5-flash", Body: body}
	switch name {
	case "array":
		in.Stream = true
	case "text":
		in.Stream, in.Query = true, []byte("alt=sse")
	}
	return in
}

func TestDecoders(t *testing.T) { prototest.Decoders(t, NewBridge(), inbound) }

func TestEncoders(t *testing.T) {
	prototest.Encoders(t, NewBridge(), protocol.Destination{Model: "gemini-3-flash-preview"})
}

// wanted is a client that wants thoughts.
func wanted() *protocol.Request {
	yes := true
	return &protocol.Request{From: burncloud.Gemini, Model: "some-model", Reasoning: &protocol.Reasoning{Include: &yes}}
}

func TestReadsItsOwnAnswers(t *testing.T) {
	for name, a := range prototest.Responses() {
		t.Run(name, func(t *testing.T) {
			body, _ := NewBridge().EncodeResponse(a, wanted())
			back, fault := NewBridge().DecodeResponse(body)
			if name == "call-cut" || name == "custom-call" || name == "no-choice" {
				return // the golden file says what becomes of it
			}
			if fault != nil {
				t.Fatal(fault)
			}
			if want, got := gist(a), gist(back); want != got {
				t.Errorf("%s\nwant\n%s\nfrom %s", got, want, body)
			}
			again, losses := NewBridge().EncodeResponse(back, wanted())
			twice, fault := NewBridge().DecodeResponse(again)
			if a, b := prototest.Dump(back), prototest.Dump(twice); !bytes.Equal(a, b) || len(losses) > 0 {
				t.Errorf("%s\nis written and read as\n%s\n%v, %v", a, b, losses, fault)
			}
		})
	}
}

func TestReadsItsOwnStreams(t *testing.T) {
	for name, events := range prototest.Streams() {
		t.Run(name, func(t *testing.T) {
			for _, dialect := range []string{"", dialectArray} {
				r := wanted()
				r.Dialect = dialect
				body, _ := prototest.Write(NewBridge(), r, events)
				want, failed := prototest.Collapse(events)
				got, fault := prototest.Collapse(prototest.Read(t, NewBridge(), body))
				if (failed == nil) != (fault == nil) {
					t.Fatalf("%v, want %v, from %s", fault, failed, body)
				}
				if a, b := gist(want), gist(got); failed == nil && a != b {
					t.Errorf("dialect %q: %s\nwant\n%s\nfrom %s", dialect, b, a, body)
				}
			}
		})
	}
}

// gist is what an answer says that this format can carry.
func gist(a *protocol.Response) string {
	var out strings.Builder
	for _, c := range a.Choices {
		var text, thought strings.Builder
		calls := ""
		for _, b := range c.Blocks {
			switch b.Kind {
			case protocol.BlockText, protocol.BlockRefusal:
				text.WriteString(b.Text)
			case protocol.BlockThinking:
				thought.WriteString(b.Text)
				if seal := sealed(&b); seal != "" {
					fmt.Fprintf(&thought, "(%s)", seal)
				}
			case protocol.BlockToolCall:
				args := []byte(b.Call.Args)
				if b.Call.Custom {
					args = append(word([]byte{'{'}, "input", b.Call.Args), '}')
				} else if len(args) == 0 {
					args = []byte("{}")
				}
				if isObject(args) {
					calls += fmt.Sprintf(" %s %s(%s)", b.Call.ID, b.Call.Name, value(nil, args))
				}
			case protocol.BlockMedia:
				calls += " " + b.Media.Base64
			}
		}
		w := &answer{}
		usage := w.usage(nil, a.Usage)
		fmt.Fprintf(&out, "%q %q%s %s %s %s\n", text.String(), thought.String(), calls, reasonOf(c.Stop, false), usage, value(nil, c.LogProbs))
	}
	return out.String()
}

// TestKeepsRequests: a request that is read and written for its own protocol reads the same again, but for
// what has no place any more, which is told.
func TestKeepsRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/bridge/*/request.json")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, fault := NewBridge().DecodeRequest(inbound("", body))
		if fault != nil {
			continue
		}
		written, losses, fault := NewBridge().EncodeRequest(first, protocol.Destination{Model: "gemini-3-flash"})
		if fault != nil {
			if name := filepath.Base(filepath.Dir(file)); name != "orphan" && name != "pieces-of-a-stream" {
				t.Errorf("%s: %v", file, fault)
			}
			continue
		}
		second, fault := NewBridge().DecodeRequest(inbound("", written))
		if fault != nil {
			t.Fatalf("%s: %v from %s", file, fault, written)
		}
		lost := map[string]bool{}
		for _, l := range losses {
			lost[l.Field] = true
		}
		first.Extra = slices.DeleteFunc(first.Extra, func(m protocol.Member) bool { return lost[m.Name] })
		for _, r := range []*protocol.Request{first, second} {
			slices.SortFunc(r.Extra, func(a, b protocol.Member) int { return strings.Compare(a.Name, b.Name) })
			for i := range r.Messages {
				slices.SortStableFunc(r.Messages[i].Blocks, func(a, b protocol.Block) int { // they are put in the order of the calls
					if a.Result == nil || b.Result == nil {
						return 0
					}
					return strings.Compare(a.Result.ID, b.Result.ID)
				})
				r.Messages[i].Blocks = slices.DeleteFunc(r.Messages[i].Blocks, func(b protocol.Block) bool {
					return lost[fmt.Sprintf("messages[%d].content[%d]", i, slices.IndexFunc(first.Messages[i].Blocks, func(o protocol.Block) bool { return o.Thinking != nil && o.Thinking == b.Thinking }))]
				})
			}
		}
		a, b := prototest.Dump(first), prototest.Dump(second)
		for _, s := range []string{": ", ", ", "{ "} { // space inside JSON that is kept raw
			a, b = bytes.ReplaceAll(a, []byte(s), []byte(s[:1])), bytes.ReplaceAll(b, []byte(s), []byte(s[:1]))
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s is read as\n%s\nand, written as %s, as\n%s", file, a, written, b)
		}
	}
}

// TestOddRequests: what is not in the shared requests, most of it a loss or a refusal.
func TestOddRequests(t *testing.T) {
	yes, nine := true, int64(9)
	said := func(blocks ...protocol.Block) *protocol.Request {
		return &protocol.Request{From: burncloud.Chat, Messages: []protocol.Message{{Role: protocol.RoleUser, Blocks: blocks}}}
	}
	text := protocol.Block{Kind: protocol.BlockText, Text: "Hi"}
	media := func(m protocol.Media) protocol.Block { return protocol.Block{Kind: protocol.BlockMedia, Media: &m} }
	with := func(change func(r *protocol.Request)) *protocol.Request {
		r := said(text)
		change(r)
		return r
	}
	own := with(func(r *protocol.Request) {
		r.From, r.ServiceTier, r.Stop = burncloud.Gemini, "auto", []string{"1", "2", "3", "4", "5", "6", ""}
		for name, raw := range map[string]string{
			"contents[0].parts[0].videoMetadata": `{}`, "toolConfig.functionCallingConfig.streamFunctionCallArguments": `true`,
			"toolConfig.retrievalConfig": `{ "a": 1 }`, "generationConfig.speechConfig.x": `1`, "labels": `{}`, "contents.x": `1`, "broken": `{`,
		} {
			r.Extra = append(r.Extra, protocol.Member{Name: name, Value: json.RawMessage(raw)})
		}
		slices.SortFunc(r.Extra, func(a, b protocol.Member) int { return strings.Compare(a.Name, b.Name) })
	})
	for name, r := range map[string]*protocol.Request{
		"own":           own,
		"sniffed":       said(media(protocol.Media{Kind: protocol.MediaImage, Base64: "iVBORw0KGgo="}), media(protocol.Media{Kind: protocol.MediaImage, MIME: "image/jpg", Base64: "AAAA", Detail: "auto"}), media(protocol.Media{Detail: "odd", URL: "https://example.com/x"})),
		"unknown-bytes": said(media(protocol.Media{Kind: protocol.MediaImage, Base64: "AAAA"})),
		"nothing":       said(media(protocol.Media{}), protocol.Block{Kind: protocol.BlockMedia}, protocol.Block{Kind: protocol.BlockOpaque}, protocol.Block{Kind: protocol.BlockToolResult}, protocol.Block{Kind: "odd"}),
		"reference":     said(protocol.Block{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Responses, Type: "item_reference", Raw: json.RawMessage(`{}`)}}),
		"users-thought": said(text, prototest.Thought("Hm", "", "")),
		"models-result": with(func(r *protocol.Request) {
			r.Messages = append(r.Messages, protocol.Message{Role: protocol.RoleAssistant, Blocks: []protocol.Block{{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: "x"}}}})
		}),
		"early-system": with(func(r *protocol.Request) {
			r.Messages = append([]protocol.Message{{Role: protocol.RoleSystem, Blocks: []protocol.Block{text, media(protocol.Media{})}}}, r.Messages...)
		}),
		"system-image": with(func(r *protocol.Request) { r.System = []protocol.Block{media(protocol.Media{}), text} }),
		"shown":        with(func(r *protocol.Request) { r.Reasoning = &protocol.Reasoning{Effort: "low"} }),
		"tier":         with(func(r *protocol.Request) { r.ServiceTier = "scale" }),
		"nine":         with(func(r *protocol.Request) { r.Choices = &nine }),
		"bad-name":     with(func(r *protocol.Request) { r.Tools = []protocol.Tool{{Name: "1st"}} }),
		"bad-number":   with(func(r *protocol.Request) { n := json.Number("hot"); r.Temperature = &n }),
		"bad-schema":   with(func(r *protocol.Request) { r.Tools = []protocol.Tool{{Name: "f", Schema: json.RawMessage(`{"type":`)}} }),
		"bad-format":   with(func(r *protocol.Request) { r.Format = &protocol.Format{Type: "schema", Schema: json.RawMessage(`{`)} }),
		"no-parameters": with(func(r *protocol.Request) {
			r.Tools = []protocol.Tool{{Name: "f", Schema: json.RawMessage(`{"type":"object","properties":{},"required":[ ],"additionalProperties":false}`), Strict: &yes}}
		}),
		"auto-subset": with(func(r *protocol.Request) {
			r.Tools, r.ToolChoice = []protocol.Tool{{Name: "f"}, {Name: "g"}}, &protocol.ToolChoice{Mode: "auto", Names: []string{"g"}}
		}),
		"modalities": with(func(r *protocol.Request) {
			r.From, r.Extra = burncloud.Chat, []protocol.Member{{Name: "modalities", Value: json.RawMessage(`["text","audio"]`)}}
		}),
		"sealed-thought": with(func(r *protocol.Request) {
			r.Messages = append(r.Messages, protocol.Message{Role: protocol.RoleAssistant, Blocks: []protocol.Block{prototest.Thought("Hm", burncloud.Gemini, "YQ=="), text}}, r.Messages[0])
		}),
	} {
		t.Run(name, func(t *testing.T) {
			body, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: "gemini-3-flash"})
			testkit.Golden(t, "testdata/bridge/odd/"+name+".golden", told(body, losses, fault))
		})
	}
}

// told is an output, its losses and a refusal as text.
func told(body []byte, losses []protocol.Loss, fault *burncloud.Fault) []byte {
	out := append(slices.Clone(body), '\n')
	if fault != nil {
		out = fmt.Appendf(nil, "REFUSED %s: %s\n", fault.Param, fault.Message)
	}
	for _, l := range losses {
		out = fmt.Appendf(out, "%s: %s\n", l.Field, l.Reason)
	}
	return out
}

// TestOddAnswers: what no vendor should say, and what only some clients can be told.
func TestOddAnswers(t *testing.T) {
	media := func(m protocol.Media) protocol.Block { return protocol.Block{Kind: protocol.BlockMedia, Media: &m} }
	a := &protocol.Response{Model: "m", ServiceTier: "scale", Choices: []protocol.Choice{{Stop: protocol.StopTool, Blocks: []protocol.Block{
		{Kind: protocol.BlockToolCall}, {Kind: protocol.BlockMedia}, {Kind: protocol.BlockOpaque}, {Kind: protocol.BlockToolResult}, {Kind: "odd"},
		{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: "x"}}, {Kind: protocol.BlockThinking, Text: "Hm"},
		media(protocol.Media{Base64: "iVBORw0KGgo="}), media(protocol.Media{MIME: "image/png", URL: "https://example.com/a"}), media(protocol.Media{FileID: "f"}),
		{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Gemini, Raw: json.RawMessage(`{ "executableCode": {} }`)}},
		{Kind: protocol.BlockText, Text: "x", Citations: []protocol.Citation{{Title: "no address"}, {URL: "https://example.com", Start: 0, End: 9}}},
		{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{Name: "f", Args: "[1]"}},
	}}}}
	body, losses := NewBridge().EncodeResponse(a, wanted())
	testkit.Golden(t, "testdata/bridge/odd/answer.golden", told(body, losses, nil))
	body, losses = prototest.Write(NewBridge(), wanted(), prototest.Events(&protocol.Response{Choices: a.Choices[:1]}))
	testkit.Golden(t, "testdata/bridge/odd/answer-stream.golden", told(body, losses, nil))
	if body, losses := NewBridge().EncodeResponse(&protocol.Response{ServiceTier: "default"}, nil); !json.Valid(body) || len(losses) != 1 {
		t.Errorf("%s, %v", body, losses)
	}
	if body, _ := NewBridge().EncodeResponse(nil, nil); !json.Valid(body) {
		t.Errorf("%s", body)
	}
}

// TestThinking is the table of how much to think, by model.
func TestThinking(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		model, want string
		loss        bool
		r           protocol.Reasoning
	}{
		{"gemini-3-pro-preview", `{"thinkingLevel":"LOW"}`, true, protocol.Reasoning{Off: true}},
		{"gemini-3-pro-preview", `{"thinkingLevel":"LOW"}`, true, protocol.Reasoning{Effort: "minimal"}},
		{"gemini-3-pro-preview", `{"thinkingLevel":"LOW"}`, false, protocol.Reasoning{Effort: "low"}},
		{"gemini-3.1-pro", `{"thinkingLevel":"HIGH"}`, true, protocol.Reasoning{Effort: "medium"}},
		{"gemini-3-flash", `{"thinkingLevel":"MEDIUM"}`, false, protocol.Reasoning{Effort: "medium"}},
		{"gemini-3-flash", `{"thinkingLevel":"MINIMAL"}`, true, protocol.Reasoning{Off: true}},
		{"gemini-flash-latest", `{"thinkingLevel":"HIGH"}`, true, protocol.Reasoning{Effort: "xhigh"}},
		{"gemini-3-flash", `{"thinkingLevel":"LOW"}`, true, protocol.Reasoning{Budget: n(1024)}},
		{"gemini-3-flash", `{"thinkingLevel":"MEDIUM"}`, true, protocol.Reasoning{Budget: n(1025)}},
		{"gemini-3-flash", `{"thinkingLevel":"HIGH"}`, true, protocol.Reasoning{Budget: n(8193)}},
		{"gemini-3-flash", ``, false, protocol.Reasoning{Budget: n(-1)}},
		{"gemini-2.5-pro", `{"thinkingBudget":128}`, true, protocol.Reasoning{Off: true}},
		{"models/gemini-2.5-flash", `{"thinkingBudget":0}`, false, protocol.Reasoning{Off: true}},
		{"gemini-2.5-flash", `{"thinkingBudget":8192}`, false, protocol.Reasoning{Effort: "medium"}},
		{"gemini-2.5-pro", `{"thinkingBudget":32768}`, false, protocol.Reasoning{Effort: "max"}},
		{"gemini-2.5-flash-lite", `{"thinkingBudget":512}`, true, protocol.Reasoning{Budget: n(100)}},
		{"gemini-2.5-flash", `{"thinkingBudget":24576}`, true, protocol.Reasoning{Budget: n(30000)}},
		{"gemini-2.5-flash", `{"thinkingBudget":-1}`, false, protocol.Reasoning{Budget: n(-1)}},
		{"gemini-2.0-flash", ``, true, protocol.Reasoning{Effort: "high"}},
		{"gemma-3-27b-it", ``, false, protocol.Reasoning{Off: true}},
		{"tuned", `{"thinkingBudget":0}`, false, protocol.Reasoning{Off: true}},
		{"tuned", `{"thinkingLevel":"LOW"}`, false, protocol.Reasoning{Effort: "low"}},
	} {
		r := prototest.Requests()["text"]
		r.Reasoning = &c.r
		body, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: c.model})
		if fault != nil {
			t.Fatal(fault)
		}
		_, got, _ := bytes.Cut(body, []byte(`"thinkingConfig":`))
		if got = bytes.TrimSuffix(got, []byte("}}")); string(got) != c.want || len(losses) > 0 != c.loss {
			t.Errorf("%s %+v: %s, %v", c.model, c.r, got, losses)
		}
	}
}

// TestOlderModels: what models before Gemini 3, and before 2.5, take in place of what newer ones do.
func TestOlderModels(t *testing.T) {
	formed := prototest.Requests()["tools-auto"]
	formed.Format = prototest.Requests()["format-schema-bare"].Format
	formed.Tools[0].Schema = json.RawMessage(`{"$schema":"x","type":"object","$defs":{"node":{"type":"object","description":"A node.","properties":{"next":{"$ref":"#/$defs/node"},"a/b":{"const":"x"}}}},
		"properties":{"city":{"type":["string","null"],"format":"email","minLength":1},"either":{"oneOf":[{"type":"string"},{"type":"null"},{"type":"number","exclusiveMinimum":0}]},
		"list":{"type":"array"},"pick":{"enum":["a","",null,3]},"any":true,"node":{"$ref":"#/$defs/node","description":"The first."},"gone":{"$ref":"#/$defs/none"},
		"several":{"type":["string","integer"]},"all":{"allOf":[{"properties":{"x":{"type":"string"}},"required":["x"]},{"properties":{"y":{"type":"integer"}},"required":["y","z"]}]}},
		"required":["city","nowhere"],"additionalProperties":false}`)
	for name, r := range map[string]*protocol.Request{
		"schema": formed, "image": prototest.Requests()["result-image"], "strict": prototest.Requests()["tools-strict"],
		"system": prototest.Requests()["turns"], "thoughts": prototest.Requests()["thoughts-gemini"],
	} {
		for _, model := range []string{"gemini-2.0-flash", "gemini-2.5-flash", "gemma-3-27b-it", "tuned"} {
			if name == "thoughts" {
				r.From = burncloud.Messages // its client keeps Google's seals
				r.Messages[1].Blocks[1].Signature = nil
				r.Messages[1].Blocks[0].Thinking.Signature = &protocol.Signature{From: burncloud.Gemini, Value: "R2VtaW5p"}
			}
			body, losses, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: model})
			if fault != nil {
				t.Fatal(fault)
			}
			var out bytes.Buffer
			if err := json.Indent(&out, body, "", "  "); err != nil {
				t.Fatal(err)
			}
			for _, l := range losses {
				fmt.Fprintf(&out, "\n%s: %s", l.Field, l.Reason)
			}
			testkit.Golden(t, "testdata/bridge/older/"+name+"-"+model+".golden", append(out.Bytes(), '\n'))
		}
	}
}
