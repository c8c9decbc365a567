package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/control"
	"github.com/burncloud/burncloud/control/client"
)

func (c *cli) channelCommand() *cobra.Command {
	g := group("channel", "Upstream accounts: list, add, test, enable, disable, delete",
		c.channelList(), c.channelAdd(), c.channelTest(), c.channelSwitch("enable", true),
		c.channelSwitch("disable", false), c.channelDelete())
	g.Aliases = []string{"channels"}
	return g
}

func (c *cli) channelList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the channels", Args: args(cobra.NoArgs),
		Example: "  burncloud channel list\n  burncloud channel list --json | jq '.[].name'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			all, err := client.Get[control.List[control.Channel]](cmd.Context(), cl, "/channels", nil)
			if err != nil {
				return err
			}
			return c.print(all.Items, func() error { return channelTable(all.Items).write(c.out) })
		},
	}
}

func channelTable(all []control.Channel) *table {
	t := newTable("NAME", "PROVIDER", "STATE", "PRIORITY", "WEIGHT", "KEYS", "GROUPS", "MODELS")
	for _, ch := range all {
		state := onOff(ch.Enabled)
		if ch.Managed {
			state += " (file)"
		}
		t.row(ch.Name, ch.Provider, state, strconv.Itoa(ch.Priority), strconv.Itoa(ch.Weight),
			strconv.Itoa(ch.KeyCount), strings.Join(ch.Groups, ","), modelNames(ch.Models, 4))
	}
	return t
}

// modelNames lists at most n names.
func modelNames(models []burncloud.ChannelModel, n int) string {
	var names []string
	for i, m := range models {
		if i == n {
			names = append(names, fmt.Sprintf("and %d more", len(models)-n))
			break
		}
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

func (c *cli) channelAdd() *cobra.Command {
	var f control.ChannelFields
	var keyFiles, models []string
	var weight int
	var disabled, test bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a channel", Args: args(cobra.ExactArgs(1)),
		Long: `Add a channel: an account at a provider.

Credentials come from files, or with --key-file - from standard input, one a line, so that
they stay out of the shell's history. A model may carry another name upstream: name=upstream.`,
		Example: `  echo "$OPENAI_API_KEY" | burncloud channel add main --provider openai --key-file - --model gpt-5-mini
  burncloud channel add local --provider openai-compatible --base-url http://127.0.0.1:11434 --model fast=llama3.2
  burncloud channel add eu --provider anthropic --key-file key.txt --model claude-sonnet-4-5 --priority 10 --test`,
		RunE: func(cmd *cobra.Command, a []string) error {
			f.Name = a[0]
			if cmd.Flags().Changed("weight") {
				f.Weight = &weight
			}
			if disabled {
				f.Enabled = new(bool)
			}
			f.Models = parseModels(models)
			for _, file := range keyFiles {
				s, err := c.secret(file)
				if err != nil {
					return err
				}
				f.Keys = append(f.Keys, strings.Fields(s)...)
			}
			return c.addChannel(cmd.Context(), f, test)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.Provider, "provider", "", "the vendor: openai, anthropic, gemini, openai-compatible (required)")
	fl.StringVar(&f.BaseURL, "base-url", "", "address in place of the provider's own")
	fl.StringArrayVar(&keyFiles, "key-file", nil, "file with credentials, one a line; - is standard input; repeatable")
	fl.StringArrayVar(&models, "model", nil, "model it serves, NAME or NAME=UPSTREAM; repeatable (required)")
	fl.StringSliceVar(&f.Groups, "group", nil, "groups of users it serves (default \"default\")")
	fl.IntVar(&f.Priority, "priority", 0, "higher is tried first")
	fl.IntVar(&weight, "weight", 1, "share within a priority; 0 serves only when no other can")
	fl.StringVar(&f.Region, "region", "", "where it is, e.g. us")
	fl.BoolVar(&disabled, "disabled", false, "add it switched off")
	fl.BoolVar(&test, "test", false, "then make a real call through it")
	required(cmd, "provider", "model")
	return cmd
}

func (c *cli) addChannel(ctx context.Context, f control.ChannelFields, test bool) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	ch, err := client.Post[control.Channel](ctx, cl, "/channels", f)
	if err != nil {
		return err
	}
	if test {
		c.say("Added channel %s.", ch.Name)
		return c.testChannel(ctx, cl, ch, "")
	}
	return c.print(ch, func() error {
		c.say("Added channel %s. Try it: burncloud channel test %s", ch.Name, ch.Name)
		return nil
	})
}

// parseModels reads NAME or NAME=UPSTREAM.
func parseModels(list []string) []burncloud.ChannelModel {
	out := make([]burncloud.ChannelModel, len(list))
	for i, s := range list {
		out[i].Name, out[i].Upstream, _ = strings.Cut(s, "=")
	}
	return out
}

func (c *cli) channelTest() *cobra.Command {
	var model string
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Make a real call through a channel", Args: args(cobra.ExactArgs(1)),
		Long:    "Make one small real call through a channel, as callers' requests go, and show the answer and how\nlong it took. It costs what such a call costs. The exit code is 4 when the call fails.",
		Example: "  burncloud channel test main\n  burncloud channel test main --model gpt-5-mini --json",
		RunE: func(cmd *cobra.Command, a []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			ch, err := findChannel(cmd.Context(), cl, a[0])
			if err != nil {
				return err
			}
			return c.testChannel(cmd.Context(), cl, ch, model)
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "one of the channel's models (default the first)")
	return cmd
}

func (c *cli) testChannel(ctx context.Context, cl *client.Client, ch control.Channel, model string) error {
	in := map[string]string{}
	if model != "" {
		in["model"] = model
	}
	r, err := client.Post[control.ChannelTest](ctx, cl, "/channels/"+url.PathEscape(ch.ID)+"/test", in)
	if err != nil {
		return err
	}
	err = c.print(r, func() error {
		if r.OK {
			c.say("%s answered for %s in %.0f ms (first byte after %.0f ms):\n%s", ch.Name, r.Model, r.Latency, r.FirstByte, plain(r.Answer))
		} else {
			c.say("%s failed for %s after %.0f ms: %s", ch.Name, r.Model, r.Latency, plain(r.Message))
		}
		return nil
	})
	if err == nil && !r.OK {
		err = errCheck
	}
	return err
}

func (c *cli) channelSwitch(verb string, on bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME...", Short: strings.ToUpper(verb[:1]) + verb[1:] + " channels", Args: args(cobra.MinimumNArgs(1)),
		Example: "  burncloud channel " + verb + " main",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.eachChannel(cmd.Context(), a, func(cl *client.Client, ch control.Channel) (any, error) {
				return client.Patch[control.Channel](cmd.Context(), cl, "/channels/"+url.PathEscape(ch.ID), control.ChannelChange{Enabled: &on})
			}, verb+"d")
		},
	}
}

