package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// words are the error types that Anthropic's clients know for each kind of fault.
var words = map[burncloud.Kind]string{
	burncloud.Invalid:           "invalid_request_error",
	burncloud.Unauthenticated:   "authentication_error",
	burncloud.Forbidden:         "permission_error",
	burncloud.InsufficientFunds: "billing_error",
	burncloud.NotFound:          "not_found_error",
	burncloud.MethodNotAllowed:  "invalid_request_error",
	burncloud.RequestTimeout:    "invalid_request_error",
	burncloud.TooLarge:          "request_too_large",
	burncloud.UnsupportedMedia:  "invalid_request_error",
	burncloud.HeaderTooLarge:    "invalid_request_error",
	burncloud.RateLimited:       "rate_limit_error",
	burncloud.Canceled:          "invalid_request_error",

	burncloud.Overloaded: "overloaded_error",
	burncloud.Draining:   "overloaded_error",
	burncloud.NoChannel:  "overloaded_error",
	burncloud.Unpriced:   "permission_error",
	burncloud.Internal:   "api_error",

	burncloud.UpstreamRejected:   "invalid_request_error",
	burncloud.UpstreamCredential: "api_error",
	burncloud.UpstreamRateLimit:  "rate_limit_error",
	burncloud.UpstreamError:      "api_error",
	burncloud.UpstreamConnect:    "api_error",
	burncloud.UpstreamTimeout:    "timeout_error",
	burncloud.UpstreamBroken:     "api_error",
}

// AppendFault implements protocol.Codec.
func (codec) AppendFault(dst []byte, f *burncloud.Fault) []byte {
	word, ok := words[f.Kind]
	switch {
	case !ok:
		word = words[burncloud.Internal]
	case f.Kind == burncloud.UpstreamRejected && f.VendorStatus == 404:
		word = words[burncloud.NotFound]
	case f.Kind == burncloud.UpstreamRejected && f.VendorStatus == 413:
		word = words[burncloud.TooLarge]
	}
	dst = append(dst, `{"type":"error","error":{"type":`...)
	dst = jsonedit.AppendString(dst, word)
	dst = append(dst, `,"message":`...)
	dst = jsonedit.AppendString(dst, f.Message)
	return append(dst, "}}"...)
}

// AppendStreamFault implements protocol.Codec.
func (c codec) AppendStreamFault(dst []byte, f *burncloud.Fault) []byte {
	dst = c.AppendFault(append(dst, "event: error\ndata: "...), f)
	return append(dst, "\n\n"...)
}

// ReadFault implements protocol.Codec. An account without credit is refused by Anthropic with 400, as if
// the request were wrong; it is told by its message.
func (codec) ReadFault(status int, body []byte) (*burncloud.Fault, bool) {
	v, own := readError(body)
	v.Status = status
	if status == 400 && strings.Contains(v.Message, "credit balance is too low") {
		v.Code = "billing_error"
	}
	return v.Fault(), own
}

// readError reads an error body. own reports the true format.
func readError(body []byte) (v protocol.VendorError, own bool) {
	marked := false
	v, own = protocol.ReadOpenAIError(body)
	_ = jsonedit.Walk(body, func(key []byte, _, value jsonedit.Span) bool { // ReadOpenAIError judged the whole
		if string(key) == "type" {
			marked = string(value.Of(body)) == `"error"`
		}
		return true
	})
	return v, own && marked && v.Type != ""
}
