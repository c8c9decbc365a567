package testkit

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/burncloud/burncloud"
)

// ask is what a request wants, whatever its protocol.
type ask struct {
	model       string
	stream      bool
	usage       bool // stream_options.include_usage
	choices     int
	cap         int             // output tokens; 0 is no cap
	said        string          // the last words of the user
	words       int             // of all text in the request; they stand for tokens
	tool        *tool           // the first tool, unless its result is there already
	schema      json.RawMessage // of a structured answer
	inputs      int             // embeddings, moderations
	base64      bool
	dims        int
	problem     string // why the vendor refuses the request; "" when it does not
	problemName string // the field at fault
}

type tool struct {
	name   string
	schema json.RawMessage
}

// request is the union of the bodies of all protocols, as far as the vendor cares.
type request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	N                   int             `json:"n"`
	MaxTokens           int             `json:"max_tokens"`
	MaxCompletionTokens int             `json:"max_completion_tokens"`
	MaxOutputTokens     int             `json:"max_output_tokens"`
	Messages            []message       `json:"messages"`
	System              json.RawMessage `json:"system"`
	Prompt              json.RawMessage `json:"prompt"`
	Input               json.RawMessage `json:"input"`
	Instructions        string          `json:"instructions"`
	EncodingFormat      string          `json:"encoding_format"`
	Dimensions          int             `json:"dimensions"`
	Tools               []struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Parameters  json.RawMessage `json:"parameters"`
		InputSchema json.RawMessage `json:"input_schema"`
		Function    struct {
			Name       string          `json:"name"`
			Parameters json.RawMessage `json:"parameters"`
		} `json:"function"`
		Declarations []struct {
			Name       string          `json:"name"`
			Parameters json.RawMessage `json:"parameters"`
			JSONSchema json.RawMessage `json:"parametersJsonSchema"`
		} `json:"functionDeclarations"`
	} `json:"tools"`
	ResponseFormat struct {
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	Text struct {
		Format struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"text"`
	OutputConfig struct {
		Format struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"output_config"`
	Contents         []message `json:"contents"`
	Content          *message  `json:"content"` // Gemini's embedContent
	GenerationConfig struct {
		MaxOutputTokens int             `json:"maxOutputTokens"`
		CandidateCount  int             `json:"candidateCount"`
		ResponseSchema  json.RawMessage `json:"responseSchema"`
		JSONSchema      json.RawMessage `json:"responseJsonSchema"`
	} `json:"generationConfig"`
}

type message struct {
	Role    string          `json:"role"`
	Type    string          `json:"type"` // items of Responses
	Content json.RawMessage `json:"content"`
	Output  json.RawMessage `json:"output"`
	Parts   json.RawMessage `json:"parts"`
}

// ask decodes the body and puts model and stream into r.
func (op operation) ask(r *Request) ask {
	a := ask{model: op.model, stream: op.stream, choices: 1}
	switch op.endpoint {
	case "", listModels:
		return a
	}
	var q request
	if err := json.Unmarshal(r.Body, &q); err != nil {
		a.problem = "We could not parse the JSON body of your request: " + err.Error()
		return a
	}
	if op.protocol != burncloud.Gemini {
		a.model, a.stream = q.Model, q.Stream
	}
	r.Model, r.Stream = a.model, a.stream
	a.usage = q.StreamOptions != nil && q.StreamOptions.IncludeUsage
	a.choices = max(1, q.N, q.GenerationConfig.CandidateCount)
	a.cap = max(q.MaxTokens, q.MaxCompletionTokens, q.MaxOutputTokens, q.GenerationConfig.MaxOutputTokens)
	a.base64, a.dims = q.EncodingFormat == "base64", q.Dimensions
	a.schema = first(q.ResponseFormat.JSONSchema.Schema, q.Text.Format.Schema, q.OutputConfig.Format.Schema,
		q.GenerationConfig.JSONSchema, q.GenerationConfig.ResponseSchema)
	a.read(op, &q)
	a.problem, a.problemName = op.refuse(&q, &a, r)
	return a
}

// read takes the words and the tool out of q.
func (a *ask) read(op operation, q *request) {
	turns := append(append([]message(nil), q.Messages...), q.Contents...)
	if op.endpoint == string(burncloud.EndpointResponses) {
		var items []message
		if json.Unmarshal(q.Input, &items) == nil {
			turns = items
		} else {
			turns = []message{{Role: "user", Content: q.Input}}
		}
	}
	if q.Content != nil {
		turns = append(turns, *q.Content)
	}
	answered := false
	for i, m := range turns {
		raw := first(m.Content, m.Parts, m.Output)
		text := texts(raw)
		a.words += len(strings.Fields(text))
		if m.Role == "user" && text != "" {
			a.said = text
		}
		answered = i == len(turns)-1 && isToolResult(m, raw)
	}
	for _, raw := range []json.RawMessage{q.System, q.Prompt} {
		a.words += len(strings.Fields(texts(raw)))
	}
	a.words += len(strings.Fields(q.Instructions))
	if len(q.Prompt) > 0 {
		a.said = texts(q.Prompt)
	}
	if len(q.Input) > 0 && op.endpoint != string(burncloud.EndpointResponses) {
		a.words, a.inputs = len(strings.Fields(texts(q.Input))), countInputs(q.Input)
	}
	if len(q.Tools) > 0 && !answered {
		t := q.Tools[0]
		switch {
		case t.Function.Name != "":
			a.tool = &tool{t.Function.Name, t.Function.Parameters}
		case len(t.Declarations) > 0:
			d := t.Declarations[0]
			a.tool = &tool{d.Name, first(d.JSONSchema, d.Parameters)}
		case t.Name != "":
			a.tool = &tool{t.Name, first(t.InputSchema, t.Parameters)}
		}
	}
}

// refuse is what a vendor finds wrong with a request, or "".
func (op operation) refuse(q *request, a *ask, r *Request) (problem, field string) {
	if a.model == "" {
		return "you must provide a model parameter", "model"
	}
	switch burncloud.Endpoint(op.endpoint) {
	case burncloud.EndpointMessages:
		if r.Header.Get("Anthropic-Version") == "" {
			return "anthropic-version: header is required", "anthropic-version"
		}
		if q.MaxTokens == 0 {
			return "max_tokens: Field required", "max_tokens"
		}
		fallthrough
	case burncloud.EndpointChat, countMessages:
		if len(q.Messages) == 0 {
			return "Missing required parameter: 'messages'.", "messages"
		}
	case burncloud.EndpointGenerate:
		if len(q.Contents) == 0 {
			return "* GenerateContentRequest.contents: contents is not specified", "contents"
		}
	case burncloud.EndpointEmbeddings, burncloud.EndpointModerations, burncloud.EndpointResponses:
		if len(q.Input) == 0 {
			return "Missing required parameter: 'input'.", "input"
		}
	case burncloud.EndpointCompletions:
		if len(q.Prompt) == 0 {
			return "Missing required parameter: 'prompt'.", "prompt"
		}
	}
	return "", ""
}

// texts joins every string under a "text" key, and every bare string, of a message's content.
func texts(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			walk(v["text"])
			if inner, ok := v["content"]; ok {
				walk(inner)
			}
		}
	}
	walk(v)
	return strings.Join(out, " ")
}

func isToolResult(m message, raw json.RawMessage) bool {
	return m.Role == "tool" || m.Type == "function_call_output" ||
		bytes.Contains(raw, []byte(`"tool_result"`)) || bytes.Contains(raw, []byte(`"functionResponse"`))
}

func countInputs(raw json.RawMessage) int {
	var many []json.RawMessage
	if json.Unmarshal(raw, &many) != nil || len(many) == 0 {
		return 1
	}
	if c := many[0][0]; c != '"' && c != '[' && c != '{' {
		return 1 // one input, given as token numbers
	}
	return len(many)
}

func first(raws ...json.RawMessage) json.RawMessage {
	for _, r := range raws {
		if len(r) > 0 && string(r) != "null" {
			return r
		}
	}
	return nil
}
