package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// response is a vendor's whole answer, or the one inside an event.
type response struct {
	Object      string            `json:"object"`
	ID          string            `json:"id"`
	Model       string            `json:"model"`
	Created     json.RawMessage   `json:"created_at"`
	Status      string            `json:"status"`
	Output      []json.RawMessage `json:"output"`
	Usage       json.RawMessage   `json:"usage"`
	ServiceTier string            `json:"service_tier"`
	Incomplete  *struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

// head is what is known of an answer before its content.
func (v *response) head() *protocol.Response {
	a := &protocol.Response{ID: v.ID, Model: v.Model, ServiceTier: v.ServiceTier}
	a.Created, _ = jsonedit.Int(v.Created) // not said is 0
	return a
}

// stop is why the model stopped. The format has no word for a stop by a call.
func (v *response) stop(called bool) protocol.StopReason {
	if v.Status == "incomplete" {
		switch {
		case v.Incomplete == nil:
			return protocol.StopOther
		case v.Incomplete.Reason == "max_output_tokens" || v.Incomplete.Reason == "max_tokens":
			return protocol.StopLength
		case v.Incomplete.Reason == "content_filter":
			return protocol.StopFilter
		}
		return protocol.StopOther
	}
	if called {
		return protocol.StopTool
	}
	return protocol.StopEnd
}

// broken is an answer that is none.
func broken(format string, args ...any) *burncloud.Fault {
	return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is broken: "+format, args...)
}

func nameless() *burncloud.Fault { return broken("a tool call has no name") }

// DecodeResponse implements protocol.Bridge.
func (bridge) DecodeResponse(body []byte) (*protocol.Response, *burncloud.Fault) {
	body = legible(bytes.TrimSpace(body))
	if !json.Valid(body) || body[0] != '{' {
		return nil, broken("it is not a JSON object")
	}
	if fault := failure(body); fault != nil {
		return nil, fault
	}
	var v response
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, broken("%v", err)
	}
	switch {
	case v.Status == "queued" || v.Status == "in_progress":
		return nil, broken("its status is %s", v.Status)
	case v.Output == nil:
		return nil, broken("it has no output")
	}
	a := v.head()
	a.Usage, a.HasUsage = usageOf(v.Usage)
	choice := protocol.Choice{}
	called := false
	for i, raw := range v.Output {
		blocks, probabilities, fault := outputItem(raw, fmt.Sprintf("call_%d", i))
		if fault != nil {
			return nil, fault
		}
		for _, b := range blocks {
			called = called || b.Kind == protocol.BlockToolCall
		}
		choice.Blocks = append(choice.Blocks, blocks...)
		choice.LogProbs = joinProbabilities(choice.LogProbs, probabilities)
	}
	choice.LogProbs = chatProbabilities(choice.LogProbs)
	choice.Stop = v.stop(called)
	a.Choices = []protocol.Choice{choice}
	return a, nil
}

// legible is a vendor's document with what is not UTF-8 replaced.
func legible(doc []byte) []byte {
	if utf8.Valid(doc) {
		return doc
	}
	return bytes.ToValidUTF8(doc, []byte("\uFFFD"))
}

// failure is the error that a document tells of, if it does.
func failure(doc []byte) *burncloud.Fault {
	var d document
	if err := jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		d.member(string(key), value.Of(doc))
		return true
	}); err != nil {
		return broken("it is not JSON")
	}
	if d.status == "cancelled" && d.err == nil {
		return protocol.VendorError{Message: "the response was cancelled", Code: "cancelled"}.Fault()
	}
	return d.fault(doc)
}

func usageOf(raw json.RawMessage) (burncloud.Usage, bool) {
	if len(raw) == 0 {
		return burncloud.Usage{}, false
	}
	return readUsage(raw)
}

