package sse

import (
	"bytes"
	"strings"
	"testing"
)

type event struct{ name, data string }

// run cuts in into pieces of step bytes and returns the events and, glued together, what came out.
func run(in string, step, limit int) (events []event, out string, s *Splitter) {
	s = &Splitter{Max: limit}
	var p Parser
	for b := []byte(in); len(b) > 0; {
		n := min(step, len(b))
		for rest := b[:n:n]; ; {
			piece, next, ok := s.Next(rest)
			if !ok {
				break
			}
			out += string(piece.Raw)
			if piece.Kind == Whole {
				if name, data := p.Parse(piece.Raw); data != nil || name != nil {
					events = append(events, event{string(name), string(data)})
				}
			}
			rest = next
		}
		b = b[n:]
	}
	return events, out + string(s.Rest()), s
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []event
	}{
		{"lf", "data: a\n\ndata: b\n\n", []event{{"", "a"}, {"", "b"}}},
		{"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", []event{{"", "a"}, {"", "b"}}},
		{"cr", "data: a\r\rdata: b\r\r", []event{{"", "a"}, {"", "b"}}},
		{"mixed", "data: a\n\r\ndata: b\r\n\ndata: c\r\n\rdata: d\n\n", []event{{"", "a"}, {"", "b"}, {"", "c"}, {"", "d"}}},
		{"name", "event: e\ndata: a\n\n", []event{{"e", "a"}}},
		{"name alone", "event: e\n\ndata: a\n\n", []event{{"e", ""}, {"", "a"}}},
		{"no space", "event:e\ndata:a\n\n", []event{{"e", "a"}}},
		{"two spaces", "data:  a\n\n", []event{{"", " a"}}},
		{"lines", "data: a\ndata: b\ndata:\ndata: c\n\n", []event{{"", "a\nb\n\nc"}}},
		{"lines crlf", "data: a\r\ndata: b\r\n\r\n", []event{{"", "a\nb"}}},
		{"lines cr", "data: a\rdata: b\r\r", []event{{"", "a\nb"}}},
		{"comments", ": x\n\n:\n\n: y\ndata: a\n: z\n\n", []event{{"", "a"}}},
		{"other fields", "id: 1\nretry: 5\nfoo\ndatax: no\ndata: a\n\n", []event{{"", "a"}}},
		{"colons in data", "data: {\"a\": 1}\n\n", []event{{"", `{"a": 1}`}}},
		{"blank lines", "\n\n\r\ndata: a\n\n\n\n\n", []event{{"", "a"}}},
		{"byte order mark", "\xef\xbb\xbfdata: a\n\n", []event{{"", "a"}}},
		{"bare document", "{\"error\": {\n \"a\": 1}}\n\n", []event{{"", "{\"error\": {\n \"a\": 1}}"}}},
		{"no end", "data: a\n\ndata: b\n", []event{{"", "a"}}},
	} {
		for _, step := range []int{1, 2, 3, 5, 1000} {
			got, out, _ := run(c.in, step, 1000)
			if out != c.in {
				t.Errorf("%s by %d: %q came out of %q", c.name, step, out, c.in)
			}
			if len(got) != len(c.want) {
				t.Errorf("%s by %d: %q, want %q", c.name, step, got, c.want)
				continue
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("%s by %d: %q, want %q", c.name, step, got, c.want)
				}
			}
		}
	}
}

func TestLargeEventIsNotHeld(t *testing.T) {
	in := "data: a\n\ndata: " + strings.Repeat("x", 5000) + "\n\ndata: b\n\n"
	for _, step := range []int{1, 7, 100, 999, 1 << 20} {
		events, out, s := run(in, step, 100)
		if out != in {
			t.Errorf("by %d: other bytes", step)
		}
		if cap(s.held) > 256 {
			t.Errorf("by %d: %d bytes held", step, cap(s.held))
		}
		if n := len(events); events[0].data != "a" || events[n-1].data != "b" {
			t.Errorf("by %d: %.100q", step, events)
		}
	}
}

func TestWholeEventsAreNotCopied(t *testing.T) {
	s := &Splitter{Max: 100}
	in := []byte("data: a\n\ndata: b\n\n")
	piece, rest, ok := s.Next(in)
	if !ok || piece.Held || &piece.Raw[0] != &in[0] || len(rest) != 9 {
		t.Fatal(piece, rest, ok)
	}
}

func TestReset(t *testing.T) {
	s := &Splitter{Max: 100}
	s.Next([]byte("data: half"))
	s.Reset()
	if piece, _, ok := s.Next([]byte("data: a\n\n")); !ok || string(piece.Raw) != "data: a\n\n" {
		t.Fatal(piece, ok)
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("event: e\ndata: a\r\n\r\ndata: b\r\rdata: c\n\n: x\n\n"), uint8(3), uint8(20))
	f.Fuzz(func(t *testing.T, in []byte, step, limit uint8) {
		whole, out, _ := run(string(in), len(in)+1, 1<<20)
		if out != string(in) {
			t.Fatalf("%q came out of %q", out, in)
		}
		parts, out, _ := run(string(in), int(step)+1, 1<<20)
		if out != string(in) || len(whole) != len(parts) {
			t.Fatalf("%q: %q in pieces, whole %q", in, parts, whole)
		}
		for i := range whole {
			if whole[i] != parts[i] {
				t.Fatalf("%q: %q in pieces, whole %q", in, parts, whole)
			}
		}
		_, out, s := run(string(in), int(step)+1, int(limit))
		if out != string(in) {
			t.Fatalf("with a limit of %d, %q came out of %q", limit, out, in)
		}
		if len(s.held) > int(limit)+int(step)+1 {
			t.Fatalf("%d bytes held, limit %d", len(s.held), limit)
		}
	})
}

func BenchmarkEvent(b *testing.B) {
	in := []byte("event: content_block_delta\ndata: " + strings.Repeat("x", 250) + "\n\n")
	s, p := Splitter{Max: 1000}, Parser{}
	b.ReportAllocs()
	for b.Loop() {
		piece, _, ok := s.Next(in)
		if name, data := p.Parse(piece.Raw); !ok || len(name) != 19 || len(data) != 250 || !bytes.Equal(piece.Raw, in) {
			b.Fatal("not read")
		}
	}
}
