package protocol_test

import (
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/chat"
	"github.com/burncloud/burncloud/protocol/gemini"
)

// TestEndIsKnownAtOnce checks that a reply's end is known with its last byte, before Close: a call is
// booked before the client can have all of it.
func TestEndIsKnownAtOnce(t *testing.T) {
	peek := &protocol.Peek{Endpoint: burncloud.EndpointChat, Stream: true}
	for name, c := range map[string]struct {
		codec protocol.Codec
		reply string
	}{
		"plain":       {chat.New(), `{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
		"large plain": {chat.New(), `{"choices":[{"finish_reason":"stop","x":"` + strings.Repeat("x", 40_000) + `"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
		"stream":      {chat.New(), "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"},
		"array":       {gemini.New(), `[{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}]`},
	} {
		tap, body := c.codec.Tap(peek, false), []byte(c.reply)
		for i, b := range body {
			if i == len(body)-1 && name != "stream" && tap.Reading().Ended {
				t.Errorf("%s: ended before its last byte", name)
			}
			tap.Write([]byte{b})
		}
		if r := tap.Reading(); !r.Ended || !r.Final || r.Usage.Output != 2 {
			t.Errorf("%s: %+v", name, r)
		}
		tap.Close()
		if r := tap.Reading(); !r.Ended || !r.Final || r.Usage.Output != 2 {
			t.Errorf("%s, closed: %+v", name, r)
		}
		tap.Close()
	}
}

// TestHeldIsBounded checks what a tap keeps of an event that never ends.
func TestHeldIsBounded(t *testing.T) {
	tap := chat.New().Tap(&protocol.Peek{Endpoint: burncloud.EndpointChat, Stream: true}, true)
	in, out := 0, 0
	piece := []byte(strings.Repeat("x", 997))
	tap.Write([]byte("data: "))
	for range 2000 {
		in += len(piece)
		out += len(tap.Write(piece))
		if in-out > 17<<10 {
			t.Fatalf("%d bytes held", in-out)
		}
	}
	if n := len(tap.Close()); n > 0 || out != in+len("data: ") {
		t.Errorf("%d bytes at the end, %d of %d gone out", n, out, in)
	}
}
