package main

import (
	"bytes"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	table := newTable("NAME", "N", "LAST")
	table.row("alice", "1", "x")
	table.row("张伟", "22", "")
	table.row("a\x1b[31mb\nc", "3", "z")
	var b bytes.Buffer
	if err := table.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "NAME     N   LAST\nalice    1   x\n张伟     22  \na[31mbc  3   z\n"
	if b.String() != want {
		t.Errorf("got\n%q, want\n%q", b.String(), want)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 5, "abc  "}, {"abcdef", 5, "abcd…"}, {"张伟张伟", 6, "张伟… "}, {"", 3, "   "}, {"张伟", 4, "张伟"},
	} {
		if got := fit(c.in, c.n); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
		if columns(fit(c.in, c.n)) != c.n {
			t.Errorf("fit(%q, %d) takes %d places", c.in, c.n, columns(fit(c.in, c.n)))
		}
	}
}

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	c := &cli{now: func() time.Time { return now }}
	for _, x := range []struct {
		in        string
		direction int
		want      time.Time
	}{
		{"720h", 1, now.Add(720 * time.Hour)}, {"30d", 1, now.AddDate(0, 0, 30)}, {"1h", -1, now.Add(-time.Hour)}, {"7d", -1, now.AddDate(0, 0, -7)},
		{"2030-12-31T10:00:00Z", 1, time.Date(2030, 12, 31, 10, 0, 0, 0, time.UTC)}, {"2030-12-31", 1, time.Date(2030, 12, 31, 0, 0, 0, 0, time.Local)},
		{"", 1, time.Time{}}, {"0d", 1, time.Time{}}, {"-1d", 1, time.Time{}}, {"-1h", 1, time.Time{}}, {"1", 1, time.Time{}}, {"soon", 1, time.Time{}}, {"1 d", 1, time.Time{}},
	} {
		got, err := c.parseTime(x.in, x.direction)
		if (err != nil) != x.want.IsZero() || err == nil && !got.Equal(x.want) {
			t.Errorf("parseTime(%q, %d) = %v, %v; want %v", x.in, x.direction, got, err, x.want)
		}
	}
}
