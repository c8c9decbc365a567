package protocol

import (
	"encoding/json"

	"github.com/burncloud/burncloud"
)

// The neutral model is a union of the concepts that the wire formats share; it is nobody's JSON. A call
// goes through it only when no channel speaks the client's own protocol. Absent is not zero: optional
// scalars are pointers. Tool arguments, schemas and numbers stay raw JSON, so that 1.0 stays 1.0 and a
// big integer stays exact.

// Request is a conversation to be continued.
type Request struct {
	From   burncloud.Protocol // whose fields Extra and Opaque hold
	Model  string             // as the client named it
	Stream bool

	// System is what stands before the first turn, block by block. Later system text is a Message.
	System   []Block
	Messages []Message

	Tools      []Tool
	ToolChoice *ToolChoice
	Parallel   *bool // more than one tool call in a turn is allowed

	MaxOutput        *int64 // tokens, reasoning included
	Temperature      *json.Number
	TopP             *json.Number
	TopK             *int64
	PresencePenalty  *json.Number
	FrequencyPenalty *json.Number
	Seed             *int64
	Stop             []string
	Choices          *int64 // n, candidateCount
	LogProbs         *bool
	TopLogProbs      *int64
	Format           *Format
	Reasoning        *Reasoning
	Verbosity        string // low, medium, high
	ServiceTier      string // auto, default, flex, priority
	User             string // an opaque end-user id
	Metadata         map[string]string
	CacheKey         string // prompt_cache_key

	// StreamUsage: the client of a stream asked for the usage in it. Only Chat makes it a choice.
	StreamUsage bool
	// SealedThoughts: the client wants the sealed form of thoughts, to send them back. Only Responses
	// makes it a choice; clients of Chat that ask for thinking get it.
	SealedThoughts bool
	// Dialect is how the client writes its protocol where there are several ways; its answer is written
	// the same way. Chat: "functions" for functions and function_call in place of tools.
	// Gemini: "array" for a stream that is one JSON array. Messages: "effort" for an effort without a
	// wish for thinking.
	Dialect string

	// Extra are fields that the model has no word for, in the order they came: of the top level by their
	// name, deeper ones by their path. They are sent to their own protocol only; towards another each is
	// a Loss (see Foreign).
	Extra []Member
}

// Member is a member of a JSON object as it came.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Role is who speaks. Tool results are blocks of a User message, as most formats have them.
type Role string

// The roles.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleSystem    Role = "system" // in the middle of a conversation
)

// Message is one turn. Consecutive messages may have the same role; an encoder merges them where its
// format wants turns to alternate.
type Message struct {
	Role   Role
	Name   string // of a participant
	Blocks []Block
}

// BlockKind tells which field of a Block is set.
type BlockKind string

// The kinds of blocks.
const (
	BlockText       BlockKind = "text"
	BlockMedia      BlockKind = "media"
	BlockToolCall   BlockKind = "tool_call"
	BlockToolResult BlockKind = "tool_result"
	BlockThinking   BlockKind = "thinking"
	BlockRefusal    BlockKind = "refusal" // Text is the model's words
	BlockOpaque     BlockKind = "opaque"
)

// Block is a piece of a message.
type Block struct {
	Kind      BlockKind
	Text      string // of Text, Refusal and Thinking
	Media     *Media
	Call      *ToolCall
	Result    *ToolResult
	Opaque    *Opaque
	Thinking  *Thinking
	Citations []Citation
	// Cache marks the end of a prefix that the vendor should cache: "5m", "1h", or "" for none.
	Cache string
	// Signature is a vendor's seal on this very block (Gemini's thoughtSignature on text or a call).
	Signature *Signature
}

// MediaKind is what a Media is.
type MediaKind string

// The kinds of media.
const (
	MediaImage    MediaKind = "image"
	MediaAudio    MediaKind = "audio"
	MediaVideo    MediaKind = "video"
	MediaDocument MediaKind = "document"
)

// Media is an image, sound, video or document: by its bytes, its address, or a vendor's file id.
type Media struct {
	Kind   MediaKind
	MIME   string // "image/png"; "" when a URL does not tell
	Base64 string // the bytes; "" when URL or FileID is set
	URL    string // https, never data:
	FileID string // at the vendor of Request.From
	Name   string
	Detail string // low, high, auto
}

// ToolCall is the model's wish to call a tool.
type ToolCall struct {
	ID   string
	Name string
	// Args is a JSON object as the model wrote it, or what it wrote instead; it may be invalid JSON.
	Args string
	// Custom: Args is free text of a tool without a schema.
	Custom bool
}

// ToolResult answers a ToolCall.
type ToolResult struct {
	ID      string
	Name    string // where the format says it
	Blocks  []Block
	IsError bool
}

// Thinking says what a Thinking block carries beside its Text.
type Thinking struct {
	Signature *Signature
	// Redacted is the vendor's sealed form, in place of text. It belongs to the protocol that
	// Signature.From names, of a Signature without Value; else to the one of the request or reply.
	Redacted string
	Summary  bool // Text is a summary, not the thoughts
}

// Signature is a vendor's seal. It is sent back to the protocol it is from and to no other.
type Signature struct {
	From  burncloud.Protocol
	Value string
}

// Opaque is a block that only its own protocol understands.
type Opaque struct {
	From burncloud.Protocol
	Type string // its name there, for the Loss
	Raw  json.RawMessage
}

