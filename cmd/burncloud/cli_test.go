package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/app"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/internal/testkit"
)

// process is a whole BurnCloud started by the command line, and the command line beside it.
type process struct {
	dir    string
	url    string // of the gateway and the API
	vendor *testkit.Vendor
	vars   map[string]string
}

// syncBuffer is what a server running beside the test writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// command runs one command line and gives back its exit code and what it wrote.
func command(ctx context.Context, environ []string, stdin string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	c := &cli{in: strings.NewReader(stdin), out: &o, err: &e, environ: environ, start: serve, providers: app.Providers()}
	code = c.run(ctx, args)
	return code, o.String(), e.String()
}

// start runs `burncloud serve` until the test ends, and checks that it stops in good order.
func start(t *testing.T, more ...string) *process {
	t.Helper()
	p := &process{dir: t.TempDir(), vendor: testkit.NewVendor(t, testkit.Options{Key: "sk-good"}), vars: map[string]string{}}
	p.vars["vendor"] = p.vendor.URL()
	out := &syncBuffer{}
	ctx, cancel := context.WithCancel(context.Background())
	c := &cli{in: strings.NewReader(""), out: out, err: out, environ: append(more, "BURNCLOUD_ADMIN_PASSWORD=correct horse", "BURNCLOUD_DRAIN=1s"), providers: app.Providers()}
	c.start = func(ctx context.Context, cfg *config.Config) error {
		a, err := app.New(ctx, cfg, app.Options{Version: "test", Out: out, Log: out})
		if err != nil {
			return err
		}
		return a.Run(ctx)
	}
	done := make(chan int, 1)
	go func() { done <- c.run(ctx, []string{"--listen", "127.0.0.1:0", "--data-dir", p.dir}) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("the server ended with %d: %s", code, out)
		}
	})
	address := regexp.MustCompile(`Console +(http://\S+)`)
	eventually(t, "greeting of the server", func() bool {
		m := address.FindStringSubmatch(out.String())
		if m != nil {
			p.url = m[1]
			p.vars["url"] = p.url
		}
		return m != nil
	})
	return p
}

// say is one command of a session and what must come of it.
type say struct {
	args  string // split at spaces; {x} is a value saved before
	more  []string
	stdin string
	code  int
	out   []string          // regular expressions that the output matches
	errs  []string          // and what is written beside it
	never []string          // what stands in neither
	save  map[string]string // name → regular expression with one group
	bare  bool              // without --data-dir
	do    func(t *testing.T, p *process)
}

var place = regexp.MustCompile(`\{(\w+)\}`)

func (p *process) fill(t *testing.T, s string) string {
	return place.ReplaceAllStringFunc(s, func(m string) string {
		v, ok := p.vars[m[1:len(m)-1]]
		if !ok {
			t.Fatalf("nothing was saved as %s", m)
		}
		return v
	})
}

func (p *process) say(t *testing.T, s say) {
	t.Helper()
	if s.do != nil {
		s.do(t, p)
	}
	if s.args == "" {
		return
	}
	args := append(strings.Fields(p.fill(t, s.args)), s.more...)
	if !s.bare {
		args = append([]string{"--data-dir", p.dir}, args...)
	}
	code, out, errs := command(t.Context(), nil, s.stdin, args...)
	if code != s.code {
		t.Fatalf("burncloud %s: exit code %d, want %d\n%s%s", s.args, code, s.code, out, errs)
	}
	for text, wants := range map[string][]string{out: s.out, errs: s.errs} {
		for _, w := range wants {
			if !regexp.MustCompile(p.fill(t, w)).MatchString(text) {
				t.Errorf("burncloud %s: no %q in\n%s", s.args, w, text)
			}
		}
	}
	for _, n := range s.never {
		if strings.Contains(out+errs, p.fill(t, n)) {
			t.Errorf("burncloud %s: %q stands in\n%s%s", s.args, n, out, errs)
		}
	}
	for name, re := range s.save {
		m := regexp.MustCompile(re).FindStringSubmatch(out)
		if m == nil {
			t.Fatalf("burncloud %s: no %q in\n%s", s.args, re, out)
		}
		p.vars[name] = m[1]
	}
}

