package messages

import (
	"os"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/protocol"
)

// BenchmarkBridge measures requests of 1 and 100 KB, a reply, and one event of a stream, each way.
func BenchmarkBridge(b *testing.B) {
	for name, size := range map[string]int{"1KB": 900, "100KB": 100 << 10} {
		body := []byte(`{"model":"claude-sonnet-4-5","max_tokens":64,"system":"You are brief.","messages":[{"role":"user","content":"` + strings.Repeat("word ", size/5) + `"}]}`)
		r, fault := NewBridge().DecodeRequest(inbound("", body))
		if fault != nil {
			b.Fatal(fault)
		}
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				NewBridge().DecodeRequest(inbound("", body))
			}
		})
		b.Run("encode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				NewBridge().EncodeRequest(r, claude)
			}
		})
	}
	body, err := os.ReadFile("testdata/bridge/tool-loop/response.json")
	if err != nil {
		b.Fatal(err)
	}
	a, fault := NewBridge().DecodeResponse(body)
	if fault != nil {
		b.Fatal(fault)
	}
	b.Run("decode/reply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewBridge().DecodeResponse(body)
		}
	})
	b.Run("encode/reply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewBridge().EncodeResponse(a, nil)
		}
	})
	b.Run("decode/event", func(b *testing.B) {
		d := NewBridge().NewDecoder()
		events := d.Write(nil, []byte("data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"))
		delta := []byte("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" quick brown\"}}\n\n")
		b.ReportAllocs()
		for b.Loop() {
			events = d.Write(events[:0], delta)
		}
	})
	b.Run("encode/event", func(b *testing.B) {
		e := NewBridge().NewEncoder(nil)
		out := e.Encode(nil, &protocol.Event{Kind: protocol.EventBlockStart, Block: &protocol.Block{Kind: protocol.BlockText}})
		delta := &protocol.Event{Kind: protocol.EventDelta, Text: " quick brown"}
		b.ReportAllocs()
		for b.Loop() {
			out = e.Encode(out[:0], delta)
		}
	})
}
