package messages

import (
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

var claude = protocol.Destination{Model: "claude-sonnet-4-5", MaxOutput: 64000}

func inbound(_ string, body []byte) protocol.Inbound {
	return protocol.Inbound{Endpoint: burncloud.EndpointMessages, Body: body}
}

func TestEncoders(t *testing.T) { prototest.Encoders(t, NewBridge(), claude) }

func TestDecoders(t *testing.T) { prototest.Decoders(t, NewBridge(), inbound) }
