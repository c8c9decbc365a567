package testkit

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/burncloud/burncloud"
)

// Failure is a way in which a vendor goes wrong.
type Failure string

// The failures. Those with "at After" happen when After pieces of the body have been sent: a plain
// answer has two pieces, a stream one per event, a scripted body those of Pieces. After 0 is behind
// the head, After < 0 before any answer (Stall, Cut and Reset alone).
const (
	Hang     Failure = "hang"      // reads the request and never answers
	Stall    Failure = "stall"     // at After: sends nothing more, keeps the connection open
	Cut      Failure = "cut"       // at After: closes (FIN) without ending the body
	Reset    Failure = "reset"     // at After: closes with RST
	BadChunk Failure = "bad-chunk" // at After: a chunk size that is not hexadecimal
	BadEvent Failure = "bad-event" // at After: an event whose data is not JSON, then the rest
	Error    Failure = "error"     // at After: an error event in a stream; in a plain answer, an error body with status 200
	BadJSON  Failure = "bad-json"  // a body that breaks off in the middle, correctly framed
	HTML     Failure = "html"      // a proxy's HTML page instead of the answer; Status stands, 200 when unset
	Garbage  Failure = "garbage"   // bytes that are not HTTP
	HalfHead Failure = "half-head" // a response head that never ends
)

// Framing is how the length of the body is told.
type Framing string

// The framings.
const (
	Length       Framing = "length"  // Content-Length
	Chunked      Framing = "chunked" // Transfer-Encoding: chunked, one chunk per piece
	CloseFraming Framing = "close"   // neither: the body ends with the connection
)

// Script is what the vendor does with one request. The zero Script is a correct answer made from the
// request.
type Script struct {
	Model string // take only requests for this model; "" takes any
	Times int    // requests that the script serves: 0 is one, -1 all

	Delay      time.Duration // before the first byte of the answer
	EventDelay time.Duration // between pieces of the body

	Status     int           // 0 is 200; from 400 on the body is the vendor's error shape
	Message    string        // of an error
	Code       string        // of an error: its machine-readable type or code
	RetryAfter time.Duration // sent with an error, in the vendor's way
	Header     http.Header   // added to, or replacing, the vendor's own

	Text    string           // the answer's text
	Events  int              // split the text, or a made-up one, into this many stream events
	Usage   *burncloud.Usage // reported instead of the counted one
	NoUsage bool             // report none
	Finish  string           // "stop" (default), "length" or "filter"
	Body    []byte           // sent as the body, as it is
	Pieces  [][]byte         // sent one by one as the body, as they are
	Framing Framing          // default: Length for plain answers, Chunked for streams
	Gzip    bool             // compress, although nobody asked for it
	Interim int              // send this 1xx response first
	Close   bool             // "Connection: close", and do so

	Fail  Failure
	After int
}

// magic reads a Script from a model name, so that a program without access to the Go API, such as the
// console or an SDK, can choose what the vendor does:
//
//	fake-hang fake-stall fake-cut fake-reset fake-garbage fake-html fake-bad-json fake-bad-event
//	fake-bad-chunk fake-half-head fake-error fake-stream-error   failures
//	fake-429, fake-500, fake-529 …                               error statuses
//	fake-slow                                                    first byte after one second
//	fake-gzip, fake-no-usage                                     as they say
//	fake-stream-100-10ms                                         100 text events, 10 ms apart
func magic(model string) (Script, bool) {
	name, ok := strings.CutPrefix(model, "fake-")
	if !ok {
		return Script{}, false
	}
	switch name {
	case "slow":
		return Script{Delay: time.Second}, true
	case "gzip":
		return Script{Gzip: true}, true
	case "no-usage":
		return Script{NoUsage: true}, true
	case "error":
		return Script{Fail: Error}, true
	case "stream-error":
		return Script{Fail: Error, After: 3}, true
	case "reset":
		return Script{Fail: Reset, After: -1}, true
	case "stall", "cut", "bad-chunk", "bad-event":
		return Script{Fail: Failure(name), After: 3}, true
	case "hang", "html", "bad-json", "garbage", "half-head":
		return Script{Fail: Failure(name)}, true
	}
	if status, err := strconv.Atoi(name); err == nil && status >= 400 && status <= 599 {
		s := Script{Status: status}
		if status == 429 {
			s.RetryAfter = 2 * time.Second
		}
		return s, true
	}
	var events int
	var gap string
	if n, _ := fmt.Sscanf(name, "stream-%d-%s", &events, &gap); n == 2 && events > 0 {
		if d, err := time.ParseDuration(gap); err == nil {
			return Script{Events: events, EventDelay: d}, true
		}
	}
	return Script{}, false
}
