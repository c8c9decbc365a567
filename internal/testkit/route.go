package testkit

import (
	"net/url"
	"strings"

	"github.com/burncloud/burncloud"
)

// The vendor's operations that the product has no endpoint for yet.
const (
	listModels    = "models"
	countMessages = "messages_count_tokens"
)

// operation is what a request line asks for.
type operation struct {
	endpoint string
	protocol burncloud.Protocol
	model    string // Gemini: from the path
	stream   bool   // Gemini: from the path
	sse      bool   // Gemini: alt=sse
	query    url.Values
}

// suffixes maps the end of a path to an operation, so that a base URL may have any prefix.
var suffixes = []struct {
	end      string
	endpoint burncloud.Endpoint
}{
	{"/chat/completions", burncloud.EndpointChat},
	{"/completions", burncloud.EndpointCompletions},
	{"/embeddings", burncloud.EndpointEmbeddings},
	{"/moderations", burncloud.EndpointModerations},
	{"/responses", burncloud.EndpointResponses},
	{"/messages/count_tokens", countMessages},
	{"/messages", burncloud.EndpointMessages},
}

var geminiMethods = map[string]burncloud.Endpoint{
	"generateContent": burncloud.EndpointGenerate, "streamGenerateContent": burncloud.EndpointGenerate,
	"countTokens": burncloud.EndpointCountTokens, "embedContent": burncloud.EndpointEmbed,
}

// route reads the request line. An unknown path has the endpoint "" and the protocol that its first
// segment suggests.
func route(method, target string) operation {
	path, rawQuery, _ := strings.Cut(target, "?")
	op := operation{protocol: burncloud.Chat}
	op.query, _ = url.ParseQuery(rawQuery)
	if strings.HasPrefix(path, "/v1beta/") {
		op.protocol = burncloud.Gemini
	}
	if method == "GET" && strings.HasSuffix(path, "/models") {
		op.endpoint = listModels
		return op
	}
	if method != "POST" {
		return op
	}
	if _, last, ok := strings.Cut(path, "/models/"); ok {
		model, verb, _ := strings.Cut(last, ":")
		if e, ok := geminiMethods[verb]; ok {
			op.endpoint, op.protocol, op.model = string(e), burncloud.Gemini, model
			op.stream, op.sse = verb == "streamGenerateContent", op.query.Get("alt") == "sse"
		}
		return op
	}
	for _, s := range suffixes {
		if strings.HasSuffix(path, s.end) {
			op.endpoint, op.protocol = string(s.endpoint), s.endpoint.Protocol()
			if s.endpoint == countMessages {
				op.protocol = burncloud.Messages
			}
			return op
		}
	}
	return op
}
