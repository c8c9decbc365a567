package control

import (
	"context"
	"net/http"
	"time"

	"github.com/burncloud/burncloud/service/account"
)

// Token is an access token for this API, which acts as the user who made it.
type Token = account.Token

// NewToken is a token together with its secret, which is never shown again.
type NewToken struct {
	Token
	Secret string `json:"secret"`
}

type createTokenInput struct {
	Body struct {
		Name    string     `json:"name" minLength:"1" maxLength:"64"`
		Expires *time.Time `json:"expires,omitempty" doc:"None is never"`
	}
}

func (s *server) tokenRoutes() {
	const tag = "Access tokens"
	register(s, member, op(http.MethodGet, "/tokens", "listTokens", tag, "List the own access tokens"), s.listTokens)
	register(s, member, created("/tokens", "createToken", tag, "Make an access token; the answer alone carries its secret"), s.createToken)
	register(s, member, op(http.MethodDelete, "/tokens/{id}", "deleteToken", tag, "Revoke an access token"), s.deleteToken)
}

func (s *server) listTokens(ctx context.Context, _ *none) (*body[List[Token]], error) {
	id, err := own(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Account.ListTokens(ctx, id)
	return answer(list(all, "")), err
}

func (s *server) createToken(ctx context.Context, in *createTokenInput) (*body[NewToken], error) {
	id, err := own(ctx)
	if err != nil {
		return nil, err
	}
	t, secret, err := s.Account.CreateToken(ctx, account.NewToken{UserID: id, Name: in.Body.Name, Expires: in.Body.Expires})
	if err != nil {
		return nil, err
	}
	return answer(NewToken{Token: *t, Secret: secret}), nil
}

func (s *server) deleteToken(ctx context.Context, in *ByID) (*none, error) {
	t, err := s.Account.GetToken(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.reach(ctx, t.UserID, "token"); err != nil {
		return nil, err
	}
	return &none{}, s.Account.DeleteToken(ctx, in.ID)
}
