package protocol

import (
	"strconv"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
)

// openAIWords are the "type" and "code" that OpenAI's clients know for each kind of fault.
var openAIWords = map[burncloud.Kind][2]string{
	burncloud.Invalid:           {"invalid_request_error", "invalid_request"},
	burncloud.Unauthenticated:   {"invalid_request_error", "invalid_api_key"},
	burncloud.Forbidden:         {"invalid_request_error", "insufficient_permissions"},
	burncloud.InsufficientFunds: {"insufficient_quota", "insufficient_quota"},
	burncloud.NotFound:          {"invalid_request_error", "not_found"},
	burncloud.MethodNotAllowed:  {"invalid_request_error", "method_not_allowed"},
	burncloud.RequestTimeout:    {"invalid_request_error", "request_timeout"},
	burncloud.TooLarge:          {"invalid_request_error", "request_too_large"},
	burncloud.UnsupportedMedia:  {"invalid_request_error", "unsupported_media_type"},
	burncloud.HeaderTooLarge:    {"invalid_request_error", "header_too_large"},
	burncloud.RateLimited:       {"rate_limit_error", "rate_limit_exceeded"},
	burncloud.Canceled:          {"invalid_request_error", "request_canceled"},

	burncloud.Overloaded: {"service_unavailable_error", "server_is_overloaded"},
	burncloud.Draining:   {"service_unavailable_error", "server_is_stopping"},
	burncloud.NoChannel:  {"service_unavailable_error", "no_channel"},
	burncloud.Unpriced:   {"invalid_request_error", "model_unpriced"},
	burncloud.Internal:   {"server_error", "internal_error"},

	burncloud.UpstreamRejected:   {"invalid_request_error", "upstream_rejected"},
	burncloud.UpstreamCredential: {"server_error", "upstream_credential"},
	burncloud.UpstreamRateLimit:  {"rate_limit_error", "rate_limit_exceeded"},
	burncloud.UpstreamError:      {"server_error", "upstream_error"},
	burncloud.UpstreamConnect:    {"server_error", "upstream_unreachable"},
	burncloud.UpstreamTimeout:    {"server_error", "upstream_timeout"},
	burncloud.UpstreamBroken:     {"server_error", "upstream_broken"},
}

// OpenAIWords are the type and code of f in OpenAI's error object.
func OpenAIWords(f *burncloud.Fault) (kind, code string) {
	w, ok := openAIWords[f.Kind]
	if !ok {
		w = openAIWords[burncloud.Internal]
	}
	switch {
	case f.Kind == burncloud.NotFound && f.Param == "model":
		w[1] = "model_not_found"
	case f.Kind == burncloud.UpstreamRejected && f.VendorCode != "":
		w[1] = f.VendorCode
	}
	return w[0], w[1]
}

// AppendOpenAIError appends f as the members of OpenAI's error object, with its braces.
func AppendOpenAIError(dst []byte, f *burncloud.Fault) []byte {
	kind, code := OpenAIWords(f)
	dst = append(dst, `{"message":`...)
	dst = jsonedit.AppendString(dst, f.Message)
	dst = append(dst, `,"type":`...)
	dst = jsonedit.AppendString(dst, kind)
	dst = append(dst, `,"param":`...)
	dst = AppendStringOrNull(dst, f.Param)
	dst = append(dst, `,"code":`...)
	dst = jsonedit.AppendString(dst, code)
	return append(dst, '}')
}

// AppendStringOrNull appends s as a JSON string, or null when it is empty.
func AppendStringOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return jsonedit.AppendString(dst, s)
}

// ReadErrorObject reads what stands in an error member: an object with a message and some words, or a
// bare string. Words that are numbers are taken as text.
func ReadErrorObject(raw []byte) VendorError {
	if s, ok := jsonedit.Text(raw); ok {
		return VendorError{Message: s}
	}
	var v VendorError
	// An error that is not JSON to its end is still worth what stood before.
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		s := wordText(value.Of(raw))
		switch string(key) {
		case "message", "msg":
			v.Message = s
		case "type", "status":
			v.Type = s
		case "code":
			v.Code = s
		case "param":
			v.Param = s
		}
		return true
	})
	return v
}

// IsError tells whether the value of an error member says that there was one: some vendors send null, ""
// or false where there was none.
func IsError(raw []byte) bool { return len(raw) > 2 && (raw[0] == '{' || raw[0] == '"') }

// wordText is a value as text: a string's meaning, a number's digits, else nothing.
func wordText(raw []byte) string {
	if s, ok := jsonedit.Text(raw); ok {
		return s
	}
	if n, ok := jsonedit.Int(raw); ok {
		return strconv.FormatInt(n, 10)
	}
	return ""
}

// ReadOpenAIError reads an error body of OpenAI's format, or of one of the many that vendors of that
// format send instead. own reports the true format: an object with an error object that has a message.
func ReadOpenAIError(body []byte) (v VendorError, own bool) {
	body, own = firstElement(body)
	var flat VendorError
	err := jsonedit.Walk(body, func(key []byte, _, value jsonedit.Span) bool {
		raw := value.Of(body)
		switch string(key) {
		case "error":
			v = ReadErrorObject(raw)
			own = own && isOpenAIError(raw)
		case "message", "error_msg", "msg":
			flat.Message = wordText(raw)
		case "detail", "errors":
			if flat.Message = wordText(raw); flat.Message == "" {
				flat.Message = string(raw)
			}
		case "type":
			flat.Type = wordText(raw)
		case "code":
			flat.Code = wordText(raw)
		case "param":
			flat.Param = wordText(raw)
		}
		return true
	})
	if v.Message == "" && v.Code == "" && v.Type == "" {
		return flat, false
	}
	return v, own && err == nil
}

// isOpenAIError tells whether an error member has the members, of the types, that OpenAI's clients read.
func isOpenAIError(raw []byte) bool {
	message, kind, code := false, false, true
	err := jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "message":
			message = v[0] == '"' && len(v) > 2
		case "type":
			kind = v[0] == '"' || jsonedit.IsNull(v)
		case "code":
			code = v[0] == '"' || jsonedit.IsNull(v)
		}
		return true
	})
	return err == nil && message && kind && code
}

// firstElement is the first element of a body that is an array, as Google's servers answer to some
// requests; one tells whether body was an object by itself.
func firstElement(body []byte) (first []byte, one bool) {
	first, one = body, true
	_ = jsonedit.Elements(body, func(value jsonedit.Span) bool {
		first, one = value.Of(body), false
		return false
	})
	return first, one
}
