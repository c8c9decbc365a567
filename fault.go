package burncloud

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong, and alone decides the status the client sees and whether another target
// may be tried. Kinds are stable words: they stand in the log, in metrics and in the API.
type Kind string

// The caller's faults: never retried.
const (
	Invalid           Kind = "invalid_request"    // malformed or contradictory request, ours or the vendor's word for it
	Unauthenticated   Kind = "unauthenticated"    // no key, or one we do not know
	Forbidden         Kind = "forbidden"          // a key that may not do this
	InsufficientFunds Kind = "insufficient_funds" // balance or key limit does not cover the call
	NotFound          Kind = "not_found"          // no such model, resource or path
	MethodNotAllowed  Kind = "method_not_allowed"
	RequestTimeout    Kind = "request_timeout" // the caller sent too slowly
	TooLarge          Kind = "too_large"       // body over the limit
	UnsupportedMedia  Kind = "unsupported_media_type"
	HeaderTooLarge    Kind = "header_too_large"
	RateLimited       Kind = "rate_limited" // by our own limits
	Canceled          Kind = "canceled"     // the caller hung up
)

// Our own faults.
const (
	Overloaded Kind = "overloaded" // memory budget or connection cap reached
	Draining   Kind = "draining"   // the process is stopping
	NoChannel  Kind = "no_channel" // nobody can serve the model now
	Unpriced   Kind = "unpriced"   // the model has no price and the caller's balance is limited
	Internal   Kind = "internal"
)

// The vendor's faults, and those of the way there.
const (
	UpstreamRejected   Kind = "upstream_rejected"     // the vendor blames the request: 400, 404, 409, 413, 422 …
	UpstreamCredential Kind = "upstream_credential"   // 401, 402 or 403 about our credential; never the caller's 401
	UpstreamRateLimit  Kind = "upstream_rate_limited" // 429
	UpstreamError      Kind = "upstream_error"        // 5xx, 529
	UpstreamConnect    Kind = "upstream_connect"      // DNS, dial, TLS, reset before an answer
	UpstreamTimeout    Kind = "upstream_timeout"      // connect, first byte, between events or total
	UpstreamBroken     Kind = "upstream_broken"       // not HTTP, not the protocol, or cut in the middle
)

// kinds is the whole table of what a Kind means.
var kinds = map[Kind]struct {
	status int
	retry  bool
}{
	Invalid: {400, false}, Unauthenticated: {401, false}, InsufficientFunds: {402, false},
	Forbidden: {403, false}, NotFound: {404, false}, MethodNotAllowed: {405, false},
	RequestTimeout: {408, false}, TooLarge: {413, false}, UnsupportedMedia: {415, false},
	RateLimited: {429, false}, HeaderTooLarge: {431, false}, Canceled: {499, false},
	Internal: {500, false}, Overloaded: {503, false}, Draining: {503, false}, NoChannel: {503, false},
	Unpriced:         {403, false},
	UpstreamRejected: {400, false}, UpstreamCredential: {502, true}, UpstreamRateLimit: {429, true},
	UpstreamError: {502, true}, UpstreamConnect: {502, true}, UpstreamTimeout: {504, true},
	UpstreamBroken: {502, true},
}

// Kinds lists every Kind, for tables in tests and documentation. The order is not stable.
func Kinds() []Kind {
	out := make([]Kind, 0, len(kinds))
	for k := range kinds {
		out = append(out, k)
	}
	return out
}

// Fault is an error with a kind. Message is what the client reads: it names what to do, never a
// secret, an internal address or a vendor's echo of our request. Err is the cause, for the log alone.
type Fault struct {
	Kind    Kind
	Message string
	Param   string // the request field at fault, if one is
	Err     error

	// What the vendor said, where it is a vendor's fault.
	VendorStatus int
	VendorCode   string        // its machine-readable code or type, e.g. "rate_limit_error"
	RetryAfter   time.Duration // what the vendor, or our own limit, asks to wait; 0 when not said
}

// Faultf makes a Fault whose message is for the client.
func Faultf(k Kind, format string, args ...any) *Fault {
	return &Fault{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a Fault with a message for the client and a cause for the log.
func Wrap(k Kind, err error, message string) *Fault {
	return &Fault{Kind: k, Message: message, Err: err}
}

// Error is the text for logs; clients read Message.
func (f *Fault) Error() string {
	s := string(f.Kind) + ": " + f.Message
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Retry tells whether another target may serve the call, as long as no byte has reached the client.
func (f *Fault) Retry() bool { return kinds[f.Kind].retry }

// Status is the HTTP status that the client sees. A vendor that blames the request is quoted.
func (f *Fault) Status() int {
	if f.Kind == UpstreamRejected && f.VendorStatus >= 400 && f.VendorStatus < 500 {
		return f.VendorStatus
	}
	if s := kinds[f.Kind].status; s != 0 {
		return s
	}
	return 500
}

// AsFault is err as a Fault; any other error becomes Internal, its text kept for the log.
func AsFault(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return Wrap(Internal, err, "internal error; the log has the details under this request id")
}
