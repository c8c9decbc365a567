package main

import (
	"bufio"
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	FailedBuild string
}

type test struct {
	pkg, name string
	status    string // pass, fail, skip; "" while it has not ended
	output    strings.Builder
	parent    bool // has subtests, which are counted instead
}

// goRun is the state of one stream of events.
type goRun struct {
	tests    map[string]*test
	order    []*test
	packages map[string]*strings.Builder // output outside of tests
	builds   map[string]*strings.Builder // compiler output by import path
}

// goTest counts tests without subtests. A package that fails outside of its tests (a build error, a
// panic, a time-out) is one failure of its own.
func (s *summary) goTest(r io.Reader) error {
	run := &goRun{tests: map[string]*test{}, packages: map[string]*strings.Builder{}, builds: map[string]*strings.Builder{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				run.event(s, e)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	run.finish(s)
	return nil
}

func (run *goRun) event(s *summary, e event) {
	if e.Test != "" {
		run.testEvent(e)
		return
	}
	switch e.Action {
	case "build-output":
		builder(run.builds, e.ImportPath).WriteString(e.Output)
	case "output":
		builder(run.packages, e.Package).WriteString(e.Output)
	case "fail":
		if !run.explained(e.Package) {
			out := builder(run.packages, e.Package).String()
			if e.FailedBuild != "" {
				out += builder(run.builds, e.FailedBuild).String()
			}
			s.failed = append(s.failed, result{"package " + e.Package, out})
		}
	}
}

func (run *goRun) testEvent(e event) {
	key := e.Package + " " + e.Test
	t := run.tests[key]
	if t == nil {
		t = &test{pkg: e.Package, name: e.Test}
		run.tests[key] = t
		run.order = append(run.order, t)
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
			if parent := run.tests[e.Package+" "+e.Test[:i]]; parent != nil {
				parent.parent = true
			}
		}
	}
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.status = e.Action
	}
}

// explained tells whether a failed test accounts for the failure of its package.
func (run *goRun) explained(pkg string) bool {
	for _, t := range run.order {
		if t.pkg == pkg && (t.status == "fail" || t.status == "") {
			return true
		}
	}
	return false
}

// finish counts. A test that never ended was cut off by a panic or a time-out: it failed.
func (run *goRun) finish(s *summary) {
	failedBelow := map[string]bool{}
	for i := len(run.order) - 1; i >= 0; i-- {
		t := run.order[i]
		key := t.pkg + " " + t.name
		if t.status == "fail" || t.status == "" {
			if j := strings.LastIndexByte(key, '/'); j >= 0 {
				failedBelow[key[:j]] = true
			}
		}
	}
	for _, t := range run.order {
		name := t.pkg + " " + t.name
		switch t.status {
		case "pass":
			if !t.parent {
				s.passed++
			}
		case "skip":
			s.skipped = append(s.skipped, result{name, skipReason(t.output.String())})
		default:
			if !failedBelow[name] {
				s.failed = append(s.failed, result{name, t.output.String()})
			}
		}
	}
}

var frame = regexp.MustCompile(`(?m)^\s*(=== |--- |\S+\.go:\d+: )`)

// skipReason is what the test said: its output without the framing of go test.
func skipReason(output string) string {
	for _, line := range strings.Split(output, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") || line == "" {
			continue
		}
		return frame.ReplaceAllString(line, "")
	}
	return ""
}

func builder(m map[string]*strings.Builder, key string) *strings.Builder {
	if m[key] == nil {
		m[key] = &strings.Builder{}
	}
	return m[key]
}
