package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/burncloud/burncloud"
)

// answer is what the vendor says, before it takes the shape of a protocol.
type answer struct {
	ask
	n       int // of the request; ids come from it
	created int64
	words   []string // the text, in the pieces that a stream sends
	call    string   // the tool's arguments, when the answer is a call of ask.tool
	finish  string   // stop, length, filter, tool
	tokens  *burncloud.Usage
	// errorAt is the number of events after which a stream fails with fault; -1 is never.
	errorAt int
	fault   fault
}

// text is the whole text.
func (a *answer) text() string { return strings.Join(a.words, "") }

// object is a JSON object that keeps its order: name, value, name, value …
type object []any

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i := 0; i+1 < len(o); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		k, err := json.Marshal(o[i])
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(o[i+1])
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, k...), ':'), v...)
	}
	return append(b, '}'), nil
}

// encode is v as JSON; what the kit builds always can be.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("testkit: %v", err))
	}
	return b
}

// reply makes what goes out for one request.
func (v *Vendor) reply(op operation, a ask, r *Request, s *Script) reply {
	f, failed := v.fault(op, a, r, s)
	rep := reply{status: 200, header: v.header(op, r)}
	if s.Status != 0 {
		rep.status = s.Status
	}
	switch {
	case s.Body != nil || s.Pieces != nil:
		rep.pieces, rep.stream = s.Pieces, a.stream
		if s.Body != nil {
			rep.pieces = [][]byte{s.Body}
		}
		rep.header.Set("Content-Type", contentType(op, a.stream && rep.status < 400))
	case s.Fail == HTML:
		rep.header.Set("Content-Type", "text/html")
		rep.pieces = [][]byte{[]byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
			"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n")}
	case failed:
		rep.status = f.status
		rep.header.Set("Content-Type", "application/json")
		f.addHeader(op.protocol, rep.header)
		rep.pieces = halves(f.body(op.protocol))
	default:
		v.answer(op, a, r, s, &rep)
	}
	for k, vs := range canonical(s.Header) {
		rep.header[k] = vs
	}
	return rep
}

// answer fills rep with a correct answer, or one with the script's failure in its body.
func (v *Vendor) answer(op operation, q ask, r *Request, s *Script, rep *reply) {
	rep.header.Set("Content-Type", contentType(op, q.stream))
	a := compose(q, r, s, v.opt.Now())
	rep.stream = q.stream
	if q.stream {
		rep.pieces = op.streamed(a)
		if s.Fail == BadEvent && s.After < len(rep.pieces) {
			bad := []byte("data: {\"id\":\"broken\",\"choices\":[{\"delta\"\n\n")
			rep.pieces = append(rep.pieces[:s.After:s.After], append([][]byte{bad}, rep.pieces[s.After:]...)...)
		}
	} else {
		body := op.plain(a, v.opt.Models)
		if s.Fail == Error {
			body = a.fault.body(op.protocol)
		}
		rep.pieces = halves(body)
	}
	if s.Fail == BadJSON {
		whole := bytes.Join(rep.pieces, nil)
		rep.pieces = [][]byte{whole[:len(whole)*2/3]}
	}
}

// compose decides what is said: the scripted text, a tool call, an instance of the wanted schema, or a
// sentence about what the user said.
func compose(q ask, r *Request, s *Script, now time.Time) *answer {
	a := &answer{ask: q, n: r.N, created: now.Unix(), finish: "stop", errorAt: -1}
	switch {
	case s.Text != "" || s.Events > 0:
		a.words = pieces(s.Text, s.Events)
	case q.tool != nil:
		a.call, a.finish = string(instance(q.tool.schema)), "tool"
	case q.schema != nil:
		a.words = pieces(string(instance(q.schema)), 3)
	default:
		a.words = pieces(sentence(q.said), 0)
	}
	if q.cap > 0 && len(a.words) > q.cap {
		a.words, a.finish = a.words[:q.cap], "length"
	}
	if s.Finish != "" {
		a.finish = s.Finish
	}
	switch {
	case s.NoUsage:
	case s.Usage != nil:
		a.tokens = s.Usage
	default:
		out := len(a.words)
		if a.call != "" {
			out = len(a.call)/4 + 1
		}
		a.tokens = &burncloud.Usage{Input: int64(max(1, q.words)), Output: int64(out * q.choices)}
	}
	if s.Fail == Error {
		a.errorAt = s.After
		a.fault = fault{status: 529, code: s.Code, message: s.Message}
		if a.fault.message == "" {
			a.fault.message = "Overloaded"
		}
	}
	return a
}

// sentence is the answer to plain words: it obeys "Reply with the word: x" and otherwise repeats.
func sentence(said string) string {
	if _, word, ok := strings.Cut(said, "Reply with the word:"); ok {
		return strings.Trim(strings.TrimSpace(word), `."'`)
	}
	if len(said) > 200 {
		said = strings.ToValidUTF8(said[:200], "") + " …"
	}
	return "This is the fake vendor. You said: " + said
}

