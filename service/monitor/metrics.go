package monitor

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/burncloud/burncloud"
)

// counts are the totals since the start. They are plain numbers under the lock that Record takes anyway,
// and become metrics only when somebody asks.
type counts struct {
	requests                     [len(endpoints) + 1][classes]int64 // last row: an endpoint that is not listed
	faults                       map[burncloud.Kind]int64
	refused                      map[burncloud.Kind]int64
	tokens                       [len(buckets)]int64
	cost                         burncloud.Money
	unpriced                     int64
	duration, first, own, vendor histogram

	dropped, written, failures int64 // of the log
}

// endpoints are the values of the label "endpoint".
var endpoints = [...]burncloud.Endpoint{
	burncloud.EndpointChat, burncloud.EndpointCompletions, burncloud.EndpointEmbeddings, burncloud.EndpointModerations,
	burncloud.EndpointResponses, burncloud.EndpointMessages, burncloud.EndpointGenerate, burncloud.EndpointCountTokens,
	burncloud.EndpointEmbed,
}

// buckets are the values of the label "bucket"; reasoning is a part of output.
var buckets = [...]string{"input", "cache_read", "cache_write_5m", "cache_write_1h", "audio_input", "image_input",
	"output", "reasoning", "audio_output", "image_output"}

// classes are statuses by their first digit; 0 holds what is no status.
const classes = 6

// edges are the upper edges of all histograms in seconds: our own overhead is tens of microseconds, a
// vendor's answer minutes.
var edges = [...]float64{.00002, .00005, .0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 60, 180}

type histogram struct {
	count  uint64
	sum    float64
	counts [len(edges) + 1]uint64
}

func (h *histogram) observe(ms float64) {
	v := ms / 1000
	i := 0
	for i < len(edges) && v > edges[i] {
		i++
	}
	h.counts[i]++
	h.count++
	h.sum += v
}

func (c *counts) add(r *burncloud.Record) {
	e := 0
	for e < len(endpoints) && endpoints[e] != r.Endpoint {
		e++
	}
	class := r.Status / 100
	if class < 0 || class >= classes {
		class = 0
	}
	c.requests[e][class]++
	if r.Fault != "" {
		increment(&c.faults, r.Fault)
	}
	u := &r.Usage
	for i, n := range [...]int64{u.Input, u.CacheRead, u.CacheWrite5m, u.CacheWrite1h, u.AudioInput, u.ImageInput,
		u.Output, u.Reasoning, u.AudioOutput, u.ImageOutput} {
		c.tokens[i] += n
	}
	c.cost = c.cost.Add(r.Cost)
	if !r.CostKnown && r.Fault == "" {
		c.unpriced++
	}
	c.duration.observe(r.Duration)
	c.own.observe(r.Overhead)
	if r.FirstByte > 0 {
		c.first.observe(r.FirstByte)
	}
	for i := range r.Attempts {
		c.vendor.observe(r.Attempts[i].Duration)
	}
}

func (c *counts) refuse(k burncloud.Kind) { increment(&c.refused, k) }

// increment counts under a key. Kinds are a fixed set, so the maps stay small.
func increment(m *map[burncloud.Kind]int64, k burncloud.Kind) {
	if *m == nil {
		*m = map[burncloud.Kind]int64{}
	}
	(*m)[k]++
}

