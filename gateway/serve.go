package gateway

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
)

// Serve answers one request of the data plane. It returns when the answer is written, or cannot be.
func (g *Gateway) Serve(x *listen.Exchange) {
	in, fault := match(x.Method(), x.Path())
	switch {
	case string(x.Method()) == "OPTIONS":
		preflight(x)
	case fault != nil:
		g.refuse(x, in.protocol, fault)
	case in.listing:
		g.list(x, in)
	default:
		c := g.newCall(x, in)
		defer c.finish()
		c.fail(g.run(c))
	}
}

// run takes a call from its first byte to its last. A fault that comes back has not been told to the
// client yet, unless the reply had begun.
func (g *Gateway) run(c *call) *burncloud.Fault {
	if f := g.authenticate(c); f != nil {
		return f
	}
	if f := c.read(); f != nil {
		return f
	}
	if f := g.plan(c); f != nil {
		return f
	}
	if f := g.admit(c); f != nil {
		return f
	}
	c.watch()
	a, f := g.attempt(c)
	if f != nil {
		return f
	}
	return c.relay(a)
}
