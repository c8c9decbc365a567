package messages

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

// seeds are the files of the bridge's cases.
func seeds(f *testing.F, pattern string, add func(body []byte)) {
	files, err := filepath.Glob(pattern)
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

// FuzzDecodeRequest: what is accepted can be encoded, or is refused for a reason; as a request of another
// format too.
func FuzzDecodeRequest(f *testing.F) {
	seeds(f, "testdata/bridge/*/request.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		r, fault := NewBridge().DecodeRequest(inbound("", body))
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%q: %+v", body, fault)
			}
			return
		}
		for _, from := range []burncloud.Protocol{burncloud.Messages, burncloud.Chat} {
			r.From = from
			out, _, fault := NewBridge().EncodeRequest(r, protocol.Destination{Model: "claude-opus-4-6"})
			if fault == nil && !json.Valid(out) {
				t.Fatalf("%q becomes %q", body, out)
			}
		}
	})
}

func FuzzDecodeResponse(f *testing.F) {
	seeds(f, "testdata/bridge/*/response.json", func(body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		a, fault := NewBridge().DecodeResponse(body)
		if fault != nil {
			return
		}
		out, _ := NewBridge().EncodeResponse(a, nil)
		if !json.Valid(out) {
			t.Fatalf("%q becomes %q", body, out)
		}
	})
}

// FuzzDecoder: events keep their order whatever the bytes, and do not depend on how these are cut.
func FuzzDecoder(f *testing.F) {
	seeds(f, "testdata/bridge/*/stream.sse", func(body []byte) { f.Add(body, uint8(7)) })
	f.Fuzz(func(t *testing.T, body []byte, step uint8) {
		var all [2][]protocol.Event
		for i, n := range []int{len(body) + 1, int(step) + 1} {
			d := NewBridge().NewDecoder()
			for rest := body; len(rest) > 0; {
				k := min(n, len(rest))
				all[i] = d.Write(all[i], bytes.Clone(rest[:k]))
				rest = rest[k:]
			}
			all[i] = d.Close(all[i])
		}
		if err := prototest.Ordered(all[0]); err != nil {
			t.Fatalf("%v: %s", err, prototest.Dump(all[0]))
		}
		if a, b := prototest.Dump(all[0]), prototest.Dump(all[1]); !bytes.Equal(a, b) {
			t.Fatalf("whole:\n%s\ncut by %d:\n%s", a, step, b)
		}
	})
}

// FuzzEncoder: whatever the events, each line of data is JSON, blocks open and close one after another,
// and the decoder reads what was written.
func FuzzEncoder(f *testing.F) {
	f.Add([]byte("\x00\x10\x20\x30\x40\x50"), "text")
	f.Add([]byte("0123456789abcdef"), "\xff\u2028\"")
	f.Fuzz(func(t *testing.T, script []byte, text string) {
		if len(script) > 100 {
			return
		}
		e := NewBridge().NewEncoder(&protocol.Request{Model: "m"})
		var out []byte
		for _, c := range script {
			v := arbitrary(c, text)
			out = e.Encode(out, &v)
		}
		out = e.Encode(out, &protocol.Event{Kind: protocol.EventStop, Stop: protocol.StopEnd})
		for line := range bytes.Lines(out) {
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && !json.Valid(data) {
				t.Fatalf("%q in %q", data, out)
			}
		}
		if err := prototest.Ordered(prototest.Read(t, NewBridge(), out)); err != nil {
			t.Fatalf("%v: %q", err, out)
		}
	})
}

// arbitrary is an event made of a byte.
func arbitrary(c byte, text string) protocol.Event {
	kinds := []protocol.EventKind{
		protocol.EventStart, protocol.EventBlockStart, protocol.EventDelta, protocol.EventBlockStop, protocol.EventUsage,
		protocol.EventPing, protocol.EventDelta, protocol.EventBlockStart,
	}
	s := &protocol.Signature{From: burncloud.Gemini, Value: text}
	blocks := []*protocol.Block{
		nil, {}, {Kind: protocol.BlockText, Text: text}, {Kind: protocol.BlockToolCall}, {Kind: protocol.BlockThinking, Signature: s},
		{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: text, Name: text, Custom: c&1 == 0, Args: text}},
		{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Redacted: text, Signature: s}},
		{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{Signature: s}}, {Kind: protocol.BlockRefusal}, {Kind: protocol.BlockMedia},
		{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage, MIME: text}}, {Kind: protocol.BlockOpaque},
		{Kind: protocol.BlockOpaque, Opaque: &protocol.Opaque{From: burncloud.Messages, Type: "x", Raw: json.RawMessage(`{"type":"x"}`)}},
		{Kind: protocol.BlockText, Citations: []protocol.Citation{{URL: text, Start: 1}}}, {Kind: protocol.BlockToolResult}, {Kind: "unknown"},
	}
	v := protocol.Event{Kind: kinds[c&7], Block: blocks[c>>4], Text: text, Index: int(c >> 4)}
	switch {
	case v.Kind == protocol.EventStart && c > 128:
		v.Start = &protocol.Response{ID: text, Model: text, ServiceTier: text}
	case v.Kind == protocol.EventUsage && c > 128:
		v.Usage = &burncloud.Usage{Input: int64(c)}
	case c == 255:
		v.Choice = 1
	}
	return v
}

// FuzzNarrow: a schema in the subset stays as it is.
func FuzzNarrow(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"oneOf":[{"minimum":1}],"items":[]}},"description":7,"additionalProperties":{}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		if !isObject(schema) {
			return
		}
		out, _ := narrow(value(nil, schema))
		if !json.Valid(out) {
			t.Fatalf("%q becomes %q", schema, out)
		}
		if again, changes := narrow(out); len(changes) > 0 {
			t.Fatalf("%q becomes %q, then %q: %v", schema, out, again, changes)
		}
	})
}
