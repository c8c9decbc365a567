package control

import (
	"context"
	"net/http"

	"github.com/burncloud/burncloud"
)

// SetupState tells a fresh console whether the owner still has to be made.
type SetupState struct {
	Needed        bool   `json:"needed" doc:"No user exists yet"`
	TokenRequired bool   `json:"token_required" doc:"This request comes from elsewhere: the one-time token in the server's log is needed"`
	Version       string `json:"version"`
}

type setupInput struct {
	Body struct {
		Username string `json:"username" minLength:"1" maxLength:"64"`
		Password string `json:"password" minLength:"8" maxLength:"256"`
		Token    string `json:"token,omitempty" maxLength:"128" doc:"The one-time token of the server's log, where token_required"`
	}
}

func (s *server) setupRoutes() {
	register(s, public, op(http.MethodGet, "/setup", "getSetup", "Setup", "Tell whether the first user has to be made"), s.getSetup)
	register(s, public, created("/setup", "setup", "Setup", "Make the owner, once, and sign in"), s.setup)
}
func (s *server) getSetup(ctx context.Context, _ *none) (*body[SetupState], error) {
	needed := s.Account.NeedsSetup()
	return answer(SetupState{Needed: needed, TokenRequired: needed && !fromHere(exchangeOf(ctx).r), Version: s.Version}), nil
}

func (s *server) setup(ctx context.Context, in *setupInput) (*body[Me], error) {
	if s.Account.NeedsSetup() && !fromHere(exchangeOf(ctx).r) && !s.Account.CheckSetupToken(in.Body.Token) {
		f := burncloud.Faultf(burncloud.Forbidden, "give the setup token that the server has printed in its log: this request does not come from its own machine")
		f.Param = "token"
		return nil, f
	}
	u, err := s.Account.Setup(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, u.ID)
}
