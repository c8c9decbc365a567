package burncloud

// Protocol is a wire format for conversations. It decides how a request is read and what an error
// looks like. The names are the same everywhere: package, database, log, URL, console.
type Protocol string

// The protocols a client may speak.
const (
	Chat      Protocol = "chat"      // OpenAI Chat Completions and the endpoints that share its error shape
	Responses Protocol = "responses" // OpenAI Responses
	Messages  Protocol = "messages"  // Anthropic Messages
	Gemini    Protocol = "gemini"    // Google generateContent
)

// Endpoint is one operation of a protocol: what a client asks for and what a provider may offer.
type Endpoint string

// The endpoints of the data plane.
const (
	EndpointChat        Endpoint = "chat"         // POST /v1/chat/completions
	EndpointCompletions Endpoint = "completions"  // POST /v1/completions
	EndpointEmbeddings  Endpoint = "embeddings"   // POST /v1/embeddings
	EndpointModerations Endpoint = "moderations"  // POST /v1/moderations
	EndpointResponses   Endpoint = "responses"    // POST /v1/responses
	EndpointMessages    Endpoint = "messages"     // POST /v1/messages
	EndpointGenerate    Endpoint = "generate"     // POST …/models/{model}:generateContent and :streamGenerateContent
	EndpointCountTokens Endpoint = "count_tokens" // POST …/models/{model}:countTokens
	EndpointEmbed       Endpoint = "embed"        // POST …/models/{model}:embedContent
)

// Protocol is the wire format the endpoint belongs to.
func (e Endpoint) Protocol() Protocol {
	switch e {
	case EndpointResponses:
		return Responses
	case EndpointMessages:
		return Messages
	case EndpointGenerate, EndpointCountTokens, EndpointEmbed:
		return Gemini
	}
	return Chat
}
