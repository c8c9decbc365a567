package gateway

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
)

// Where a vendor sends no usage, text is taken to have this many bytes per token. Such figures are
// marked as estimates everywhere.
const bytesPerToken = 4

// settle books what the reply consumed, once. What the vendor counted is what is billed; where it sent
// no final count, because it does not or because the stream ended early, what was served is estimated.
func (c *call) settle(a *attempt) {
	if c.settled {
		return
	}
	c.settled = true
	c.rec.Usage = c.usage(a)
	if p := a.target.price; p != nil {
		c.rec.Cost, c.rec.CostKnown = p.Cost(c.rec.Usage), true
	}
	if c.in.endpoint == burncloud.EndpointCountTokens {
		c.rec.Cost, c.rec.CostKnown = 0, true
	}
	if !c.held {
		return
	}
	charge := billing.Charge{Amount: c.rec.Cost}
	if c.rec.Usage.Estimated {
		charge.Note = "estimated"
	}
	if err := c.hold.Settle(charge); err != nil {
		c.g.Logger.Error("a charge could not be booked", "call", c.name, "user", c.caller.User.ID,
			"key", c.caller.Key.ID, "amount_usd", c.rec.Cost.String(), "error", err)
		c.hold.Release() // for a charge that cannot be; after any other this does nothing
	}
}

// usage is the vendor's count, or an estimate of what was served.
func (c *call) usage(a *attempt) burncloud.Usage {
	r := a.tap.Reading()
	if c.in.endpoint == burncloud.EndpointCountTokens {
		return burncloud.Usage{}
	}
	if r.HasUsage && (r.Final || r.Ended) {
		return r.Usage
	}
	u := r.Usage
	u.Estimated = true
	if u.TotalInput() == 0 {
		u.Input = tokens(int64(len(c.body)))
	}
	if c.peek.OutputCap >= 0 {
		u.Output = max(u.Output, tokens(r.TextBytes))
	}
	return u
}

func tokens(bytes int64) int64 { return (bytes + bytesPerToken - 1) / bytesPerToken }

// report hands the record to the log and the counters. Requests of strangers are counted, not logged.
func (c *call) report() {
	r := &c.rec
	r.ID, r.Time, r.Endpoint, r.Stream = c.name, c.start, c.in.endpoint, c.peek.Stream
	r.Requested, r.Routed = c.peek.Model, c.peek.Model
	r.ReqBytes, r.Attempts, r.Losses = int64(len(c.body)), c.attempts, c.last.losses
	r.Duration = ms(c.g.Now().Sub(c.start))
	if c.caller != nil {
		r.UserID, r.KeyID = c.caller.User.ID, c.caller.Key.ID
		r.ClientIP = c.x.ClientIP()
	}
	c.g.Monitor.Record(r)
}
