package control

import (
	"context"
	"net/http"

	"github.com/burncloud/burncloud"
)

type createGroupInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"64"`
	}
}

// ByName is the input of operations on one group.
type ByName struct {
	Name string `path:"name" maxLength:"64"`
}

func (s *server) groupRoutes() {
	const tag = "Groups"
	register(s, admin, op(http.MethodGet, "/groups", "listGroups", tag, "List the groups of users"), s.listGroups)
	register(s, admin, created("/groups", "createGroup", tag, "Add a group"), s.createGroup)
	register(s, admin, op(http.MethodDelete, "/groups/{name}", "deleteGroup", tag, "Delete a group that nobody is in and no channel serves"), s.deleteGroup)
}

func (s *server) listGroups(ctx context.Context, _ *none) (*body[List[burncloud.Group]], error) {
	all, err := s.Account.ListGroups(ctx)
	return answer(list(all, "")), err
}

func (s *server) createGroup(ctx context.Context, in *createGroupInput) (*body[burncloud.Group], error) {
	g, err := s.Account.CreateGroup(ctx, burncloud.Group{Name: in.Body.Name})
	if err != nil {
		return nil, err
	}
	return answer(*g), nil
}

func (s *server) deleteGroup(ctx context.Context, in *ByName) (*none, error) {
	return &none{}, s.Account.DeleteGroup(ctx, in.Name)
}
