//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// report is bench/latest.json. CPU is microseconds, memory MB (10⁶ bytes), latency microseconds.
type report struct {
	Time     string  `json:"time"`
	Commit   string  `json:"commit"`
	CPU      string  `json:"cpu"`
	Cores    int     `json:"cores"`
	Go       string  `json:"go"`
	Nginx    string  `json:"nginx"`
	Duration float64 `json:"duration_s"`

	Idle struct {
		Memory float64 `json:"memory_mb"`
	} `json:"idle"`
	Request     Comparison `json:"request_1kb"`
	Event       Comparison `json:"stream_event"`
	Large       Comparison `json:"request_1mb"`
	LoadMemory  float64    `json:"load_memory_mb"`
	LargeMemory float64    `json:"request_1mb_memory_mb"`
	Latency     Latency    `json:"latency"`
	Live        Live       `json:"live_streams"`
	Inside      Inside     `json:"inside"`
}

// Comparison is CPU per request or event, and its ratio to nginx in the same round.
type Comparison struct {
	Nginx         float64   `json:"nginx_us"`
	Ours          float64   `json:"burncloud_us"`
	Fasthttp      float64   `json:"fasthttp_us,omitempty"`
	Ratio         float64   `json:"ratio"`
	Ratios        []float64 `json:"ratios"`
	FasthttpRatio float64   `json:"fasthttp_ratio,omitempty"`
	OursPerSecond float64   `json:"burncloud_per_second"`
}

// Latency is of small requests in an open loop.
type Latency struct {
	Rate      float64 `json:"requests_per_second"`
	DirectP50 float64 `json:"direct_p50_us"`
	DirectP99 float64 `json:"direct_p99_us"`
	OursP50   float64 `json:"burncloud_p50_us"`
	OursP99   float64 `json:"burncloud_p99_us"`
	AddedP50  float64 `json:"added_p50_us"`
	AddedP99  float64 `json:"added_p99_us"`
}

// Live is memory with open streams.
type Live struct {
	Base        float64 `json:"base_mb"`
	At1000      float64 `json:"at_1000_mb"`
	At3000      float64 `json:"at_3000_mb"`
	At3000Later float64 `json:"at_3000_later_mb"`
	PerStream   float64 `json:"per_stream_kb"`
}

// Inside is what the gateway says of itself after the run.
type Inside struct {
	Requests  float64 `json:"requests"`
	Dropped   float64 `json:"log_records_dropped"`
	PauseP50  float64 `json:"gc_pause_p50_us"`
	PauseP999 float64 `json:"gc_pause_p999_us"`
	PauseMax  float64 `json:"gc_pause_max_us"`
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

// describe notes what was measured where.
func (r *report) describe(start time.Time) {
	r.Time, r.Duration = start.UTC().Format(time.RFC3339), round(time.Since(start).Seconds())
	r.Go, r.Cores = runtime.Version(), runtime.NumCPU()
	if b, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		r.Commit = strings.TrimSpace(string(b))
	}
	if b, err := exec.Command("nginx", "-v").CombinedOutput(); err == nil {
		r.Nginx = strings.TrimSpace(strings.TrimPrefix(string(b), "nginx version: "))
	}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(b), "model name\t: "); ok {
			r.CPU, _, _ = strings.Cut(rest, "\n")
		}
	}
}

func (r *report) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// line is one measured thing beside its budget.
type line struct{ what, value, bound string }

func (r *report) lines() []line {
	var out []line
	add := func(what, value, bound string) { out = append(out, line{what, value, bound}) }
	compare := func(what string, c Comparison, bound string) {
		if c.Ours == 0 {
			return
		}
		add(what, fmt.Sprintf("%.2f × nginx (%.1f µs, nginx %.1f µs)", c.Ratio, c.Ours, c.Nginx), bound)
		if c.Fasthttp != 0 {
			add("— a bare fasthttp.Server proxy", fmt.Sprintf("%.2f × nginx (%.1f µs)", c.FasthttpRatio, c.Fasthttp), "")
		}
	}
	compare("CPU per 1 KB request", r.Request, "≤ 1.6 ×")
	compare("CPU per stream event", r.Event, "≤ 1.5 ×")
	compare("CPU per 1 MB request", r.Large, "≤ 1.1 ×")
	if r.Latency.Rate != 0 {
		add("added latency at half load, p50", fmt.Sprintf("%.0f µs at %.0f requests/s", r.Latency.AddedP50, r.Latency.Rate), "≤ 100 µs")
		add("added latency at half load, p99", fmt.Sprintf("%.0f µs (direct %.0f µs)", r.Latency.AddedP99, r.Latency.DirectP99), "≤ 1 ms")
	}
	if r.Idle.Memory != 0 {
		add("idle memory", fmt.Sprintf("%.1f MB with %d channels, %d keys", r.Idle.Memory, channelCount, keyCount), "< 50 MB")
	}
	if r.LoadMemory != 0 {
		add("memory under load", fmt.Sprintf("%.1f MB; with 1 MB requests %.1f MB", r.LoadMemory, r.LargeMemory), "")
	}
	if r.Live.At3000 != 0 {
		add("memory per live stream", fmt.Sprintf("%.0f KB (1,000: %.0f MB, 3,000: %.0f MB, later %.0f MB)", r.Live.PerStream, r.Live.At1000, r.Live.At3000, r.Live.At3000Later), "≤ 48 KB")
	}
	if r.Inside.PauseMax != 0 {
		add("stop-the-world pause, p99.9", fmt.Sprintf("%.0f µs (max %.0f µs)", r.Inside.PauseP999, r.Inside.PauseMax), "≤ 500 µs")
	}
	add("requests served and logged", fmt.Sprintf("%.0f, %.0f log records dropped", r.Inside.Requests, r.Inside.Dropped), "0 dropped")
	return out
}

