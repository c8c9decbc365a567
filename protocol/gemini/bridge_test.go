package gemini

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
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
