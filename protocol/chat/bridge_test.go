package chat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/chat"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func inbound(_ string, body []byte) protocol.Inbound {
	return protocol.Inbound{Endpoint: burncloud.EndpointChat, Body: body}
}

func TestBridgeEncodes(t *testing.T) {
	prototest.Encoders(t, chat.NewBridge(), protocol.Destination{Model: "vendor-model", MaxOutput: 8192})
}

func TestBridgeDecodes(t *testing.T) { prototest.Decoders(t, chat.NewBridge(), inbound) }

// TestBridgeKeeps encodes what was decoded, for a vendor that takes all of the format, and decodes it
// again: both must be the same.
func TestBridgeKeeps(t *testing.T) {
	files, err := filepath.Glob("testdata/bridge/*/request.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	b := chat.NewBridge()
	for _, file := range files {
		if strings.HasPrefix(file, "testdata/bridge/reads-") {
			continue // vendors' words, written in the format's own
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, fault := b.DecodeRequest(inbound("", body))
		if fault != nil {
			continue
		}
		out, losses, fault := b.EncodeRequest(first, protocol.Destination{Model: first.Model})
		if fault != nil {
			t.Errorf("%s: %v", file, fault)
			continue
		}
		again, fault := b.DecodeRequest(inbound("", out))
		if fault != nil {
			t.Errorf("%s: %v in %s", file, fault, out)
			continue
		}
		for _, l := range losses {
			t.Logf("%s: lost %s: %s", file, l.Field, l.Reason)
		}
		if a, b := normal(first), normal(again); !bytes.Equal(a, b) {
			t.Errorf("%s: read\n%s\nand of what was written\n%s", file, a, b)
		}
	}
}

// normal is a request in which forms that mean the same are one: streams of the gateway's own always ask
// for usage, and calls of the old form are written in the new one.
func normal(r *protocol.Request) []byte {
	c := *r
	c.StreamUsage = c.Stream
	c.Dialect = ""
	c.Messages = nil
	for _, m := range r.Messages {
		if len(m.Blocks) == 0 {
			continue // it says nothing
		}
		var blocks []protocol.Block
		for _, b := range m.Blocks {
			if b.Result != nil {
				one := *b.Result
				one.Name = ""
				if len(one.Blocks) == 1 && one.Blocks[0].Text == "" {
					one.Blocks = nil
				}
				b.Result = &one
			}
			if b.Call != nil && b.Call.Args == "" {
				one := *b.Call
				one.Args = "{}"
				b.Call = &one
			}
			blocks = append(blocks, b)
		}
		m.Blocks = blocks
		c.Messages = append(c.Messages, m)
	}
	c.Extra = nil
	for _, m := range r.Extra {
		if !bytes.ContainsAny([]byte(m.Name), ".[") {
			c.Extra = append(c.Extra, m)
		}
	}
	return prototest.Dump(&c)
}

// TestBridgeKeepsReplies writes each shared answer and reads it again. What is left of an answer then is
// written and read without further loss.
func TestBridgeKeepsReplies(t *testing.T) {
	b := chat.NewBridge()
	for name, a := range prototest.Responses() {
		body, _ := b.EncodeResponse(a, nil)
		once, fault := b.DecodeResponse(body)
		if fault != nil {
			t.Errorf("%s: %v in %s", name, fault, body)
			continue
		}
		same(t, name, a, once)
		body, losses := b.EncodeResponse(once, nil)
		twice, fault := b.DecodeResponse(body)
		if fault != nil || !bytes.Equal(prototest.Dump(once), prototest.Dump(twice)) || len(losses) > 0 {
			t.Errorf("%s: %v, %v:\n%s\nthen\n%s", name, fault, losses, prototest.Dump(once), prototest.Dump(twice))
		}
	}
}

// same compares what the format can carry.
func same(t *testing.T, name string, want, got *protocol.Response) {
	t.Helper()
	if len(want.Choices) == 0 {
		want.Choices = []protocol.Choice{{Stop: protocol.StopEnd}}
	}
	if len(want.Choices) != len(got.Choices) {
		t.Fatalf("%s: %d choices, want %d", name, len(got.Choices), len(want.Choices))
	}
	u := want.Usage
	u.CacheWrite5m, u.CacheWrite1h = u.CacheWrite5m+u.CacheWrite1h, 0
	if u != got.Usage || want.HasUsage != got.HasUsage {
		t.Errorf("%s: usage %+v, want %+v", name, got.Usage, u)
	}
	for i := range want.Choices {
		a, b := said(want.Choices[i].Blocks), said(got.Choices[i].Blocks)
		if a != b {
			t.Errorf("%s: choice %d says\n%s\nwant\n%s", name, i, b, a)
		}
		stop := want.Choices[i].Stop
		switch stop {
		case protocol.StopSequence, protocol.StopPause, protocol.StopOther:
			stop = protocol.StopEnd
		}
		if stop != got.Choices[i].Stop {
			t.Errorf("%s: choice %d stops for %s, want %s", name, i, got.Choices[i].Stop, stop)
		}
	}
}

// said is all of a choice that this format must carry, in its order.
func said(blocks []protocol.Block) string {
	var v struct {
		Text, Refusal, Thinking string
		Calls                   []protocol.ToolCall
		Cited                   []string
		Images                  int
	}
	for _, b := range blocks {
		switch b.Kind {
		case protocol.BlockText:
			v.Text += b.Text
		case protocol.BlockRefusal:
			v.Refusal += b.Text
		case protocol.BlockThinking:
			v.Thinking += b.Text
		case protocol.BlockToolCall:
			c := *b.Call
			if c.Args == "" {
				c.Args = "{}"
			}
			v.Calls = append(v.Calls, c)
		case protocol.BlockMedia:
			v.Images++
		}
		for _, c := range b.Citations {
			v.Cited = append(v.Cited, c.URL)
		}
	}
	out, _ := json.Marshal(v) // of plain fields
	return string(out)
}

// TestBridgeKeepsStreams writes each shared stream and reads it again.
func TestBridgeKeepsStreams(t *testing.T) {
	b := chat.NewBridge()
	for name, events := range prototest.Streams() {
		body, _ := prototest.Write(b, &protocol.Request{StreamUsage: true}, events)
		want, fault := prototest.Collapse(events)
		got, gotFault := prototest.Collapse(prototest.Read(t, b, body))
		if (fault == nil) != (gotFault == nil) {
			t.Errorf("%s: %v, want %v", name, gotFault, fault)
		}
		if fault == nil && gotFault == nil {
			same(t, name, want, got)
		}
	}
}
