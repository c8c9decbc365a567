package gateway

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
	"github.com/burncloud/burncloud/service/monitor"
)

// Options are the parts a Gateway is built from and its bounds.
type Options struct {
	Account   *account.Service
	Billing   *billing.Service
	Catalog   *catalog.Service
	Channel   *channel.Service
	Monitor   *monitor.Service
	Upstream  *upstream.Pool
	Protocols []Protocols // that clients and vendors speak

	Timeouts upstream.Timeouts
	// Attempts is the most channels one call may try.
	Attempts int
	Logger   *slog.Logger
	Now      func() time.Time
	Random   func(n uint64) uint64 // uniform in [0, n); nil is math/rand/v2
}

// Gateway serves the data plane.
type Gateway struct {
	Options
	codecs    map[burncloud.Protocol]protocol.Codec
	bridges   map[burncloud.Protocol]protocol.Bridge
	directory atomic.Pointer[directory]
	origins   origins
	calls     sync.Pool
	ids       ids
	taps      tapPools
}

// New builds a Gateway and its first directory; Refresh keeps the directory up to date.
func New(o Options) *Gateway {
	if o.Random == nil {
		o.Random = rand.Uint64N
	}
	g := &Gateway{Options: o, codecs: map[burncloud.Protocol]protocol.Codec{}, bridges: map[burncloud.Protocol]protocol.Bridge{}}
	for _, p := range o.Protocols {
		g.codecs[p.Codec.Protocol()] = p.Codec
		if p.Bridge != nil {
			g.bridges[p.Codec.Protocol()] = p.Bridge
		}
	}
	g.calls.New = func() any { return newCall(g) }
	g.Refresh()
	return g
}

// Refresh rebuilds the directory from the channels and prices as they are now. Calls under way keep
// the one they started with.
func (g *Gateway) Refresh() { g.directory.Store(g.buildDirectory()) }

// Refuse answers a request that never became a call with f, in the protocol that its path names. The
// listener uses it for requests that it cannot accept.
func (g *Gateway) Refuse(x *listen.Exchange, f *burncloud.Fault) {
	in, _ := match(x.Method(), x.Path())
	g.refuse(x, in.protocol, f)
}
