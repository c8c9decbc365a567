package control

import (
	"context"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/account"
)

// Me is who asks.
type Me struct {
	User User   `json:"user"`
	Via  string `json:"via" enum:"session,token,socket" doc:"How the request proved who it is"`
}

type credentialInput struct {
	Body struct {
		Username string `json:"username" minLength:"1" maxLength:"64"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

type passwordInput struct {
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"256"`
		New     string `json:"new" minLength:"8" maxLength:"256"`
	}
}

func (s *server) sessionRoutes() {
	register(s, public, op(http.MethodPost, "/session", "login", "Session", "Sign in; sets the session cookie"), s.login)
	register(s, public, op(http.MethodDelete, "/session", "logout", "Session", "Sign out; does nothing when not signed in"), s.logout)
	register(s, member, op(http.MethodGet, "/me", "getMe", "Session", "Tell who is signed in"), s.getMe)
	o := op(http.MethodPut, "/me/password", "changePassword", "Session", "Change the own password; ends all other sessions")
	o.DefaultStatus = http.StatusNoContent
	register(s, member, o, s.changePassword)
}
func (s *server) login(ctx context.Context, in *credentialInput) (*body[Me], error) {
	x := exchangeOf(ctx)
	session, err := s.Account.Login(ctx, account.Login{
		Username: in.Body.Username, Password: in.Body.Password, ClientIP: clientIP(x.r), Agent: x.r.UserAgent(),
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, session)
}

// signIn opens a session for a user whose identity is proved already.
func (s *server) signIn(ctx context.Context, userID string) (*body[Me], error) {
	x := exchangeOf(ctx)
	session, err := s.Account.OpenSession(ctx, userID, clientIP(x.r), x.r.UserAgent())
	if err != nil {
		return nil, err
	}
	return s.open(ctx, session)
}

// open sets the cookie of a new session; the one that the browser had before ends.
func (s *server) open(ctx context.Context, session *account.Session) (*body[Me], error) {
	x := exchangeOf(ctx)
	if old, err := x.r.Cookie(cookieName); err == nil {
		if err := s.Account.Logout(ctx, old.Value); err != nil {
			return nil, err
		}
	}
	setCookie(x, session.Token, session.Expires)
	return s.me(ctx, &session.User, viaSession)
}

// setCookie gives the browser the session, or with "" takes it away.
func setCookie(x exchange, token string, expires time.Time) {
	c := &http.Cookie{
		Name: cookieName, Value: token, Path: "/", Expires: expires, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: x.r.TLS != nil || x.r.Header.Get("X-Forwarded-Proto") == "https",
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(x.w, c)
}

func (s *server) logout(ctx context.Context, _ *none) (*none, error) {
	x := exchangeOf(ctx)
	if c, err := x.r.Cookie(cookieName); err == nil {
		if err := s.Account.Logout(ctx, c.Value); err != nil {
			return nil, err
		}
		setCookie(x, "", time.Unix(1, 0))
	}
	return &none{}, nil
}

func (s *server) getMe(ctx context.Context, _ *none) (*body[Me], error) {
	id, err := own(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.Account.GetUser(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.me(ctx, u, burncloud.ActorOf(ctx).Via)
}

func (s *server) me(ctx context.Context, u *burncloud.User, via string) (*body[Me], error) {
	view, err := s.user(ctx, u)
	if err != nil {
		return nil, err
	}
	return answer(Me{User: view.Body, Via: via}), nil
}

func (s *server) changePassword(ctx context.Context, in *passwordInput) (*none, error) {
	id, err := own(ctx)
	if err != nil {
		return nil, err
	}
	x := exchangeOf(ctx)
	if err := s.Account.ChangePassword(ctx, id, in.Body.Current, in.Body.New, clientIP(x.r)); err != nil {
		return nil, err
	}
	if burncloud.ActorOf(ctx).Via == viaSession {
		_, err = s.signIn(ctx, id)
	}
	return &none{}, err
}
