package gemini

import (
	"bytes"
	"strconv"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// words are the canonical status words for each kind of fault.
var words = map[burncloud.Kind]string{
	burncloud.Invalid:           "INVALID_ARGUMENT",
	burncloud.Unauthenticated:   "UNAUTHENTICATED",
	burncloud.Forbidden:         "PERMISSION_DENIED",
	burncloud.InsufficientFunds: "FAILED_PRECONDITION",
	burncloud.NotFound:          "NOT_FOUND",
	burncloud.MethodNotAllowed:  "UNIMPLEMENTED",
	burncloud.RequestTimeout:    "DEADLINE_EXCEEDED",
	burncloud.TooLarge:          "INVALID_ARGUMENT",
	burncloud.UnsupportedMedia:  "INVALID_ARGUMENT",
	burncloud.HeaderTooLarge:    "INVALID_ARGUMENT",
	burncloud.RateLimited:       "RESOURCE_EXHAUSTED",
	burncloud.Canceled:          "CANCELLED",

	burncloud.Overloaded: "UNAVAILABLE",
	burncloud.Draining:   "UNAVAILABLE",
	burncloud.NoChannel:  "UNAVAILABLE",
	burncloud.Unpriced:   "FAILED_PRECONDITION",
	burncloud.Internal:   "INTERNAL",

	burncloud.UpstreamRejected:   "INVALID_ARGUMENT",
	burncloud.UpstreamCredential: "UNAVAILABLE",
	burncloud.UpstreamRateLimit:  "RESOURCE_EXHAUSTED",
	burncloud.UpstreamError:      "INTERNAL",
	burncloud.UpstreamConnect:    "UNAVAILABLE",
	burncloud.UpstreamTimeout:    "DEADLINE_EXCEEDED",
	burncloud.UpstreamBroken:     "INTERNAL",
}

// AppendFault implements protocol.Codec.
func (codec) AppendFault(dst []byte, f *burncloud.Fault) []byte {
	word, ok := words[f.Kind]
	switch {
	case !ok:
		word = words[burncloud.Internal]
	case f.Kind == burncloud.UpstreamRejected && f.VendorStatus == 404:
		word = words[burncloud.NotFound]
	}
	dst = append(dst, `{"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(f.Status()), 10)
	dst = append(dst, `,"message":`...)
	dst = jsonedit.AppendString(dst, f.Message)
	dst = append(dst, `,"status":`...)
	dst = jsonedit.AppendString(dst, word)
	return append(dst, "}}"...)
}

// AppendStreamFault implements protocol.Codec. It ends a stream of server-sent events; a stream that is
// one JSON array (Peek.JSONArray) has no event for it and can only be cut.
func (c codec) AppendStreamFault(dst []byte, f *burncloud.Fault) []byte {
	dst = c.AppendFault(append(dst, "data: "...), f)
	return append(dst, "\r\n\r\n"...)
}

// ReadFault implements protocol.Codec.
func (codec) ReadFault(status int, body []byte) (*burncloud.Fault, bool) {
	v, own := readError(body)
	return fault(v, status), own
}

// fault turns what Google said into a Fault. It answers 400 to a key that is wrong and to an account
// that may not be served from where it is: both are about our account, not the request.
func fault(v protocol.VendorError, status int) *burncloud.Fault {
	if status >= 300 {
		v.Status = status
	}
	precondition := v.Code == "FAILED_PRECONDITION"
	status = v.Status
	if precondition {
		v.Status = 403
	}
	f := v.Fault()
	if precondition && status != 0 {
		f.VendorStatus = status
	}
	return f
}

// readError reads an error body: Google's, possibly as the one element of an array, or another's. own
// reports the true format.
func readError(body []byte) (v protocol.VendorError, own bool) {
	doc, whole := bytes.TrimSpace(body), true
	if len(doc) > 0 && doc[0] == '[' {
		var first []byte
		n := 0
		whole = jsonedit.Elements(doc, func(e jsonedit.Span) bool {
			if n++; n == 1 {
				first = e.Of(doc)
			}
			return true
		}) == nil && n == 1
		doc = first
	}
	var raw []byte
	if jsonedit.Walk(doc, func(key []byte, _, value jsonedit.Span) bool {
		if string(key) == "error" {
			raw = value.Of(doc)
		}
		return true
	}) != nil || len(raw) == 0 || raw[0] != '{' {
		v, _ = protocol.ReadOpenAIError(body)
		return v, false
	}
	v = protocol.ReadErrorObject(raw)
	own = whole && isStatus(raw)
	if n, err := strconv.Atoi(v.Code); err == nil {
		if v.Status = n; v.Type != "" {
			v.Code, v.Type = v.Type, ""
		}
	}
	readDetails(raw, &v)
	return v, own
}

// isStatus tells whether an error member has the members, of the types, that Google's clients read.
func isStatus(raw []byte) bool {
	code, message, status := false, false, false
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // the whole was walked before
		v := value.Of(raw)
		switch string(key) {
		case "code":
			_, ok := jsonedit.Int(v)
			code = ok && v[0] != '"'
		case "message":
			message = v[0] == '"'
		case "status":
			status = v[0] == '"'
		}
		return true
	})
	return code && message && status
}

// readDetails looks through error.details for the reason that is finer than the status, and for how long
// to wait.
func readDetails(raw []byte, v *protocol.VendorError) {
	var details []byte
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // the whole was walked before
		if string(key) == "details" {
			details = value.Of(raw)
		}
		return true
	})
	_ = jsonedit.Elements(details, func(e jsonedit.Span) bool { // none is no array
		one := e.Of(details)
		_ = jsonedit.Walk(one, func(key []byte, _, value jsonedit.Span) bool {
			text, _ := jsonedit.Text(value.Of(one))
			switch string(key) {
			case "reason":
				if text == "API_KEY_INVALID" {
					v.Code = text
				}
			case "retryDelay":
				if d, err := time.ParseDuration(text); err == nil && d > 0 {
					v.RetryAfter = d
				}
			}
			return true
		})
		return true
	})
}
