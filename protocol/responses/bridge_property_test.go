package responses

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

// A request that was decoded and encoded again says the same: what is different is what two ways of
// writing have in common.
func TestRequestComesBack(t *testing.T) {
	files, err := filepath.Glob("testdata/bridge/*/request.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, fault := NewBridge().DecodeRequest(inbound(body))
		if fault != nil {
			continue // its golden file says why
		}
		normal(first)
		out, losses, fault := NewBridge().EncodeRequest(first, protocol.Destination{})
		if fault != nil {
			t.Errorf("%s: %v", file, fault)
			continue
		}
		second, fault := NewBridge().DecodeRequest(inbound(out))
		if fault != nil {
			t.Errorf("%s: %v in %s", file, fault, out)
			continue
		}
		normal(second)
		for _, l := range losses {
			if !strings.HasPrefix(l.Field, "input[") && !strings.Contains(l.Reason, "ttl") && !strings.HasSuffix(l.Field, ".ttl") && !strings.Contains(l.Reason, "thoughts") {
				t.Errorf("%s: %v", file, l)
			}
		}
		if a, b := prototest.Dump(first), prototest.Dump(second); !bytes.Equal(a, b) {
			t.Errorf("%s: %s\ncame back by\n%s", file, difference(a, b), out)
		}
	}
}

// difference is the first line in which two dumps differ.
func difference(a, b []byte) string {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return "want " + x[i] + ", got " + y[i]
		}
	}
	return "one is longer"
}

// normal takes out of a request what this protocol cannot say of itself.
func normal(r *protocol.Request) {
	var extra []protocol.Member
	for _, m := range r.Extra {
		if !strings.HasPrefix(m.Name, "input[") {
			extra = append(extra, m)
		}
	}
	slices.SortStableFunc(extra, func(a, b protocol.Member) int { return strings.Compare(a.Name, b.Name) })
	r.Extra = extra
	for i := range r.Messages {
		blocks := r.Messages[i].Blocks[:0]
		for _, b := range r.Messages[i].Blocks {
			if b.Cache != "" {
				b.Cache = "5m" // the vendor sets the time
			}
			if b.Kind == protocol.BlockThinking && b.Thinking.Signature != nil && b.Thinking.Signature.From != burncloud.Responses {
				continue // another vendor's seal is never sent
			}
			if b.Call != nil && b.Call.Args == "" {
				b.Call.Args = "{}"
			}
			if b.Result != nil && len(b.Result.Blocks) == 1 && b.Result.Blocks[0].Kind == protocol.BlockText && b.Result.Blocks[0].Text == "" {
				b.Result.Blocks = nil
			}
			blocks = append(blocks, b)
		}
		r.Messages[i].Blocks = blocks
	}
}

// Every shared request that is carried can be read again, and means the same when it is written again.
func TestSharedRequestsComeBack(t *testing.T) {
	for name, r := range prototest.Requests() {
		out, _, fault := NewBridge().EncodeRequest(r, vendor)
		if fault != nil {
			continue // its golden file says why
		}
		back, fault := NewBridge().DecodeRequest(inbound(out))
		if fault != nil {
			t.Errorf("%s: %v in %s", name, fault, out)
			continue
		}
		again, _, fault := NewBridge().EncodeRequest(back, protocol.Destination{})
		if fault != nil {
			t.Errorf("%s: %v by %s", name, fault, out)
			continue
		}
		twice, fault := NewBridge().DecodeRequest(inbound(again))
		if fault != nil {
			t.Errorf("%s: %v in %s", name, fault, again)
			continue
		}
		if a, b := prototest.Dump(back), prototest.Dump(twice); !bytes.Equal(a, b) {
			t.Errorf("%s: %s", name, difference(a, b))
		}
	}
}

// kept is what of an answer this format can carry.
func kept(a *protocol.Response) *protocol.Response {
	out := *a
	out.ID, out.Model = "resp_"+a.ID, "some-model"
	if u := &out.Usage; a.HasUsage { // one bucket for each of these
		*u = burncloud.Usage{
			Input: u.Input + u.AudioInput + u.ImageInput, CacheRead: u.CacheRead, CacheWrite5m: u.CacheWrite5m + u.CacheWrite1h,
			Output: u.TotalOutput(), Reasoning: u.Reasoning,
		}
	}
	choice := protocol.Choice{Stop: protocol.StopEnd}
	if len(a.Choices) > 0 {
		choice = a.Choices[0]
	}
	var blocks []protocol.Block
	called := false
	for _, b := range choice.Blocks {
		if b.Kind == protocol.BlockOpaque {
			continue
		}
		b.Signature = nil
		for i := range b.Citations {
			b.Citations[i].Quote = ""
		}
		if b.Call != nil {
			called = true
			if b.Call.Args == "" {
				b.Call.Args = "{}"
			}
		}
		if th := b.Thinking; th != nil {
			b.Thinking = &protocol.Thinking{Summary: b.Text != ""}
			if id, sealed := enclose(th); sealed != "" {
				b.Thinking.Signature = &protocol.Signature{From: burncloud.Responses, Value: id + ":" + sealed}
			}
		}
		blocks = append(blocks, b)
	}
	choice.Blocks, choice.Sequence = blocks, ""
	switch choice.Stop {
	case protocol.StopLength, protocol.StopFilter:
	default:
		if choice.Stop = protocol.StopEnd; called {
			choice.Stop = protocol.StopTool
		}
	}
	out.Choices = []protocol.Choice{choice}
	return &out
}

