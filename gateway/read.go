package gateway

import (
	"net/url"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// read takes the body and peeks at it. After it the request is not changed any more.
func (c *call) read() (f *burncloud.Fault) {
	if c.body, f = c.x.ReadBody(); f != nil {
		return f
	}
	c.bodyAt = c.g.Now()
	in := protocol.Inbound{Endpoint: c.in.endpoint, Stream: c.in.stream, Query: c.x.Query(), Body: c.body}
	if len(c.in.model) > 0 {
		if in.Model, f = pathModel(c.in.model); f != nil {
			return f
		}
	}
	c.peek, f = c.codec.Peek(in)
	return f
}

// pathModel decodes a model name that stands in a path.
func pathModel(raw []byte) (string, *burncloud.Fault) {
	name, err := url.PathUnescape(string(raw))
	if err != nil || name == "" {
		return "", burncloud.Faultf(burncloud.Invalid, "the model in the path is not percent-encoded as it should be: %s", clip(raw))
	}
	return name, nil
}
