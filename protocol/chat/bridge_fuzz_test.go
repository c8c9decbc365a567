package chat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/chat"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func prototestWrite(r *protocol.Request, a *protocol.Response) ([]byte, []protocol.Loss) {
	return prototest.Write(chat.NewBridge(), r, prototest.Events(a))
}

func seeds(f *testing.F, kind string, add func(body []byte)) {
	files, err := filepath.Glob("testdata/bridge/*/" + kind)
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(body)
	}
}

// FuzzDecodeRequest: what is refused is refused as Invalid; what is taken can be written, and read again.
func FuzzDecodeRequest(f *testing.F) {
	seeds(f, "request.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		b := chat.NewBridge()
		r, fault := b.DecodeRequest(inbound("", body))
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%q: %+v", body, fault)
			}
			return
		}
		for _, model := range []string{"m", "gpt-5.6"} {
			out, _, fault := b.EncodeRequest(r, protocol.Destination{Model: model})
			if fault != nil {
				if fault.Kind != burncloud.Invalid || fault.Message == "" {
					t.Fatalf("%q: %+v", body, fault)
				}
				continue
			}
			if !json.Valid(out) {
				t.Fatalf("%q becomes %q", body, out)
			}
			if _, fault := b.DecodeRequest(inbound("", out)); fault != nil {
				t.Fatalf("%q becomes %q: %v", body, out, fault)
			}
		}
	})
}

// FuzzDecodeResponse: an answer that is read can be written.
func FuzzDecodeResponse(f *testing.F) {
	seeds(f, "response.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		b := chat.NewBridge()
		a, fault := b.DecodeResponse(body)
		if fault != nil {
			if fault.Kind == "" || a != nil {
				t.Fatalf("%q: %+v", body, fault)
			}
			return
		}
		out, _ := b.EncodeResponse(a, nil)
		if !json.Valid(out) {
			t.Fatalf("%q becomes %q", body, out)
		}
	})
}

// FuzzDecoder: events keep their order and do not depend on the cut, and what the encoder makes of them
// says the same.
func FuzzDecoder(f *testing.F) {
	seeds(f, "stream.sse", func(body []byte) { f.Add(body, uint16(7)) })
	f.Fuzz(func(t *testing.T, body []byte, step uint16) {
		b := chat.NewBridge()
		d := b.NewDecoder()
		whole := d.Close(d.Write(nil, bytes.Clone(body)))
		if err := prototest.Ordered(whole); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		d = b.NewDecoder()
		var parts []protocol.Event
		for rest := bytes.Clone(body); len(rest) > 0; {
			n := min(int(step)+1, len(rest))
			parts = d.Write(parts, rest[:n:n])
			rest = rest[n:]
		}
		parts = d.Close(parts)
		if x, y := prototest.Dump(whole), prototest.Dump(parts); !bytes.Equal(x, y) {
			t.Fatalf("%q cut by %d:\n%s\nwhole\n%s", body, step+1, y, x)
		}
		out, _ := prototest.Write(b, nil, whole)
		d = b.NewDecoder()
		again := d.Close(d.Write(nil, out))
		if err := prototest.Ordered(again); err != nil {
			t.Fatalf("%q becomes %q: %v", body, out, err)
		}
		last, echo := whole[len(whole)-1], again[len(again)-1]
		if (last.Kind == protocol.EventFail) != (echo.Kind == protocol.EventFail) {
			t.Fatalf("%q becomes %q: ends with %s, not %s", body, out, echo.Kind, last.Kind)
		}
	})
}

// FuzzEncoder: no sequence of events, in whatever order, makes anything but events of JSON.
func FuzzEncoder(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5}, "text")
	f.Add([]byte{11, 2, 21, 2, 3, 31, 3, 41, 2, 3, 5, 15}, `{"input":"x"}`)
	f.Fuzz(func(t *testing.T, script []byte, text string) {
		blocks := []*protocol.Block{nil, {}, {Kind: protocol.BlockText, Text: text}, {Kind: protocol.BlockThinking},
			{Kind: protocol.BlockToolCall}, {Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{Name: "py"}},
			{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Signature: &protocol.Signature{Value: text}}},
			{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage}},
			{Kind: protocol.BlockText, Citations: []protocol.Citation{{URL: text, Start: -1, End: 99}}}}
		kinds := []protocol.EventKind{protocol.EventStart, protocol.EventBlockStart, protocol.EventDelta, protocol.EventBlockStop,
			protocol.EventUsage, protocol.EventStop, protocol.EventFail, protocol.EventPing, "odd"}
		e := chat.NewBridge().NewEncoder(&protocol.Request{StreamUsage: true, Tools: []protocol.Tool{{Name: "py", Custom: true}}})
		var out []byte
		for _, c := range script {
			n := int(c)
			event := protocol.Event{Kind: kinds[n%len(kinds)], Choice: n % 3, Index: n, Block: blocks[n/9%len(blocks)], Text: text, LogProbs: json.RawMessage(text), Stop: protocol.StopReason(text)}
			out = e.Encode(out, &event)
		}
		for _, event := range bytes.SplitAfter(out, []byte("\n\n")) {
			data, ok := bytes.CutPrefix(event, []byte("data: "))
			if data = bytes.TrimSuffix(data, []byte("\n\n")); ok && string(data) != "[DONE]" && (!json.Valid(data) || bytes.ContainsAny(data, "\r\n")) {
				t.Fatalf("%q", event)
			}
		}
	})
}

func BenchmarkBridgeRequest(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"user","content":"` + string(bytes.Repeat([]byte("word "), 200)) + `"}],"temperature":0.5,"stream":true}`)
	bridge := chat.NewBridge()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r, fault := bridge.DecodeRequest(inbound("", body))
		if fault != nil {
			b.Fatal(fault)
		}
		if _, _, fault := bridge.EncodeRequest(r, protocol.Destination{Model: "up"}); fault != nil {
			b.Fatal(fault)
		}
	}
}

func BenchmarkBridgeEvent(b *testing.B) {
	event := []byte(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}` + "\n\n")
	bridge := chat.NewBridge()
	d, e := bridge.NewDecoder(), bridge.NewEncoder(nil)
	var events []protocol.Event
	var out []byte
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	for b.Loop() {
		events = d.Write(events[:0], event)
		out = out[:0]
		for i := range events {
			out = e.Encode(out, &events[i])
		}
		if len(out) == 0 {
			b.Fatal("nothing")
		}
	}
}
