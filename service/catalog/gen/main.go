// Command gen makes service/catalog/models.txt from a list of facts about models.
//
//	go run ./service/catalog/gen -source facts.json -out service/catalog/models.txt
//
// The source is JSON: {"made_on", "providers": [{"id", "kind"}], "models": [{"id", "provider", "kind",
// "status", "aliases", "context_window", "price": {…}, "context_tiers": […], …}]}, prices as decimal
// strings in USD per 1,000,000 tokens. Only what the gateway uses is kept; see package catalog for the
// form of the result. What gen leaves out or adds is listed at keep and at oneHour.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
)

type source struct {
	MadeOn    string `json:"made_on"`
	Providers []struct{ ID, Kind string }
	Models    []model
}

type model struct {
	ID, Provider, Kind, Status    string
	Released, Deprecated, Retires string
	Aliases                       []string
	ContextWindow                 int64 `json:"context_window"`
	MaxInput                      int64 `json:"max_input"`
	MaxOutput                     int64 `json:"max_output"`
	Capabilities                  map[string]bool
	Price                         map[string]string
	Tiers                         []tier `json:"context_tiers"`
	AsOf                          string `json:"as_of"`
	ConfirmedBy                   int    `json:"confirmed_by"`
}

type tier struct {
	Above int64 `json:"above_input_tokens"`
	Price map[string]string
}

// rates are the prices that are kept and their short names, in the order they are written. A write to
// a cache of no named lifetime shares the bucket of five minutes, as burncloud.Usage says.
var rates = []struct{ long, short string }{
	{"input", "in"}, {"output", "out"}, {"cache_read", "cr"}, {"cache_write_5m", "cw5"}, {"cache_write", "cw5"},
	{"cache_write_1h", "cw1"}, {"reasoning", "rs"}, {"audio_input", "ai"}, {"audio_output", "ao"},
	{"image_input", "ii"}, {"image_output", "io"},
}

// letters are the capabilities that are kept.
var letters = []struct{ name, letter string }{
	{"tools", "t"}, {"parallel_tools", "p"}, {"json_schema", "j"}, {"reasoning", "r"}, {"vision", "v"},
	{"audio_input", "a"}, {"audio_output", "o"}, {"video_input", "m"}, {"pdf_input", "d"},
	{"prompt_cache", "c"}, {"web_search", "w"}, {"computer_use", "u"}, {"open_weights", "f"},
}

func main() {
	from := flag.String("source", "", "the JSON file of facts")
	to := flag.String("out", "service/catalog/models.txt", "the file to write")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var src source
	if err := json.Unmarshal(raw, &src); err != nil {
		return err
	}
	vendor := map[string]bool{}
	for _, p := range src.Providers {
		vendor[p.ID] = p.Kind == "vendor"
	}
	var lines []string
	for i := range src.Models {
		m := &src.Models[i]
		if !keep(m, vendor[m.Provider]) {
			continue
		}
		facts, err := m.facts()
		if err != nil {
			return fmt.Errorf("%s %s: %w", m.Provider, m.ID, err)
		}
		lines = append(lines, m.ID+"\t"+m.Provider+"\t"+facts)
		for _, a := range m.Aliases {
			lines = append(lines, a+"\t"+m.Provider+"\t="+m.ID)
		}
	}
	if err := order(lines); err != nil {
		return err
	}
	return write(to, src.MadeOn, lines)
}

// keep leaves out what no list sells any more, except at the vendors themselves, whose retired models
// live on at hosts and under old channel configurations, and entries without an id.
func keep(m *model, vendor bool) bool {
	if m.ID == "" {
		return false
	}
	return vendor || m.Status != "unlisted" && m.Status != "retired"
}

// order sorts by id and provider, and refuses ids that the form cannot carry or that stand twice.
func order(lines []string) error {
	slices.Sort(lines)
	last := ""
	for _, l := range lines {
		id, rest, _ := strings.Cut(l, "\t")
		prov, _, _ := strings.Cut(rest, "\t")
		if key := id + "\t" + prov; key == last {
			return fmt.Errorf("%q stands twice", key)
		} else {
			last = key
		}
		if id == "" || strings.Count(l, "\t") != 2 || strings.ContainsAny(l, "\r\n") || id[0] == '#' {
			return fmt.Errorf("%q cannot be written", l)
		}
	}
	return nil
}

func write(to, madeOn string, lines []string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "# Models and prices as known on %s. Made by service/catalog/gen; do not edit: override prices in the configuration.\n", madeOn)
	for _, l := range lines {
		fmt.Fprintln(w, l)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// facts is the third column.
func (m *model) facts() (string, error) {
	out := []string{m.Kind}
	text := func(name, v string) {
		if v != "" {
			out = append(out, name+"="+v)
		}
	}
	number := func(name string, n int64) {
		if n > 0 {
			out = append(out, fmt.Sprintf("%s=%d", name, n))
		}
	}
	if m.Status != "active" {
		text("st", m.Status)
	}
	number("ctx", m.ContextWindow)
	number("maxin", m.MaxInput)
	number("maxout", m.MaxOutput)
	caps := ""
	for _, l := range letters {
		if m.Capabilities[l.name] {
			caps += l.letter
		}
	}
	text("cap", caps)
	text("rel", m.Released)
	text("dep", m.Deprecated)
	text("ret", m.Retires)
	if m.priced() {
		price, err := m.price()
		if err != nil {
			return "", err
		}
		out = append(out, price...)
	}
	return strings.Join(out, " "), nil
}

// priced: a price is one only if it covers what the model takes and writes. Kinds that write no tokens
// need no output price.
func (m *model) priced() bool {
	_, in := m.Price["input"]
	_, out := m.Price["output"]
	silent := m.Kind == "embedding" || m.Kind == "rerank" || m.Kind == "moderation"
	return in && (out || silent)
}

func (m *model) price() ([]string, error) {
	out := []string{fmt.Sprintf("n=%d", m.ConfirmedBy), "asof=" + m.AsOf}
	base, err := group(m.Price)
	if err != nil {
		return nil, err
	}
	out = append(out, base...)
	slices.SortFunc(m.Tiers, func(a, b tier) int { return int(a.Above - b.Above) })
	for _, t := range m.Tiers {
		tier, err := group(t.Price)
		if err != nil {
			return nil, err
		}
		out = append(append(out, fmt.Sprintf("above=%d", t.Above)), tier...)
	}
	return out, nil
}

// group writes one set of rates.
func group(price map[string]string) ([]string, error) {
	oneHour(price)
	var out []string
	seen := map[string]bool{}
	for _, r := range rates {
		v, ok := price[r.long]
		if !ok || seen[r.short] {
			continue
		}
		rate, err := burncloud.ParseRate(v)
		if err != nil {
			return nil, err
		}
		seen[r.short] = true
		out = append(out, r.short+"="+rate.String())
	}
	return out, nil
}

// oneHour adds the price of a write to a one-hour cache where the list names only that of five minutes,
// or one that is lower. cache_write_5m stands at Claude models alone, and there the vendor charges twice
// the input price for the hour (143 of the 146 entries that name both agree, the others contradict
// themselves); without this rule such writes would be billed too low.
func oneHour(price map[string]string) {
	five, err := burncloud.ParseRate(price["cache_write_5m"])
	if err != nil {
		return
	}
	if hour, err := burncloud.ParseRate(price["cache_write_1h"]); err == nil && hour >= five {
		return
	}
	if in, err := burncloud.ParseRate(price["input"]); err == nil {
		price["cache_write_1h"] = (2 * in).String()
	}
}
