package messages

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

type bridge struct{}

// NewBridge converts Anthropic's Messages to and from the neutral model.
func NewBridge() protocol.Bridge { return bridge{} }

// stops is the one table of why a message ends, for whole answers and streams.
var stops = map[string]protocol.StopReason{
	"end_turn":                      protocol.StopEnd,
	"stop_sequence":                 protocol.StopSequence,
	"max_tokens":                    protocol.StopLength,
	"model_context_window_exceeded": protocol.StopLength,
	"tool_use":                      protocol.StopTool,
	"refusal":                       protocol.StopFilter,
	"pause_turn":                    protocol.StopPause,
	"compaction":                    protocol.StopPause, // both ask to be sent back and continued
}

// stopOf is a vendor's stop_reason; called tells that the model called a tool. Vendors of this format
// other than Anthropic have words of their own, or none.
func stopOf(reason string, called bool) protocol.StopReason {
	if stop, ok := stops[reason]; ok {
		return stop
	}
	if called {
		return protocol.StopTool
	}
	return protocol.StopOther
}

// reasonOf is the stop_reason that says stop. Clients go by it to run their tools, so it must agree with
// what the message holds.
func reasonOf(stop protocol.StopReason, called bool) string {
	switch stop {
	case protocol.StopSequence:
		return "stop_sequence"
	case protocol.StopLength:
		return "max_tokens"
	case protocol.StopFilter:
		return "refusal"
	case protocol.StopPause:
		return "pause_turn"
	}
	if called {
		return "tool_use"
	}
	return "end_turn"
}

// tiers are the words of a reply's service tier.
var tiers = map[string]string{"standard": "default", "priority": "priority", "batch": "default"}

// tierOf is the word for a client.
func tierOf(tier string) string {
	if tier == "priority" {
		return tier
	}
	return "standard"
}

// seal is a signature as a Signature; nil when there is none.
func seal(value string) *protocol.Signature {
	if value == "" {
		return nil
	}
	return &protocol.Signature{From: burncloud.Messages, Value: value}
}
