package burncloud

import "context"

// Actor is who asks the control plane for something: a person, a token of theirs, or the program itself.
type Actor struct {
	UserID   string
	Username string
	Role     Role
	Via      string // how they came: "session", "token", "socket", "config"
}

type actorKey struct{}

// WithActor marks what is done under ctx as done by a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf tells who acts under ctx; without an actor it is the program itself, which may do everything.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Username: "burncloud", Role: Owner, Via: "program"}
}
