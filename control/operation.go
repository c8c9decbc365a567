package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/burncloud/burncloud"
)

// base is where every operation lives.
const base = "/api/v1"

// access says who may call an operation.
type access string

const (
	public  access = "public"  // anybody, signed in or not
	member  access = "member"  // any user; handlers narrow what a member sees to the member's own
	admin   access = "admin"   // admins and the owner
	nowhere access = "nowhere" // the zero of a mistake: nobody
)

// allows tells whether a user of that role may call.
func (a access) allows(role burncloud.Role) bool {
	switch a {
	case public:
		return true
	case member:
		return role != ""
	case admin:
		return role == burncloud.Admin || role == burncloud.Owner
	}
	return false
}

const accessKey = "access"

// accessOf is what register wrote down; an operation that was not registered so is closed.
func accessOf(op *huma.Operation) access {
	if a, ok := op.Metadata[accessKey].(access); ok {
		return a
	}
	return nowhere
}

// register adds one operation. Errors of h leave as Problems.
func register[I, O any](s *server, a access, op huma.Operation, h func(context.Context, *I) (*O, error)) {
	op.Metadata = map[string]any{accessKey: a}
	op.Path = base + op.Path
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1 // guard has read the body already
	if a != public {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, handlerTime)
		defer cancel()
		out, err := h(ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return out, nil
	})
}

// op is an operation as the tables of routes write it down.
func op(method, path, id, tag, summary string) huma.Operation {
	o := huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}}
	if method == http.MethodDelete {
		o.DefaultStatus = http.StatusNoContent
	}
	return o
}

// created is op for a request that makes a thing.
func created(path, id, tag, summary string) huma.Operation {
	o := op(http.MethodPost, path, id, tag, summary)
	o.DefaultStatus = http.StatusCreated
	return o
}

// body is an answer that is only a body.
type body[T any] struct {
	Body T
}

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

// none is the input or the answer of an operation that has none.
type none struct{}

// ByID is the input of operations on one thing.
type ByID struct {
	ID string `path:"id" maxLength:"64"`
}

// Page is the part of an input that reads a list on.
type Page struct {
	Cursor string `query:"cursor" maxLength:"256" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Most items of a page"`
}
