package gateway

import (
	"errors"
	"io"
	"strconv"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

// relay passes an accepted reply to the client. The charge is in the ledger before the client can have
// all of the reply, so that no crash leaves an answered call unbilled.
func (c *call) relay(a *attempt) (f *burncloud.Fault) {
	defer func() {
		if t, ok := a.tap.Tap.(*bridgeTap); ok {
			a.losses = append(a.losses, t.encoder.Losses()...)
		}
		c.g.taps.put(a.tap)
		a.reply.Close()
	}()
	c.rec.Status, c.streaming = a.reply.Status, a.stream
	if a.whole && !a.stream {
		return c.relayWhole(a)
	}
	return c.relayPieces(a)
}

// relayWhole sends a plain reply that is already here, with its cost, in one write.
func (c *call) relayWhole(a *attempt) *burncloud.Fault {
	c.settle(a)
	c.responseHead(a)
	if c.rec.CostKnown {
		c.head = append(c.rec.Cost.Append(append(c.head, "X-BurnCloud-Cost: "...)), "\r\n"...)
	}
	c.firstByte(a)
	c.rec.RespBytes = int64(len(a.first))
	if err := c.x.Reply(a.reply.Status, c.head, a.first); err != nil {
		return gone(err)
	}
	return nil
}

// relayPieces passes a stream, or a large plain reply, on as it comes.
func (c *call) relayPieces(a *attempt) *burncloud.Fault {
	c.responseHead(a)
	length := int64(-1)
	if !a.stream {
		length = a.reply.ContentLength()
	}
	c.x.Begin(a.reply.Status, c.head, length)
	c.firstByte(a)
	last, f := c.copy(a)
	if f == nil {
		f = c.end(a, last)
	}
	c.settle(a)
	return f
}

// copy moves the body until it ends or breaks. The last piece is not written but returned, so that it
// can go out together with the end.
func (c *call) copy(a *attempt) (last []byte, f *burncloud.Fault) {
	out, whole := a.first, a.whole
	for {
		if a.tap.Reading().Ended {
			c.settle(a) // the end of the stream is in out: settle before the client can see it
		}
		if whole || a.reply.Ended() {
			return out, nil
		}
		if f := c.write(out); f != nil {
			return nil, f
		}
		p, err := a.reply.Read()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, burncloud.AsFault(err)
		}
		out, whole = a.tap.Write(p), err != nil
	}
}

// end judges a body that ended as HTTP says it should: the protocol's own end must have come too.
func (c *call) end(a *attempt, last []byte) *burncloud.Fault {
	if r := a.tap.Reading(); r.Ended && r.Fault == nil && a.stream {
		return c.finishReply(last)
	}
	if f := c.write(last); f != nil {
		return f
	}
	rest := a.tap.Close()
	c.settle(a)
	r := a.tap.Reading()
	switch {
	case r.Fault == nil && r.Ended:
		return c.finishReply(rest)
	case r.Fault != nil:
		c.told = true // the vendor's error event has reached the client as it is
		_ = c.write(rest)
		return r.Fault
	}
	// What the tap still held is half an event: of no use to anybody.
	return burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's reply stopped before its end")
}

func (c *call) write(p []byte) *burncloud.Fault {
	if len(p) == 0 {
		return nil
	}
	c.rec.RespBytes += int64(len(p))
	if err := c.x.Write(p); err != nil {
		return gone(err)
	}
	return nil
}

func (c *call) finishReply(p []byte) *burncloud.Fault {
	c.rec.RespBytes += int64(len(p))
	if err := c.x.Finish(p); err != nil {
		return gone(err)
	}
	return nil
}

// gone is the fault of a client that no longer takes bytes.
func gone(err error) *burncloud.Fault {
	return burncloud.Wrap(burncloud.Canceled, err, "the client hung up")
}

// responseHead builds the header lines of a good reply: the vendor's that may pass, and our own.
func (c *call) responseHead(a *attempt) {
	c.head = c.head[:0]
	if a.target.bridge != nil {
		c.bridgeHead(a)
	} else {
		a.reply.VisitHeaders(func(name, value []byte) {
			if provider.ForwardResponse(name) {
				c.head = appendLine(c.head, name, value)
			}
		})
	}
	c.ownHead()
	c.head = append(append(append(c.head, "X-BurnCloud-Model: "...), headerSafe(c.peek.Model)...), "\r\n"...)
	c.head = strconv.AppendInt(append(c.head, "X-BurnCloud-Attempts: "...), int64(len(c.attempts)), 10)
	c.head = append(c.head, "\r\n"...)
	if r := c.caller.User.Role; r == burncloud.Owner || r == burncloud.Admin {
		c.head = append(append(append(c.head, "X-BurnCloud-Channel: "...), headerSafe(a.target.channel.Name)...), "\r\n"...)
	}
}

// ownHead appends the header lines that every reply has.
func (c *call) ownHead() {
	c.head = append(append(append(c.head, "X-Request-Id: "...), c.name...), "\r\n"...)
	c.head = appendCORS(c.head, c.x)
}

// headerSafe is s if it can stand in a header as it is, else s percent-encoded where needed.
func headerSafe(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return escapeHeader(s)
		}
	}
	return s
}

func escapeHeader(s string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)*3)
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '%' {
			out = append(out, '%', hex[b>>4], hex[b&15])
		} else {
			out = append(out, b)
		}
	}
	return string(out)
}

// firstByte notes when the reply's first byte leaves, and what of the time before was ours.
func (c *call) firstByte(a *attempt) {
	now := c.g.Now()
	c.rec.FirstByte = ms(now.Sub(c.start))
	c.rec.Overhead = ms(a.start.Sub(c.bodyAt) + now.Sub(a.reply.FirstByteAt()))
}
