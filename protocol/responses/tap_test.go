package responses

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

var peeked = protocol.Peek{Endpoint: burncloud.EndpointResponses, Model: "m", Stream: true, Choices: 1}

func TestTap(t *testing.T) {
	prototest.Golden(t, New(), func(string) *protocol.Peek { return &peeked })
}

func FuzzTap(f *testing.F) { prototest.Fuzz(f, New(), &peeked) }

func BenchmarkTap(b *testing.B) {
	prototest.Bench(b, New(), &peeked, "event: response.output_text.delta\n"+`data: {"type":"response.output_text.delta","sequence_number":14,"item_id":"msg_67c9fdcf37fc8190ba82116e33fb28c501b8b0ad4e8b0e35","output_index":0,"content_index":0,"delta":" quick","logprobs":[],"obfuscation":"aB3dE6gH"}`+"\n\n")
}