// pieces cuts text into n parts, or after each word when n is 0. An empty text becomes numbered words.
func pieces(text string, n int) []string {
	if text == "" {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf("word %d ", i+1)
		}
		return out
	}
	if n == 0 {
		return strings.SplitAfter(text, " ")
	}
	runes, out := []rune(text), make([]string, n)
	for i := range out {
		out[i] = string(runes[i*len(runes)/n : (i+1)*len(runes)/n])
	}
	return out
}

// instance is a small JSON value that fits schema, as far as the usual keywords go.
func instance(schema json.RawMessage) json.RawMessage {
	var s struct {
		Type       any                        `json:"type"`
		Enum       []json.RawMessage          `json:"enum"`
		Const      json.RawMessage            `json:"const"`
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
		Items      json.RawMessage            `json:"items"`
	}
	if len(schema) == 0 || json.Unmarshal(schema, &s) != nil {
		return json.RawMessage("{}")
	}
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	switch strings.ToLower(kind) {
	case "string":
		return json.RawMessage(`"text"`)
	case "integer":
		return json.RawMessage("7")
	case "number":
		return json.RawMessage("1.5")
	case "boolean":
		return json.RawMessage("true")
	case "null":
		return json.RawMessage("null")
	case "array":
		if s.Items == nil {
			return json.RawMessage("[]")
		}
		return encode([]json.RawMessage{instance(s.Items)})
	}
	o := object{}
	for _, name := range s.Required {
		o = append(o, name, instance(s.Properties[name]))
	}
	return encode(o)
}

// header is what vendors send with every answer.
func (v *Vendor) header(op operation, r *Request) http.Header {
	id := fmt.Sprintf("req_fake_%d", r.N)
	h := http.Header{"Date": {v.opt.Now().UTC().Format(http.TimeFormat)}, "Server": {"fakevendor"}}
	switch op.protocol {
	case burncloud.Messages:
		h.Set("Request-Id", id)
		h.Set("Anthropic-Ratelimit-Requests-Remaining", "999")
	case burncloud.Gemini:
		h.Set("Vary", "Origin")
	default:
		h.Set("X-Request-Id", id)
		h.Set("Openai-Processing-Ms", "12")
		h.Set("X-Ratelimit-Remaining-Requests", "9999")
		h.Set("Set-Cookie", "__cf_bm=secret; path=/; HttpOnly")
	}
	return h
}

func contentType(op operation, stream bool) string {
	switch {
	case !stream || op.protocol == burncloud.Gemini && !op.sse:
		return "application/json"
	case op.protocol == burncloud.Gemini:
		return "text/event-stream"
	}
	return "text/event-stream; charset=utf-8"
}

// plain is the whole answer in the operation's format.
func (op operation) plain(a *answer, models []string) []byte {
	switch op.endpoint {
	case listModels:
		return op.modelList(models)
	case countMessages:
		return encode(object{"input_tokens", max(1, a.ask.words)})
	}
	switch burncloud.Endpoint(op.endpoint) {
	case burncloud.EndpointCompletions:
		return completionsPlain(a)
	case burncloud.EndpointEmbeddings:
		return embeddingsPlain(a)
	case burncloud.EndpointModerations:
		return moderationsPlain(a)
	case burncloud.EndpointResponses:
		return responsesPlain(a)
	case burncloud.EndpointMessages:
		return messagesPlain(a)
	case burncloud.EndpointGenerate:
		return geminiPlain(a)
	case burncloud.EndpointCountTokens:
		return geminiCount(a)
	case burncloud.EndpointEmbed:
		return geminiEmbed(a)
	}
	return chatPlain(a)
}

// streamed is the answer as the events of the operation's format, each framed and ready to send.
func (op operation) streamed(a *answer) [][]byte {
	switch burncloud.Endpoint(op.endpoint) {
	case burncloud.EndpointCompletions:
		return completionsStream(a)
	case burncloud.EndpointResponses:
		return responsesStream(a)
	case burncloud.EndpointMessages:
		return messagesStream(a)
	case burncloud.EndpointGenerate:
		if op.sse {
			return geminiSSE(a)
		}
		return geminiArray(a)
	case burncloud.EndpointChat:
		return chatStream(a)
	}
	return [][]byte{op.plain(a, nil)}
}

// fail cuts events where the script wants the error and ends them with it.
func (a *answer) fail(events [][]byte, failure []byte) [][]byte {
	if a.errorAt < 0 || a.errorAt > len(events) {
		return events
	}
	return append(events[:a.errorAt:a.errorAt], failure)
}

func halves(b []byte) [][]byte { return [][]byte{b[:len(b)/2], b[len(b)/2:]} }
