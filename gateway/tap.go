package gateway

import (
	"sync"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// tap is a codec's Tap that knows the pool it came from; one without a home is not kept.
type tap struct {
	protocol.Tap
	home *sync.Pool
}

// tapPools keeps taps for reuse, apart by what a Tap depends on: endpoint, stream, hiding, framing.
type tapPools [endpoints][2][2][2]sync.Pool

func (p *tapPools) get(codec protocol.Codec, peek *protocol.Peek, stream bool) *tap {
	hide := stream && hides(peek)
	home := &p[slot(peek.Endpoint)][bit(stream)][bit(hide)][bit(peek.JSONArray)]
	if t, ok := home.Get().(*tap); ok {
		return t
	}
	like := *peek
	like.Stream = stream
	return &tap{codec.Tap(&like, hide), home}
}

// hides tells whether usage was asked for in the client's name, so that its event is kept back.
func hides(p *protocol.Peek) bool {
	return p.Stream && !p.UsageAsked &&
		(p.Endpoint == burncloud.EndpointChat || p.Endpoint == burncloud.EndpointCompletions)
}

func (p *tapPools) put(t *tap) {
	if t != nil && t.home != nil {
		t.Reset()
		t.home.Put(t)
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
