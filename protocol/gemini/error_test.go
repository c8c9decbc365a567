package gemini

import (
	"testing"
	"time"

	"github.com/burncloud/burncloud"
)

func TestReadFault(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   burncloud.Kind
		code   string
		own    bool
		wait   time.Duration
	}{
		{400, `{"error":{"code":400,"message":"Invalid JSON payload","status":"INVALID_ARGUMENT"}}`, burncloud.UpstreamRejected, "INVALID_ARGUMENT", true, 0},
		{400, `{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`, burncloud.UpstreamCredential, "API_KEY_INVALID", true, 0},
		{400, `{"error":{"code":400,"message":"User location is not supported","status":"FAILED_PRECONDITION"}}`, burncloud.UpstreamCredential, "FAILED_PRECONDITION", true, 0},
		{403, `{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}`, burncloud.UpstreamCredential, "PERMISSION_DENIED", true, 0},
		{404, `{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}`, burncloud.UpstreamRejected, "NOT_FOUND", true, 0},
		{429, `{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"x":1},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}`, burncloud.UpstreamRateLimit, "RESOURCE_EXHAUSTED", true, 34 * time.Second},
		{429, `{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"soon"},{"retryDelay":"-3s"}]}}`, burncloud.UpstreamRateLimit, "RESOURCE_EXHAUSTED", true, 0},
		{503, `[{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}]`, burncloud.UpstreamError, "UNAVAILABLE", true, 0},
		{503, `[{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}},{}]`, burncloud.UpstreamError, "UNAVAILABLE", false, 0},
		{400, `{"error":{"message":"m","type":"invalid_request_error","code":null}}`, burncloud.UpstreamRejected, "invalid_request_error", false, 0},
		{502, `<html></html>`, burncloud.UpstreamError, "", false, 0},
		{500, ``, burncloud.UpstreamError, "", false, 0},
		{500, `[`, burncloud.UpstreamError, "", false, 0},
	} {
		f, own := New().ReadFault(c.status, []byte(c.body))
		if f.Kind != c.kind || f.VendorCode != c.code || own != c.own || f.VendorStatus != c.status || f.RetryAfter != c.wait || f.Message == "" {
			t.Errorf("%d %.60s: %+v, own %v", c.status, c.body, f, own)
		}
	}
}
