package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/gateway"
	"github.com/burncloud/burncloud/gateway/listen"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/protocol/chat"
	"github.com/burncloud/burncloud/protocol/gemini"
	"github.com/burncloud/burncloud/protocol/messages"
	"github.com/burncloud/burncloud/protocol/responses"
	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/billing"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
	"github.com/burncloud/burncloud/service/monitor"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/cache"
	"github.com/burncloud/burncloud/web"
)

// App is a whole BurnCloud.
type App struct {
	config   atomic.Pointer[config.Config] // as the process was started
	declared atomic.Pointer[config.Config] // the newest that was applied; only its resources are in force
	version  string
	out      io.Writer
	log      *slog.Logger
	now      func() time.Time

	store    *store.Store
	cache    cache.Cache
	account  *account.Service
	billing  *billing.Service
	catalog  *catalog.Service
	channel  *channel.Service
	monitor  *monitor.Service
	upstream *upstream.Pool
	gateway  *gateway.Gateway
	listener *listen.Server
	local    *localServer

	applying sync.Mutex // held while declared resources are made
	draining atomic.Bool
	stopping chan struct{} // closed when live console streams must end
	closers  []func(context.Context) error
}

// Options are what a process gives to its App beside the configuration.
type Options struct {
	Version string
	Out     io.Writer        // what a person at the terminal reads; nil is os.Stdout
	Log     io.Writer        // the structured log; nil is os.Stderr
	Now     func() time.Time // nil is time.Now
}

// New opens the store, builds every part and applies what the configuration declares. It serves nothing
// before Run. What was opened is closed again when an error is returned.
func New(ctx context.Context, cfg *config.Config, o Options) (_ *App, err error) {
	a := &App{version: o.Version, out: o.Out, now: o.Now, stopping: make(chan struct{})}
	if a.out == nil {
		a.out = os.Stdout
	}
	if o.Log == nil {
		o.Log = os.Stderr
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.config.Store(cfg)
	a.declared.Store(cfg)
	a.log = newLogger(cfg.Log, o.Log)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(ctx))
		}
	}()
	for _, step := range []func(context.Context) error{a.openStore, a.openServices, a.buildPlanes, a.declare} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Close ends what New opened, last first. Run does it itself.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i](ctx))
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(f func(context.Context) error) { a.closers = append(a.closers, f) }

func (a *App) openStore(ctx context.Context) (err error) {
	cfg := a.config.Load()
	a.store, err = store.Open(ctx, store.Options{
		Database: cfg.Database, DataDir: cfg.Server.DataDir, Logger: a.log, Now: a.now,
	})
	if err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return a.store.Close() })
	if a.cache, err = openCache(ctx, cfg.Redis, a.now); err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return a.cache.Close() })
	return nil
}