// chat sends a real call through the gateway with the key saved as key.
func chat(t *testing.T, p *process) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/v1/chat/completions",
		strings.NewReader(`{"model":"gpt-5-mini","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.vars["key"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%d %s %v", resp.StatusCode, b, err)
	}
	p.vars["call"] = resp.Header.Get("X-Request-Id")
	eventually(t, "the call in the log", func() bool {
		code, _, _ := command(t.Context(), nil, "", "--data-dir", p.dir, "log", "show", p.vars["call"])
		return code == exitOK
	})
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there is no %s", what)
		}
	}
}

func TestSession(t *testing.T) {
	p := start(t)
	secretFile := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(secretFile, []byte("sk-good\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.vars["file"] = secretFile
	for _, s := range []say{
		{args: "channel list", out: []string{"^NAME +PROVIDER"}},
		{args: "channel add main --provider openai-compatible --base-url {vendor} --key-file {file} --model gpt-5-mini --model quick=gpt-5-nano --priority 5 --test",
			out: []string{"Added channel main", "main answered for gpt-5-mini in"}, never: []string{"sk-good"}},
		{args: "channel add main --provider openai --key-file - --model m", stdin: "sk-x", code: exitFailed, errs: []string{`there is a channel named "main" already`}},
		{args: "channel add other --model m", code: exitUsage, errs: []string{"--provider is needed", "channel add --help"}},
		{args: "channel add other --provider openai --model m", code: exitFailed, errs: []string{"needs at least one key"}},
		{args: "channel list", out: []string{`main +openai-compatible +on +5 +1 +1 +default +gpt-5-mini, quick`}},
		{args: "channel list --json", out: []string{`"key_count": 1`}, never: []string{"sk-good"}},
		{args: "channel test main --model quick --json", out: []string{`"ok": true`, `"upstream": "gpt-5-nano"`}},
		{args: "channel add broken --provider openai-compatible --base-url http://127.0.0.1:1 --model m --disabled --test", code: exitCheck, out: []string{"broken failed for m"}},
		{args: "channel enable broken nobody", code: exitFailed, errs: []string{`there is no channel "nobody"; see 'burncloud channel list'`}},
		{args: "channel list", out: []string{`broken +openai-compatible +off`}},
		{args: "channel enable broken", out: []string{"Channel broken enabled"}},
		{args: "channel disable broken main", out: []string{"Channel broken disabled", "Channel main disabled"}},
		{args: "channel enable main --json", out: []string{`"enabled": true`}},
		{args: "channel delete broken", out: []string{"Channel broken deleted"}},

		{args: "user create alice --balance 10", out: []string{"Added user alice with a balance of 10 USD"}},
		{args: "user create 张伟 --password-file -", stdin: "battery staple\n", out: []string{"张伟"}, never: []string{"staple"}},
		{args: "user create alice", code: exitFailed, errs: []string{"taken"}},
		{args: "user create bob --balance ten", code: exitUsage, errs: []string{"not a decimal amount"}},
		{args: "user top-up alice 2.5 --note invoice --reference inv-1", out: []string{"Booked 2.5 USD for alice; the balance is 12.5 USD"}},
		{args: "user top-up alice 2.5 --reference inv-1", out: []string{"the balance is 12.5 USD"}},
		{args: "user adjust alice -- -0.5", out: []string{"Booked -0.5 USD for alice; the balance is 12 USD"}},
		{args: "user list", out: []string{`alice +member +default +on +12 +0`, `root +owner .*0 \(unlimited\)`}},
		{args: "user list --json", out: []string{`"balance": "12"`}},
		{args: "user password 张伟 --password-file -", stdin: "another staple", out: []string{"has a new password"}},
		{args: "user password 张伟", code: exitUsage, errs: []string{"--password-file is needed"}},
		{args: "user disable 张伟", out: []string{"is disabled"}},
		{args: "user delete 张伟", code: exitUsage, errs: []string{"--yes"}},
		{args: "user delete 张伟 --yes", out: []string{"is deleted"}},
		{args: "user enable 张伟", code: exitFailed, errs: []string{"there is no user"}},

		{args: "key create dev", code: exitUsage, errs: []string{"either --limit USD or --unlimited"}},
		{args: "key create dev --limit 1 --unlimited", code: exitUsage},
		{args: "key create dev --user alice --limit 5 --model gpt-5-mini --expires 30d", out: []string{`the key "dev" of alice`}, save: map[string]string{"key": `(?m)^(sk-bc-\w+)$`}},
		{args: "key create dev --user nobody --limit 5", code: exitFailed, errs: []string{`no user "nobody"`}},
		{args: "key create tmp --unlimited --json", out: []string{`"secret": "sk-bc-`, `"username": "root"`}},
		{args: "key list", out: []string{`dev +alice +sk-bc-\w+… +on +0 +5 +20\d\d`, `tmp +root .* none +never`}, never: []string{"{key}"}},
		{args: "key list --user alice --json", out: []string{`"limit": "5"`}, never: []string{"tmp"}},
		{do: chat, args: "log tail", out: []string{`^TIME +STATUS`, `200 +gpt-5-mini +main +alice +\d+ +\d+ +0\.0\S+ +{call}`}},
		{args: "log tail --json -n 1", out: []string{`^\{"id":"{call}".*\}\n$`}},
		{args: "log tail --channel main --user alice --key dev --model gpt-5-mini --status ok --since 1h", out: []string{"{call}"}},
		{args: "log tail --status error", never: []string{"{call}"}},
		{args: "log tail --status wrong", code: exitFailed, errs: []string{"status"}},
		{args: "log tail --since yesterday", code: exitUsage},
		{args: "log show {call}", out: []string{`CALL +{call}`, `status +200`, `model +gpt-5-mini → gpt-5-mini → gpt-5-mini`, `user, key +alice, dev`, `1 +main +gpt-5-mini +200`}},
		{args: "log show {call} --json", out: []string{`"cost_known": true`}},
		{args: "log show 00000000-0000-0000-0000-000000000000", code: exitFailed, errs: []string{"no call with this id"}},
		{args: "key disable dev", out: []string{"Key dev of alice disabled"}},
		{args: "key enable dev", out: []string{"enabled"}},
		{args: "key revoke dev", out: []string{"Key dev of alice revoked"}},
		{args: "key revoke dev", code: exitFailed, errs: []string{`there is no key "dev"`}},

		{args: "ledger entries --user alice", out: []string{`settle +alice +dev +-0\.0\S+ +{call}`, `adjustment +alice +-0.5`, `topup +alice +2.5 +inv-1 +invoice`}},
		{args: "ledger entries --kind settle --call {call} --json", out: []string{`"call_id": "{call}"`}},
		{args: "ledger holds", out: []string{"^SINCE"}},
		{args: "ledger verify", out: []string{"The ledger is right"}},
		{args: "ledger verify --json", out: []string{`"ok": true`}},
		{args: "model list", out: []string{`gpt-5-mini +openai +0.25 +0.025 +2 +400000 +main`, `quick +unknown`}},
		{args: "model list gpt-5-mini --provider openai --json", out: []string{`"id": "gpt-5-mini"`}},
		{args: "config --running", out: []string{`server.listen +127.0.0.1:0 +flag --listen`, `admin.password +\*+ +environment BURNCLOUD_ADMIN_PASSWORD`}, never: []string{"correct horse"}},

		{args: "token create laptop --expires 90d", out: []string{"access token \"laptop\""}, save: map[string]string{"token": `(?m)^(bct_\w+)$`}},
		{args: "token list", out: []string{`laptop +bct_\w+… .*never`}, never: []string{"{token}"}},
		{args: "--server {url} --token {token} user list", bare: true, out: []string{"alice"}},
		{args: "--server {url} --token bct_wrong user list", bare: true, code: exitFailed, errs: []string{"not known here", "burncloud token create"}},
		{args: "--server {url} user list", bare: true, code: exitFailed, errs: []string{"access token"}},
		{args: "token revoke laptop", out: []string{"revoked"}},
		{args: "--server {url} --token {token} user list", bare: true, code: exitFailed},
		{args: "token revoke laptop", code: exitFailed},
	} {
		p.say(t, s)
	}
}

