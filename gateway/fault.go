package gateway

import (
	"strconv"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/protocol"
)

var jsonType = []byte("Content-Type: application/json\r\n")

// refuse answers a request that never became a call.
func (g *Gateway) refuse(x *listen.Exchange, p burncloud.Protocol, f *burncloud.Fault) {
	head := append([]byte(nil), jsonType...)
	head = append(head, "X-Request-Id: "+newID()+"\r\n"...)
	head = appendCORS(appendFaultHead(head, f), x)
	_ = x.Reply(f.Status(), head, g.codec(p).AppendFault(nil, f))
	g.Monitor.Refuse(f.Kind)
}

func (g *Gateway) codec(p burncloud.Protocol) protocol.Codec {
	if c := g.codecs[p]; c != nil {
		return c
	}
	return g.codecs[burncloud.Chat]
}

// appendFaultHead appends what a status needs beside a body.
func appendFaultHead(head []byte, f *burncloud.Fault) []byte {
	if f.RetryAfter > 0 {
		seconds := int64(f.RetryAfter.Seconds() + 0.999)
		head = strconv.AppendInt(append(head, "Retry-After: "...), seconds, 10)
		head = append(head, "\r\n"...)
	}
	switch f.Kind {
	case burncloud.Unauthenticated:
		head = append(head, "WWW-Authenticate: Bearer\r\n"...)
	case burncloud.MethodNotAllowed:
		head = append(head, "Allow: GET, POST, OPTIONS\r\n"...)
	}
	return head
}

// fail tells the client what went wrong, if something did, in its own protocol: as an error reply when
// nothing was sent yet, as an error event when a stream of events is under way, and by cutting the
// connection when a JSON document is.
func (c *call) fail(f *burncloud.Fault) {
	if f == nil {
		return
	}
	c.rec.Fault, c.rec.Message = f.Kind, f.Message
	if k := c.x.Interrupted(); k == burncloud.Canceled {
		c.rec.Fault, c.rec.Message = k, "the client hung up"
	}
	switch {
	case c.rec.Fault == burncloud.Canceled:
		c.rec.Status = 499
		c.x.Abort()
	case !c.x.Begun():
		c.refuse(f)
	case c.streaming && c.told:
		_ = c.x.End()
	case c.streaming && !c.peek.JSONArray:
		// The blank line ends an event that was cut, so that ours stands alone.
		c.head = c.codec.AppendStreamFault(append(c.head[:0], "\n\n"...), f)
		if c.x.Write(c.head) != nil || c.x.End() != nil {
			c.x.Abort()
		}
	default:
		c.x.Abort()
	}
	if f.Kind == burncloud.Internal {
		c.g.Logger.Error("internal error", "call", c.name, "error", f)
	}
}

// refuse answers with an error reply. A vendor's verdict on the request is passed on as it was said.
func (c *call) refuse(f *burncloud.Fault) {
	body := c.plain
	if f.Kind != burncloud.UpstreamRejected || len(body) == 0 {
		body = c.codec.AppendFault(nil, f)
	}
	c.head = append(c.head[:0], jsonType...)
	c.head = appendFaultHead(c.head, f)
	c.ownHead()
	c.rec.Status, c.rec.RespBytes = f.Status(), int64(len(body))
	c.rec.FirstByte = ms(c.g.Now().Sub(c.start))
	_ = c.x.Reply(f.Status(), c.head, body)
}
