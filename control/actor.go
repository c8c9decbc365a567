package control

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/burncloud/burncloud"
)

// cookieName is the session's cookie. It has no port in it: browsers share cookies between the ports
// of a host, so that two gateways on one host sign each other's users out.
const cookieName = "burncloud_session"

// How an actor proved who it is.
const (
	viaNobody  = "nobody"
	viaSession = "session"
	viaToken   = "token"
	viaSocket  = "socket"
)

// exchange is the plain request and answer under a huma handler, for cookies and addresses.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) exchange { return ctx.Value(exchangeKey{}).(exchange) }

// authenticate finds out who asks, refuses whoever may not, and leaves the actor in the context.
func (s *server) authenticate(hc huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(hc)
	who, f := s.admit(r, accessOf(hc.Operation()))
	if f != nil {
		if f.Status() >= 500 {
			s.fail(hc.Context(), f) // for the log
		}
		s.refuse(w, r, f)
		return
	}
	ctx := burncloud.WithActor(hc.Context(), who)
	ctx = context.WithValue(ctx, exchangeKey{}, exchange{w, r})
	next(remapped{huma.WithContext(hc, ctx)})
}

// remapped gives huma's own refusals the status of their kind.
type remapped struct{ inner }

type inner huma.Context // so that the embedded field does not hide the method Context

func (c remapped) SetStatus(status int) { c.inner.SetStatus(remap(status)) }

// Unwrap leads the adapter to its own context.
func (c remapped) Unwrap() huma.Context { return c.inner }

// admit tells who makes a request that needs a. On a public operation a credential that has ended
// counts as none: one must be able to sign in over it.
func (s *server) admit(r *http.Request, a access) (burncloud.Actor, *burncloud.Fault) {
	who, err := s.identify(r)
	switch {
	case a == public && err != nil:
		return burncloud.Actor{Via: viaNobody}, nil
	case err != nil:
		return who, burncloud.AsFault(err)
	case a.allows(who.Role):
		return who, nil
	case who.Role == "":
		return who, burncloud.Faultf(burncloud.Unauthenticated, "sign in, or send an access token as Authorization: Bearer bct_…")
	}
	return who, burncloud.Faultf(burncloud.Forbidden, "only an administrator may do this")
}

// identify reads the request's credential. An Authorization header goes before the cookie.
func (s *server) identify(r *http.Request) (burncloud.Actor, error) {
	if isLocal(r.Context()) {
		return s.operator(r.Context())
	}
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(secret) == "" {
			return burncloud.Actor{}, burncloud.Faultf(burncloud.Unauthenticated, "send the access token as Authorization: Bearer bct_…")
		}
		u, err := s.Account.AuthenticateToken(r.Context(), strings.TrimSpace(secret))
		return actorOf(u, viaToken), err
	}
	if c, err := r.Cookie(cookieName); err == nil && c.Value != "" {
		u, err := s.Account.Session(r.Context(), c.Value)
		return actorOf(u, viaSession), err
	}
	return burncloud.Actor{Via: viaNobody}, nil
}

func actorOf(u *burncloud.User, via string) burncloud.Actor {
	if u == nil {
		return burncloud.Actor{Via: viaNobody}
	}
	return burncloud.Actor{UserID: u.ID, Username: u.Username, Role: u.Role, Via: via}
}

// operator is who comes over the local socket: the owner, and before the setup somebody with the
// owner's rights and no account.
func (s *server) operator(ctx context.Context) (burncloud.Actor, error) {
	users, err := s.Account.ListUsers(ctx)
	for _, u := range users {
		if u.Role == burncloud.Owner {
			return actorOf(&u, viaSocket), nil
		}
	}
	return burncloud.Actor{Username: "operator", Role: burncloud.Owner, Via: viaSocket}, err
}

// own is the id of the actor's own account; NotFound for an operator before the setup.
func own(ctx context.Context) (string, error) {
	if id := burncloud.ActorOf(ctx).UserID; id != "" {
		return id, nil
	}
	return "", burncloud.Faultf(burncloud.NotFound, "there is no user yet: open the console in a browser, or set admin.password, to make the owner")
}

// scope is the user that a member's lists are narrowed to; asked is what the request names. A member
// who names somebody else is refused.
func scope(ctx context.Context, asked string) (string, error) {
	who := burncloud.ActorOf(ctx)
	if admin.allows(who.Role) || asked == who.UserID {
		return asked, nil
	}
	if asked == "" {
		return who.UserID, nil
	}
	return "", burncloud.Faultf(burncloud.Forbidden, "you may see only what is your own")
}

// reach refuses actors who may not act for a user: members for anybody else, and admins for the owner.
func (s *server) reach(ctx context.Context, userID, what string) error {
	who := burncloud.ActorOf(ctx)
	if who.Role == burncloud.Owner || who.UserID == userID {
		return nil
	}
	if !admin.allows(who.Role) {
		return burncloud.Faultf(burncloud.NotFound, "no such %s", what)
	}
	u, err := s.Account.GetUser(ctx, userID)
	if err == nil && u.Role == burncloud.Owner {
		err = burncloud.Faultf(burncloud.Forbidden, "only the owner may do this to the owner's account")
	}
	return err
}