func (c *cli) channelDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME...", Short: "Delete channels; the log keeps their names", Args: args(cobra.MinimumNArgs(1)),
		Example: "  burncloud channel delete old",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.eachChannel(cmd.Context(), a, func(cl *client.Client, ch control.Channel) (any, error) {
				return ch, client.Delete(cmd.Context(), cl, "/channels/"+url.PathEscape(ch.ID))
			}, "deleted")
		},
	}
}

// eachChannel finds all the named channels before it changes the first.
func (c *cli) eachChannel(ctx context.Context, names []string, do func(*client.Client, control.Channel) (any, error), done string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	var found []control.Channel
	for _, n := range names {
		ch, err := findChannel(ctx, cl, n)
		if err != nil {
			return err
		}
		found = append(found, ch)
	}
	var results []any
	for _, ch := range found {
		r, err := do(cl, ch)
		if err != nil {
			return err
		}
		results = append(results, r)
		c.say("Channel %s %s.", ch.Name, done)
	}
	return c.print(results, func() error { return nil })
}

// findChannel finds a channel by name or id.
func findChannel(ctx context.Context, cl *client.Client, name string) (control.Channel, error) {
	all, err := client.Get[control.List[control.Channel]](ctx, cl, "/channels", nil)
	if err != nil {
		return control.Channel{}, err
	}
	return pick(all.Items, name, "channel", "burncloud channel list", func(ch control.Channel) (string, string) { return ch.ID, ch.Name })
}

// pick finds the one thing of that id or name.
func pick[T any](all []T, name, what, list string, ids func(T) (id, name string)) (T, error) {
	var found []T
	for _, v := range all {
		id, n := ids(v)
		if id == name {
			return v, nil
		}
		if n == name {
			found = append(found, v)
		}
	}
	var none T
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, &control.Problem{Status: http.StatusNotFound, Code: burncloud.NotFound,
			Detail: fmt.Sprintf("there is no %s %q; see '%s'", what, name, list)}
	}
	return none, usageError{fmt.Errorf("%d %ss are called %q; give the id, see '%s --json'", len(found), what, name, list)}
}

// required marks flags that a command cannot do without.
func required(cmd *cobra.Command, flags ...string) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		for _, name := range flags {
			if !cmd.Flags().Changed(name) {
				return usageError{fmt.Errorf("--%s is needed", name)}
			}
		}
		return run(cmd, a)
	}
}
