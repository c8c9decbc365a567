package responses

import (
	"fmt"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

type bridge struct{}

// NewBridge converts this format to and from the neutral model. State that lives at one vendor
// (previous_response_id, conversation, stored prompts, item references, background runs) is refused as
// Invalid when a request is decoded: a bridged call goes to a vendor who has none of it.
func NewBridge() protocol.Bridge { return bridge{} }

// losses collects what cannot be carried.
type losses []protocol.Loss

func (l *losses) add(field, format string, args ...any) {
	*l = append(*l, protocol.Loss{Field: field, Reason: fmt.Sprintf(format, args...)})
}

// clientNames are what the clients of other protocols call the settings, where it is another name.
var clientNames = map[string]map[burncloud.Protocol]string{
	"max_output_tokens": {burncloud.Chat: "max_completion_tokens", burncloud.Messages: "max_tokens", burncloud.Gemini: "generationConfig.maxOutputTokens"},
	"stop":              {burncloud.Messages: "stop_sequences", burncloud.Gemini: "generationConfig.stopSequences"},
	"n":                 {burncloud.Gemini: "generationConfig.candidateCount"},
	"seed":              {burncloud.Gemini: "generationConfig.seed"},
	"presence_penalty":  {burncloud.Gemini: "generationConfig.presencePenalty"},
	"frequency_penalty": {burncloud.Gemini: "generationConfig.frequencyPenalty"},
	"top_k":             {burncloud.Gemini: "generationConfig.topK"},
	"user":              {burncloud.Messages: "metadata.user_id", burncloud.Responses: "safety_identifier"},
	"reasoning":         {burncloud.Chat: "reasoning_effort", burncloud.Messages: "thinking", burncloud.Gemini: "generationConfig.thinkingConfig"},
	"text.format":       {burncloud.Chat: "response_format", burncloud.Messages: "output_config.format", burncloud.Gemini: "generationConfig.responseSchema"},
	"tool_choice":       {burncloud.Gemini: "toolConfig.functionCallingConfig"},
}

// named is what the client who speaks from calls a setting.
func named(from burncloud.Protocol, setting string) string {
	if name := clientNames[setting][from]; name != "" {
		return name
	}
	return setting
}

// refuse is a Fault for what cannot be left out.
func refuse(param, problem string) *burncloud.Fault { return protocol.InvalidField(param, problem) }