// The metrics.
var (
	requestsDesc = desc("requests_total", "Calls that ended, by endpoint and class of status; 499, a hang-up, is 4xx.", "endpoint", "status_class")
	faultsDesc   = desc("errors_total", "Calls that ended in a fault, by kind.", "kind")
	refusedDesc  = desc("refused_total", "Requests turned away before they became calls, by kind of fault.", "kind")
	tokensDesc   = desc("tokens_total", "Tokens, by bucket; reasoning is a part of output.", "bucket")
	costDesc     = desc("cost_usd_total", "Cost of all calls in US dollars.")
	unpricedDesc = desc("unpriced_requests_total", "Calls that succeeded and whose cost is not known.")
	durationDesc = desc("request_seconds", "Whole calls.")
	firstDesc    = desc("first_byte_seconds", "Time to the first byte for the caller.")
	ownDesc      = desc("overhead_seconds", "The gateway's own share of the time to the first byte.")
	vendorDesc   = desc("upstream_seconds", "Attempts at vendors, each from start to end.")
	inFlightDesc = desc("in_flight", "Calls under way.")
	queueDesc    = desc("log_queue", "Calls that wait to be written to the request log.")
	droppedDesc  = desc("log_dropped_total", "Calls that were not written to the request log.")
	writtenDesc  = desc("log_written_total", "Calls written to the request log.")
	failuresDesc = desc("log_failures_total", "Writes of the request log that failed and were tried again.")
	everyDesc    = []*prometheus.Desc{requestsDesc, faultsDesc, refusedDesc, tokensDesc, costDesc, unpricedDesc, durationDesc, firstDesc, ownDesc, vendorDesc, inFlightDesc, queueDesc, droppedDesc, writtenDesc, failuresDesc}
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("burncloud_"+name, help, labels, nil)
}

// collector shows a Service's counts as metrics.
type collector struct{ s *Service }

func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range everyDesc {
		out <- d
	}
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	n, queue := c.s.snapshot()
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for e := range n.requests {
		name := "other"
		if e < len(endpoints) {
			name = string(endpoints[e])
		}
		for class, v := range n.requests[e] {
			if v > 0 {
				count(requestsDesc, float64(v), name, string(rune('0'+class))+"xx")
			}
		}
	}
	for k, v := range n.faults {
		count(faultsDesc, float64(v), string(k))
	}
	for k, v := range n.refused {
		count(refusedDesc, float64(v), string(k))
	}
	for i, name := range buckets {
		count(tokensDesc, float64(n.tokens[i]), name)
	}
	count(costDesc, float64(n.cost)/float64(burncloud.USD))
	count(unpricedDesc, float64(n.unpriced))
	count(droppedDesc, float64(n.dropped))
	count(writtenDesc, float64(n.written))
	count(failuresDesc, float64(n.failures))
	n.duration.send(out, durationDesc)
	n.first.send(out, firstDesc)
	n.own.send(out, ownDesc)
	n.vendor.send(out, vendorDesc)
	out <- prometheus.MustNewConstMetric(inFlightDesc, prometheus.GaugeValue, float64(c.s.InFlight()))
	out <- prometheus.MustNewConstMetric(queueDesc, prometheus.GaugeValue, float64(queue))
}

func (h *histogram) send(out chan<- prometheus.Metric, d *prometheus.Desc) {
	cumulative, below := map[float64]uint64{}, uint64(0)
	for i, edge := range edges {
		below += h.counts[i]
		cumulative[edge] = below
	}
	out <- prometheus.MustNewConstHistogram(d, h.count, h.sum, cumulative)
}

// snapshot copies the counts, and tells how long the queue is.
func (s *Service) snapshot() (counts, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.faults, c.refused = map[burncloud.Kind]int64{}, map[burncloud.Kind]int64{}
	for k, v := range s.counts.faults {
		c.faults[k] = v
	}
	for k, v := range s.counts.refused {
		c.refused[k] = v
	}
	return c, len(s.pending)
}

func (s *Service) newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Gauge adds a metric burncloud_<name> whose value is asked for on every scrape. A name that ends in
// _total is shown as a counter. It fails when the name is taken or is no name.
func (s *Service) Gauge(name, help string, value func() float64) error {
	if strings.HasSuffix(name, "_total") {
		return s.registry.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "burncloud_" + name, Help: help}, value))
	}
	return s.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "burncloud_" + name, Help: help}, value))
}

// Metrics serves everything in Prometheus' text format.
func (s *Service) Metrics() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// Dropped is how many calls were not written to the request log since the start.
func (s *Service) Dropped() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.dropped
}
