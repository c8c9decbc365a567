package gateway

import (
	"testing"

	"github.com/burncloud/burncloud"
)

func TestMatch(t *testing.T) {
	type want struct {
		endpoint burncloud.Endpoint
		protocol burncloud.Protocol
		model    string
		stream   bool
		listing  bool
		fault    burncloud.Kind
	}
	for line, w := range map[string]want{
		"POST /v1/chat/completions":                    {endpoint: "chat", protocol: "chat"},
		"POST /v1/chat/completions/":                   {endpoint: "chat", protocol: "chat"},
		"POST /v1/v1/chat/completions":                 {endpoint: "chat", protocol: "chat"},
		"POST /v1/v1/v1/embeddings":                    {endpoint: "embeddings", protocol: "chat"},
		"POST /v1/completions":                         {endpoint: "completions", protocol: "chat"},
		"POST /v1/moderations":                         {endpoint: "moderations", protocol: "chat"},
		"POST /v1/responses":                           {endpoint: "responses", protocol: "responses"},
		"POST /v1/messages":                            {endpoint: "messages", protocol: "messages"},
		"GET /v1/messages":                             {endpoint: "messages", protocol: "messages", fault: burncloud.MethodNotAllowed},
		"POST /v1/messages/nonsense":                   {protocol: "messages", fault: burncloud.NotFound},
		"POST /v1/nonsense":                            {protocol: "chat", fault: burncloud.NotFound},
		"POST /v1":                                     {protocol: "chat", fault: burncloud.NotFound},
		"POST /v1beta/chat/completions":                {protocol: "gemini", fault: burncloud.NotFound},
		"GET /v1/models":                               {protocol: "chat", listing: true},
		"HEAD /v1/models":                              {protocol: "chat", listing: true},
		"GET /v1/models/gpt-5":                         {protocol: "chat", listing: true, model: "gpt-5"},
		"GET /v1/models/llama3:8b":                     {protocol: "chat", listing: true, model: "llama3:8b"},
		"GET /v1/models/meta/llama-3":                  {protocol: "chat", listing: true, model: "meta/llama-3"},
		"DELETE /v1/models":                            {protocol: "chat", listing: true, fault: burncloud.MethodNotAllowed},
		"GET /v1beta/models":                           {protocol: "gemini", listing: true},
		"POST /v1beta/models/g:generateContent":        {endpoint: "generate", protocol: "gemini", model: "g"},
		"POST /v1beta/v1beta/models/g:generateContent": {protocol: "gemini", fault: burncloud.NotFound},
		"POST /v1/v1beta/models/g:generateContent":     {endpoint: "generate", protocol: "gemini", model: "g"},
		"POST /v1/models/g:streamGenerateContent":      {endpoint: "generate", protocol: "gemini", model: "g", stream: true},
		"POST /v1beta/models/a:b:countTokens":          {endpoint: "count_tokens", protocol: "gemini", model: "a:b"},
		"POST /v1beta/models/g:embedContent":           {endpoint: "embed", protocol: "gemini", model: "g"},
		"POST /v1beta/models/:embedContent":            {endpoint: "embed", protocol: "gemini", fault: burncloud.NotFound},
		"GET /v1beta/models/g:generateContent":         {endpoint: "generate", protocol: "gemini", model: "g", fault: burncloud.MethodNotAllowed},
		"POST /v1beta/models/g:deleteEverything":       {protocol: "gemini", fault: burncloud.NotFound},
		"POST /v1beta/models/g":                        {protocol: "gemini", listing: true, model: "g", fault: burncloud.MethodNotAllowed},
	} {
		var method, path string
		for i := range line {
			if line[i] == ' ' {
				method, path = line[:i], line[i+1:]
			}
		}
		in, f := match([]byte(method), []byte(path))
		got := want{in.endpoint, in.protocol, string(in.model), in.stream, in.listing, ""}
		if f != nil {
			got.fault = f.Kind
		}
		if got != w {
			t.Errorf("%s:\n got %+v\nwant %+v", line, got, w)
		}
	}
}

func TestIsData(t *testing.T) {
	for path, want := range map[string]bool{
		"/v1": true, "/v1/": true, "/v1/models": true, "/v1beta/models": true, "/v1beta": true,
		"/": false, "/v1x": false, "/v11/models": false, "/api/v1/channels": false, "/healthz": false, "": false,
	} {
		if got := IsData([]byte(path)); got != want {
			t.Errorf("IsData(%q) = %v", path, got)
		}
	}
}
