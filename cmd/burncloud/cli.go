package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

// What the process answers its caller with. They are part of the command line's contract.
const (
	exitOK          = 0
	exitFailed      = 1 // refused, or failed on the way
	exitUsage       = 2 // the command line itself is wrong
	exitUnreachable = 3 // no server answers
	exitCheck       = 4 // the command worked, and what it checked is not in order
)

// errCheck ends a command whose check failed and was already told.
var errCheck = errors.New("the check failed")

// usageError is a mistake in the command line.
type usageError struct{ error }

// cli is one run of the command line. Everything that it reads and writes is a field, so that tests
// run it in their own process.
type cli struct {
	in       io.Reader
	out, err io.Writer
	environ  []string // KEY=value
	now      func() time.Time

	json          bool
	server, token string
	settings      *pflag.FlagSet // of the configuration

	// start serves until ctx ends; providers are the vendors that the configuration may name.
	start     func(ctx context.Context, cfg *config.Config) error
	providers []config.Provider
}

// run does what args say and returns the exit code.
func (c *cli) run(ctx context.Context, args []string) int {
	if c.now == nil {
		c.now = time.Now
	}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	cmd, err := root.ExecuteContextC(ctx)
	return c.finish(cmd, err)
}

func (c *cli) finish(cmd *cobra.Command, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errCheck):
		return exitCheck
	case errors.As(err, &usage):
		fmt.Fprintf(c.err, "Error: %v\nRun '%s --help' for how to use it.\n", err, cmd.CommandPath())
		return exitUsage
	case errors.Is(err, client.ErrUnreachable):
		fmt.Fprintf(c.err, "Error: %v\n%s\n", err, c.howToReach())
		return exitUnreachable
	case errors.Is(err, context.Canceled):
		return exitFailed // interrupted by whoever reads this
	}
	fmt.Fprintf(c.err, "Error: %s\n", c.explain(err))
	return exitFailed
}

// explain adds to a refusal what can be done about it.
func (c *cli) explain(err error) string {
	var p *control.Problem
	if !errors.As(err, &p) {
		return err.Error()
	}
	text := p.Detail
	switch {
	case p.Code == burncloud.Unauthenticated && c.server != "":
		text += "\nMake an access token with 'burncloud token create NAME' on the server's machine, or in the console; pass it with --token or BURNCLOUD_TOKEN."
	case p.Status >= 500:
		text += " (request " + p.RequestID + ")"
	}
	return text
}

func (c *cli) howToReach() string {
	if c.server != "" {
		return "Check the address given with --server or BURNCLOUD_SERVER, and that the server runs there."
	}
	return "Start the server with 'burncloud serve', or name its data directory with --data-dir, or a remote server with --server and --token."
}

// print writes v as JSON where asked to, else what human makes of it.
func (c *cli) print(v any, human func() error) error {
	if !c.json {
		return human()
	}
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// say writes a line for people; with --json it writes nothing.
func (c *cli) say(format string, args ...any) {
	if !c.json {
		fmt.Fprintf(c.out, format+"\n", args...)
	}
}

// connect is a client of the server that the flags and the environment name.
func (c *cli) connect() (*client.Client, error) {
	if c.server == "" {
		c.server = c.getenv("BURNCLOUD_SERVER")
	}
	if c.token == "" {
		c.token = c.getenv("BURNCLOUD_TOKEN")
	}
	if c.server != "" {
		cl, err := client.Remote(c.server, c.token)
		if err != nil {
			return nil, usageError{err}
		}
		return cl, nil
	}
	dir, err := c.dataDir()
	if err != nil {
		return nil, err
	}
	return client.Socket(filepath.Join(dir, "burncloud.sock")), nil
}

// getenv is the value of the last setting of name.
func (c *cli) getenv(name string) string {
	value := ""
	for _, kv := range c.environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// secret reads a secret from standard input, or from a file: on the command line it would be in the
// shell's history and in everybody's list of processes.
func (c *cli) secret(file string) (string, error) {
	var b []byte
	var err error
	if file == "-" {
		b, err = io.ReadAll(io.LimitReader(c.in, 64<<10))
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return "", err
	}
	s := strings.TrimRight(string(b), "\r\n")
	if s == "" {
		return "", usageError{fmt.Errorf("%s holds no secret", file)}
	}
	return s, nil
}

// parseExpiry reads when something ends: a length of time from now or a date; "" is never.
func (c *cli) parseExpiry(s string) (*time.Time, error) {
	if s == "" {
		return nil, nil
	}
	t, err := c.parseTime(s, 1)
	return &t, err
}

// parseTime reads a length of time from now, such as 720h or 30d, forth (1) or back (-1), or a date.
func (c *cli) parseTime(s string, direction int) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return c.now().AddDate(0, 0, direction*n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return c.now().Add(time.Duration(direction) * d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("%q is neither a length of time (720h, 30d) nor a date (2030-12-31)", s)}
}

func parseMoney(s string) (burncloud.Money, error) {
	m, err := burncloud.ParseMoney(s)
	if err != nil {
		return 0, usageError{err}
	}
	return m, nil
}

// when is a time for people, in their own zone.
func when(t time.Time) string { return t.Local().Format(time.DateTime) }

func whenOr(t *time.Time, none string) string {
	if t == nil {
		return none
	}
	return when(*t)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// args makes cobra's check of the arguments a usageError.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := check(cmd, a); err != nil {
			return usageError{didYouMean(cmd, a, err)}
		}
		return nil
	}
}

// didYouMean adds the commands that a mistyped one resembles.
func didYouMean(cmd *cobra.Command, a []string, err error) error {
	if len(a) == 0 {
		return err
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(a[0]); len(near) > 0 {
		return fmt.Errorf("%w; did you mean \"%s\"?", err, strings.Join(near, `" or "`))
	}
	return err
}
