package prototest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/testkit"
	"github.com/burncloud/burncloud/protocol"
)

// Replay feeds a reply to a tap: whole, by line, byte by byte, and in a few odd sizes. It fails the test
// when these differ in what was read or in what the client gets, and returns both.
func Replay(t testing.TB, c protocol.Codec, p *protocol.Peek, hide bool, body []byte) (protocol.Reading, []byte) {
	t.Helper()
	whole, shown := feed(c.Tap(p, hide), body, len(body))
	reused := c.Tap(p, hide)
	for _, step := range []int{byLine, 1, 2, 3, 13, 100, 1000} {
		reused.Reset()
		got, out := feed(reused, body, step)
		if a, b := describe(&whole), describe(&got); !bytes.Equal(a, b) {
			t.Errorf("cut by %d: read\n%s\nbut whole\n%s", step, b, a)
		}
		if !bytes.Equal(out, shown) {
			t.Errorf("cut by %d: the client gets\n%q\nbut whole\n%q", step, out, shown)
		}
	}
	if !hide && !bytes.Equal(shown, body) {
		t.Errorf("the client gets other bytes than the vendor sent:\n%q\nwant\n%q", shown, body)
	}
	return whole, shown
}

const byLine = -1

func feed(tap protocol.Tap, body []byte, step int) (protocol.Reading, []byte) {
	var out []byte
	for len(body) > 0 {
		n := min(step, len(body))
		if step == byLine {
			if n = bytes.IndexByte(body, '\n') + 1; n == 0 {
				n = len(body)
			}
		}
		out = append(out, tap.Write(body[:n:n])...)
		body = body[n:]
	}
	out = append(out, tap.Close()...)
	return *tap.Reading(), out
}

