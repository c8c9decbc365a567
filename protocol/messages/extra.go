package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// readExtra sorts what the client's format has and the neutral model has not: what is its own goes back
// to where it stood, of another format it is lost, or refused where the answer would be another one.
func (e *request) readExtra() {
	for _, m := range e.r.Extra {
		if e.native {
			path, name := "", m.Name
			if i := strings.LastIndexByte(m.Name, '.'); i >= 0 {
				path, name = m.Name[:i], m.Name[i+1:]
			}
			e.extra[path] = append(e.extra[path], protocol.Member{Name: name, Value: m.Value})
			continue
		}
		raw := string(value(nil, m.Value))
		if harmless(raw) || m.Name == "store" && raw == "false" || m.Name == "truncation" && raw == `"disabled"` {
			continue
		}
		if why := stateful(m.Name, raw); why != "" {
			e.refuse(m.Name, "%s", why)
			continue
		}
		e.lose(m.Name, "dropped: only %s knows it", owner(e.r.From))
	}
}

// harmless tells whether a value asks for nothing.
func harmless(raw string) bool { return raw == "null" || raw == "{}" || raw == "[]" }

func owner(from burncloud.Protocol) string {
	if from == "" {
		return "the client's own format"
	}
	return string(from)
}

// stateful says why a field cannot be left out: the answer would be to another question.
func stateful(path, raw string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch name {
	case "previous_response_id", "conversation":
		return "names a conversation that another vendor keeps; send the messages themselves"
	case "prompt":
		return "names a prompt that another vendor keeps; send the text itself"
	case "background":
		if raw == "false" {
			return ""
		}
		return "asks for an answer in the background, which this vendor does not give"
	case "cachedContent", "cached_content":
		return "names content that another vendor keeps; send the content itself"
	case "logit_bias":
		return "changes the choice of words, which this vendor does not allow"
	case "web_search_options":
		return "asks for a search, which this vendor does otherwise"
	case "modalities", "responseModalities", "response_modalities":
		if up := strings.ToUpper(raw); strings.Contains(up, "AUDIO") || strings.Contains(up, "IMAGE") {
			return "asks for more than text, which is all that this vendor writes"
		}
	}
	return ""
}

// leftOver writes the client's own fields of the top level and closes the request. Of those deeper down
// it tells: what they belonged to is not sent.
func (e *request) leftOver(out []byte) []byte {
	top := e.extra[""]
	delete(e.extra, "")
	for _, m := range e.r.Extra {
		path, name := "", m.Name
		if i := strings.LastIndexByte(m.Name, '.'); i >= 0 {
			path, name = m.Name[:i], m.Name[i+1:]
		}
		if _, left := e.extra[path]; !left || path == "" || !e.native {
			continue
		}
		if strings.ContainsRune(path, '[') {
			e.lose(m.Name, "dropped: what it belonged to is not sent")
			continue
		}
		if path == "tool_choice" || path == "thinking" {
			e.lose(m.Name, "dropped: what it belonged to is not sent")
			continue
		}
		top = append(top, protocol.Member{Name: path + "." + name, Value: m.Value})
	}
	for _, m := range top {
		out = value(key(out, m.Name), m.Value)
	}
	return append(out, '}')
}
