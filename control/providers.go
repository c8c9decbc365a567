package control

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/burncloud/burncloud"
)

// Provider is a vendor that a channel can be made of.
type Provider struct {
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	BaseURL     string               `json:"base_url" doc:"Empty where the channel must name one"`
	Endpoints   []burncloud.Endpoint `json:"endpoints" doc:"What it serves"`
	KeyRequired bool                 `json:"key_required"`
	KeyHint     string               `json:"key_hint" doc:"What its credentials look like"`
	Docs        string               `json:"docs" doc:"Where its credentials are made"`
	Logo        string               `json:"logo" doc:"Path of its logo"`
}

func (s *server) providerRoutes() {
	register(s, member, op(http.MethodGet, "/providers", "listProviders", "Providers", "List the vendors that channels can be made of"), s.listProviders)
}

func (s *server) listProviders(context.Context, *none) (*body[List[Provider]], error) {
	rows := s.Catalog.Providers()
	views := make([]Provider, len(rows))
	for i, r := range rows {
		endpoints := slices.Collect(maps.Keys(r.Endpoints))
		slices.Sort(endpoints)
		views[i] = Provider{
			ID: r.ID, Name: r.Name, BaseURL: r.BaseURL, Endpoints: endpoints, KeyRequired: !r.KeyOptional && r.Auth != "none",
			KeyHint: r.KeyHint, Docs: r.Docs, Logo: "/providers/" + r.ID + ".svg",
		}
	}
	return answer(list(views, "")), nil
}