// Golden replays each testdata/*.reply and compares what was read, as JSON, with the golden file beside
// it.
func Golden(t *testing.T, c protocol.Codec, peek func(name string) *protocol.Peek) {
	files, err := filepath.Glob("testdata/*.reply")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata/*.reply", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".reply")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := Replay(t, c, peek(name), false, body)
			testkit.Golden(t, "testdata/"+name+".golden", describe(&r))
		})
	}
}

// describe is a Reading as text.
func describe(r *protocol.Reading) []byte {
	type fault struct {
		Kind       burncloud.Kind
		Message    string
		Status     int
		VendorCode string `json:",omitempty"`
		RetryAfter string `json:",omitempty"`
	}
	view := struct {
		Usage                           burncloud.Usage
		HasUsage, Final, Ended, Started bool
		TextBytes                       int64
		Fault                           *fault `json:",omitempty"`
	}{r.Usage, r.HasUsage, r.Final, r.Ended, r.Started, r.TextBytes, nil}
	if f := r.Fault; f != nil {
		view.Fault = &fault{Kind: f.Kind, Message: f.Message, Status: f.VendorStatus, VendorCode: f.VendorCode}
		if f.RetryAfter > 0 {
			view.Fault.RetryAfter = f.RetryAfter.String()
		}
	}
	out, err := json.MarshalIndent(view, "", "  ")
	if err != nil {
		panic(err) // a struct of plain fields always marshals
	}
	return append(out, '\n')
}

// Fuzz is the body of a fuzz target for a codec's tap: nothing panics, what is read does not depend on
// how the bytes are cut (but for events beyond what a tap holds, which it reads in another way), without
// hide the client gets the vendor's bytes, and with it no more than them.
func Fuzz(f *testing.F, c protocol.Codec, p *protocol.Peek) {
	files, err := filepath.Glob("testdata/*.reply")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, uint16(7), true)
		f.Add(body, uint16(300), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, step uint16, hide bool) {
		a, shown := feed(c.Tap(p, hide), body, len(body))
		b, parts := feed(c.Tap(p, hide), body, int(step)+1)
		if a.Fault != nil && b.Fault != nil {
			a.Fault, b.Fault = nil, nil
		}
		if a != b && len(body) <= 16<<10 && !brokenJSON(body) {
			t.Fatalf("cut by %d: %+v, whole %+v", step+1, b, a)
		}
		if !bytes.Equal(shown, parts) {
			t.Fatalf("cut by %d: the client gets %q, whole %q", step+1, parts, shown)
		}
		if !hide && !bytes.Equal(shown, body) {
			t.Fatalf("the client gets %q, the vendor sent %q", shown, body)
		}
		if !within(shown, body) {
			t.Fatalf("the client gets %q, which is not a part of %q", shown, body)
		}
	})
}

// Bench measures what one event costs that comes again and again.
func Bench(b *testing.B, c protocol.Codec, p *protocol.Peek, event string) {
	tap, body := c.Tap(p, false), []byte(event)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		tap.Write(body)
	}
	if r := tap.Reading(); !r.Started || r.TextBytes == 0 {
		b.Fatalf("%+v", r)
	}
}

// brokenJSON tells whether body begins as JSON and is none: what is read of such a one, if anything, may
// depend on how it is cut.
func brokenJSON(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n\xef\xbb\xbf")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[') && !json.Valid(body)
}

// within tells whether some bytes taken out of all make part.
func within(part, all []byte) bool {
	for _, c := range part {
		n := bytes.IndexByte(all, c)
		if n < 0 {
			return false
		}
		all = all[n+1:]
	}
	return true
}

// FuzzPeek is the body of a fuzz target for Peek and Edits: nothing panics, a refusal is an Invalid with
// a message, and with the edits made the body reads the same but for the model's name.
func FuzzPeek(f *testing.F, c protocol.Codec, endpoint burncloud.Endpoint, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s), "up\"stream")
	}
	f.Fuzz(func(t *testing.T, body []byte, upstream string) {
		p, fault := c.Peek(protocol.Inbound{Endpoint: endpoint, Model: "m", Body: body})
		if fault != nil {
			if fault.Kind != burncloud.Invalid || fault.Message == "" {
				t.Fatalf("%q: %+v", body, fault)
			}
			return
		}
		var before, after map[string]any
		if json.Unmarshal(body, &before) != nil {
			return // the vendor will say so
		}
		out := jsonedit.Apply(body, c.Edits(&p, upstream))
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%q becomes %q: %v", body, out, err)
		}
		if got, _ := after["model"].(string); upstream != "" && p.ModelSpan.To > 0 && !strings.HasSuffix(got, string([]rune(upstream))) {
			t.Fatalf("%q: model %q, want %q", out, got, upstream)
		}
		delete(before, "model")
		delete(after, "model")
		a, _ := json.Marshal(before) // of what was read from JSON: cannot fail
		b, _ := json.Marshal(after)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q becomes %q", body, out)
		}
	})
}

// Faults checks that every kind of fault has an error body and a stream event of its own in this format,
// both JSON whatever the message holds.
func Faults(t *testing.T, c protocol.Codec, golden string) {
	t.Helper()
	var out []byte
	for _, kind := range sortedKinds() {
		f := &burncloud.Fault{Kind: kind, Message: "text with \"quotes\", \u2028 and \xff", Param: "model", VendorStatus: 404, VendorCode: "vendor_code"}
		body := c.AppendFault(nil, f)
		if !json.Valid(body) || bytes.ContainsAny(body, "\n\r") {
			t.Errorf("%s: %q is not one line of JSON", kind, body)
		}
		out = append(append(append(out, string(kind)+"\n"...), body...), '\n')
		out = append(append(out, c.AppendStreamFault(nil, f)...), '\n')
		if back, own := c.ReadFault(f.Status(), body); !own || back.Kind == "" {
			t.Errorf("%s: the format's own reader does not know %s", kind, body)
		}
	}
	testkit.Golden(t, golden, out)
}

func sortedKinds() []burncloud.Kind {
	kinds := burncloud.Kinds()
	slices.Sort(kinds)
	return kinds
}
