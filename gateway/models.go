package gateway

import (
	"encoding/json"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/service/account"
)

// listed is one model as a list shows it, before it has a vendor's shape.
type listed struct {
	name      string
	owner     string // provider id of the first channel that serves it
	created   time.Time
	context   int64 // 0: not known
	maxOutput int64
	endpoints []burncloud.Endpoint
}

// list answers GET …/models and …/models/{model} in the shape that the caller's headers ask for.
func (g *Gateway) list(x *listen.Exchange, in inbound) {
	in.protocol = listShape(x, in.protocol)
	caller, f := g.identify(x)
	if f != nil {
		g.refuse(x, in.protocol, f)
		return
	}
	var body any
	if len(in.model) == 0 {
		body = modelList(in.protocol, g.listed(caller, in.protocol))
	} else if body, f = g.oneModel(caller, in); f != nil {
		g.refuse(x, in.protocol, f)
		return
	}
	raw, err := json.Marshal(body)
	if err != nil {
		g.refuse(x, in.protocol, burncloud.AsFault(err))
		return
	}
	head := append([]byte(nil), jsonType...)
	head = append(head, "X-Request-Id: "+newID()+"\r\n"...)
	_ = x.Reply(200, appendCORS(head, x), raw)
}

// listShape: Anthropic's SDK names its version, Google's sends its own key header or parameter, or uses
// its own path; everybody else speaks OpenAI's.
func listShape(x *listen.Exchange, byPath burncloud.Protocol) burncloud.Protocol {
	switch {
	case byPath == burncloud.Gemini:
		return burncloud.Gemini
	case x.Header("Anthropic-Version") != nil:
		return burncloud.Messages
	case x.Header("X-Goog-Api-Key") != nil:
		return burncloud.Gemini
	}
	return burncloud.Chat
}

func (g *Gateway) oneModel(caller *account.Caller, in inbound) (any, *burncloud.Fault) {
	name, f := pathModel(in.model)
	if f != nil {
		return nil, f
	}
	for _, m := range g.listed(caller, in.protocol) {
		if m.name == name {
			return modelEntry(in.protocol, m), nil
		}
	}
	return nil, noModel(name)
}

// listed is what the caller may use: models of its group that its key allows, and that can be reached
// in this protocol. OpenAI's list is what every tool asks for, so it names all of them.
func (g *Gateway) listed(caller *account.Caller, p burncloud.Protocol) []listed {
	d := g.directory.Load()
	out := make([]listed, 0, len(d.names))
	for _, name := range d.names {
		o := d.models[name].groups[caller.User.Group]
		if o == nil || !caller.Allowed(name) {
			continue
		}
		m := g.describe(o)
		if len(m.endpoints) > 0 && (p == burncloud.Chat || speaks(m, p)) {
			out = append(out, m)
		}
	}
	return out
}

func speaks(m listed, p burncloud.Protocol) bool {
	for _, ep := range m.endpoints {
		if ep.Protocol() == p {
			return true
		}
	}
	return false
}

// modelList wraps the entries as each vendor does; all of them are on the one page.
func modelList(p burncloud.Protocol, list []listed) any {
	entries := make([]any, len(list))
	for i, m := range list {
		entries[i] = modelEntry(p, m)
	}
	switch p {
	case burncloud.Messages:
		page := struct {
			Data    []any   `json:"data"`
			HasMore bool    `json:"has_more"`
			FirstID *string `json:"first_id"`
			LastID  *string `json:"last_id"`
		}{Data: entries}
		if n := len(list); n > 0 {
			page.FirstID, page.LastID = &list[0].name, &list[n-1].name
		}
		return page
	case burncloud.Gemini:
		return struct {
			Models []any `json:"models"`
		}{entries}
	}
	return struct {
		Object string `json:"object"`
		Data   []any  `json:"data"`
	}{"list", entries}
}

func modelEntry(p burncloud.Protocol, m listed) any {
	switch p {
	case burncloud.Messages:
		return struct {
			Type        string `json:"type"`
			ID          string `json:"id"`
			DisplayName string `json:"display_name"`
			CreatedAt   string `json:"created_at"`
		}{"model", m.name, m.name, m.created.UTC().Format(time.RFC3339)}
	case burncloud.Gemini:
		return geminiModel(m)
	}
	return struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}{m.name, "model", m.created.Unix(), m.owner}
}

func geminiModel(m listed) any {
	methods := []string{}
	for _, ep := range m.endpoints {
		switch ep {
		case burncloud.EndpointGenerate:
			methods = append(methods, "generateContent", "streamGenerateContent")
		case burncloud.EndpointCountTokens:
			methods = append(methods, "countTokens")
		case burncloud.EndpointEmbed:
			methods = append(methods, "embedContent")
		}
	}
	return struct {
		Name    string   `json:"name"`
		Display string   `json:"displayName"`
		Input   int64    `json:"inputTokenLimit,omitempty"`
		Output  int64    `json:"outputTokenLimit,omitempty"`
		Methods []string `json:"supportedGenerationMethods"`
	}{"models/" + m.name, m.name, m.context, m.maxOutput, methods}
}
