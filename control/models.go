package control

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
)

// Model is a model that the catalogue knows or that a channel serves.
type Model struct {
	catalog.Model
	Channels []Ref `json:"channels" doc:"Enabled channels that serve it; members do not see them"`
	Served   bool  `json:"served" doc:"An enabled channel serves it to the caller"`
}

// Ref names a thing by id.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Also of a thing that has been deleted; empty when it never was here"`
}

type listModelsInput struct {
	Page
	Query    string `query:"q" maxLength:"128" doc:"Part of the name"`
	Provider string `query:"provider" maxLength:"64"`
	Served   bool   `query:"served" doc:"Only models that an enabled channel serves"`
}

func (s *server) modelRoutes() {
	register(s, member, op(http.MethodGet, "/models", "listModels", "Models", "List models with their prices"), s.listModels)
}

func (s *server) listModels(ctx context.Context, in *listModelsInput) (*body[List[Model]], error) {
	offset, err := strconv.Atoi(cmp.Or(in.Cursor, "0"))
	if err != nil || offset < 0 {
		return nil, invalid("cursor", "this cursor is not one of this list")
	}
	served, err := s.served(ctx)
	if err != nil {
		return nil, err
	}
	var models []Model
	var total int
	if in.Served {
		models, total = s.servedModels(served, in, offset)
	} else {
		var page []catalog.Model
		page, total = s.Catalog.List(catalog.Filter{Provider: in.Provider, Search: in.Query}, offset, in.Limit)
		for _, m := range page {
			models = append(models, Model{Model: m})
		}
	}
	next := ""
	if end := offset + len(models); end < total {
		next = strconv.Itoa(end)
	}
	for i := range models {
		models[i].complete(ctx, served)
	}
	return answer(list(models, next)), nil
}

// complete fills in who serves the model.
func (m *Model) complete(ctx context.Context, served map[string][]*channel.Live) {
	m.Capabilities, m.Channels = full(m.Capabilities), []Ref{}
	m.Served = len(served[m.ID]) > 0
	if admin.allows(burncloud.ActorOf(ctx).Role) {
		for _, ch := range served[m.ID] {
			m.Channels = append(m.Channels, Ref{ID: ch.ID, Name: ch.Name})
		}
	}
}

// served maps the names of models to the enabled channels that serve them to the actor: all of them to
// admins, those of their own group to members.
func (s *server) served(ctx context.Context) (map[string][]*channel.Live, error) {
	who := burncloud.ActorOf(ctx)
	group := ""
	if !admin.allows(who.Role) {
		u, err := s.Account.GetUser(ctx, who.UserID)
		if err != nil {
			return nil, err
		}
		group = u.Group
	}
	out := map[string][]*channel.Live{}
	for _, ch := range s.Channel.Snapshot().Channels {
		if group != "" && !slices.Contains(ch.Groups, group) {
			continue
		}
		for _, m := range ch.Models {
			out[m.Name] = append(out[m.Name], ch)
		}
	}
	return out, nil
}

// servedModels is a page of the served models by name. What the catalogue knows of a name depends on the
// vendor; the channel that is tried first speaks for all.
func (s *server) servedModels(served map[string][]*channel.Live, in *listModelsInput, offset int) (page []Model, total int) {
	for _, name := range slices.Sorted(maps.Keys(served)) {
		m, _ := s.Catalog.Model(served[name][0].Provider, name)
		m.ID = name
		if !strings.Contains(strings.ToLower(name), strings.ToLower(in.Query)) || in.Provider != "" && in.Provider != m.Provider && in.Provider != served[name][0].Provider {
			continue
		}
		if total >= offset && len(page) < in.Limit {
			page = append(page, Model{Model: m})
		}
		total++
	}
	return page, total
}
