package chat

import (
	"testing"

	"github.com/burncloud/burncloud"
)

func TestReadFault(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   burncloud.Kind
		code   string
		own    bool
	}{
		{400, `{"error":{"message":"too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, burncloud.UpstreamRejected, "context_length_exceeded", true},
		{401, `{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, burncloud.UpstreamCredential, "invalid_api_key", true},
		{429, `{"error":{"message":"slow","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, burncloud.UpstreamRateLimit, "rate_limit_exceeded", true},
		{429, `{"error":{"message":"pay","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, burncloud.UpstreamCredential, "insufficient_quota", true},
		{402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, burncloud.UpstreamCredential, "invalid_request_error", true},
		{502, `{"error":{"code":502,"message":"Bad gateway","metadata":{"provider_name":"x"}}}`, burncloud.UpstreamError, "502", false},
		{404, `{"object":"error","message":"no such model","type":"NotFoundError","param":null,"code":404}`, burncloud.UpstreamRejected, "404", false},
		{422, `{"detail":[{"loc":["body","seed"],"msg":"extra"}]}`, burncloud.UpstreamRejected, "", false},
		{503, "<html>\n<body>Service Unavailable</body></html>", burncloud.UpstreamError, "", false},
		{504, ``, burncloud.UpstreamError, "", false},
	} {
		f, own := New().ReadFault(c.status, []byte(c.body))
		if f.Kind != c.kind || f.VendorCode != c.code || own != c.own || f.VendorStatus != c.status || f.Message == "" {
			t.Errorf("%d %.60s: %+v, own %v", c.status, c.body, f, own)
		}
	}
}
