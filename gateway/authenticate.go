package gateway

import (
	"bytes"
	"net/url"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/service/account"
)

var bearer = []byte("bearer ")

// credential finds the caller's secret where any of the protocols puts it. nil is none.
func credential(x *listen.Exchange) []byte {
	if v := x.Header("Authorization"); len(v) > len(bearer) && bytes.EqualFold(v[:len(bearer)], bearer) {
		return bytes.TrimSpace(v[len(bearer):])
	}
	for _, name := range [...]string{"X-Api-Key", "Api-Key", "X-Goog-Api-Key"} {
		if v := x.Header(name); len(v) > 0 {
			return v
		}
	}
	if q := x.Query(); len(q) > 0 {
		if v, err := url.ParseQuery(string(q)); err == nil && v.Get("key") != "" {
			return []byte(v.Get("key"))
		}
	}
	return nil
}

// authenticate finds out who calls, before the body is read: strangers cost no memory.
func (g *Gateway) authenticate(c *call) (f *burncloud.Fault) {
	c.caller, f = g.identify(c.x)
	return f
}

func (g *Gateway) identify(x *listen.Exchange) (*account.Caller, *burncloud.Fault) {
	secret := credential(x)
	if len(secret) == 0 {
		return nil, burncloud.Faultf(burncloud.Unauthenticated,
			"no API key given; send one as \"Authorization: Bearer <key>\", \"x-api-key\" or \"x-goog-api-key\"")
	}
	return g.Account.Authenticate(secret)
}