// where is the machine and the versions that the figures belong to.
func (r *report) where() string {
	return fmt.Sprintf("%s, %d cores, %s, %s, commit %s", r.CPU, r.Cores, r.Go, r.Nginx, r.Commit)
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s, %.0f s\n\n", r.where(), r.Duration)
	for _, l := range r.lines() {
		fmt.Fprintf(w, "%-34s %-50s %s\n", l.what, l.value, l.bound)
	}
}

// The part of the README that holds the last figures.
const (
	tableStart = "<!-- bench -->\n"
	tableEnd   = "<!-- /bench -->\n"
)

// publish puts the table into the README at path.
func (r *report) publish(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), tableStart)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		return fmt.Errorf("%s has no place for the figures: %q … %q", path, tableStart, tableEnd)
	}
	var t strings.Builder
	t.WriteString("| what | measured | budget |\n|---|---|---|\n")
	for _, l := range r.lines() {
		fmt.Fprintf(&t, "| %s | %s | %s |\n", l.what, l.value, l.bound)
	}
	fmt.Fprintf(&t, "\n%s; all processes and the load on the same machine.\n", r.where())
	return os.WriteFile(path, []byte(before+tableStart+t.String()+tableEnd+after), 0o644)
}

// inside reads the gateway's metrics.
func (b *bench) inside() error {
	text, err := get("http://" + b.addr.ours + "/metrics")
	if err != nil {
		return err
	}
	m := parseMetrics(text)
	in := &b.result.Inside
	in.Requests = m.sum("burncloud_requests_total")
	in.Dropped = m.sum("burncloud_log_dropped_total")
	if in.Requests == 0 {
		return fmt.Errorf("no burncloud_requests_total: metering is off")
	}
	const pauses = "go_sched_pauses_total_gc_seconds_bucket"
	in.PauseP50, in.PauseP999, in.PauseMax = m.quantile(pauses, 0.5), m.quantile(pauses, 0.999), m.quantile(pauses, 1)
	if in.PauseMax == 0 { // without that histogram: the longest pause is a bound for all quantiles
		for _, s := range m {
			if s.name == "go_gc_duration_seconds" && strings.Contains(s.labels, `quantile="1"`) {
				in.PauseMax = round(s.value * 1e6)
				in.PauseP999 = in.PauseMax
			}
		}
	}
	return nil
}

// metrics are the samples of a Prometheus text page.
type metrics []sample

type sample struct {
	name, labels string
	value        float64
}

func parseMetrics(text string) metrics {
	var out metrics
	for _, line := range strings.Split(text, "\n") {
		i := strings.LastIndexByte(line, ' ')
		if i < 0 || line[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(line[i+1:], 64)
		if err != nil {
			continue
		}
		name, labels, _ := strings.Cut(line[:i], "{")
		out = append(out, sample{name, labels, v})
	}
	return out
}

func (m metrics) sum(name string) float64 {
	var total float64
	for _, s := range m {
		if s.name == name {
			total += s.value
		}
	}
	return total
}

// quantile is the upper bound, in microseconds, of the bucket that holds the quantile q.
func (m metrics) quantile(name string, q float64) float64 {
	total := m.sum(strings.TrimSuffix(name, "_bucket") + "_count")
	for _, s := range m {
		if s.name != name || s.value < total*q || total == 0 {
			continue
		}
		_, rest, _ := strings.Cut(s.labels, `le="`)
		le, _, _ := strings.Cut(rest, `"`)
		if v, err := strconv.ParseFloat(le, 64); err == nil && !math.IsInf(v, 1) {
			return round(v * 1e6)
		}
	}
	return 0
}