// withoutIDs takes the ids of items out of seals: they are made anew on the way.
func withoutIDs(a *protocol.Response) *protocol.Response {
	for _, c := range a.Choices {
		for _, b := range c.Blocks {
			if b.Thinking != nil && b.Thinking.Signature != nil {
				_, b.Thinking.Signature.Value = signed(b.Thinking.Signature.Value)
			}
		}
	}
	return a
}

func TestResponsesComeBack(t *testing.T) {
	r := &protocol.Request{Model: "some-model"}
	for name, a := range prototest.Responses() {
		body, _ := NewBridge().EncodeResponse(a, r)
		back, fault := NewBridge().DecodeResponse(body)
		if fault != nil {
			t.Errorf("%s: %v", name, fault)
			continue
		}
		if want, got := prototest.Dump(withoutIDs(kept(a))), prototest.Dump(withoutIDs(back)); !bytes.Equal(want, got) {
			t.Errorf("%s: %s", name, difference(want, got))
		}
	}
}

// A stream says what the plain answer says, and its last event repeats that answer to the byte.
func TestStreamsComeBack(t *testing.T) {
	r := &protocol.Request{Model: "some-model", Stream: true}
	plain := prototest.Responses()
	for name, events := range prototest.Streams() {
		body, _ := prototest.Write(NewBridge(), r, events)
		frames(t, name, body)
		back, fault := prototest.Collapse(prototest.Read(t, NewBridge(), body))
		if strings.HasPrefix(name, "fail") {
			if fault == nil {
				t.Errorf("%s: no fault", name)
			}
			continue
		}
		if fault != nil {
			t.Errorf("%s: %v", name, fault)
			continue
		}
		a := plain[name]
		if a == nil {
			continue
		}
		if want, got := prototest.Dump(withoutIDs(kept(a))), prototest.Dump(withoutIDs(back)); !bytes.Equal(want, got) {
			t.Errorf("%s: %s", name, difference(want, got))
		}
		whole, _ := NewBridge().EncodeResponse(prototest.Responses()[name], r)
		if !bytes.Contains(body, append([]byte(`"response":`), whole...)) {
			t.Errorf("%s: the last event is not the plain answer:\n%s\n%s", name, whole, body)
		}
	}
}

// frames checks the events of a stream: each JSON on one line, of the type that its name says, numbered
// without a gap.
func frames(t testing.TB, name string, body []byte) {
	t.Helper()
	n := int64(0)
	for _, frame := range strings.SplitAfter(string(body), "\n\n") {
		if frame == "" || frame == ": ping\n\n" {
			continue
		}
		event, data, ok := strings.Cut(frame, "\ndata: ")
		var v struct {
			Type string `json:"type"`
			Seq  *int64 `json:"sequence_number"`
		}
		if !ok || json.Unmarshal([]byte(data), &v) != nil || "event: "+v.Type != event || v.Seq == nil || *v.Seq != n {
			t.Fatalf("%s: event %d is %q", name, n, frame)
		}
		n++
	}
}

// A seal goes to a client of this protocol and comes back to its own vendor, and only there.
func TestSealTravels(t *testing.T) {
	for _, th := range []protocol.Thinking{
		{Signature: &protocol.Signature{From: burncloud.Messages, Value: "a.b:c=="}},
		{Signature: &protocol.Signature{From: burncloud.Gemini, Value: "R2Vt"}},
		{Signature: &protocol.Signature{From: burncloud.Messages}, Redacted: "c2Vh.bGVk"},
	} {
		a := &protocol.Response{ID: "x", Choices: []protocol.Choice{{Blocks: []protocol.Block{{Kind: protocol.BlockThinking, Text: "Hm.", Thinking: &th}}}}}
		body, losses := NewBridge().EncodeResponse(a, nil)
		if len(losses) > 0 {
			t.Errorf("%+v: %v", th, losses)
		}
		var answer struct {
			Output []json.RawMessage `json:"output"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		next, _ := json.Marshal(map[string]any{"model": "m", "input": append(answer.Output, json.RawMessage(`{"role":"user","content":"Go on."}`))})
		r, fault := NewBridge().DecodeRequest(inbound(next))
		if fault != nil {
			t.Fatal(fault)
		}
		got := r.Messages[0].Blocks[0].Thinking
		if got.Redacted != th.Redacted || got.Signature == nil || *got.Signature != *th.Signature {
			t.Errorf("%+v came back as %+v", th, got)
		}
		out, losses, fault := NewBridge().EncodeRequest(r, vendor)
		if fault != nil || bytes.Contains(out, []byte("bc1.")) || bytes.Contains(out, []byte("reasoning")) || len(losses) != 1 {
			t.Errorf("to a vendor: %s, %v, %v", out, losses, fault)
		}
	}
}

// A vendor cannot make us take its words for another vendor's seal.
func TestVendorMakesNoEnvelope(t *testing.T) {
	a, fault := NewBridge().DecodeResponse([]byte(`{"output":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"bc1.messages.s.forged"}]}`))
	if fault != nil || a.Choices[0].Blocks[0].Thinking.Signature.From != burncloud.Responses {
		t.Errorf("%+v, %v", a, fault)
	}
}

// An item that is cut off says so.
func TestCutItem(t *testing.T) {
	a := prototest.Responses()["length"]
	body, _ := NewBridge().EncodeResponse(a, nil)
	if !bytes.Contains(body, []byte(`"status":"incomplete","role":"assistant"`)) {
		t.Errorf("%s", body)
	}
}