// TestFollow: log tail -f prints a call that ends while it watches, once, and ends by an interrupt.
func TestFollow(t *testing.T) {
	p := start(t)
	for _, s := range []say{
		{args: "channel add main --provider openai-compatible --base-url {vendor} --key-file - --model gpt-5-mini", stdin: "sk-good"},
		{args: "key create dev --unlimited", save: map[string]string{"key": `(?m)^(sk-bc-\w+)$`}},
		{do: chat},
	} {
		p.say(t, s)
	}
	before := p.vars["call"]
	ctx, cancel := context.WithCancel(t.Context())
	out := &syncBuffer{}
	c := &cli{in: strings.NewReader(""), out: out, err: out}
	done := make(chan int, 1)
	go func() { done <- c.run(ctx, []string{"--data-dir", p.dir, "log", "tail", "-f"}) }()
	eventually(t, "first call", func() bool { return strings.Contains(out.String(), before) })
	chat(t, p)
	eventually(t, "second call", func() bool { return strings.Contains(out.String(), p.vars["call"]) })
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, id := range []string{before, p.vars["call"]} {
		if n := strings.Count(out.String(), id); n != 1 {
			t.Errorf("%s is there %d times:\n%s", id, n, out)
		}
	}
}

func TestWithoutServer(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args    string
		environ []string
		code    int
		out     string
		errs    string
	}{
		{args: "user list --data-dir " + dir, code: exitUnreachable, errs: "burncloud serve"},
		{args: "user list", environ: []string{"BURNCLOUD_DATA_DIR=" + dir}, code: exitUnreachable, errs: dir},
		{args: "user list --server http://127.0.0.1:1 --token t", code: exitUnreachable, errs: "--server"},
		{args: "user list", environ: []string{"BURNCLOUD_SERVER=http://127.0.0.1:1"}, code: exitUnreachable, errs: "127.0.0.1:1"},
		{args: "user list --server nonsense", code: exitUsage, errs: "not the URL of a server"},
		{args: "serve --listen nonsense --data-dir " + dir, code: exitFailed, errs: "host:port"},
		{args: "config --listen nonsense", code: exitFailed, errs: "flag --listen"},
		{args: "config --listen :8080", environ: []string{"BURNCLOUD_ADMIN_PASSWORD=hidden-password"}, out: "flag --listen"},
		{args: "config --json", out: `"name": "server.listen"`},
		{args: "version", out: "burncloud "},
		{args: "version --json", out: `"version":`},
		{args: "openapi", out: `"openapi": "3.1.0"`},
		{args: "completion bash", out: "burncloud"},
		{args: "--help", out: "Exit codes"},
		{args: "channel", out: "Available Commands"},
		{args: "channel frobnicate", code: exitUsage, errs: `unknown command "frobnicate"`},
		{args: "frobnicate", code: exitUsage, errs: `unknown command "frobnicate"`},
		{args: "chanel list", code: exitUsage, errs: `did you mean "channel"?`},
		{args: "key lst", code: exitUsage, errs: `did you mean "list"?`},
		{args: "channel list extra", code: exitUsage, errs: "channel list --help"},
		{args: "--frobnicate", code: exitUsage, errs: "unknown flag"},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, out, errs := command(t.Context(), c.environ, "", strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.code, out, errs)
			}
			if strings.Contains(out, "hidden-password") {
				t.Error("a secret is shown")
			}
		})
	}
}

// TestJSON: with --json every command that lists prints one JSON array.
func TestJSON(t *testing.T) {
	p := start(t)
	for _, args := range []string{"channel list", "key list", "user list", "token list", "ledger entries", "ledger holds", "model list", "config --running", "config"} {
		code, out, errs := command(t.Context(), nil, "", append([]string{"--json", "--data-dir", p.dir}, strings.Fields(args)...)...)
		var list []map[string]any
		if err := json.Unmarshal([]byte(out), &list); code != 0 || err != nil || list == nil {
			t.Errorf("%s: %d %v\n%s%s", args, code, err, out, errs)
		}
	}
}

// TestHelp: every command says what it does and shows how.
func TestHelp(t *testing.T) {
	c := &cli{now: time.Now}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Short == "" {
			t.Errorf("%q has no short help", cmd.CommandPath())
		}
		if !cmd.HasSubCommands() && !cmd.Hidden && !strings.Contains(cmd.Example, "burncloud ") {
			t.Errorf("%q has no example", cmd.CommandPath())
		}
		for _, line := range strings.Split(cmd.Long+"\n"+cmd.Example, "\n") {
			if columns(line) > 120 {
				t.Errorf("%q: the line %q is too long for a terminal", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(c.root())
}
