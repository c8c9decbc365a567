package control

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
	"github.com/burncloud/burncloud/service/monitor"
)

const (
	maxBody = 1 << 20 // bytes of one request; the largest is a channel with many keys and models
	// handlerTime bounds one request, live streams apart. It is above the longest test of a channel.
	handlerTime = 2 * time.Minute
)

// Options are what the control plane stands on. The services are needed, the rest may be left out.
type Options struct {
	Account *account.Service
	Channel *channel.Service
	Billing *billing.Service
	Catalog *catalog.Service
	Monitor *monitor.Service
	// Web serves the console's files; nil serves no console.
	Web http.Handler
	// Metrics answers /metrics; nil leaves the path out.
	Metrics http.Handler
	Version string
	// Config is the effective configuration, secrets masked.
	Config func() []Setting
	// Ready is nil, or why this process should get no new traffic.
	Ready func(context.Context) error
	// Connections is how many client connections are open on the data plane; nil is unknown.
	Connections func() int64
	// Stop ends live streams, so that a graceful stop need not wait for them.
	Stop   <-chan struct{}
	Logger *slog.Logger
	Now    func() time.Time
}

type server struct {
	Options
	api     huma.API
	mux     *http.ServeMux
	started time.Time
}

// New is the handler of everything that is not the data plane.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := build(o)
	s.probes()
	if o.Web != nil {
		s.mux.Handle("/", o.Web)
	} else {
		s.mux.HandleFunc("/", s.unknown)
	}
	return s.guard(s.mux)
}

// Document is the OpenAPI document, indented, ending with a newline. It needs no running service.
func Document() ([]byte, error) {
	s := build(Options{Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	return s.marshal()
}

// build makes the API with all its operations.
func build(o Options) *server {
	s := &server{Options: o, mux: http.NewServeMux(), started: o.Now()}
	s.api = humago.New(s.mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "BurnCloud control API", Version: "1",
				Description: "Channels, keys, users, money and the request log of a BurnCloud gateway. " +
					"Amounts are decimal strings in USD, prices decimal strings in USD per 1,000,000 tokens, " +
					"times RFC 3339, durations milliseconds. Errors are problem documents (RFC 9457)."},
			Components: &huma.Components{Schemas: registry(), SecuritySchemes: map[string]*huma.SecurityScheme{
				"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "What a login sets"},
				"token":   {Type: "http", Scheme: "bearer", Description: "An access token, bct_…"},
			}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		Transformers:                 []huma.Transformer{reshape},
		RejectUnknownQueryParameters: true,
	})
	s.api.UseMiddleware(s.authenticate)
	for _, routes := range []func(){s.setupRoutes, s.sessionRoutes, s.channelRoutes, s.providerRoutes,
		s.modelRoutes, s.keyRoutes, s.userRoutes, s.groupRoutes, s.tokenRoutes, s.logRoutes, s.ledgerRoutes,
		s.overviewRoutes, s.liveRoutes, s.systemRoutes} {
		routes()
	}
	settleArrays(s.api.OpenAPI())
	return s
}