// Citation is a source of a text.
type Citation struct {
	URL, Title string
	Start, End int    // runes of the block's text; both 0 when not known
	Quote      string // the cited words
}

// Tool is a function the model may call. Hosted tools of a vendor are Opaque.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema; nil when there is none
	Strict      *bool
	Custom      bool // free text in place of arguments
	Cache       string
	Opaque      *Opaque
}

// ToolChoice says which tools the model must or may call.
type ToolChoice struct {
	Mode  string   // "auto", "none", "any" (must call one), "named" (must call one of Names)
	Names []string // of "named"; of "auto" and "any" the allowed subset, empty for all
}

// Format is the wanted form of the answer.
type Format struct {
	Type        string // "text", "json", "schema"
	Name        string
	Description string
	Schema      json.RawMessage
	Strict      *bool
}

// Reasoning says how much the model should think. Effort and Budget are two ways to say it; a request
// has at most one.
type Reasoning struct {
	Off     bool
	Effort  string // minimal, low, medium, high, xhigh, max; "" is not said
	Budget  *int64 // tokens; -1 lets the model decide
	Include *bool  // thoughts or their summary are wanted in the answer
}

// StopReason is why the model stopped.
type StopReason string

// The reasons.
const (
	StopEnd      StopReason = "end"
	StopSequence StopReason = "stop_sequence"
	StopLength   StopReason = "length"
	StopTool     StopReason = "tool"
	StopFilter   StopReason = "filter"
	StopPause    StopReason = "pause"
	StopOther    StopReason = "other"
)

// Response is a whole answer.
type Response struct {
	ID          string
	Model       string // as the vendor names it
	Created     int64  // unix seconds; 0 when not said
	Choices     []Choice
	Usage       burncloud.Usage
	HasUsage    bool
	ServiceTier string
}

// Choice is one of the answers.
type Choice struct {
	Blocks   []Block
	Stop     StopReason
	Sequence string          // that stopped it
	LogProbs json.RawMessage // in OpenAI's shape
}

// EventKind is what an Event tells.
type EventKind string

// The events of a stream: Start, then blocks, each BlockStart Delta* BlockStop, then Usage and Stop. With
// several choices the Stops of all come at the end, one after another. A Fail ends it early. Usage may come more than once; the last one counts. Ping keeps the line alive.
const (
	EventStart      EventKind = "start"
	EventBlockStart EventKind = "block_start"
	EventDelta      EventKind = "delta"
	EventBlockStop  EventKind = "block_stop"
	EventUsage      EventKind = "usage"
	EventStop       EventKind = "stop"
	EventFail       EventKind = "fail"
	EventPing       EventKind = "ping"
)

// Event is one step of a stream. Blocks are numbered from 0 in each choice, and at most one block of a
// choice is open at a time: decoders of formats with flat or interleaved deltas use BlockTracker.
type Event struct {
	Kind   EventKind
	Choice int
	Index  int // of the block

	Start *Response // of Start: ID, Model, Created, what is known of Usage
	Block *Block    // of BlockStart: its kind, and of a tool call ID and Name; of BlockStop: what became known at its end (signature, citations), or nil
	Text  string    // of Delta: text, thinking, refusal, or a fragment of a call's Args
	// LogProbs of Delta, in OpenAI's shape of one chunk.
	LogProbs json.RawMessage
	Usage    *burncloud.Usage
	Stop     StopReason
	Sequence string
	Fault    *burncloud.Fault
}

// Loss is something that the target's format cannot carry.
type Loss = burncloud.Loss

// Destination is what an encoder must know of where a request goes.
type Destination struct {
	Model     string // the vendor's name
	MaxOutput int64  // most tokens that the model writes; 0 is not known
	// Media may be fetched by the caller before encoding; encoders never do I/O.
}

// Bridge converts one wire format to and from the neutral model. Implementations are stateless values.
// No method panics on any input, and each uses memory in proportion to its input alone.
type Bridge interface {
	// DecodeRequest reads a client's request strictly: what is malformed is a Fault of kind Invalid
	// that names the field.
	DecodeRequest(in Inbound) (*Request, *burncloud.Fault)
	// EncodeRequest writes a request for the vendor. Whatever of r is not carried as it was is a Loss.
	// A Fault (Invalid, with Param) is for what cannot be left out without changing the meaning:
	// stateful features, files of another vendor, orphaned tool results. Output is deterministic.
	EncodeRequest(r *Request, to Destination) ([]byte, []Loss, *burncloud.Fault)

	// DecodeResponse reads a vendor's whole answer.
	DecodeResponse(body []byte) (*Response, *burncloud.Fault)
	// EncodeResponse writes an answer for the client who sent r.
	EncodeResponse(a *Response, r *Request) ([]byte, []Loss)

	// NewDecoder reads a vendor's stream.
	NewDecoder() StreamDecoder
	// NewEncoder writes a stream for the client who sent r.
	NewEncoder(r *Request) StreamEncoder
}

// StreamDecoder turns a vendor's bytes into events. It keeps at most one incomplete event.
type StreamDecoder interface {
	// Write takes the next bytes, cut anywhere, and appends the events they complete.
	Write(dst []Event, p []byte) []Event
	// Close says that the bytes ended. A stream that has not reached its end yields a Fail.
	Close(dst []Event) []Event
}

// StreamEncoder turns events into the client's bytes.
type StreamEncoder interface {
	// Encode appends the wire form of e.
	Encode(dst []byte, e *Event) []byte
	// Losses are those met so far.
	Losses() []Loss
}
