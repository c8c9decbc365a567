package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/monitor"
)

// Live is one second of traffic.
type Live struct {
	Time     time.Time       `json:"time"`
	Requests int64           `json:"requests" doc:"Calls that ended in that second"`
	Errors   int64           `json:"errors"`
	Tokens   int64           `json:"tokens" doc:"Input and output of those calls"`
	Cost     burncloud.Money `json:"cost"`
	InFlight int64           `json:"in_flight" doc:"Calls under way at its end"`
}

func (s *server) liveRoutes() {
	o := op(http.MethodGet, "/live", "streamLive", "Overview",
		"Stream live traffic: server-sent events, first the last minutes, then one Live a second, each the data of one event")
	o.Responses = map[string]*huma.Response{"200": {
		Description: "OK",
		Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Live](), true, "")}},
	}}
	register(s, admin, o, s.streamLive)
}

// liveWrite bounds one write to a viewer: one that does not read is let go.
const liveWrite = 5 * time.Second

func (s *server) streamLive(context.Context, *none) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // a proxy must not collect the events
		ctx, cancel := context.WithCancel(hc.Context())
		defer cancel()
		seconds := s.Monitor.Subscribe(ctx)
		err := s.sendLive(w, s.Monitor.Recent()...)
		for err == nil {
			select {
			case <-s.Stop:
				return
			case second, ok := <-seconds:
				if !ok {
					return // the viewer is gone, or the monitor closed
				}
				err = s.sendLive(w, second)
			}
		}
	}}, nil
}

// sendLive writes seconds, each as one event.
func (s *server) sendLive(w http.ResponseWriter, seconds ...monitor.Second) error {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, t := range seconds {
		b, err := json.Marshal(Live(t))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", b); err != nil {
			return err
		}
	}
	return rc.Flush()
}
