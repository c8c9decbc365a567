package config_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/internal/testkit"
)

var providers = []config.Provider{
	{ID: "openai", NeedsKey: true}, {ID: "anthropic", NeedsKey: true}, {ID: "openai-compatible", NeedsURL: true},
}

// load writes the files and loads with the given environment and arguments.
func load(t *testing.T, files map[string]string, env []string, args ...string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Flags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Options{Flags: fs, Environ: env, Dir: dir, Providers: providers})
}

func must(t *testing.T, files map[string]string, env []string, args ...string) *config.Config {
	t.Helper()
	c, err := load(t, files, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(s string) map[string]string { return map[string]string{config.FileName: s} }

func TestDefaults(t *testing.T) {
	c := must(t, nil, nil)
	if c.Server.Listen != "127.0.0.1:3000" || c.Database != "" || c.Limits.Body != 32<<20 || c.Limits.Header != 64<<10 ||
		c.Log.Level != slog.LevelInfo || c.Log.Retention != 30*24*time.Hour || c.Admin.Username != "root" ||
		c.Admin.Password != "" || c.File != "" || c.Timeouts.Connect != 10*time.Second {
		t.Errorf("defaults are %+v", c)
	}
	if filepath.Base(c.Server.DataDir) != "data" || !filepath.IsAbs(c.Server.DataDir) {
		t.Errorf("data dir %q is not ./data of the working directory", c.Server.DataDir)
	}
}

// TestOrder sets one value in more and more places; each beats the ones before.
func TestOrder(t *testing.T) {
	files, env, args := map[string]string{}, []string(nil), []string(nil)
	check := func(want, origin string) {
		t.Helper()
		c := must(t, files, env, args...)
		if c.Server.Listen != want || c.Origins()["server.listen"].String() != origin {
			t.Errorf("listen is %q from %q; want %q from %q", c.Server.Listen, c.Origins()["server.listen"], want, origin)
		}
	}
	check("127.0.0.1:3000", "default")
	files[config.FileName] = "\nserver:\n  listen: 127.0.0.1:1\n"
	check("127.0.0.1:1", "burncloud.yaml:3")
	files[".env"] = "BURNCLOUD_LISTEN=127.0.0.1:2\n"
	check("127.0.0.1:2", ".env BURNCLOUD_LISTEN")
	env = []string{"BURNCLOUD_LISTEN=127.0.0.1:3"}
	check("127.0.0.1:3", "environment BURNCLOUD_LISTEN")
	env = []string{"BURNCLOUD_LISTEN="}
	check("127.0.0.1:2", ".env BURNCLOUD_LISTEN")
	args = []string{"--listen", ":4"}
	check(":4", "flag --listen")
}

func TestFileIsFound(t *testing.T) {
	files := map[string]string{"a.yaml": "log: {level: debug}", "b.yaml": "log: {level: warn}"}
	for _, c := range []struct {
		env  []string
		args []string
		want slog.Level
	}{
		{nil, nil, slog.LevelInfo},
		{[]string{"BURNCLOUD_CONFIG=a.yaml"}, nil, slog.LevelDebug},
		{[]string{"BURNCLOUD_CONFIG=a.yaml"}, []string{"--config=b.yaml"}, slog.LevelWarn},
	} {
		if got := must(t, files, c.env, c.args...).Log.Level; got != c.want {
			t.Errorf("%v %v: level %v, want %v", c.env, c.args, got, c.want)
		}
	}
	if _, err := load(t, files, nil, "--config=none.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is missing: %v", err)
	}
}

const resources = `
groups: [{name: vip, ratio: 1.0}]
channels:
  - name: main
    provider: openai
    keys: ["${KEY_A}", "literal-$5-$${X}"]
    models: [gpt-5-mini, {name: fast, upstream: gpt-5-nano}]
    groups: [default, vip]
    priority: 2
    weight: 0
    region: eu
  - {name: local, provider: openai-compatible, base_url: "http://127.0.0.1:8080/v1", models: [m], enabled: false}
users:
  - {username: alice, group: vip, balance: 10.5}
  - {username: bob, balance: unlimited}
keys:
  - {name: dev, user: alice, secret: "sk-0123456789abcdef", models: [fast], limit: 0.25, expires: 2030-05-06}
  - {name: ops, user: root}
  - {name: mark, user: bob, unlimited: false}
prices:
  - {model: m, input: 0.15, output: "0.60", cache_read: 0, tiers: [{above: 1000, input: 1, output: 2}]}
`

func TestResources(t *testing.T) {
	c := must(t, file(resources), []string{"KEY_A=sk-secret-of-the-vendor"})
	r := c.Resources
	if len(r.Groups) != 1 || r.Groups[0].Name != "vip" {
		t.Errorf("groups: %+v", r.Groups)
	}
	ch := r.Channels[0]
	if ch.Name != "main" || ch.Provider != "openai" || ch.Priority != 2 || ch.Weight != 0 || ch.Region != "eu" || !ch.Enabled ||
		strings.Join(ch.Keys, " ") != "sk-secret-of-the-vendor literal-$5-${X}" || strings.Join(ch.Groups, " ") != "default vip" ||
		len(ch.Models) != 2 || ch.Models[0].UpstreamName() != "gpt-5-mini" || ch.Models[1].UpstreamName() != "gpt-5-nano" {
		t.Errorf("channel: %+v", ch)
	}
	if l := r.Channels[1]; l.Enabled || l.Weight != 1 || len(l.Groups) != 1 || l.Groups[0] != "default" {
		t.Errorf("defaults of a channel: %+v", l)
	}
	if u := r.Users[0]; u.Balance != 10*burncloud.USD+burncloud.USD/2 || u.Unlimited || u.Group != "vip" {
		t.Errorf("alice: %+v", u)
	}
	if u := r.Users[1]; !u.Unlimited || u.Balance != 0 || u.Group != "default" {
		t.Errorf("bob: %+v", u)
	}
	if k := r.Keys[0]; k.Unlimited || k.Limit != burncloud.USD/4 || k.Expires.Format(time.RFC3339) != "2030-05-06T00:00:00Z" {
		t.Errorf("dev: %+v", k)
	}
	if !r.Keys[1].Unlimited || !r.Keys[2].Unlimited || r.Keys[2].Expires != nil {
		t.Errorf("keys without a limit: %+v", r.Keys[1:])
	}
	p := r.Prices[0].Price
	if p.Input != 150_000 || p.Output != 600_000 || p.CacheRead != 0 || p.CacheWrite5m != 150_000 || p.Reasoning != 600_000 ||
		len(p.Tiers) != 1 || p.Tiers[0].Above != 1000 || p.Tiers[0].Price.CacheRead != 1_000_000 {
		t.Errorf("price: %+v", p)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	env := []string{"KEY_A=sk-secret-of-the-vendor", "BURNCLOUD_DATABASE=postgres://u:hidden-pw@db/x",
		"BURNCLOUD_REDIS=redis://:hidden-pw@r:6379", "BURNCLOUD_ADMIN_PASSWORD=hidden-pw", "BURNCLOUD_MASTER_KEY=hidden-pw-0123456789-abcdef"}
	c := must(t, file(resources), env)
	var all strings.Builder
	for _, v := range c.Values() {
		all.WriteString(v.Path + " = " + v.Text + " (" + v.Origin.String() + ")\n")
	}
	for _, secret := range []string{"sk-secret", "hidden-pw", "0123456789", "literal"} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("%q is shown in\n%s", secret, all.String())
		}
	}
	for _, line := range []string{
		"database = postgres://u@db/x (environment BURNCLOUD_DATABASE)",
		"limits.body = 32MB (default)", "log.retention = 30d (default)",
		"channels[0].keys[0] = ********ndor (burncloud.yaml:6)",
		"channels[0].models[1].upstream = gpt-5-nano (burncloud.yaml:7)",
	} {
		if !strings.Contains(all.String(), line) {
			t.Errorf("%q is missing in\n%s", line, all.String())
		}
	}
}

