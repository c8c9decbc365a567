package gemini

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

func peeked(name string) *protocol.Peek {
	p := &protocol.Peek{Endpoint: burncloud.EndpointGenerate, Model: "m", Stream: true, Choices: 1}
	switch name {
	case "count-tokens":
		p.Endpoint = burncloud.EndpointCountTokens
	case "embed", "embed-total-only":
		p.Endpoint = burncloud.EndpointEmbed
	}
	return p
}

func TestTap(t *testing.T) { prototest.Golden(t, New(), peeked) }

func FuzzTap(f *testing.F) { prototest.Fuzz(f, New(), peeked("")) }

func BenchmarkTap(b *testing.B) {
	prototest.Bench(b, New(), peeked(""), `data: {"candidates": [{"content": {"parts": [{"text": " quick brown fox jumps over the lazy dog and so on"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 18,"candidatesTokenCount": 12,"totalTokenCount": 1054,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 18}],"thoughtsTokenCount": 1024},"modelVersion": "gemini-2.5-flash","responseId": "zwXYaLnKJ4"}`+"\r\n\r\n")
}
