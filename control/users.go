package control

import (
	"context"
	"net/http"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/account"
)

// User is an account with its balance.
type User struct {
	burncloud.User
	Held burncloud.Money `json:"held" doc:"Reserved by calls in flight; a part of balance"`
}

type createUserInput struct {
	Body struct {
		Username  string           `json:"username" minLength:"1" maxLength:"64"`
		Password  string           `json:"password,omitempty" maxLength:"256" doc:"None is an account that cannot sign in"`
		Role      burncloud.Role   `json:"role,omitempty" doc:"member when not given; owner cannot be given"`
		Group     string           `json:"group,omitempty" maxLength:"64" doc:"default when not given"`
		Unlimited bool             `json:"unlimited,omitempty" doc:"No balance limit; spending is still booked"`
		Balance   *burncloud.Money `json:"balance,omitempty" doc:"Booked as a first top-up"`
	}
}

type updateUserInput struct {
	ByID
	Body struct {
		Username  *string         `json:"username,omitempty" minLength:"1" maxLength:"64"`
		Role      *burncloud.Role `json:"role,omitempty"`
		Group     *string         `json:"group,omitempty" maxLength:"64"`
		Enabled   *bool           `json:"enabled,omitempty"`
		Unlimited *bool           `json:"unlimited,omitempty"`
		Password  *string         `json:"password,omitempty" minLength:"8" maxLength:"256" doc:"Ends the user's sessions"`
	}
}

type createEntryInput struct {
	ByID
	Body struct {
		Kind      string          `json:"kind" enum:"topup,adjustment"`
		Amount    burncloud.Money `json:"amount" doc:"A top-up is above zero; an adjustment may have either sign"`
		Note      string          `json:"note,omitempty" maxLength:"500"`
		Reference string          `json:"reference,omitempty" maxLength:"64" doc:"Booked once per reference and kind; repeat it to be safe against a lost answer"`
	}
}

func (s *server) userRoutes() {
	const tag = "Users"
	register(s, admin, op(http.MethodGet, "/users", "listUsers", tag, "List the users with their balances"), s.listUsers)
	register(s, admin, created("/users", "createUser", tag, "Add a user"), s.createUser)
	register(s, admin, op(http.MethodGet, "/users/{id}", "getUser", tag, "Get a user"), s.getUser)
	register(s, admin, op(http.MethodPatch, "/users/{id}", "updateUser", tag, "Change, enable or disable a user"), s.updateUser)
	register(s, admin, op(http.MethodDelete, "/users/{id}", "deleteUser", tag, "Delete a user and the user's keys; the ledger keeps its entries"), s.deleteUser)
	register(s, admin, created("/users/{id}/entries", "createEntry", tag, "Top up or adjust a balance"), s.createEntry)
}

// users are users with what the ledger knows of them.
func (s *server) users(ctx context.Context, all ...burncloud.User) ([]User, error) {
	ids := make([]string, len(all))
	for i, u := range all {
		ids[i] = u.ID
	}
	balances, err := s.Billing.Balances(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]User, len(all))
	for i, u := range all {
		b := balances[u.ID]
		u.Balance = b.Amount
		out[i] = User{User: u, Held: b.Held}
	}
	return out, nil
}

// user is one of users.
func (s *server) user(ctx context.Context, u *burncloud.User) (*body[User], error) {
	views, err := s.users(ctx, *u)
	if err != nil {
		return nil, err
	}
	return answer(views[0]), nil
}

func (s *server) listUsers(ctx context.Context, _ *none) (*body[List[User]], error) {
	all, err := s.Account.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	views, err := s.users(ctx, all...)
	return answer(list(views, "")), err
}

func (s *server) createUser(ctx context.Context, in *createUserInput) (*body[User], error) {
	b := &in.Body
	if b.Balance != nil && *b.Balance < 0 {
		return nil, invalid("balance", "a balance begins at 0 or above")
	}
	u, err := s.Account.CreateUser(ctx, account.NewUser{
		Username: b.Username, Password: b.Password, Role: b.Role, Group: b.Group, Unlimited: b.Unlimited,
	})
	if err != nil {
		return nil, err
	}
	if b.Balance != nil && *b.Balance > 0 {
		if _, err := s.book(ctx, burncloud.Entry{CallID: "first-" + u.ID, Kind: burncloud.EntryTopUp, UserID: u.ID, Amount: *b.Balance, Note: "first balance"}); err != nil {
			return nil, err
		}
	}
	return s.user(ctx, u)
}

func (s *server) getUser(ctx context.Context, in *ByID) (*body[User], error) {
	u, err := s.Account.GetUser(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.user(ctx, u)
}

func (s *server) updateUser(ctx context.Context, in *updateUserInput) (*body[User], error) {
	b := &in.Body
	u, err := s.Account.UpdateUser(ctx, in.ID, account.UserChange{
		Username: b.Username, Role: b.Role, Group: b.Group, Enabled: b.Enabled, Unlimited: b.Unlimited, Password: b.Password,
	})
	if err != nil {
		return nil, err
	}
	return s.user(ctx, u)
}

func (s *server) deleteUser(ctx context.Context, in *ByID) (*none, error) {
	return &none{}, s.Account.DeleteUser(ctx, in.ID)
}

func (s *server) createEntry(ctx context.Context, in *createEntryInput) (*body[Entry], error) {
	b := &in.Body
	if _, err := s.Account.GetUser(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.reach(ctx, in.ID, "user"); err != nil {
		return nil, err
	}
	e, err := s.book(ctx, burncloud.Entry{CallID: b.Reference, Kind: burncloud.EntryKind(b.Kind), UserID: in.ID, Amount: b.Amount, Note: b.Note})
	if err != nil {
		return nil, err
	}
	views, err := s.entries(ctx, []burncloud.Entry{*e})
	if err != nil {
		return nil, err
	}
	return answer(views[0]), nil
}
