package control

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
	"github.com/burncloud/burncloud/service/monitor"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/cache"
)

// app is the control plane on real services over SQLite, served on real sockets.
type app struct {
	Options
	t      *testing.T
	vendor *testkit.Vendor
	here   *httptest.Server // loopback, as a browser on this machine comes
	socket *httptest.Server // the operator's socket
	doc    *huma.OpenAPI
	stop   chan struct{}
}

func newApp(t *testing.T, st *store.Store) *app {
	t.Helper()
	ctx := context.Background()
	a := &app{t: t, vendor: testkit.NewVendor(t, testkit.Options{Key: "sk-good"}), stop: make(chan struct{})}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	a.Account, err = account.New(ctx, account.Options{Store: st, Counter: cache.NewMemory(time.Now), Logger: logger(t)})
	check(err)
	t.Cleanup(func() { check(a.Account.Close(ctx)) })
	key, err := channel.LoadMasterKey(t.TempDir(), "")
	check(err)
	a.Channel, err = channel.New(ctx, channel.Options{Store: st, MasterKey: key, Sender: send, Logger: logger(t)})
	check(err)
	t.Cleanup(a.Channel.Close)
	a.Billing, err = billing.New(ctx, billing.Options{Store: st, Dir: t.TempDir(), Logger: logger(t)})
	check(err)
	t.Cleanup(func() { check(a.Billing.Close(ctx)) })
	a.Catalog = catalog.New()
	a.Monitor = monitor.New(monitor.Options{Store: st, Logger: logger(t)})
	t.Cleanup(func() { check(a.Monitor.Close(ctx)) })

	a.Version, a.Stop, a.Logger = "test", a.stop, logger(t)
	a.Config = func() []Setting {
		return []Setting{{Name: "server.listen", Value: "127.0.0.1:3000", Origin: "default"}, {Name: "redis", Value: "********", Origin: "environment BURNCLOUD_REDIS"}}
	}
	a.Web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>console") })
	a.doc = build(Options{Now: time.Now}).api.OpenAPI()
	a.serve(New(a.Options))
	return a
}

// serve puts h on a loopback port and, marked as the operator's, on another.
func (a *app) serve(h http.Handler) {
	a.here = httptest.NewServer(h)
	a.t.Cleanup(a.here.Close)
	a.socket = httptest.NewUnstartedServer(h)
	a.socket.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context { return Local(ctx) }
	a.socket.Start()
	a.t.Cleanup(a.socket.Close)
}

// send is a plain way to a vendor, in the place of the gateway's.
func send(ctx context.Context, ch *channel.Live, secret string, ep burncloud.Endpoint, model string, b []byte) (*channel.Sent, error) {
	start := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ch.BaseURL+"/v1/chat/completions", bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, burncloud.Wrap(burncloud.UpstreamConnect, err, "the vendor cannot be reached")
	}
	defer resp.Body.Close()
	first := time.Since(start)
	out, err := io.ReadAll(resp.Body)
	return &channel.Sent{Status: resp.StatusCode, Header: resp.Header, Body: out, FirstByte: first, Duration: time.Since(start)}, err
}

// fits checks a decoded JSON value against a schema of the document.
func (a *app) fits(schema *huma.Schema, b []byte) []error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return []error{err}
	}
	pb, res := huma.NewPathBuffer(nil, 0), &huma.ValidateResult{}
	huma.Validate(a.doc.Components.Schemas, schema, pb, huma.ModeReadFromServer, v, res)
	return res.Errors
}