func openCache(ctx context.Context, url string, now func() time.Time) (cache.Cache, error) {
	if url == "" {
		return cache.NewMemory(now), nil
	}
	r, err := cache.OpenRedis(ctx, url)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (a *App) openServices(ctx context.Context) (err error) {
	cfg := a.config.Load()
	a.catalog = catalog.New()
	a.catalog.SetOverrides(overrides(cfg.Resources.Prices))
	if a.account, err = account.New(ctx, account.Options{Store: a.store, Counter: a.cache, Logger: a.log, Now: a.now}); err != nil {
		return err
	}
	a.onClose(a.account.Close)
	master, err := channel.LoadMasterKey(cfg.Server.DataDir, cfg.Server.MasterKey)
	if err != nil {
		return err
	}
	a.channel, err = channel.New(ctx, channel.Options{Store: a.store, MasterKey: master, Sender: a.send, Logger: a.log, Now: a.now})
	if err != nil {
		return err
	}
	a.onClose(func(context.Context) error { a.channel.Close(); return nil })
	a.billing, err = billing.New(ctx, billing.Options{
		Store: a.store, Dir: filepath.Join(cfg.Server.DataDir, "journal"), Logger: a.log, Now: a.now,
	})
	if err != nil {
		return err
	}
	a.onClose(a.billing.Close)
	a.monitor = monitor.New(monitor.Options{Store: a.store, Retention: cfg.Log.Retention, Logger: a.log, Now: a.now})
	a.onClose(a.monitor.Close)
	return nil
}

// protocols are those that clients and vendors may speak.
func protocols() []gateway.Protocols {
	return []gateway.Protocols{
		{Codec: chat.New(), Bridge: chat.NewBridge()},
		{Codec: responses.New(), Bridge: responses.NewBridge()},
		{Codec: messages.New(), Bridge: messages.NewBridge()},
		{Codec: gemini.New(), Bridge: gemini.NewBridge()},
	}
}

func (a *App) buildPlanes(context.Context) error {
	cfg := a.config.Load()
	a.upstream = upstream.New(upstream.Options{Now: a.now})
	a.onClose(func(context.Context) error { a.upstream.Close(); return nil })
	a.gateway = gateway.New(gateway.Options{
		Account: a.account, Billing: a.billing, Catalog: a.catalog, Channel: a.channel, Monitor: a.monitor,
		Upstream: a.upstream, Protocols: protocols(), Timeouts: timeouts(cfg.Timeouts), Attempts: cfg.Limits.Attempts,
		Logger: a.log, Now: a.now,
	})
	a.channel.OnChange(a.gateway.Refresh)
	handler := control.New(control.Options{
		Account: a.account, Channel: a.channel, Billing: a.billing, Catalog: a.catalog, Monitor: a.monitor,
		Web: web.Handler(), Metrics: a.monitor.Metrics(), Version: a.version, Config: a.settings, Ready: a.ready,
		Connections: func() int64 { return int64(a.listener.Stats().Connections) },
		Stop:        a.stopping, Logger: a.log, Now: a.now,
	})
	a.listener = listen.New(listen.Options{
		Data: gateway.IsData, Serve: a.gateway.Serve, Control: handler, Fault: a.gateway.Refuse,
		MaxHeader: int(cfg.Limits.Header), MaxBody: cfg.Limits.Body, MaxConns: cfg.Limits.Connections,
		BodyBudget: cfg.Limits.BodyMemory, HeaderTimeout: cfg.Timeouts.Header, BodyTimeout: cfg.Timeouts.Body,
		IdleTimeout: cfg.Timeouts.Idle, WriteTimeout: cfg.Timeouts.Write, Logger: a.log,
	})
	a.local = newLocalServer(filepath.Join(cfg.Server.DataDir, "burncloud.sock"), handler, a.log)
	return a.gauges()
}

func timeouts(t config.Timeouts) upstream.Timeouts {
	return upstream.Timeouts{Connect: t.Connect, FirstByte: t.FirstByte, Idle: t.Event, Total: t.Total}
}

// declare makes the first user and the resources that the configuration names.
func (a *App) declare(ctx context.Context) error {
	cfg := a.config.Load()
	if cfg.Admin.Password != "" {
		if err := a.account.EnsureAdmin(ctx, cfg.Admin.Username, cfg.Admin.Password); err != nil {
			return fmt.Errorf("admin: %w", err)
		}
	}
	for _, w := range cfg.Warnings {
		a.log.Warn(w)
	}
	return a.apply(ctx, cfg.Resources)
}

// settings is the effective configuration for the console: the settings of the start, and the resources
// of the newest file.
func (a *App) settings() (out []control.Setting) {
	add := func(c *config.Config, resources bool) {
		for _, v := range c.Values() {
			if isResource(v) == resources {
				out = append(out, control.Setting{Name: v.Path, Value: v.Text, Origin: v.Origin.String()})
			}
		}
	}
	add(a.config.Load(), false)
	add(a.declared.Load(), true)
	return out
}

// isResource tells a value of a declared resource, such as channels[0].weight, from a setting.
func isResource(v config.Value) bool { return strings.ContainsRune(v.Path, '[') }

// ready tells why this process should get no new traffic.
func (a *App) ready(ctx context.Context) error {
	if a.draining.Load() {
		return burncloud.Faultf(burncloud.Draining, "the process is stopping")
	}
	return a.store.Ping(ctx)
}

func newLogger(c config.Log, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.Level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
