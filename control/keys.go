package control

import (
	"context"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/account"
)

// Key is a caller's credential; its secret was shown once.
type Key struct {
	burncloud.Key
	Username string `json:"username" doc:"Whose key it is"`
}

// NewKey is a key together with its secret, which is never shown again.
type NewKey struct {
	Key
	Secret string `json:"secret"`
}

type listKeysInput struct {
	Page
	UserID string `query:"user_id" maxLength:"64" doc:"Only that user's; members see only their own"`
}

type createKeyInput struct {
	Body struct {
		Name      string           `json:"name" minLength:"1" maxLength:"64"`
		UserID    string           `json:"user_id,omitempty" maxLength:"64" doc:"Whose key; the caller's own when not given"`
		Models    []string         `json:"models,omitempty" maxItems:"1000" doc:"None is all models of the user's group"`
		Unlimited bool             `json:"unlimited,omitempty" doc:"No limit of its own; the user's balance still holds"`
		Limit     *burncloud.Money `json:"limit,omitempty" doc:"The most it may spend in all; needed unless unlimited"`
		Expires   *time.Time       `json:"expires,omitempty"`
	}
}

type updateKeyInput struct {
	ByID
	Body struct {
		Name      *string             `json:"name,omitempty" minLength:"1" maxLength:"64"`
		Models    *[]string           `json:"models,omitempty" maxItems:"1000"`
		Unlimited *bool               `json:"unlimited,omitempty"`
		Limit     *burncloud.Money    `json:"limit,omitempty"`
		Expires   Optional[time.Time] `json:"expires,omitzero" doc:"null is never"`
		Enabled   *bool               `json:"enabled,omitempty"`
	}
}

func (s *server) keyRoutes() {
	const tag = "Keys"
	register(s, member, op(http.MethodGet, "/keys", "listKeys", tag, "List keys"), s.listKeys)
	register(s, member, created("/keys", "createKey", tag, "Make a key; the answer alone carries its secret"), s.createKey)
	register(s, member, op(http.MethodGet, "/keys/{id}", "getKey", tag, "Get a key"), s.getKey)
	register(s, member, op(http.MethodPatch, "/keys/{id}", "updateKey", tag, "Change, enable or disable a key"), s.updateKey)
	register(s, member, op(http.MethodDelete, "/keys/{id}", "deleteKey", tag, "Delete a key; it stops working at once"), s.deleteKey)
}

func (s *server) listKeys(ctx context.Context, in *listKeysInput) (*body[List[Key]], error) {
	user, err := scope(ctx, in.UserID)
	if err != nil {
		return nil, err
	}
	keys, next, err := s.Account.ListKeys(ctx, account.KeyFilter{UserID: user, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	views, err := s.keys(ctx, keys)
	return answer(list(views, next)), err
}

// keys are keys with what the ledger and their users know of them.
func (s *server) keys(ctx context.Context, keys []burncloud.Key) ([]Key, error) {
	ids, users := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		ids[i], users[i] = k.ID, k.UserID
	}
	names, err := s.Account.UserNames(ctx, users)
	if err != nil {
		return nil, err
	}
	spent, err := s.Billing.Spendings(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(keys))
	for i, k := range keys {
		k.Models = full(k.Models)
		k.Spent = spent[k.ID].Amount
		out[i] = Key{Key: k, Username: names[k.UserID]}
	}
	return out, nil
}

// key is one of keys.
func (s *server) key(ctx context.Context, k *burncloud.Key) (*body[Key], error) {
	views, err := s.keys(ctx, []burncloud.Key{*k})
	if err != nil {
		return nil, err
	}
	return answer(views[0]), nil
}

func (s *server) createKey(ctx context.Context, in *createKeyInput) (*body[NewKey], error) {
	b := &in.Body
	if b.Unlimited == (b.Limit != nil) {
		return nil, invalid("limit", "a key has either a limit or is unlimited")
	}
	user := b.UserID
	if user == "" {
		id, err := own(ctx)
		if err != nil {
			return nil, err
		}
		user = id
	}
	if err := s.reach(ctx, user, "user"); err != nil {
		return nil, err
	}
	k, secret, err := s.Account.CreateKey(ctx, account.NewKey{UserID: user, Name: b.Name, Models: b.Models, Limit: b.Limit, Expires: b.Expires})
	if err != nil {
		return nil, err
	}
	view, err := s.key(ctx, k)
	if err != nil {
		return nil, err
	}
	return answer(NewKey{Key: view.Body, Secret: secret}), nil
}

// reachable is the key of that id, if the actor may act for its user.
func (s *server) reachable(ctx context.Context, id string) (*burncloud.Key, error) {
	k, err := s.Account.GetKey(ctx, id)
	if err != nil {
		return nil, err
	}
	return k, s.reach(ctx, k.UserID, "key")
}

func (s *server) getKey(ctx context.Context, in *ByID) (*body[Key], error) {
	k, err := s.Account.GetKey(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if who := burncloud.ActorOf(ctx); !admin.allows(who.Role) && who.UserID != k.UserID {
		return nil, burncloud.Faultf(burncloud.NotFound, "no such key")
	}
	return s.key(ctx, k)
}

func (s *server) updateKey(ctx context.Context, in *updateKeyInput) (*body[Key], error) {
	if _, err := s.reachable(ctx, in.ID); err != nil {
		return nil, err
	}
	b := &in.Body
	expires := b.Expires.Value
	if b.Expires.Set && expires == nil {
		expires = &time.Time{}
	}
	k, err := s.Account.UpdateKey(ctx, in.ID, account.KeyChange{
		Name: b.Name, Models: b.Models, Limit: b.Limit, Unlimited: b.Unlimited, Expires: expires, Enabled: b.Enabled,
	})
	if err != nil {
		return nil, err
	}
	return s.key(ctx, k)
}

func (s *server) deleteKey(ctx context.Context, in *ByID) (*none, error) {
	if _, err := s.reachable(ctx, in.ID); err != nil {
		return nil, err
	}
	return &none{}, s.Account.DeleteKey(ctx, in.ID)
}
