package gateway

import "github.com/burncloud/burncloud"

// plan finds the channels that can serve the call.
func (g *Gateway) plan(c *call) *burncloud.Fault {
	name := c.peek.Model
	if !c.caller.Allowed(name) {
		return burncloud.Faultf(burncloud.Forbidden, "this key may not use the model %q", clip([]byte(name)))
	}
	m := g.directory.Load().models[name]
	if m == nil {
		return noModel(name)
	}
	p := m.pool(c.caller.User.Group, c.in.endpoint)
	if p.fault != nil {
		return p.fault
	}
	c.pool = p
	return nil
}

func noModel(name string) *burncloud.Fault {
	f := burncloud.Faultf(burncloud.NotFound, "the model %q does not exist here or this key has no access to it", clip([]byte(name)))
	f.Param = "model"
	return f
}
