package testkit

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/burncloud/burncloud"
)

// fault is an error as a vendor reports it.
type fault struct {
	status     int
	code       string // "" is the usual one for the status
	message    string
	param      string
	retryAfter time.Duration
}

// fault decides whether the request is refused: by the script, for its key, its path or its content.
func (v *Vendor) fault(op operation, a ask, r *Request, s *Script) (fault, bool) {
	f := fault{status: s.Status, code: s.Code, message: s.Message, retryAfter: s.RetryAfter}
	switch {
	case s.Status >= 400:
	case s.Body != nil || s.Pieces != nil:
		return fault{}, false
	case v.opt.Key != "" && credential(op, r) != v.opt.Key:
		f = fault{status: 401, message: "Incorrect API key provided."}
		if op.protocol == burncloud.Gemini {
			f = fault{status: 400, message: "API key not valid. Please pass a valid API key.", code: "INVALID_ARGUMENT"}
		}
	case op.endpoint == "":
		f = fault{status: 404, message: fmt.Sprintf("Invalid URL (%s %s)", r.Method, r.Target)}
	case a.problem != "":
		f = fault{status: 400, message: a.problem, param: a.problemName}
	default:
		return fault{}, false
	}
	if f.message == "" {
		f.message = "The fake vendor was told to fail with status " + strconv.Itoa(f.status) + "."
	}
	return f, true
}

// credential is the key that came in the place where op's vendor looks for it.
func credential(op operation, r *Request) string {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch op.protocol {
	case burncloud.Messages:
		if k := r.Header.Get("X-Api-Key"); k != "" {
			return k
		}
	case burncloud.Gemini:
		if k := r.Header.Get("X-Goog-Api-Key"); k != "" {
			return k
		}
		return op.query.Get("key")
	}
	if bearer == "" && op.endpoint == listModels {
		return r.Header.Get("X-Api-Key")
	}
	return bearer
}

var openAITypes = map[int][2]string{ // type, code
	401: {"invalid_request_error", "invalid_api_key"},
	403: {"invalid_request_error", "permission_denied"},
	404: {"invalid_request_error", "model_not_found"},
	429: {"requests", "rate_limit_exceeded"},
	500: {"server_error", ""},
	503: {"service_unavailable_error", "server_is_overloaded"},
	529: {"service_unavailable_error", "server_is_overloaded"},
}

var anthropicTypes = map[int]string{
	400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
	404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error",
	504: "timeout_error", 529: "overloaded_error",
}

var googleStatuses = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
	429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
	529: "UNAVAILABLE",
}

// body is the error in the protocol's shape.
func (f fault) body(p burncloud.Protocol) []byte {
	switch p {
	case burncloud.Messages:
		return encode(object{"type", "error", "error", f.anthropic(), "request_id", "req_fake"})
	case burncloud.Gemini:
		return encode(object{"error", f.google()})
	}
	return encode(object{"error", f.openAI()})
}

func (f fault) openAI() object {
	t, ok := openAITypes[f.status]
	if !ok {
		t = [2]string{"invalid_request_error", ""}
		if f.status >= 500 {
			t[0] = "server_error"
		}
	}
	if f.code != "" {
		t[1] = f.code
		if f.code == "insufficient_quota" {
			t[0] = f.code
		}
	}
	return object{"message", f.message, "type", t[0], "param", orNull(f.param), "code", orNull(t[1])}
}

func (f fault) anthropic() object {
	t := anthropicTypes[f.status]
	if t == "" {
		t = "api_error"
	}
	if f.code != "" {
		t = f.code
	}
	return object{"type", t, "message", f.message}
}

func (f fault) google() object {
	status := googleStatuses[f.status]
	if status == "" {
		status = "UNKNOWN"
	}
	if f.code != "" {
		status = f.code
	}
	code := f.status
	if code == 529 {
		code = 503
	}
	o := object{"code", code, "message", f.message, "status", status}
	if f.retryAfter > 0 {
		o = append(o, "details", []object{{
			"@type", "type.googleapis.com/google.rpc.RetryInfo",
			"retryDelay", fmt.Sprintf("%ds", int(f.retryAfter.Seconds())),
		}})
	}
	return o
}

// addHeader puts Retry-After where the vendor sends it; Google tells it in the body.
func (f fault) addHeader(p burncloud.Protocol, h http.Header) {
	if f.retryAfter > 0 && p != burncloud.Gemini {
		h.Set("Retry-After", strconv.Itoa(int((f.retryAfter+time.Second-1)/time.Second)))
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
