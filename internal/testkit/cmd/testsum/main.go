// Command testsum adds up test results: `go test -json` output (*.json), JUnit reports (*.xml) and
// lists of checks (*.tsv, one "pass<TAB>name" a line). It shows each failure with its output and each
// skipped test with its reason, and ends with the line "N passed, N failed, N skipped". It exits with 1 when
// something failed, and with 2 when it cannot tell: no file, an unreadable one, or nothing that passed.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testsum FILE…")
		os.Exit(2)
	}
	sum, err := read(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	sum.print(os.Stdout)
	switch {
	case len(sum.failed) > 0:
		os.Exit(1)
	case sum.passed == 0:
		os.Exit(2)
	}
}

// result is one test that did not simply pass.
type result struct {
	name   string
	output string // of a failure; of a skipped test the reason
}

// summary is what the files add up to.
type summary struct {
	passed  int
	failed  []result
	skipped []result
}

func read(paths []string) (*summary, error) {
	s := &summary{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		switch filepath.Ext(path) {
		case ".json":
			err = s.goTest(f)
		case ".xml":
			err = s.junit(f)
		case ".tsv":
			err = s.checks(f)
		default:
			err = fmt.Errorf("no known kind of results")
		}
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return s, nil
}

// checks reads "pass<TAB>name", "fail<TAB>name" or "skip<TAB>name: reason" a line.
func (s *summary) checks(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		status, name, ok := strings.Cut(lines.Text(), "\t")
		switch {
		case ok && status == "pass":
			s.passed++
		case ok && status == "fail":
			s.failed = append(s.failed, result{name: name})
		case ok && status == "skip":
			name, why, _ := strings.Cut(name, ": ")
			s.skipped = append(s.skipped, result{name, why})
		default:
			return fmt.Errorf("bad line %q", lines.Text())
		}
	}
	return lines.Err()
}

// maxOutput bounds what is shown of one failure; the end matters most.
const maxOutput = 8000

func (s *summary) print(w io.Writer) {
	for _, f := range s.failed {
		fmt.Fprintf(w, "FAILED %s\n", f.name)
		out := strings.TrimSpace(f.output)
		if len(out) > maxOutput {
			out = "…" + out[len(out)-maxOutput:]
		}
		if out != "" {
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(out, "\n", "\n    "))
		}
	}
	s.printSkipped(w)
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.passed, len(s.failed), len(s.skipped))
}

// printSkipped names skipped tests by their reason, so that one missing server is one line.
func (s *summary) printSkipped(w io.Writer) {
	var reasons []string
	names := map[string][]string{}
	for _, r := range s.skipped {
		why := strings.TrimSpace(r.output)
		if why == "" {
			why = "no reason given"
		}
		if names[why] == nil {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], r.name)
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "SKIPPED %d (%s): %s\n", len(names[why]), why, strings.Join(names[why], ", "))
	}
}
