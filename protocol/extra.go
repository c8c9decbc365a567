package protocol

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/burncloud/burncloud"
)

// vital are the fields of each protocol that cannot be left out without changing what the call means:
// content that is kept at the vendor, tools and forms of answers that no other protocol has a word for.
var vital = map[burncloud.Protocol][]string{
	burncloud.Chat:      {"modalities", "audio", "web_search_options", "logit_bias"},
	burncloud.Responses: {"previous_response_id", "conversation", "background", "prompt"},
	burncloud.Messages:  {"container", "mcp_servers"},
	burncloud.Gemini:    {"cachedContent", "generationConfig.responseModalities"},
}

// Foreign says what becomes of r.Extra towards another protocol: each field is a Loss, but for those
// that ask for nothing. A field that cannot be left out is a Fault. Towards their own protocol nothing
// is lost, and the encoder sends them.
func (r *Request) Foreign(to burncloud.Protocol) ([]Loss, *burncloud.Fault) {
	if r.From == to {
		return nil, nil
	}
	var losses []Loss
	for _, m := range r.Extra {
		if asksNothing(m) {
			continue
		}
		if slices.Contains(vital[r.From], m.Name) {
			return losses, InvalidField(m.Name, "is not possible here: this model is served by a vendor whose protocol has nothing like it")
		}
		losses = append(losses, Loss{Field: m.Name, Reason: "dropped: the vendor's protocol has no such field"})
	}
	return losses, nil
}

// asksNothing tells whether a field has the value that it has when it is absent.
func asksNothing(m Member) bool {
	var value bytes.Buffer
	if json.Compact(&value, m.Value) != nil {
		return false
	}
	switch value.String() {
	case "null", "false", "{}", "[]", `""`, `["text"]`, `["TEXT"]`:
		return true
	}
	return false
}
