package provider

import "github.com/burncloud/burncloud"

// Auth says which header carries a channel's secret.
type Auth string

// The kinds of authentication.
const (
	Bearer      Auth = "bearer"         // Authorization: Bearer …
	XAPIKey     Auth = "x-api-key"      // X-Api-Key: …
	XGoogAPIKey Auth = "x-goog-api-key" // X-Goog-Api-Key: …
	NoAuth      Auth = "none"
)

// Shape is the form of a vendor's list of models.
type Shape string

// The shapes of model lists.
const (
	ShapeOpenAI    Shape = "openai"    // {"data":[{"id":…}]}, one page
	ShapeAnthropic Shape = "anthropic" // {"data":[{"id":…}],"has_more":…,"last_id":…}, paged by after_id
	ShapeGemini    Shape = "gemini"    // {"models":[{"name":"models/…"}],"nextPageToken":…}, paged by pageToken
)

// ModelList is where a vendor lists its models.
type ModelList struct {
	Path  string
	Shape Shape
}

// Header is a header that a vendor must get when the caller sent none of that name.
type Header struct{ Name, Value string }

// Quirks are the few declared ways in which a vendor departs from its protocol.
type Quirks struct {
	// NoStreamUsage: the vendor refuses stream_options, so usage is not asked for in streams.
	NoStreamUsage bool
}

// Row is one vendor. Rows are read-only.
type Row struct {
	ID          string
	Name        string
	BaseURL     string // scheme and host; "" means that each channel must give its own
	Auth        Auth
	KeyOptional bool // a channel may have no secret; then no credential is sent
	// Endpoints maps what the vendor offers to its path. "{model}" stands for the escaped model name,
	// "{method}" for the Gemini method. The leading version segment is left out when the channel's
	// base URL brings its own.
	Endpoints map[burncloud.Endpoint]string
	Models    ModelList
	Defaults  []Header
	Docs      string // where a person reads about keys and models
	KeyHint   string // how the vendor's secrets look
	Catalog   string // provider id in the price catalogue; "" when the vendor is unknown
	Quirks    Quirks
}

// rows is the catalogue, in the order people see it.
var rows = [...]*Row{
	{
		ID: "openai", Name: "OpenAI", BaseURL: "https://api.openai.com", Auth: Bearer,
		Endpoints: openAI, Models: ModelList{"/v1/models", ShapeOpenAI}, Defaults: jsonBody,
		Docs: "https://platform.openai.com/docs", KeyHint: "sk-proj-…", Catalog: "openai",
	},
	{
		ID: "anthropic", Name: "Anthropic", BaseURL: "https://api.anthropic.com", Auth: XAPIKey,
		Endpoints: map[burncloud.Endpoint]string{burncloud.EndpointMessages: "/v1/messages"},
		Models:    ModelList{"/v1/models", ShapeAnthropic},
		Defaults:  append([]Header{{"Anthropic-Version", "2023-06-01"}}, jsonBody...),
		Docs:      "https://docs.anthropic.com", KeyHint: "sk-ant-api03-…", Catalog: "anthropic",
	},
	{
		ID: "gemini", Name: "Google Gemini", BaseURL: "https://generativelanguage.googleapis.com", Auth: XGoogAPIKey,
		Endpoints: map[burncloud.Endpoint]string{
			burncloud.EndpointGenerate:    "/v1beta/models/{model}:{method}",
			burncloud.EndpointCountTokens: "/v1beta/models/{model}:{method}",
			burncloud.EndpointEmbed:       "/v1beta/models/{model}:{method}",
		},
		Models: ModelList{"/v1beta/models", ShapeGemini}, Defaults: jsonBody,
		Docs: "https://ai.google.dev/gemini-api/docs", KeyHint: "AIza…", Catalog: "google",
	},
	{
		ID: "openai-compatible", Name: "OpenAI-compatible", Auth: Bearer, KeyOptional: true,
		Endpoints: openAI, Models: ModelList{"/v1/models", ShapeOpenAI}, Defaults: jsonBody,
		KeyHint: "optional",
	},
}

// openAI is what servers in OpenAI's shape offer. A server that lacks one answers 404 itself.
var openAI = map[burncloud.Endpoint]string{
	burncloud.EndpointChat:        "/v1/chat/completions",
	burncloud.EndpointCompletions: "/v1/completions",
	burncloud.EndpointEmbeddings:  "/v1/embeddings",
	burncloud.EndpointModerations: "/v1/moderations",
	burncloud.EndpointResponses:   "/v1/responses",
}

// jsonBody is for callers that name no content type: every endpoint so far takes JSON.
var jsonBody = []Header{{"Content-Type", "application/json"}}

// All lists the catalogue in display order. The slice is the caller's; the rows are shared.
func All() []*Row { return append([]*Row(nil), rows[:]...) }

// ByID finds a row.
func ByID(id string) (*Row, bool) {
	for _, r := range rows {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// Speaks tells whether the vendor offers ep.
func (r *Row) Speaks(ep burncloud.Endpoint) bool {
	_, ok := r.Endpoints[ep]
	return ok
}
