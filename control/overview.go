package control

import (
	"context"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/monitor"
)

// Totals are sums over calls.
type Totals struct {
	Requests     int64           `json:"requests"`
	Errors       int64           `json:"errors" doc:"Ended in a fault; calls whose caller hung up are not among them"`
	Canceled     int64           `json:"canceled" doc:"The caller hung up"`
	Unpriced     int64           `json:"unpriced" doc:"Calls whose cost is not known and so not in cost"`
	InputTokens  int64           `json:"input_tokens" doc:"All input, cached too"`
	CachedTokens int64           `json:"cached_tokens" doc:"Input read from the vendors' caches; a part of input_tokens"`
	OutputTokens int64           `json:"output_tokens"`
	Cost         burncloud.Money `json:"cost"`
}

// Latency are percentiles in milliseconds, read from a histogram; 0 without calls.
type Latency struct {
	P50 float64 `json:"p50_ms"`
	P90 float64 `json:"p90_ms"`
	P99 float64 `json:"p99_ms"`
}

// Point is one step of the overview's series.
type Point struct {
	Time time.Time `json:"time" doc:"The step's start"`
	Totals
}

// ModelTotals are the sums of one model.
type ModelTotals struct {
	Model string `json:"model" doc:"Empty for calls that no channel was found for"`
	Totals
}

// Overview is what happened in a window of time.
type Overview struct {
	From      time.Time     `json:"from"`
	To        time.Time     `json:"to"`
	Step      float64       `json:"step_s" doc:"Length of a step of the series in seconds"`
	Totals    Totals        `json:"totals"`
	Latency   Latency       `json:"latency" doc:"Of whole calls"`
	FirstByte Latency       `json:"first_byte" doc:"Until the first byte went to the caller"`
	Series    []Point       `json:"series" doc:"Every step of the window, oldest first"`
	Models    []ModelTotals `json:"models" doc:"The models with the most requests"`
}

type overviewInput struct {
	From      time.Time `query:"from" doc:"24 hours before to when not given"`
	To        time.Time `query:"to" doc:"Now when not given"`
	UserID    string    `query:"user_id" maxLength:"64" doc:"Members see only their own"`
	KeyID     string    `query:"key_id" maxLength:"64"`
	ChannelID string    `query:"channel_id" maxLength:"64"`
	Model     string    `query:"model" maxLength:"256"`
}

func (s *server) overviewRoutes() {
	register(s, member, op(http.MethodGet, "/overview", "getOverview", "Overview", "Sum up a window of time; members see only their own calls"), s.getOverview)
}

func (s *server) getOverview(ctx context.Context, in *overviewInput) (*body[Overview], error) {
	user, err := scope(ctx, in.UserID)
	if err != nil {
		return nil, err
	}
	o, err := s.Monitor.Overview(ctx, monitor.Window{From: in.From, To: in.To, UserID: user, KeyID: in.KeyID, ChannelID: in.ChannelID, Model: in.Model})
	if err != nil {
		return nil, err
	}
	v := Overview{
		From: o.From, To: o.To, Step: o.Step.Seconds(), Totals: totalsOf(&o.Totals),
		Latency: latencyOf(o.Totals.Duration.Quantile), FirstByte: latencyOf(o.Totals.FirstByte.Quantile),
		Series: make([]Point, len(o.Series)), Models: make([]ModelTotals, len(o.Models)),
	}
	for i, p := range o.Series {
		v.Series[i] = Point{Time: p.Time, Totals: totalsOf(&p.Sums)}
	}
	for i, m := range o.Models {
		v.Models[i] = ModelTotals{Model: m.Model, Totals: totalsOf(&m.Sums)}
	}
	return answer(v), nil
}

func totalsOf(s *monitor.Sums) Totals {
	return Totals{
		Requests: s.Requests, Errors: s.Errors, Canceled: s.Canceled, Unpriced: s.Unpriced, Cost: s.Cost,
		InputTokens: s.Usage.TotalInput(), CachedTokens: s.Usage.CacheRead, OutputTokens: s.Usage.TotalOutput(),
	}
}

func latencyOf(quantile func(float64) float64) Latency {
	return Latency{P50: quantile(0.5), P90: quantile(0.9), P99: quantile(0.99)}
}
