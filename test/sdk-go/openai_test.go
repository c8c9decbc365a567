package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

func openAI(key string, o ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(running.url + "/v1"), option.WithAPIKey(key), option.WithMaxRetries(0),
	}, o...)...)
}

func ask(model, text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
	}
}

func TestOpenAIChat(t *testing.T) {
	c := openAI(richKey)
	got, err := c.Chat.Completions.New(t.Context(), ask("gpt-5-mini", "ping"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.Choices[0].Message.Content, "ping") || got.Usage.TotalTokens == 0 {
		t.Errorf("%s", got.RawJSON())
	}
}

func TestOpenAIStream(t *testing.T) {
	for name, options := range map[string]openai.ChatCompletionStreamOptionsParam{
		"without usage": {}, "with usage": {IncludeUsage: openai.Bool(true)},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := openAI(richKey), ask("gpt-5-mini", "ping")
			p.StreamOptions = options
			s := c.Chat.Completions.NewStreaming(t.Context(), p)
			acc := openai.ChatCompletionAccumulator{}
			usage := 0
			for s.Next() {
				chunk := s.Current()
				if len(chunk.Choices) == 0 {
					usage++
				}
				acc.AddChunk(chunk)
			}
			if err := s.Err(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(acc.Choices[0].Message.Content, "ping") || acc.Choices[0].FinishReason != "stop" {
				t.Errorf("%+v", acc.Choices)
			}
			if want := name == "with usage"; (usage == 1) != want || usage > 1 {
				t.Errorf("%d usage chunks", usage)
			}
		})
	}
}

// A round trip of a tool: the call, its result, the answer.
func TestOpenAITools(t *testing.T) {
	c, p := openAI(richKey), ask("gpt-5-mini", "what is the weather in Oslo?")
	p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "weather",
		Parameters: shared.FunctionParameters{
			"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
		},
	})}
	first, err := c.Chat.Completions.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	calls := first.Choices[0].Message.ToolCalls
	if len(calls) != 1 || calls[0].Function.Name != "weather" {
		t.Fatalf("%s", first.RawJSON())
	}
	var args struct{ City *string }
	if err := json.Unmarshal([]byte(calls[0].Function.Arguments), &args); err != nil || args.City == nil {
		t.Errorf("arguments %q, %v", calls[0].Function.Arguments, err)
	}
	p.Messages = append(p.Messages, first.Choices[0].Message.ToParam(), openai.ToolMessage("rain", calls[0].ID))
	second, err := c.Chat.Completions.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if second.Choices[0].FinishReason != "stop" || second.Choices[0].Message.Content == "" {
		t.Errorf("%s", second.RawJSON())
	}
}

func TestOpenAIStructuredOutput(t *testing.T) {
	c, p := openAI(richKey), ask("gpt-5-mini", "a person")
	p.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: "person", Strict: openai.Bool(true),
			Schema: map[string]any{
				"type": "object", "additionalProperties": false, "required": []string{"name", "age"},
				"properties": map[string]any{"name": map[string]any{"type": "string"}, "age": map[string]any{"type": "integer"}},
			},
		},
	}}
	got, err := c.Chat.Completions.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var person struct {
		Name *string
		Age  *int
	}
	if err := json.Unmarshal([]byte(got.Choices[0].Message.Content), &person); err != nil || person.Name == nil || person.Age == nil {
		t.Errorf("%v: %s", err, got.RawJSON())
	}
}

func TestOpenAIEmbeddings(t *testing.T) {
	c := openAI(richKey)
	got, err := c.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
		Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"a", "b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Data) != 2 || len(got.Data[0].Embedding) == 0 || got.Usage.PromptTokens == 0 {
		t.Errorf("%s", got.RawJSON())
	}
}

func TestOpenAIResponses(t *testing.T) {
	c := openAI(richKey)
	p := responses.ResponseNewParams{Model: "gpt-5-mini", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("ping")}}
	got, err := c.Responses.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.OutputText(), "ping") || got.Usage.TotalTokens == 0 {
		t.Errorf("%s", got.RawJSON())
	}
	s := c.Responses.NewStreaming(t.Context(), p)
	text, completed := "", false
	for s.Next() {
		switch e := s.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += e.Delta
		case responses.ResponseCompletedEvent:
			completed = true
		}
	}
	if s.Err() != nil || !completed || !strings.Contains(text, "ping") {
		t.Errorf("%v, completed %v, %q", s.Err(), completed, text)
	}
}

func TestOpenAIModels(t *testing.T) {
	c := openAI(richKey)
	page, err := c.Models.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range page.Data {
		names[m.ID] = true
	}
	if !names["gpt-5-mini"] || !names["claude-sonnet-4-5"] {
		t.Errorf("%v", names)
	}
	if m, err := c.Models.Get(t.Context(), "gpt-5-mini"); err != nil || m.ID != "gpt-5-mini" {
		t.Errorf("%v, %v", m, err)
	}
}

// What goes wrong is the SDK's own error, with the right status and words.
func TestOpenAIErrors(t *testing.T) {
	for name, c := range map[string]struct {
		key, model string
		status     int
		code       string
		header     string // that must be there
	}{
		"unknown key":            {"sk-nobody-0123456789", "gpt-5-mini", 401, "invalid_api_key", ""},
		"unknown model":          {richKey, "gpt-99", 404, "model_not_found", ""},
		"no money":               {poorKey, "gpt-5-mini", 402, "insufficient_quota", ""},
		"vendor's 429":           {richKey, "fake-429", 429, "rate_limit_exceeded", "Retry-After"},
		"vendor's 500":           {richKey, "fake-500", 502, "upstream_error", ""},
		"our credential refused": {richKey, "gpt-5-nano", 502, "upstream_credential", ""},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", stream"}[stream], func(t *testing.T) {
				client := openAI(c.key)
				var err error
				if stream {
					s := client.Chat.Completions.NewStreaming(t.Context(), ask(c.model, "hi"))
					for s.Next() {
					}
					err = s.Err()
				} else {
					_, err = client.Chat.Completions.New(t.Context(), ask(c.model, "hi"))
				}
				var e *openai.Error
				if !errors.As(err, &e) {
					t.Fatalf("%v", err)
				}
				if e.StatusCode != c.status || e.Code != c.code || e.Message == "" {
					t.Errorf("%d %q %q", e.StatusCode, e.Code, e.Message)
				}
				if c.header != "" && e.Response.Header.Get(c.header) == "" {
					t.Errorf("no %s", c.header)
				}
			})
		}
	}
}

func TestOpenAIBrokenStream(t *testing.T) {
	c := openAI(richKey)
	s := c.Chat.Completions.NewStreaming(t.Context(), ask("fake-stream-error", "hi"))
	for s.Next() {
	}
	if s.Err() == nil {
		t.Error("the SDK takes a broken stream for a whole one")
	}
}

func TestOpenAIAbort(t *testing.T) {
	c := openAI(richKey)
	ctx, cancel := context.WithCancel(t.Context())
	s := c.Chat.Completions.NewStreaming(ctx, ask("fake-stream-500-10ms", "hi"))
	if !s.Next() {
		t.Fatal(s.Err())
	}
	cancel()
	for s.Next() {
	}
	if !errors.Is(s.Err(), context.Canceled) {
		t.Errorf("%v", s.Err())
	}
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Chat.Completions.New(ctx, ask("fake-hang", "hi")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	// The gateway is as it was.
	if _, err := c.Chat.Completions.New(t.Context(), ask("gpt-5-mini", "hi")); err != nil {
		t.Error(err)
	}
}
