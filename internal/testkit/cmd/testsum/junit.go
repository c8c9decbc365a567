package main

import (
	"encoding/xml"
	"io"
	"strings"
)

// junitSuite is a <testsuites> or <testsuite>: both nest suites and cases.
type junitSuite struct {
	Name   string       `xml:"name,attr"`
	Suites []junitSuite `xml:"testsuite"`
	Cases  []junitCase  `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Class     string        `xml:"classname,attr"`
	Failures  []junitDetail `xml:"failure"`
	Errors    []junitDetail `xml:"error"`
	Skipped   *junitDetail  `xml:"skipped"`
	SystemOut string        `xml:"system-out"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junit counts the cases of a report of vitest, Playwright or node --test.
func (s *summary) junit(r io.Reader) error {
	var root junitSuite
	if err := xml.NewDecoder(r).Decode(&root); err != nil {
		return err
	}
	s.suite(&root)
	return nil
}

func (s *summary) suite(u *junitSuite) {
	for i := range u.Suites {
		s.suite(&u.Suites[i])
	}
	for _, c := range u.Cases {
		name := strings.TrimSpace(c.Class + " " + c.Name)
		switch bad := append(c.Failures, c.Errors...); {
		case len(bad) > 0:
			out := c.SystemOut
			for _, d := range bad {
				out += "\n" + d.Message + "\n" + d.Text
			}
			s.failed = append(s.failed, result{name, out})
		case c.Skipped != nil:
			s.skipped = append(s.skipped, result{name, c.Skipped.Message + c.Skipped.Text})
		default:
			s.passed++
		}
	}
}
