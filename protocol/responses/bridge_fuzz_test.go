package responses

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

// seeds adds the fixtures of a kind.
func seeds(f *testing.F, kind string, add func(body []byte)) {
	files, err := filepath.Glob("testdata/bridge/*/" + kind)
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(body)
	}
}

// What is refused is refused as Invalid; what is read can be written again, is JSON, and is read again.
func FuzzDecodeRequest(f *testing.F) {
	seeds(f, "request.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		r, fault := NewBridge().DecodeRequest(inbound(body))
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%+v", fault)
			}
			return
		}
		for _, from := range []burncloud.Protocol{burncloud.Responses, burncloud.Messages, burncloud.Chat} {
			r.From = from
			out, _, fault := NewBridge().EncodeRequest(r, vendor)
			if fault != nil {
				if fault.Kind != burncloud.Invalid {
					t.Fatalf("%+v", fault)
				}
				continue
			}
			if !json.Valid(out) {
				t.Fatalf("%q becomes %q", body, out)
			}
			if _, fault := NewBridge().DecodeRequest(inbound(out)); fault != nil && from == burncloud.Responses {
				t.Fatalf("%q becomes %q: %v", body, out, fault)
			}
		}
		if echo, _ := NewBridge().EncodeResponse(&protocol.Response{}, r); !json.Valid(echo) {
			t.Fatalf("%q is echoed as %q", body, echo)
		}
	})
}

func FuzzDecodeResponse(f *testing.F) {
	seeds(f, "response.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		a, fault := NewBridge().DecodeResponse(body)
		if fault != nil {
			return
		}
		out, _ := NewBridge().EncodeResponse(a, nil)
		if _, fault := NewBridge().DecodeResponse(out); fault != nil {
			t.Fatalf("%q becomes %q: %v", body, out, fault)
		}
	})
}

// Events do not depend on how the bytes are cut, keep the order, and can be written again.
func FuzzDecoder(f *testing.F) {
	seeds(f, "stream.sse", func(body []byte) { f.Add(body, uint16(7)) })
	f.Fuzz(func(t *testing.T, body []byte, step uint16) {
		events := func(n int) []protocol.Event {
			d := NewBridge().NewDecoder()
			var out []protocol.Event
			for rest := body; len(rest) > 0; {
				k := min(n, len(rest))
				out = d.Write(out, rest[:k:k])
				rest = rest[k:]
			}
			return d.Close(out)
		}
		whole := events(max(len(body), 1))
		if err := prototest.Ordered(whole); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if parts := events(int(step) + 1); !bytes.Equal(prototest.Dump(whole), prototest.Dump(parts)) {
			t.Fatalf("%q cut by %d", body, step+1)
		}
		out, _ := prototest.Write(NewBridge(), nil, whole)
		frames(t, "written again", out)
	})
}

// Any events, in any order, make a stream of whole frames.
func FuzzEncoder(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 3, 4, 5}, "text")
	f.Add([]byte{1, 16, 2, 1, 48, 2, 2, 3, 0, 6, 7, 5, 5}, "{\"a\"\n:\xff}")
	f.Fuzz(func(t *testing.T, script []byte, text string) {
		kinds := []protocol.EventKind{protocol.EventStart, protocol.EventBlockStart, protocol.EventDelta, protocol.EventBlockStop, protocol.EventUsage, protocol.EventStop, protocol.EventFail, protocol.EventPing}
		blocks := []*protocol.Block{
			nil, {Kind: protocol.BlockText}, {Kind: protocol.BlockRefusal, Text: text}, {Kind: protocol.BlockThinking},
			{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: text, Signature: &protocol.Signature{From: burncloud.Messages}}},
			{Kind: protocol.BlockToolCall}, {Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{Custom: true, Args: text}},
			{Kind: protocol.BlockMedia}, {Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage, Base64: text}},
			{Kind: protocol.BlockOpaque}, {Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Responses, Type: "x", Raw: json.RawMessage(text)}},
			{Kind: protocol.BlockText, Citations: []protocol.Citation{{URL: text}}}, {},
			{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{}},
		}
		e := NewBridge().NewEncoder(nil)
		var out []byte
		for _, c := range script {
			v := protocol.Event{Kind: kinds[c&7], Block: blocks[int(c>>3)%len(blocks)], Text: text, LogProbs: json.RawMessage(text), Choice: int(c >> 7)}
			if c&8 != 0 {
				v.Start, v.Usage = &protocol.Response{ID: text}, &burncloud.Usage{Input: 1}
			}
			out = e.Encode(out, &v)
		}
		frames(t, "fuzz", out)
		_ = e.Losses()
	})
}

func BenchmarkEncodeStream(b *testing.B) {
	events := prototest.Streams()["parallel-calls"]
	b.ReportAllocs()
	for b.Loop() {
		e := NewBridge().NewEncoder(nil)
		var out []byte
		for i := range events {
			out = e.Encode(out[:0], &events[i])
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10} {
		body := []byte(`{"model":"m","instructions":"Be brief.","input":[{"role":"user","content":"` + string(bytes.Repeat([]byte("word "), size/5)) + `"}],"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}]}`)
		b.Run(map[int]string{1 << 10: "1KB", 100 << 10: "100KB"}[size], func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r, fault := NewBridge().DecodeRequest(inbound(body))
				if fault != nil {
					b.Fatal(fault)
				}
				if _, _, fault := NewBridge().EncodeRequest(r, vendor); fault != nil {
					b.Fatal(fault)
				}
			}
		})
	}
}
