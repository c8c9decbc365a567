package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The admin paths, for callers without the Go API:
//
//	POST   /_script    a Script, or a list of them, as JSON; durations are texts like "10ms",
//	                   Body is a text and Pieces a list of texts
//	GET    /_requests  the kept requests as JSON, head and body as texts
//	GET    /_stats     requests and connections so far
//	POST   /_close     closes idle connections
//	DELETE /_requests  forgets requests and scripts
func isAdmin(target string) bool { return strings.HasPrefix(target, "/_") }

func (x *exchange) serveAdmin() bool {
	status, body := x.admin()
	b := encode(body)
	x.write(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), len(b), b))
	return !x.failed
}

func (x *exchange) admin() (int, any) {
	switch x.req.Method + " " + x.req.Target {
	case "POST /_script":
		scripts, err := decodeScripts(x.req.Body)
		if err != nil {
			return 400, object{"error", err.Error()}
		}
		x.v.Script(scripts...)
		return 200, object{"scripts", len(scripts)}
	case "GET /_requests":
		return 200, x.v.adminRequests()
	case "GET /_stats":
		open, ever := x.v.Conns()
		return 200, object{"requests", x.v.Count(), "connections_open", open, "connections_accepted", ever}
	case "POST /_close":
		return 200, object{"closed", x.v.CloseIdle()}
	case "DELETE /_requests":
		x.v.Reset()
		return 200, object{}
	}
	return 404, object{"error", "no such admin path; see testkit/admin.go"}
}

// adminScript is a Script as JSON writes it: the same names, times and bytes as texts.
type adminScript struct {
	Script
	Delay, EventDelay, RetryAfter string
	Body                          string
	Pieces                        []string
}

func decodeScripts(b []byte) ([]Script, error) {
	var many []json.RawMessage
	if json.Unmarshal(b, &many) != nil {
		many = []json.RawMessage{b}
	}
	out := make([]Script, 0, len(many))
	for _, raw := range many {
		var a adminScript
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		if err := d.Decode(&a); err != nil {
			return nil, err
		}
		s := a.Script
		for _, t := range []struct {
			text string
			into *time.Duration
		}{{a.Delay, &s.Delay}, {a.EventDelay, &s.EventDelay}, {a.RetryAfter, &s.RetryAfter}} {
			if t.text == "" {
				continue
			}
			v, err := time.ParseDuration(t.text)
			if err != nil {
				return nil, err
			}
			*t.into = v
		}
		if a.Body != "" {
			s.Body = []byte(a.Body)
		}
		for _, p := range a.Pieces {
			s.Pieces = append(s.Pieces, []byte(p))
		}
		out = append(out, s)
	}
	return out, nil
}

func (v *Vendor) adminRequests() []object {
	requests := v.Requests()
	out := make([]object, len(requests))
	for i, r := range requests {
		o := object{"n", r.N, "conn", r.Conn, "time", r.Time.Format(time.RFC3339Nano), "method", r.Method,
			"target", r.Target, "endpoint", r.Endpoint, "model", r.Model, "stream", r.Stream,
			"head", string(r.Head), "body", string(r.Body), "answered", !r.Answered.IsZero(),
			"closed_early", r.ClosedEarly, "sent", r.Sent}
		if r.ClosedEarly {
			o = append(o, "closed_at", r.ClosedAt.Format(time.RFC3339Nano))
		}
		out[i] = o
	}
	return out
}
