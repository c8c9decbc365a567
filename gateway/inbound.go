package gateway

import (
	"bytes"

	"github.com/burncloud/burncloud"
)

// inbound is what the request line says.
type inbound struct {
	endpoint burncloud.Endpoint
	protocol burncloud.Protocol // decides the error's shape, also when there is no endpoint
	model    []byte             // from the path, percent-encoded as it came
	stream   bool               // from the path
	listing  bool               // GET …/models or …/models/{model}
}

// posts is every path of the data plane that takes a body, but for Gemini's, which hold the model.
var posts = map[string]burncloud.Endpoint{
	"/chat/completions": burncloud.EndpointChat,
	"/completions":      burncloud.EndpointCompletions,
	"/embeddings":       burncloud.EndpointEmbeddings,
	"/moderations":      burncloud.EndpointModerations,
	"/responses":        burncloud.EndpointResponses,
	"/messages":         burncloud.EndpointMessages,
}

// methods are Gemini's, behind the colon.
var methods = map[string]struct {
	endpoint burncloud.Endpoint
	stream   bool
}{
	"generateContent":       {burncloud.EndpointGenerate, false},
	"streamGenerateContent": {burncloud.EndpointGenerate, true},
	"countTokens":           {burncloud.EndpointCountTokens, false},
	"embedContent":          {burncloud.EndpointEmbed, false},
}

var (
	v1       = []byte("/v1")
	v1beta   = []byte("/v1beta")
	models   = []byte("/models")
	messages = []byte("/messages")
)

// IsData tells whether a path belongs to the data plane.
func IsData(path []byte) bool {
	_, ok := under(path, v1)
	if !ok {
		_, ok = under(path, v1beta)
	}
	return ok
}

// under is the rest of path below prefix, which must end at a slash or at the path's end.
func under(path, prefix []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(path, prefix)
	return rest, ok && (len(rest) == 0 || rest[0] == '/')
}

// match finds the endpoint. Its faults still carry a usable protocol in the inbound.
func match(method, path []byte) (inbound, *burncloud.Fault) {
	rest, beta := under(path, v1beta)
	if !beta {
		rest, _ = under(path, v1)
		for { // clients whose base URL ends in /v1 and who add it once more
			again, ok := under(rest, v1)
			if !ok {
				break
			}
			rest = again
		}
		if inner, ok := under(rest, v1beta); ok {
			rest, beta = inner, true
		}
	}
	in := inbound{protocol: shape(rest, beta)}
	if name, ok := under(rest, models); ok {
		return matchModels(in, method, path, name)
	}
	if !beta {
		if ep, ok := posts[string(bytes.TrimSuffix(rest, []byte("/")))]; ok {
			in.endpoint, in.protocol = ep, ep.Protocol()
			return in, needMethod(method, path, "POST")
		}
	}
	return in, burncloud.Faultf(burncloud.NotFound, "no such endpoint: %s %s", clip(method), clip(path))
}

// shape guesses the protocol that a wrong path was meant in.
func shape(rest []byte, beta bool) burncloud.Protocol {
	if beta {
		return burncloud.Gemini
	}
	if _, ok := under(rest, messages); ok {
		return burncloud.Messages
	}
	return burncloud.Chat
}

// matchModels tells apart the list of models, one model, and Gemini's methods on a model.
func matchModels(in inbound, method, path, rest []byte) (inbound, *burncloud.Fault) {
	name := bytes.TrimPrefix(rest, []byte("/"))
	// A model's own name may hold a colon (ollama's tags, tuned models): the method is behind the last.
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		if m, ok := methods[string(name[i+1:])]; ok {
			in.endpoint, in.protocol, in.model, in.stream = m.endpoint, burncloud.Gemini, name[:i], m.stream
			if len(in.model) == 0 {
				return in, burncloud.Faultf(burncloud.NotFound, "the path names no model: %s", clip(path))
			}
			return in, needMethod(method, path, "POST")
		}
		if string(method) == "POST" {
			in.protocol = burncloud.Gemini
			return in, burncloud.Faultf(burncloud.NotFound, "no such method on a model: %s", clip(name[i+1:]))
		}
	}
	in.listing, in.model = true, name
	return in, needMethod(method, path, "GET")
}

func needMethod(method, path []byte, want string) *burncloud.Fault {
	if string(method) == want || want == "GET" && string(method) == "HEAD" {
		return nil
	}
	return burncloud.Faultf(burncloud.MethodNotAllowed, "%s takes %s, not %s", clip(path), want, clip(method))
}

// clip keeps what a client sent short enough to quote back.
func clip(b []byte) string {
	const most = 120
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}
