package control

import (
	"context"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/monitor"
)

// Call is one line of the request log, with the names behind its ids.
type Call struct {
	burncloud.Record
	Username string    `json:"username"`
	KeyName  string    `json:"key_name"`
	Channel  string    `json:"channel" doc:"The name of the channel that answered, or was tried last"`
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one try at one channel.
type Attempt struct {
	burncloud.Attempt
	Channel string `json:"channel" doc:"The channel's name"`
}

type listLogsInput struct {
	Page
	From      time.Time          `query:"from" doc:"At or after"`
	To        time.Time          `query:"to" doc:"Before"`
	UserID    string             `query:"user_id" maxLength:"64" doc:"Members see only their own"`
	KeyID     string             `query:"key_id" maxLength:"64"`
	ChannelID string             `query:"channel_id" maxLength:"64"`
	Model     string             `query:"model" maxLength:"256" doc:"The requested or the routed model"`
	Endpoint  burncloud.Endpoint `query:"endpoint"`
	Status    string             `query:"status" enum:"ok,error" doc:"ok is answered without a fault"`
	Fault     burncloud.Kind     `query:"fault"`
	ID        string             `query:"id" maxLength:"64" doc:"Start of a request id"`
}

func (s *server) logRoutes() {
	const tag = "Request log"
	register(s, member, op(http.MethodGet, "/logs", "listLogs", tag, "List calls, newest first"), s.listLogs)
	register(s, member, op(http.MethodGet, "/logs/{id}", "getLog", tag, "Get a call with its attempts"), s.getLog)
}

func (s *server) listLogs(ctx context.Context, in *listLogsInput) (*body[List[Call]], error) {
	user, err := scope(ctx, in.UserID)
	if err != nil {
		return nil, err
	}
	records, next, err := s.Monitor.List(ctx, monitor.Filter{
		From: in.From, To: in.To, UserID: user, KeyID: in.KeyID, ChannelID: in.ChannelID, Model: in.Model, Endpoint: in.Endpoint,
		Failed: in.Status == "error", Succeeded: in.Status == "ok", Fault: in.Fault, IDPrefix: in.ID,
	}, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	calls, err := s.calls(ctx, records)
	return answer(list(calls, next)), err
}

func (s *server) getLog(ctx context.Context, in *ByID) (*body[Call], error) {
	r, err := s.Monitor.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if who := burncloud.ActorOf(ctx); !admin.allows(who.Role) && r.UserID != who.UserID {
		return nil, burncloud.Faultf(burncloud.NotFound, "no such call")
	}
	calls, err := s.calls(ctx, []burncloud.Record{r})
	if err != nil {
		return nil, err
	}
	return answer(calls[0]), nil
}

// calls are records with the names behind their ids.
func (s *server) calls(ctx context.Context, records []burncloud.Record) ([]Call, error) {
	var n names
	for _, r := range records {
		n.add(r.UserID, r.KeyID, r.ChannelID)
		for _, a := range r.Attempts {
			n.add("", "", a.ChannelID)
		}
	}
	if err := s.resolve(ctx, &n); err != nil {
		return nil, err
	}
	out := make([]Call, len(records))
	for i, r := range records {
		out[i] = Call{Record: r, Username: n.users[r.UserID], KeyName: n.keys[r.KeyID], Channel: n.channels[r.ChannelID],
			Attempts: make([]Attempt, len(r.Attempts))}
		for j, a := range r.Attempts {
			out[i].Attempts[j] = Attempt{Attempt: a, Channel: n.channels[a.ChannelID]}
		}
	}
	return out, nil
}
