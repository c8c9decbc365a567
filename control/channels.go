package control

import (
	"context"
	"net/http"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/channel"
)

// Channel is a configured upstream account. Its credentials are never returned.
type Channel struct {
	burncloud.Channel
	KeyCount int      `json:"key_count" doc:"How many credentials are sealed in the store"`
	KeyHints []string `json:"key_hints" doc:"The masked end of each credential"`
}

// ChannelFields are what a new channel is made of.
type ChannelFields struct {
	Name     string                   `json:"name" minLength:"1" maxLength:"64"`
	Provider string                   `json:"provider" maxLength:"64" doc:"A provider's id, see listProviders"`
	BaseURL  string                   `json:"base_url,omitempty" maxLength:"2048" doc:"Empty is the provider's own"`
	Keys     []string                 `json:"keys,omitempty" maxItems:"1000" doc:"The vendor's credentials; sealed, never shown again"`
	Models   []burncloud.ChannelModel `json:"models" maxItems:"5000"`
	Groups   []string                 `json:"groups,omitempty" maxItems:"1000" doc:"Which user groups it serves; none is default"`
	Priority int                      `json:"priority,omitempty" doc:"Higher is tried first"`
	Weight   *int                     `json:"weight,omitempty" minimum:"0" maximum:"1000000" doc:"Share within a priority; 1 when not given, 0 serves only when no other can"`
	Region   string                   `json:"region,omitempty" maxLength:"64"`
	Enabled  *bool                    `json:"enabled,omitempty" doc:"True when not given"`
}

// ChannelChange is what may be changed of a channel; what is left out stays as it is.
type ChannelChange struct {
	Name     *string                   `json:"name,omitempty" minLength:"1" maxLength:"64"`
	Provider *string                   `json:"provider,omitempty" maxLength:"64"`
	BaseURL  *string                   `json:"base_url,omitempty" maxLength:"2048"`
	Keys     *[]string                 `json:"keys,omitempty" maxItems:"1000" doc:"Replaces all credentials"`
	Models   *[]burncloud.ChannelModel `json:"models,omitempty" maxItems:"5000"`
	Groups   *[]string                 `json:"groups,omitempty" maxItems:"1000"`
	Priority *int                      `json:"priority,omitempty"`
	Weight   *int                      `json:"weight,omitempty" minimum:"0" maximum:"1000000"`
	Region   *string                   `json:"region,omitempty" maxLength:"64"`
	Enabled  *bool                     `json:"enabled,omitempty"`
}

// ChannelTest is the outcome of one real call through a channel.
type ChannelTest struct {
	channel.TestResult
	Fault   burncloud.Kind `json:"fault,omitempty"`
	Message string         `json:"message,omitempty" doc:"What went wrong"`
	Answer  string         `json:"answer,omitempty" doc:"What the model said"`
}

type createChannelInput struct{ Body ChannelFields }

type updateChannelInput struct {
	ByID
	Body ChannelChange
}

type testChannelInput struct {
	ByID
	Body struct {
		Model string `json:"model,omitempty" maxLength:"256" doc:"One of the channel's models; the first when not given"`
	}
}

type testDraftInput struct {
	Body struct {
		ID      string        `json:"id,omitempty" maxLength:"64" doc:"A saved channel whose credentials are used where the draft has none"`
		Channel ChannelFields `json:"channel"`
		Model   string        `json:"model,omitempty" maxLength:"256"`
	}
}

func (s *server) channelRoutes() {
	const tag = "Channels"
	register(s, admin, op(http.MethodGet, "/channels", "listChannels", tag, "List the channels"), s.listChannels)
	register(s, admin, created("/channels", "createChannel", tag, "Add a channel"), s.createChannel)
	register(s, admin, op(http.MethodGet, "/channels/{id}", "getChannel", tag, "Get a channel"), s.getChannel)
	register(s, admin, op(http.MethodPatch, "/channels/{id}", "updateChannel", tag, "Change, enable or disable a channel"), s.updateChannel)
	register(s, admin, op(http.MethodDelete, "/channels/{id}", "deleteChannel", tag, "Delete a channel; the log keeps its name"), s.deleteChannel)
	register(s, admin, op(http.MethodPost, "/channels/{id}/test", "testChannel", tag, "Make a real call through a channel"), s.testChannel)
	register(s, admin, op(http.MethodPost, "/channels/test", "testChannelDraft", tag, "Make a real call through a channel that is not saved"), s.testChannelDraft)
}

func channelOf(i *channel.Info) Channel {
	ch := Channel{Channel: i.Channel, KeyCount: len(i.Credentials), KeyHints: make([]string, len(i.Credentials))}
	ch.Models, ch.Groups = full(ch.Models), full(ch.Groups)
	for n, c := range i.Credentials {
		ch.KeyHints[n] = c.Tail
	}
	return ch
}

// draft is f with the defaults of what was left out.
func (f *ChannelFields) draft() channel.Draft {
	d := channel.Draft{
		Name: f.Name, Provider: f.Provider, BaseURL: f.BaseURL, Keys: f.Keys, Models: f.Models, Groups: f.Groups,
		Priority: f.Priority, Weight: 1, Region: f.Region, Enabled: true,
	}
	if f.Weight != nil {
		d.Weight = *f.Weight
	}
	if f.Enabled != nil {
		d.Enabled = *f.Enabled
	}
	return d
}

func (s *server) listChannels(ctx context.Context, _ *none) (*body[List[Channel]], error) {
	all, err := s.Channel.List(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]Channel, len(all))
	for i := range all {
		views[i] = channelOf(&all[i])
	}
	return answer(list(views, "")), nil
}

func (s *server) createChannel(ctx context.Context, in *createChannelInput) (*body[Channel], error) {
	i, err := s.Channel.Create(ctx, in.Body.draft())
	if err != nil {
		return nil, err
	}
	return answer(channelOf(i)), nil
}

func (s *server) getChannel(ctx context.Context, in *ByID) (*body[Channel], error) {
	i, err := s.Channel.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(channelOf(i)), nil
}

func (s *server) updateChannel(ctx context.Context, in *updateChannelInput) (*body[Channel], error) {
	i, err := s.Channel.Update(ctx, in.ID, channel.Update(in.Body))
	if err != nil {
		return nil, err
	}
	return answer(channelOf(i)), nil
}

func (s *server) deleteChannel(ctx context.Context, in *ByID) (*none, error) {
	return &none{}, s.Channel.Delete(ctx, in.ID)
}

func (s *server) testChannel(ctx context.Context, in *testChannelInput) (*body[ChannelTest], error) {
	r, err := s.Channel.Test(ctx, in.ID, in.Body.Model)
	return tested(r, err)
}

func (s *server) testChannelDraft(ctx context.Context, in *testDraftInput) (*body[ChannelTest], error) {
	r, err := s.Channel.TestDraft(ctx, in.Body.Channel.draft(), in.Body.ID, in.Body.Model)
	return tested(r, err)
}

func tested(r *channel.TestResult, err error) (*body[ChannelTest], error) {
	if err != nil {
		return nil, err
	}
	return answer(ChannelTest{TestResult: *r, Fault: r.Fault, Message: r.Message, Answer: r.Answer}), nil
}
