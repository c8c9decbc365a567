package messages

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
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"},"request_id":"req_1"}`, burncloud.UpstreamRejected, "invalid_request_error", true},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to use the API"}}`, burncloud.UpstreamCredential, "billing_error", true},
		{401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`, burncloud.UpstreamCredential, "authentication_error", true},
		{404, `{"type":"error","error":{"type":"not_found_error","message":"model: x"}}`, burncloud.UpstreamRejected, "not_found_error", true},
		{413, `<html><head><title>413 Request Entity Too Large</title></head></html>`, burncloud.UpstreamRejected, "", false},
		{429, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`, burncloud.UpstreamRateLimit, "rate_limit_error", true},
		{529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, burncloud.UpstreamError, "overloaded_error", true},
		{500, ``, burncloud.UpstreamError, "", false},
		{400, `{"error":{"message":"m","type":"invalid_request_error","code":null}}`, burncloud.UpstreamRejected, "invalid_request_error", false},
		{400, `{"type":"error","error":{"message":"m"}}`, burncloud.UpstreamRejected, "", false},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"m"}`, burncloud.UpstreamRejected, "invalid_request_error", false},
	} {
		f, own := New().ReadFault(c.status, []byte(c.body))
		if f.Kind != c.kind || f.VendorCode != c.code || own != c.own || f.VendorStatus != c.status || f.Message == "" {
			t.Errorf("%d %.60s: %+v, own %v", c.status, c.body, f, own)
		}
	}
}
