package gateway

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
)

// admit reserves the most that the call may cost. Counting tokens costs nothing at any vendor.
func (g *Gateway) admit(c *call) (f *burncloud.Fault) {
	if c.in.endpoint == burncloud.EndpointCountTokens {
		return nil
	}
	var bound burncloud.Money
	for i := range c.pool.priced {
		p := &c.pool.priced[i]
		bound = max(bound, billing.Estimate(p.price, int64(len(c.body)), c.peek.OutputCap, c.peek.Choices, p.limits))
	}
	limited := !billing.Unlimited(c.caller.User) || !c.caller.Key.Unlimited
	if limited && c.pool.unpriced {
		if len(c.pool.priced) == 0 {
			return burncloud.Faultf(burncloud.Unpriced,
				"the model %q has no price here, so it is served only to users and keys without a spending limit; ask the operator to set its price", c.peek.Model)
		}
		c.skipUnpriced = true
	}
	c.hold, f = g.Billing.Reserve(billing.Reservation{
		CallID: c.id, User: c.caller.User, Key: c.caller.Key, Amount: bound,
	})
	c.held = f == nil
	return f
}
