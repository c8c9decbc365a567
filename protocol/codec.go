package protocol

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
)

// Codec knows one wire format. Codecs are values without state, safe for use by many goroutines.
type Codec interface {
	Protocol() burncloud.Protocol

	// Peek reads the few things that routing and billing need. It does not validate the rest: the
	// vendor does that. A body that is not a JSON object, a missing model, a wrong type of a peeked
	// field, or a repeated "model", "stream" or output cap is a Fault of kind Invalid that names the
	// field in Param.
	Peek(in Inbound) (Peek, *burncloud.Fault)

	// Edits is the named list of changes that the pass lane makes for this target.
	Edits(p *Peek, upstreamModel string) []jsonedit.Edit

	// Tap reads one reply. hide asks it to keep the usage event from the client that Edits asked for.
	Tap(p *Peek, hide bool) Tap

	// AppendFault appends the error body of f in this format. The status is f.Status().
	AppendFault(dst []byte, f *burncloud.Fault) []byte
	// AppendStreamFault appends the event or events that end a live stream with f.
	AppendStreamFault(dst []byte, f *burncloud.Fault) []byte

	// ReadFault turns a vendor's error reply into a Fault. own reports that body is an error in this
	// very format and may go to the client as it is.
	ReadFault(status int, body []byte) (f *burncloud.Fault, own bool)
}

// Inbound is a request as it came.
type Inbound struct {
	Endpoint burncloud.Endpoint
	Model    string // from the path (Gemini), else ""
	Stream   bool   // from the path (Gemini's streamGenerateContent)
	Query    []byte // raw query string
	Body     []byte // decompressed; read-only
}

// Peek is what was read of a request.
type Peek struct {
	Endpoint burncloud.Endpoint
	Model    string
	Stream   bool
	// OutputCap is the most tokens the caller lets the vendor write, over all choices (n × cap);
	// 0 when the caller gave none, -1 when the endpoint writes none (embeddings, moderations).
	OutputCap int64
	// Choices is n (candidateCount), at least 1.
	Choices int64
	// ArraySSE: a Gemini stream without alt=sse, which is one JSON array.
	JSONArray bool

	// Where the named edits go; zero values where there is nothing to edit.
	ModelSpan   jsonedit.Span // the value of "model", quotes included
	UsageAsked  bool          // the client itself asked for usage in the stream
	OptionsSpan jsonedit.Span // the value of "stream_options", an object or null
	UsageSpan   jsonedit.Span // the value of stream_options.include_usage
	ObjectEnd   int           // offset of the body's closing brace
	Empty       bool          // the body's object has no member
}

// Tap reads usage and the end of a reply from its bytes, without decoding each event. One Tap serves
// one reply and is not safe for concurrent use. It keeps at most a bounded tail of what it has seen.
type Tap interface {
	// Write takes the next bytes of the body, cut anywhere, and returns what goes to the client: p
	// itself, except where an event is kept back or an incomplete one is held until it is whole. The
	// result is valid until the next call.
	Write(p []byte) []byte
	// Close says that the body ended, or broke, and returns the bytes still held.
	Close() []byte
	// Reading is what has been read so far; after Close it is final.
	Reading() *Reading
	// Reset makes the Tap ready for another reply of the same kind.
	Reset()
}

// Reading is what a Tap knows.
type Reading struct {
	Usage    burncloud.Usage
	HasUsage bool // the vendor sent usage (also a partial one, e.g. Anthropic's message_start)
	// Final: the usage is the last word, not a running count.
	Final bool
	// Ended: the protocol's own end was seen (stream) or the body was one whole JSON value (plain).
	// A reply whose bytes stop before that was cut.
	Ended bool
	// Started: a first meaningful event was seen.
	Started bool
	// Fault is an error object that the vendor sent inside a 200 or inside a stream.
	Fault *burncloud.Fault
	// TextBytes is a cheap count of generated text so far, for an estimate where usage is missing.
	TextBytes int64
}
