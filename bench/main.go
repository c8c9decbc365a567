//go:build linux

// Command bench measures BurnCloud from outside, against nginx and a bare fasthttp.Server proxy in the
// same run on the same machine. Ratios hold between machines, absolute figures do not.
//
// It starts every process itself, all on loopback: nginx as the vendor and as bare proxy, a paced
// event-stream vendor, a bare fasthttp proxy (both are this program again, with an argument), and the
// real gateway with everything on: authentication, routing, metering, ledger and request log on SQLite,
// 100 channels and 1,000 keys. CPU is user+system time of the measured processes from /proc. Compared
// targets are measured in alternating rounds; the median of the rounds counts.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "paced": // bench paced ADDR
			fatal(paced(os.Args[2]))
		case "proxy": // bench proxy ADDR VENDOR PACED
			fatal(bareProxy(os.Args[2], os.Args[3], os.Args[4]))
		}
	}
	var b bench
	flag.StringVar(&b.binary, "bin", "bin/burncloud", "the gateway to measure")
	flag.StringVar(&b.output, "o", "bench/out/last.json", "where the figures go")
	flag.StringVar(&b.readme, "readme", "", "a README whose table is rewritten too")
	flag.IntVar(&b.rounds, "rounds", 3, "alternating rounds of each comparison")
	flag.DurationVar(&b.span, "span", 3*time.Second, "length of one round")
	only := flag.String("only", "idle,json,stream,large,latency,live", "which measurements to take")
	flag.Parse()
	b.only = strings.Split(*only, ",")
	if err := b.run(); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// bench is one run.
type bench struct {
	binary, output string
	readme         string
	rounds         int
	span           time.Duration
	only           []string

	dir    string
	procs  []*process
	addr   addresses
	nginx  *process
	bare   *process
	ours   *process
	result report
}

// addresses are the loopback ports of the run.
type addresses struct{ vendor, paced, nginx, bare, ours string }

func (b *bench) run() error {
	for _, tool := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed (on Debian: nginx-light, wrk)", tool)
		}
	}
	dir, err := os.MkdirTemp("", "burncloud-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	defer b.stopAll()
	start := time.Now()
	if err := b.startAll(); err != nil {
		return err
	}
	for _, m := range []struct {
		name string
		take func() error
	}{
		{"idle", b.idle}, {"json", b.json}, {"stream", b.stream}, {"large", b.large},
		{"latency", b.latency}, {"live", b.live},
	} {
		if !slices.Contains(b.only, m.name) {
			continue
		}
		if err := m.take(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if err := b.inside(); err != nil {
		return fmt.Errorf("metrics of the gateway: %w", err)
	}
	b.result.describe(start)
	b.result.print(os.Stdout)
	if b.readme != "" {
		if err := b.result.publish(b.readme); err != nil {
			return err
		}
	}
	return b.result.write(b.output)
}

// startAll starts vendors and proxies and sees that each answers rightly.
func (b *bench) startAll() error {
	for _, p := range []*string{&b.addr.vendor, &b.addr.paced, &b.addr.nginx, &b.addr.bare, &b.addr.ours} {
		addr, err := freeAddress()
		if err != nil {
			return err
		}
		*p = addr
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := b.writeNginx(); err != nil {
		return err
	}
	if err := b.writeGateway(); err != nil {
		return err
	}
	gateway, err := filepath.Abs(b.binary)
	if err != nil {
		return err
	}
	if _, err := b.start("vendor", "nginx", "-p", b.dir, "-c", b.path("vendor.conf"), "-e", b.path("vendor.log")); err != nil {
		return err
	}
	if _, err := b.start("paced", self, "paced", b.addr.paced); err != nil {
		return err
	}
	if b.nginx, err = b.start("nginx", "nginx", "-p", b.dir, "-c", b.path("proxy.conf"), "-e", b.path("proxy.log")); err != nil {
		return err
	}
	if b.bare, err = b.start("fasthttp", self, "proxy", b.addr.bare, b.addr.vendor, b.addr.paced); err != nil {
		return err
	}
	if b.ours, err = b.start("burncloud", gateway, "serve", "--config", b.path("burncloud.yaml")); err != nil {
		return err
	}
	return b.checkAll()
}

// checkAll sees that every target answers rightly before it is measured.
func (b *bench) checkAll() error {
	nginx, bare, ours := b.targets()
	for _, t := range []target{b.direct(), nginx, bare, ours} {
		if err := check(t.plainURL(), small, `"total_tokens":290`); err != nil {
			return err
		}
		if t.addr == b.addr.vendor {
			continue // nginx as a vendor has no streams
		}
		short := streamBody("paced-3-1ms")
		if t.addr == b.addr.ours {
			short = streamBody(t.stream)
		}
		if err := check("http://"+t.addr+t.streamPath(), short, "data: [DONE]"); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// median of an odd or even number of values.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
