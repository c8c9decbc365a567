package app

import "github.com/burncloud/burncloud/service/billing"

// gauges adds to /metrics what the parts know about themselves.
func (a *App) gauges() error {
	lag := func(read func(billing.Lag) float64) func() float64 {
		return func() float64 { return read(a.billing.Lag()) }
	}
	for _, g := range []struct {
		name, help string
		value      func() float64
	}{
		{"connections", "Open client connections, control plane included.", func() float64 { return float64(a.listener.Stats().Connections) }},
		{"connections_refused_total", "Connections turned away at the cap.", func() float64 { return float64(a.listener.Stats().Refused) }},
		{"request_body_bytes", "Request bodies in memory.", func() float64 { return float64(a.listener.Stats().BodyBytes) }},
		{"upstream_connections", "Open connections to vendors.", func() float64 { return float64(a.upstream.Stats().Open) }},
		{"upstream_connections_idle", "Idle connections to vendors.", func() float64 { return float64(a.upstream.Stats().Idle) }},
		{"journal_lag_bytes", "Money movements in the journal that are not in the database yet.", lag(func(l billing.Lag) float64 { return float64(l.Bytes) })},
		{"charges_pending", "Charges that could be written nowhere so far; above 0 is an alarm.", lag(func(l billing.Lag) float64 { return float64(l.Waiting) })},
	} {
		if err := a.monitor.Gauge(g.name, g.help, g.value); err != nil {
			return err
		}
	}
	return nil
}
