package protocol

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
)

// VendorError is what a vendor said went wrong, in whatever format.
type VendorError struct {
	Status     int    // the HTTP status, or the one that its words stand for; 0 when not known
	Type, Code string // its machine-readable words
	Message    string
	Param      string
	RetryAfter time.Duration
}

// Fault turns it into a Fault. The status decides the kind; without one, the words do. Only where the
// vendor blames the request does the client read the vendor's own message: other messages are about our
// account, and stay in the log.
func (v VendorError) Fault() *burncloud.Fault {
	status := v.Status
	if status < 300 {
		status = v.impliedStatus()
	}
	kind := kindOf(status)
	if v.accuses(401) || v.accuses(402) { // about our account, whatever the status: an empty one is often a 429
		kind = burncloud.UpstreamCredential
	}
	f := &burncloud.Fault{Kind: kind, Param: v.Param, VendorStatus: status, VendorCode: v.VendorCode(), RetryAfter: v.RetryAfter}
	text := Clean(v.Message)
	if text != "" {
		f.Err = errors.New("vendor: " + text)
	}
	switch kind {
	case burncloud.UpstreamRejected:
		if f.Message = text; text == "" {
			f.Message = fmt.Sprintf("the vendor refused the request with status %d and gave no reason", status)
		}
	case burncloud.UpstreamCredential:
		f.Message = "the vendor refused the gateway's own account; the operator must check the channel's credential and balance"
	case burncloud.UpstreamRateLimit:
		f.Message = "the vendor's rate limit is reached; try again later"
	case burncloud.UpstreamBroken:
		f.Message = fmt.Sprintf("the vendor answered with status %d, which is no answer to this request", status)
	default:
		f.Message = fmt.Sprintf("the vendor failed with status %d; try again later", status)
	}
	return f
}

func (v VendorError) accuses(status int) bool {
	return word(v.Code) == status || word(v.Type) == status
}

// VendorCode is the more telling of the two words.
func (v VendorError) VendorCode() string {
	if v.Code != "" {
		return Clean(v.Code)
	}
	return Clean(v.Type)
}

// impliedStatus is the status that the words stand for; 500 when they say nothing that is known.
func (v VendorError) impliedStatus() int {
	for _, w := range []string{v.Code, v.Type} {
		if s := word(w); s != 0 {
			return s
		}
	}
	return 500
}

// kindOf tells whose fault a vendor's status is.
func kindOf(status int) burncloud.Kind {
	switch {
	case status == 401 || status == 402 || status == 403:
		return burncloud.UpstreamCredential
	case status == 429:
		return burncloud.UpstreamRateLimit
	case status == 408 || status == 409 || status == 499 || status >= 500:
		return burncloud.UpstreamError
	case status >= 400:
		return burncloud.UpstreamRejected
	}
	return burncloud.UpstreamBroken
}

// word is the HTTP status that a machine-readable word of a vendor stands for, or 0. A number stands for
// itself.
func word(w string) int {
	n := 0
	for _, c := range w {
		if c < '0' || c > '9' || n > 999 {
			n = 0
			break
		}
		n = n*10 + int(c-'0')
	}
	if n >= 400 && n < 600 {
		return n
	}
	switch w = strings.ToLower(w); w {
	case "rate_limit_error", "rate_limit_exceeded", "too_many_requests", "resource_exhausted", "slow_down", "requests", "tokens":
		return 429
	case "insufficient_quota", "billing_error", "credit_balance_exhausted", "billing_hard_limit_reached",
		"billing_not_active", "insufficient_balance", "enforced_spend_limit_reached":
		return 402
	case "authentication_error", "invalid_api_key", "unauthenticated", "api_key_invalid":
		return 401
	case "permission_error", "permission_denied":
		return 403
	case "not_found_error", "model_not_found", "not_found":
		return 404
	case "request_too_large":
		return 413
	case "context_length_exceeded", "content_filter", "content_policy_violation", "failed_precondition",
		"out_of_range", "data_residency_mismatch", "bio_policy", "cyber_policy", "string_above_max_length":
		return 400
	case "server_error", "api_error", "internal", "internal_error", "internal_server_error", "unknown":
		return 500
	case "service_unavailable_error", "server_is_overloaded", "unavailable", "service_unavailable", "overloaded":
		return 503
	case "timeout_error", "deadline_exceeded", "timeout", "vector_store_timeout":
		return 504
	case "overloaded_error":
		return 529
	case "cancelled":
		return 499
	}
	for _, prefix := range []string{"invalid_", "unsupported_", "image_", "empty_image", "failed_to_download"} {
		if strings.HasPrefix(w, prefix) {
			return 400
		}
	}
	return 0
}

// maxText is the longest text of a vendor that is kept, in bytes.
const maxText = 600

// Clean makes a vendor's text fit to be shown and logged: one line of valid UTF-8, not long, and without
// anything that looks like a credential.
func Clean(s string) string {
	if len(s) > 4*maxText {
		s = s[:4*maxText]
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	for i, w := range words {
		words[i] = maskSecret(strings.ToValidUTF8(w, "\uFFFD"))
	}
	s = strings.Join(words, " ")
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// maskSecret hides the rest of a word from where a credential seems to begin.
func maskSecret(w string) string {
	for _, prefix := range []string{"sk-", "sk_", "pk-", "AIza", "ya29.", "xai-", "gsk_", "nvapi-", "eyJ", "key=", "org-"} {
		if n := strings.Index(w, prefix); n >= 0 && (n == 0 || !isName(w[n-1])) && len(w)-n >= len(prefix)+4 {
			return w[:n] + prefix + "***"
		}
	}
	return w
}

func isName(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
