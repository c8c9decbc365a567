package messages

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

var peeked = protocol.Peek{Endpoint: burncloud.EndpointMessages, Model: "m", Stream: true, Choices: 1}

func TestTap(t *testing.T) {
	prototest.Golden(t, New(), func(string) *protocol.Peek { return &peeked })
}

func FuzzTap(f *testing.F) { prototest.Fuzz(f, New(), &peeked) }

func BenchmarkTap(b *testing.B) {
	prototest.Bench(b, New(), &peeked, "event: content_block_delta\n"+`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" quick brown"}}`+"\n\n")
}
