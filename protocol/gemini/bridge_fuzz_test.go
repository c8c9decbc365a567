package gemini

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func FuzzDecodeRequest(f *testing.F) {
	seed(f, "request.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		r, fault := NewBridge().DecodeRequest(inbound("", body))
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%+v", fault)
			}
			return
		}
		for _, model := range []string{"gemini-2.0-flash", "gemini-3-pro", "gemma-3"} {
			for _, from := range []burncloud.Protocol{burncloud.Gemini, burncloud.Chat} {
				r.From = from
				out, _, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: model})
				if fault == nil && !json.Valid(out) {
					t.Fatalf("%s is written as %s", body, out)
				}
				if fault == nil && from == burncloud.Gemini && model == "gemini-3-pro" {
					if _, fault := NewBridge().DecodeRequest(inbound("", out)); fault != nil {
						t.Fatalf("%s is written as %s: %v", body, out, fault)
					}
				}
			}
		}
	})
}

func FuzzDecodeResponse(f *testing.F) {
	seed(f, "response.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		a, fault := NewBridge().DecodeResponse(body)
		if fault != nil {
			return
		}
		out, _ := NewBridge().EncodeResponse(a, wanted())
		if !json.Valid(out) {
			t.Fatalf("%s is written as %s", body, out)
		}
	})
}

func FuzzStream(f *testing.F) {
	seed(f, "stream.sse")
	f.Fuzz(func(t *testing.T, body []byte) {
		d := NewBridge().NewDecoder()
		whole := d.Close(d.Write(nil, body))
		if err := prototest.Ordered(whole); err != nil {
			t.Fatalf("%v:\n%s", err, prototest.Dump(whole))
		}
		d = NewBridge().NewDecoder()
		var cut []protocol.Event
		for i := 0; i < len(body); i += 3 {
			cut = d.Write(cut, body[i:min(i+3, len(body))])
		}
		if cut = d.Close(cut); !bytes.Equal(prototest.Dump(whole), prototest.Dump(cut)) {
			t.Fatalf("cut:\n%s\nwhole:\n%s", prototest.Dump(cut), prototest.Dump(whole))
		}
		prototest.Write(NewBridge(), wanted(), whole)
	})
}

// FuzzEncoder: events in any order make a stream that can be read, or none.
func FuzzEncoder(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5}, true)
	f.Add([]byte{9, 17, 33, 2, 50, 3, 5, 5, 6, 7}, false)
	f.Fuzz(func(t *testing.T, script []byte, array bool) {
		blocks := []*protocol.Block{
			nil, {Kind: protocol.BlockText}, {Kind: protocol.BlockToolCall}, {Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{Name: "f"}},
			{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: "x"}}, {Kind: protocol.BlockMedia}, {Kind: protocol.BlockOpaque}, {Kind: "odd"},
		}
		kinds := []protocol.EventKind{protocol.EventStart, protocol.EventBlockStart, protocol.EventDelta, protocol.EventBlockStop, protocol.EventUsage, protocol.EventStop, protocol.EventFail, protocol.EventPing}
		r := wanted()
		if array {
			r.Dialect = dialectArray
		}
		e := NewBridge().NewEncoder(r)
		var out []byte
		for i, b := range script {
			out = e.Encode(out, &protocol.Event{Kind: kinds[b&7], Choice: int(b>>3&3) - 1, Index: i, Block: blocks[b>>5], Text: string(script[i:]), LogProbs: script[i:]})
		}
		d := NewBridge().NewDecoder()
		if err := prototest.Ordered(d.Close(d.Write(nil, out))); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	})
}

func seed(f *testing.F, name string) {
	files, err := filepath.Glob("testdata/bridge/*/" + name)
	if err != nil || len(files) == 0 {
		f.Fatal(name, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
}

func BenchmarkBridge(b *testing.B) {
	body := []byte(`{"contents":[{"role":"user","parts":[{"text":"` + strings.Repeat("word ", 180) + `"}]}],"generationConfig":{"temperature":0.7,"maxOutputTokens":300}}`)
	b.Run("DecodeRequest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, fault := NewBridge().DecodeRequest(inbound("", body)); fault != nil {
				b.Fatal(fault)
			}
		}
	})
	r, _ := NewBridge().DecodeRequest(inbound("", body))
	b.Run("EncodeRequest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewBridge().EncodeRequest(r, protocol.Destination{Model: "gemini-2.5-flash"})
		}
	})
	event := []byte(`data: {"candidates": [{"content": {"parts": [{"text": " quick brown fox jumps over the lazy dog"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 18,"candidatesTokenCount": 12,"totalTokenCount": 30},"modelVersion": "gemini-2.5-flash","responseId": "zwXYaLnKJ4"}` + "\r\n\r\n")
	b.Run("Decoder", func(b *testing.B) {
		b.ReportAllocs()
		d := NewBridge().NewDecoder()
		var events []protocol.Event
		for b.Loop() {
			events = d.Write(events[:0], event)
		}
	})
	b.Run("Encoder", func(b *testing.B) {
		b.ReportAllocs()
		e := NewBridge().NewEncoder(wanted())
		var out []byte
		e.Encode(nil, &protocol.Event{Kind: protocol.EventBlockStart, Block: &protocol.Block{Kind: protocol.BlockText}})
		for b.Loop() {
			out = e.Encode(out[:0], &protocol.Event{Kind: protocol.EventDelta, Text: " quick brown fox jumps over the lazy dog"})
		}
	})
}
