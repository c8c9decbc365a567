package gemini

import (
	"strings"

	"github.com/burncloud/burncloud/protocol"
)

type bridge struct{}

// NewBridge converts Google's generateContent to and from the neutral model.
func NewBridge() protocol.Bridge { return bridge{} }

// dialectArray is the Request.Dialect of a client that wants its stream as one JSON array.
const dialectArray = "array"

// stops is the one table of why an answer ends, for whole answers and streams.
var stops = map[string]protocol.StopReason{
	"STOP":       protocol.StopEnd,
	"MAX_TOKENS": protocol.StopLength,

	"SAFETY":                   protocol.StopFilter,
	"PROHIBITED_CONTENT":       protocol.StopFilter,
	"BLOCKLIST":                protocol.StopFilter,
	"SPII":                     protocol.StopFilter,
	"RECITATION":               protocol.StopFilter,
	"LANGUAGE":                 protocol.StopFilter,
	"IMAGE_SAFETY":             protocol.StopFilter,
	"IMAGE_PROHIBITED_CONTENT": protocol.StopFilter,
	"IMAGE_RECITATION":         protocol.StopFilter,

	"CONTINUATION": protocol.StopPause, // asks to be sent back and continued
}

// stopOf is a vendor's finishReason; called tells that the model called a function, which the format has
// no reason for.
func stopOf(reason string, called bool) protocol.StopReason {
	stop, ok := stops[reason]
	switch {
	case !ok:
		return protocol.StopOther
	case stop == protocol.StopEnd && called:
		return protocol.StopTool
	}
	return stop
}

// botched tells whether a finishReason says that the model failed to write a call. With nothing else in
// the answer there is no answer.
func botched(reason string) bool {
	switch reason {
	case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE":
		return true
	}
	return false
}

// reasonOf is the finishReason that says stop. broken tells that a call had to be left out because its
// arguments are not JSON.
func reasonOf(stop protocol.StopReason, broken bool) string {
	switch stop {
	case protocol.StopLength:
		return "MAX_TOKENS"
	case protocol.StopFilter:
		return "SAFETY"
	case protocol.StopPause, protocol.StopOther:
		return "OTHER"
	}
	if broken {
		return "MALFORMED_FUNCTION_CALL"
	}
	return "STOP"
}

// tierOf is a service tier, or a kind of traffic, in neutral words; ok is false for one that is not known.
func tierOf(word string) (tier string, ok bool) {
	switch word = strings.ToLower(word); word {
	case "standard", "on_demand":
		return "default", true
	case "flex", "on_demand_flex":
		return "flex", true
	case "priority", "on_demand_priority":
		return "priority", true
	}
	return word, false
}

// tierWords are a tier in this format's words.
var tierWords = map[string]string{"default": "standard", "flex": "flex", "priority": "priority"}