// TestProblems holds the whole report of a file against each line's problem.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown section", "sever: {}", `1:1: unknown field "sever"; did you mean "server"?`},
		{"unknown field", "server:\n  lisen: x", `2:3: server: unknown field "lisen"; did you mean "listen"?`},
		{"no suggestion", "redis: ''\nzzzzz: 1", `2:1: unknown field "zzzzz"; known are database, redis, server`},
		{"twice", "redis: ''\nredis: ''", `2:1: redis: is there twice`},
		{"not a mapping", "server: 7", `1:9: server: must be a mapping of names to values, not a single value`},
		{"not a list", "groups: {name: x}", `1:9: groups: must be a list, not a mapping`},
		{"not a value", "server: {listen: [1]}", `1:18: server.listen: must be a single value, not a list`},
		{"root", "- a", `1:1: must be a mapping`},
		{"listen", "server: {listen: localhost}", `1:18: server.listen: "localhost" is not host:port`},
		{"port", "server: {listen: ':99999'}", `server.listen: "99999" is not a port number`},
		{"duration", "server: {drain: 5}", `server.drain: "5" is not a duration`},
		{"zero duration", "timeouts: {total: 0s}", `timeouts.total: must be longer than 0`},
		{"size", "limits: {body: lots}", `limits.body: "lots" is not a size`},
		{"level", "log: {level: inf}", `log.level: "inf" is not one of debug, info, warn, error; did you mean "info"?`},
		{"database", "database: 'mysql://secret@x'", `database: is not a postgres:// URL`},
		{"unset", "channels:\n- {name: a, provider: openai, models: [m], keys: ['${OPENAI_API_KEY}']}", `2:51: channels[0].keys[0]: environment variable OPENAI_API_KEY is not set`},
		{"near unset", "redis: '${KNOWM}'", `redis: environment variable KNOWM is not set; did you mean "KNOWN"?`},
		{"broken reference", "redis: 'a${b'", `"${b" is not ${NAME}`},
		{"dangling user", "users: [{username: alice}]\nkeys: [{name: k, user: alcie}]", `2:24: keys[0].user: there is no user named "alcie"; did you mean "alice"?`},
		{"dangling group", "users: [{username: a, group: defualt}]", `there is no group named "defualt"; did you mean "default"?`},
		{"dangling group of a channel", "channels: [{name: a, provider: openai, keys: [k], models: [m], groups: [vip]}]", `channels[0].groups[0]: there is no group named "vip"`},
		{"provider", "channels: [{name: a, provider: opnai, models: [m]}]", `channels[0].provider: unknown provider "opnai"; did you mean "openai"?`},
		{"needs key", "channels: [{name: a, provider: openai, models: [m]}]", `provider openai needs at least one entry in keys`},
		{"needs url", "channels: [{name: a, provider: openai-compatible, models: [m]}]", `provider openai-compatible needs a base_url`},
		{"missing", "channels: [{name: a}]", `channels[0]: needs "provider"`},
		{"no model", "channels: [{name: a, provider: openai, keys: [k], models: []}]", `channels[0].models: must name at least one model`},
		{"model twice", "channels: [{name: a, provider: openai, keys: [k], models: [m, m]}]", `model "m" is there twice`},
		{"base url", "channels: [{name: a, provider: openai, keys: [k], models: [m], base_url: 'api.openai.com'}]", `must begin with https:// or http://`},
		{"url with password", "channels: [{name: a, provider: openai, keys: [k], models: [m], base_url: 'https://u:p@h'}]", `must not hold credentials`},
		{"weight", "channels: [{name: a, provider: openai, keys: [k], models: [m], weight: -1}]", `weight: must be a whole number from 0 to 1000000, not "-1"`},
		{"same channel", "channels: [{name: a, provider: openai, keys: [k], models: [m]}, {name: a, provider: openai, keys: [k], models: [m]}]", `channels[1].name: there are two channels named "a"`},
		{"same user", "users: [{username: a}, {username: a}]", `there are two users named "a"`},
		{"same secret", "keys: [{name: a, user: root, secret: 0123456789abcdef}, {name: b, user: root, secret: 0123456789abcdef}]", `keys[1].secret: is the secret of another key too`},
		{"short secret", "keys: [{name: a, user: root, secret: tiny}]", `keys[0].secret: must have 16 to 512 characters`},
		{"balance", "users: [{username: a, balance: lots}]", `not a decimal amount: "lots" is not a number; write USD like 10 or 0.5, or "unlimited"`},
		{"negative balance", "users: [{username: a, balance: -1}]", `"-1" is negative`},
		{"limit and unlimited", "keys: [{name: a, user: root, limit: 1, unlimited: true}]", `has a limit and is unlimited`},
		{"boolean", "users: [{username: a, enabled: yes}]", `must be true or false, not "yes"`},
		{"expires", "keys: [{name: a, user: root, expires: tomorrow}]", `"tomorrow" is not a date`},
		{"rate", "prices: [{model: m, input: 0.0000001, output: 1}]", `has more than 6 decimals; write USD per 1,000,000 tokens`},
		{"price without output", "prices: [{model: m, input: 1}]", `prices[0]: needs "output"`},
		{"tiers", "prices: [{model: m, input: 1, output: 1, tiers: [{above: 5, input: 1, output: 1}, {above: 5, input: 1, output: 1}]}]", `tiers must rise by above`},
		{"ratio", "groups: [{name: g, ratio: 2}]", `only the ratio 1 is in force so far`},
		{"syntax", "server:\n  listen: [", `is not YAML`},
		{"documents", "redis: ''\n---\nredis: ''", `has a second document`},
		{"merge", "server:\n  <<: {listen: ':1'}", `merge keys are not supported`},
		{"contradiction", "limits: {body: 1GB}", `limits.body_memory: is less than limits.body`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, file(c.yaml), []string{"KNOWN=1"})
			var ps config.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want problems", err)
			}
			if len(ps) != 1 && c.name != "missing" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := load(t, file("users: [{username: a, group: x}]\nlog: {level: loud}\nfoo: 1\n"),
		[]string{"BURNCLOUD_MAX_BODY=big"}, "--drain=soon")
	want := `flag --drain: "soon" is not a duration; write one like 30s, 5m or 30d
environment BURNCLOUD_MAX_BODY: "big" is not a size; write one like 64KB or 32MB
burncloud.yaml:1:30: users[0].group: there is no group named "x"
burncloud.yaml:2:14: log.level: "loud" is not one of debug, info, warn, error
burncloud.yaml:3:1: unknown field "foo"; known are `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestMessagesNeverHoldSecrets(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, yaml := range []string{
		"database: '${S}'", "redis: '${S}'", "keys: [{name: a, user: root, secret: '${S}'}]",
		"channels: [{name: a, provider: openai, models: [m], keys: ['${S}', '${S}']}]",
	} {
		if _, err := load(t, file(yaml), []string{"S=" + secret}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", yaml, err)
		}
	}
	if _, err := load(t, map[string]string{".env": "A='" + secret}, nil); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf(".env: %v", err)
	}
}

