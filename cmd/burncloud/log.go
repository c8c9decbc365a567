package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

// pollEvery is how often log tail -f asks for new calls.
const pollEvery = time.Second

func (c *cli) logCommand() *cobra.Command {
	g := group("log", "The request log: tail, show", c.logTail(), c.logShow())
	g.Aliases = []string{"logs"}
	return g
}

func (c *cli) logTail() *cobra.Command {
	var follow bool
	var n int
	var channel, user, key string
	q := url.Values{}
	cmd := &cobra.Command{
		Use: "tail", Short: "Show the last calls, and with -f new ones as they end", Args: args(cobra.NoArgs),
		Long: "Show the last calls, oldest first. With -f go on with new ones until interrupted.\nWith --json each call is one line of JSON.",
		Example: `  burncloud log tail -f
  burncloud log tail -n 100 --status error --channel main
  burncloud log tail --since 1h --json | jq -s 'map(.cost | tonumber) | add'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if err := c.logFilter(cmd, cl, q, channel, user, key); err != nil {
				return err
			}
			return c.tail(cmd.Context(), cl, q, n, follow)
		},
	}
	fl := cmd.Flags()
	fl.BoolVarP(&follow, "follow", "f", false, "go on with new calls")
	fl.IntVarP(&n, "lines", "n", 20, "how many calls to begin with")
	fl.StringVar(&channel, "channel", "", "only of this channel")
	fl.StringVar(&user, "user", "", "only of this user")
	fl.StringVar(&key, "key", "", "only of this key")
	fl.String("model", "", "only of this model")
	fl.String("status", "", "only ok, or only error")
	fl.String("fault", "", "only with this fault, e.g. upstream_timeout")
	fl.String("since", "", "only the last 1h or 7d, or since 2030-12-31")
	return cmd
}

// logFilter turns the flags into the query of listLogs.
func (c *cli) logFilter(cmd *cobra.Command, cl *client.Client, q url.Values, channel, user, key string) error {
	ctx := cmd.Context()
	for _, name := range []string{"model", "status", "fault"} {
		if v, _ := cmd.Flags().GetString(name); v != "" {
			q.Set(name, v)
		}
	}
	if v, _ := cmd.Flags().GetString("since"); v != "" {
		t, err := c.parseTime(v, -1)
		if err != nil {
			return err
		}
		q.Set("from", t.UTC().Format(time.RFC3339))
	}
	if channel != "" {
		ch, err := findChannel(ctx, cl, channel)
		if err != nil {
			return err
		}
		q.Set("channel_id", ch.ID)
	}
	if user != "" {
		u, err := findUser(ctx, cl, user)
		if err != nil {
			return err
		}
		q.Set("user_id", u.ID)
	}
	if key != "" {
		all, err := collect[control.Key](ctx, cl, "/keys", nil, everything)
		if err != nil {
			return err
		}
		k, err := pick(all, key, "key", "burncloud key list", func(k control.Key) (string, string) { return k.ID, k.Name })
		if err != nil {
			return err
		}
		q.Set("key_id", k.ID)
	}
	return nil
}

func (c *cli) tail(ctx context.Context, cl *client.Client, q url.Values, n int, follow bool) error {
	f := follower{from: c.now().Add(-lookBack)}
	if follow { // first, so that what is logged from here on is new
		if _, err := f.next(ctx, cl, q, c.now()); err != nil {
			return err
		}
	}
	calls, err := collect[control.Call](ctx, cl, "/logs", q, n)
	if err != nil {
		return err
	}
	slices.Reverse(calls)
	if err := c.printCalls(calls, true); err != nil || !follow {
		return err
	}
	f.see(calls)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		fresh, err := f.next(ctx, cl, q, c.now())
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.printCalls(fresh, false); err != nil {
			return err
		}
	}
}

// follower finds the calls that were logged since it was last asked. A call is logged when it has ended,
// under the time it began: so it looks back as far as a long call may take.
type follower struct {
	from time.Time
	seen map[string]bool
}

const (
	lookBack = 10 * time.Minute
	mostSeen = 1000 // calls of one look; beyond them the longest calls may be missed
)

// next are the calls that it has not seen, oldest first.
func (f *follower) next(ctx context.Context, cl *client.Client, q url.Values, now time.Time) ([]control.Call, error) {
	if back := now.Add(-lookBack); back.After(f.from) {
		f.from = back
	}
	q = cloneQuery(q)
	q.Set("from", f.from.UTC().Format(time.RFC3339))
	calls, err := collect[control.Call](ctx, cl, "/logs", q, mostSeen)
	if err != nil {
		return nil, err
	}
	slices.Reverse(calls)
	fresh := slices.DeleteFunc(slices.Clone(calls), func(r control.Call) bool { return f.seen[r.ID] })
	f.seen = nil // what is not in the window any more will not come back
	f.see(calls)
	return fresh, nil
}

func (f *follower) see(calls []control.Call) {
	if f.seen == nil {
		f.seen = make(map[string]bool, len(calls))
	}
	for _, r := range calls {
		f.seen[r.ID] = true
	}
}

func cloneQuery(q url.Values) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = slices.Clone(v)
	}
	return out
}

// printCalls prints one line a call, under a header where asked.
func (c *cli) printCalls(calls []control.Call, header bool) error {
	if c.json {
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		for _, r := range calls {
			if err := e.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	const line = "%-19s  %-6s  %-24s  %-14s  %-10s  %9s  %9s  %12s  %s\n"
	if header {
		fmt.Fprintf(c.out, line, "TIME", "STATUS", "MODEL", "CHANNEL", "USER", "TOKENS", "MS", "USD", "ID")
	}
	for _, r := range calls {
		cost := "unknown"
		if r.CostKnown {
			cost = r.Cost.String()
		}
		fmt.Fprintf(c.out, line, when(r.Time), strconv.Itoa(r.Status), fit(r.Requested, 24), fit(r.Channel, 14),
			fit(r.Username, 10), strconv.FormatInt(r.Usage.Total(), 10), fmt.Sprintf("%.0f", r.Duration), cost, r.ID)
	}
	return nil
}

// fit is s in exactly n places of a terminal, so that lines that come one by one still align.
func fit(s string, n int) string {
	s = plain(s)
	if columns(s) > n {
		r := []rune(s)
		for columns(string(r)) > n-1 {
			r = r[:len(r)-1]
		}
		s = string(r) + "…"
	}
	return s + strings.Repeat(" ", n-columns(s))
}

func (c *cli) logShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one call with its attempts", Args: args(cobra.ExactArgs(1)),
		Long:    "Show one call with its attempts. The id is the X-Request-Id of the answer; its start is enough\nwhere no other call begins so.",
		Example: "  burncloud log show 0198c5a2-7c1e-7f00-8a53-0f6f1f0e9d11",
		RunE: func(cmd *cobra.Command, a []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := findCall(cmd.Context(), cl, a[0])
			if err != nil {
				return err
			}
			return c.print(r, func() error { return c.showCall(r) })
		},
	}
}

func findCall(ctx context.Context, cl *client.Client, id string) (control.Call, error) {
	if len(id) < 36 {
		some, err := collect[control.Call](ctx, cl, "/logs", url.Values{"id": {id}}, 2)
		if err != nil {
			return control.Call{}, err
		}
		if len(some) > 1 {
			return control.Call{}, usageError{fmt.Errorf("several calls begin with %q; give more of the id", id)}
		}
		if len(some) == 1 {
			id = some[0].ID
		}
	}
	return client.Get[control.Call](ctx, cl, "/logs/"+url.PathEscape(id), nil)
}

func (c *cli) showCall(r control.Call) error {
	t := newTable("CALL", r.ID)
	t.row("time", when(r.Time))
	t.row("status", strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Fault)))
	if r.Message != "" {
		t.row("message", r.Message)
	}
	t.row("endpoint", string(r.Endpoint)+map[bool]string{true: ", streamed"}[r.Stream])
	t.row("model", fmt.Sprintf("%s → %s → %s", r.Requested, r.Routed, r.Upstream))
	t.row("user, key", r.Username+", "+r.KeyName)
	t.row("client", r.ClientIP)
	u := r.Usage
	t.row("input tokens", fmt.Sprintf("%d (fresh %d, cache read %d, cache write %d)", u.TotalInput(), u.Input, u.CacheRead, u.CacheWrite5m+u.CacheWrite1h))
	t.row("output tokens", fmt.Sprintf("%d (reasoning %d)", u.TotalOutput(), u.Reasoning))
	cost := "unknown: the model has no price"
	if r.CostKnown {
		cost = r.Cost.String() + " USD"
	}
	t.row("cost", cost)
	t.row("duration", fmt.Sprintf("%.1f ms, first byte after %.1f ms, own share %.2f ms", r.Duration, r.FirstByte, r.Overhead))
	t.row("bytes", fmt.Sprintf("%d in, %d out", r.ReqBytes, r.RespBytes))
	if err := t.write(c.out); err != nil {
		return err
	}
	a := newTable("TRY", "CHANNEL", "MODEL", "STATUS", "START MS", "MS", "FAULT", "MESSAGE")
	for i, at := range r.Attempts {
		a.row(strconv.Itoa(i+1), at.Channel, at.Upstream, strconv.Itoa(at.Status), fmt.Sprintf("%.1f", at.Start),
			fmt.Sprintf("%.1f", at.Duration), string(at.Fault), at.Message)
	}
	fmt.Fprintln(c.out)
	return a.write(c.out)
}

// everything is more things than a list has.
const everything = 1 << 30

// collect reads a list on until it has n things.
func collect[T any](ctx context.Context, cl *client.Client, path string, q url.Values, n int) ([]T, error) {
	q = cloneQuery(q)
	out := []T{}
	for len(out) < n {
		q.Set("limit", strconv.Itoa(min(n-len(out), 500)))
		p, err := client.Get[control.List[T]](ctx, cl, path, q)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Items...)
		if p.Next == "" {
			break
		}
		q.Set("cursor", p.Next)
	}
	return out, nil
}
