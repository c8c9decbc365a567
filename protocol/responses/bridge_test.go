package responses

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

var vendor = protocol.Destination{Model: "gpt-5-mini", MaxOutput: 128000}

func inbound(body []byte) protocol.Inbound {
	return protocol.Inbound{Endpoint: burncloud.EndpointResponses, Body: body}
}

func TestEncoders(t *testing.T) { prototest.Encoders(t, NewBridge(), vendor) }

func TestDecoders(t *testing.T) {
	prototest.Decoders(t, NewBridge(), func(_ string, body []byte) protocol.Inbound { return inbound(body) })
}