func TestReferences(t *testing.T) {
	c := must(t, file("admin: {password: '${A}-${B:-b}-${C:-}'}"), []string{"A=a", "C="})
	if c.Admin.Password != "a-b-" {
		t.Errorf("got %q", c.Admin.Password)
	}
	c = must(t, file("channels:\n- {name: a, provider: openai, keys: &k [one], models: [m]}\n- {name: b, provider: openai, keys: *k, models: [m]}"), nil)
	if c.Resources.Channels[1].Keys[0] != "one" {
		t.Errorf("alias: %+v", c.Resources.Channels[1])
	}
}

func TestMisspeltVariable(t *testing.T) {
	c := must(t, nil, []string{"BURNCLOUD_LISTEM=:1", "BURNCLOUD_TOKEN=x", "BURNCLOUD_TEST_POSTGRES=y"})
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "BURNCLOUD_LISTEN") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

// TestExample keeps the example true: it loads, shows every setting, and its settings are the defaults.
func TestExample(t *testing.T) {
	testkit.Golden(t, "../burncloud.example.yaml", config.Example())
	env := []string{"OPENAI_API_KEY=sk-x", "DEV_KEY=0123456789abcdef"}
	c := must(t, file(string(config.Example())), env)
	plain := must(t, nil, nil)
	text := map[string]string{}
	for _, v := range c.Values() {
		text[v.Path] = v.Text
	}
	for _, v := range plain.Values() {
		if text[v.Path] != v.Text {
			t.Errorf("%s is %q in the example and %q by default", v.Path, text[v.Path], v.Text)
		}
		name := v.Path[strings.LastIndexByte(v.Path, '.')+1:]
		if !strings.Contains(string(config.Example()), name+":") {
			t.Errorf("the example does not show %s", v.Path)
		}
	}
	r := c.Resources
	if len(r.Groups) != 1 || len(r.Channels) != 1 || len(r.Users) != 1 || len(r.Keys) != 1 || len(r.Prices) != 1 {
		t.Errorf("the example declares %+v", r)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(resources)
	f.Add(string(config.Example()))
	f.Add("a: &a [*a]")
	f.Add("channels: [&x {models: [*x]}]")
	f.Fuzz(func(t *testing.T, yaml string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(config.Options{Dir: dir, Providers: providers, Environ: []string{"KEY_A=a"}})
		if (c == nil) == (err == nil) {
			t.Errorf("config %v with error %v", c, err)
		}
	})
}