// outputItem reads one item of an answer. id stands for a call's id where there is none.
// probabilities is the array of those of its texts.
func outputItem(raw json.RawMessage, id string) (blocks []protocol.Block, probabilities json.RawMessage, fault *burncloud.Fault) {
	kind := typeOf(raw)
	if kind == "" {
		return nil, nil, broken("an item has no type")
	}
	var it item
	switch kind {
	case "message", "function_call", "custom_tool_call", "reasoning", "image_generation_call":
		if err := json.Unmarshal(raw, &it); err != nil {
			return nil, nil, broken("%v", err)
		}
	default:
		return []protocol.Block{opaque(kind, raw)}, nil, nil
	}
	var err error
	switch kind {
	case "message":
		blocks, probabilities, err = it.said()
	case "reasoning":
		blocks, err = it.thoughts(sign(it.ID, it.Encrypted), "")
	case "image_generation_call":
		if it.Result == "" {
			return []protocol.Block{opaque(kind, raw)}, nil, nil
		}
		blocks = []protocol.Block{it.image()}
	default:
		if it.Name == "" {
			return nil, nil, nameless()
		}
		blocks = []protocol.Block{{Kind: protocol.BlockToolCall, Call: it.called(id)}}
	}
	if err != nil {
		return nil, nil, broken("%v", err)
	}
	return blocks, probabilities, nil
}

// called is the call of an answer. Some vendors send arguments as an object in place of its text, or the
// call's id as the item's.
func (it *item) called(id string) *protocol.ToolCall {
	c := &protocol.ToolCall{ID: it.CallID, Name: it.Name, Custom: it.Type == "custom_tool_call", Args: it.Input}
	if c.ID == "" {
		c.ID = it.ID
	}
	if c.ID == "" {
		c.ID = id
	}
	if !c.Custom {
		c.Args = argumentsOf(it.Arguments)
	}
	return c
}

func argumentsOf(raw json.RawMessage) string {
	if s, ok := jsonedit.Text(raw); ok {
		return s
	}
	if jsonedit.IsNull(raw) {
		return ""
	}
	return string(raw)
}

// said are the blocks of a message of the model.
func (it *item) said() (blocks []protocol.Block, probabilities json.RawMessage, err error) {
	in, raws, err := parts(it.Content)
	if err != nil {
		return nil, nil, err
	}
	for i := range in {
		b, ok := in[i].block()
		if !ok {
			b = opaque("content."+in[i].Type, raws[i])
		}
		blocks = append(blocks, b)
		probabilities = joinProbabilities(probabilities, in[i].LogProbs)
	}
	return blocks, probabilities, nil
}

// joinProbabilities appends the elements of the array b to the array a, which is the caller's own.
func joinProbabilities(a, b json.RawMessage) json.RawMessage {
	if len(b) < 3 || b[0] != '[' {
		return a
	}
	if a == nil {
		return slices.Clone(b)
	}
	return append(append(a[:len(a)-1], ','), b[1:]...)
}

// chatProbabilities puts an array of token probabilities into the shape that the neutral model has.
func chatProbabilities(array json.RawMessage) json.RawMessage {
	var w writer
	if array == nil {
		return nil
	}
	var tokens []json.RawMessage
	if json.Unmarshal(array, &tokens) != nil || len(tokens) == 0 {
		return nil
	}
	w.open('{')
	w.keyRaw("content", array)
	w.keyNull("refusal")
	w.shut('}')
	return w.b
}

// probabilitiesOf takes the array out of that shape; nil when there is none.
func probabilitiesOf(v json.RawMessage) json.RawMessage {
	var shape struct {
		Content json.RawMessage `json:"content"`
		Refusal json.RawMessage `json:"refusal"`
	}
	if len(v) == 0 || json.Unmarshal(v, &shape) != nil {
		return nil
	}
	if len(shape.Content) > 2 && shape.Content[0] == '[' {
		return shape.Content
	}
	if len(shape.Refusal) > 2 && shape.Refusal[0] == '[' {
		return shape.Refusal
	}
	return nil
}
