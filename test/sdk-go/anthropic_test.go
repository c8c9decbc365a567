package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func claude(key string) anthropic.Client {
	return anthropic.NewClient(option.WithBaseURL(running.url), option.WithAPIKey(key), option.WithMaxRetries(0))
}

func say(model anthropic.Model, text string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: 256,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(text))},
	}
}

func TestAnthropicMessage(t *testing.T) {
	c := claude(richKey)
	got, err := c.Messages.New(t.Context(), say("claude-sonnet-4-5", "ping"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.Content[0].Text, "ping") || got.Usage.OutputTokens == 0 || got.StopReason != "end_turn" {
		t.Errorf("%s", got.RawJSON())
	}
}

func TestAnthropicStream(t *testing.T) {
	c := claude(richKey)
	s := c.Messages.NewStreaming(t.Context(), say("claude-sonnet-4-5", "ping"))
	var m anthropic.Message
	for s.Next() {
		if err := m.Accumulate(s.Current()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if len(m.Content) == 0 || !strings.Contains(m.Content[0].Text, "ping") || m.StopReason != "end_turn" || m.Usage.OutputTokens == 0 {
		t.Errorf("%+v", m)
	}
}

func TestAnthropicTools(t *testing.T) {
	c, p := claude(richKey), say("claude-sonnet-4-5", "what is the weather in Oslo?")
	p.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
		Name: "weather",
		InputSchema: anthropic.ToolInputSchemaParam{
			Properties: map[string]any{"city": map[string]any{"type": "string"}}, Required: []string{"city"},
		},
	}}}
	first, err := c.Messages.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var use anthropic.ToolUseBlock
	for _, b := range first.Content {
		if u, ok := b.AsAny().(anthropic.ToolUseBlock); ok {
			use = u
		}
	}
	var input struct{ City *string }
	if err := json.Unmarshal(use.Input, &input); err != nil || use.Name != "weather" || input.City == nil || first.StopReason != "tool_use" {
		t.Fatalf("%v: %s", err, first.RawJSON())
	}
	p.Messages = append(p.Messages, first.ToParam(), anthropic.NewUserMessage(anthropic.NewToolResultBlock(use.ID, "rain", false)))
	second, err := c.Messages.New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if second.StopReason != "end_turn" {
		t.Errorf("%s", second.RawJSON())
	}
}

func TestAnthropicModels(t *testing.T) {
	c := claude(richKey)
	page, err := c.Models.List(t.Context(), anthropic.ModelListParams{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range page.Data {
		found[m.ID] = true
	}
	// The second is reached by conversion.
	if !found["claude-sonnet-4-5"] || !found["gpt-5-mini"] {
		t.Errorf("%s", page.RawJSON())
	}
}

func TestAnthropicErrors(t *testing.T) {
	for name, c := range map[string]struct {
		key    string
		model  anthropic.Model
		status int
		kind   string
	}{
		"unknown key":   {"sk-nobody-0123456789", "claude-sonnet-4-5", 401, "authentication_error"},
		"unknown model": {richKey, "claude-99", 404, "not_found_error"},
		"no money":      {poorKey, "claude-sonnet-4-5", 402, "billing_error"},
		"vendor's 429":  {richKey, "fake-429", 429, "rate_limit_error"},
		"vendor's 529":  {richKey, "fake-529", 502, "api_error"},
	} {
		t.Run(name, func(t *testing.T) {
			client := claude(c.key)
			_, err := client.Messages.New(t.Context(), say(c.model, "hi"))
			var e *anthropic.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
			if e.StatusCode != c.status || !strings.Contains(e.RawJSON(), c.kind) {
				t.Errorf("%d %s", e.StatusCode, e.RawJSON())
			}
		})
	}
}

func TestAnthropicBrokenStream(t *testing.T) {
	c := claude(richKey)
	s := c.Messages.NewStreaming(t.Context(), say("fake-stream-error", "hi"))
	for s.Next() {
	}
	if s.Err() == nil {
		t.Error("the SDK takes a broken stream for a whole one")
	}
}

func TestAnthropicAbort(t *testing.T) {
	c := claude(richKey)
	ctx, cancel := context.WithCancel(t.Context())
	s := c.Messages.NewStreaming(ctx, say("fake-stream-500-10ms", "hi"))
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
	if _, err := c.Messages.New(ctx, say("fake-hang", "hi")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
