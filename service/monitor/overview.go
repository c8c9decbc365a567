package monitor

import (
	"context"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Window chooses what an overview sums up. Keys are summed by the hour only.
type Window = store.UsageFilter

// Sums are totals over calls, with histograms of their latencies.
type Sums = store.Sums

// Point is one step of a series.
type Point = store.UsagePoint

// ModelUsage is the sums of one model.
type ModelUsage = store.ModelUsage

// Overview is what happened in a window.
type Overview struct {
	From, To time.Time
	Step     time.Duration
	Totals   Sums
	Series   []Point // every step of the window, oldest first, also those without calls
	Models   []ModelUsage
}

// topModels is how many models an overview names.
const topModels = 10

// mostSteps keeps a series drawable.
const mostSteps = 100

// steps are the lengths a series may have.
var steps = [...]time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// Overview sums up a window. To is now when it is zero or later than that, From is 24 hours before To when
// it is zero; both are cut to the step of the sums, as the result says.
func (s *Service) Overview(ctx context.Context, w Window) (Overview, error) {
	now := s.o.Now()
	if w.To.IsZero() || w.To.After(now) {
		w.To = now
	}
	if w.From.IsZero() {
		w.From = w.To.Add(-24 * time.Hour)
	}
	if !w.From.Before(w.To) {
		f := burncloud.Faultf(burncloud.Invalid, "from must be before to")
		f.Param = "from"
		return Overview{}, f
	}
	s.sync(ctx)
	step := steps[len(steps)-1]
	for i := len(steps) - 1; i >= 0 && w.To.Sub(w.From) <= mostSteps*steps[i]; i-- {
		step = steps[i]
	}
	points, step, err := s.log.Series(ctx, w, step, now)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{From: w.From, To: w.To, Step: step, Series: fill(points, w.From, w.To, step)}
	for i := range points {
		o.Totals.Add(&points[i].Sums)
	}
	o.Models, err = s.log.TopModels(ctx, w, topModels, now)
	return o, err
}

// fill adds the steps without calls.
func fill(points []Point, from, to time.Time, step time.Duration) []Point {
	seconds := int64(step / time.Second)
	out := []Point{}
	for t := from.Unix() - from.Unix()%seconds; t < to.Unix(); t += seconds {
		p := Point{Time: time.Unix(t, 0).UTC()}
		if len(points) > 0 && points[0].Time.Equal(p.Time) {
			p, points = points[0], points[1:]
		}
		out = append(out, p)
	}
	return out
}
