package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sum(t *testing.T, files map[string]string) (string, *summary) {
	t.Helper()
	var paths []string
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	s, err := read(paths)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	s.print(&b)
	return b.String(), s
}

// TestGoEvents holds one stream with every way a test can end.
func TestGoEvents(t *testing.T) {
	got, _ := sum(t, map[string]string{"go.json": `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestB/one"}
{"Action":"output","Package":"p","Test":"TestB/one","Output":"    x_test.go:3: it broke\n"}
{"Action":"fail","Package":"p","Test":"TestB/one"}
{"Action":"pass","Package":"p","Test":"TestB/two"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    y_test.go:9: no server here\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"--- SKIP: TestC (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
{"Action":"output","Package":"q","Test":"TestHangs","Output":"panic: test timed out\n"}
{"Action":"run","Package":"q","Test":"TestHangs"}
{"Action":"fail","Package":"q"}
{"ImportPath":"r","Action":"build-output","Output":"r.go:1: syntax error\n"}
{"Action":"output","Package":"r","Output":"FAIL\tr [build failed]\n"}
{"Action":"fail","Package":"r","FailedBuild":"r"}
{"Action":"pass","Package":"s"}
not json at all
`})
	for _, want := range []string{
		"FAILED p TestB/one\n    x_test.go:3: it broke\n", "FAILED q TestHangs\n    panic: test timed out\n",
		"FAILED package r\n", "r.go:1: syntax error", "SKIPPED 1 (no server here): p TestC\n",
		"2 passed, 3 failed, 1 skipped\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "FAILED p TestB\n") || strings.Contains(got, "FAILED package p") {
		t.Errorf("a failure is counted twice:\n%s", got)
	}
}

func TestJUnitAndChecks(t *testing.T) {
	got, _ := sum(t, map[string]string{
		"web.xml": `<?xml version="1.0"?><testsuites><testsuite name="a"><testsuite name="b">
<testcase name="x" classname="c"/><testcase name="y" classname="c"><failure message="boom">at line 3</failure></testcase></testsuite>
<testcase name="z"><skipped message="no browser"/></testcase></testsuite><testcase name="top"/></testsuites>`,
		"check.tsv": "pass\tgofmt\nfail\tgo vet\nskip\tsdk: no node here\n",
	})
	for _, want := range []string{
		"FAILED c y\n    boom\n    at line 3\n", "FAILED go vet\n", "SKIPPED 1 (no browser): z\n",
		"SKIPPED 1 (no node here): sdk\n", "3 passed, 2 failed, 2 skipped\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.tsv": "maybe\tx\n", "b.xml": "<testsuites>", "c.txt": ""} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read([]string{path}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := read([]string{filepath.Join(dir, "none.json")}); err == nil {
		t.Error("a missing file was accepted")
	}
}
