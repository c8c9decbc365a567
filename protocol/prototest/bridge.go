package prototest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
	"github.com/burncloud/burncloud/protocol"
)

// Encoders compares what a bridge writes for each of Requests, Responses and Streams with the golden
// files in testdata/bridge/shared, and the losses with the .loss files beside them. Every output must be
// JSON, or a stream, and the same each time.
func Encoders(t *testing.T, b protocol.Bridge, to protocol.Destination) {
	for name, r := range Requests() {
		t.Run("request/"+name, func(t *testing.T) {
			body, losses, fault := b.EncodeRequest(r, to)
			again, _, _ := b.EncodeRequest(Requests()[name], to)
			golden(t, "request-"+name, body, again, losses, fault)
		})
	}
	for name, a := range Responses() {
		t.Run("response/"+name, func(t *testing.T) {
			r := &protocol.Request{Model: "some-model"}
			body, losses := b.EncodeResponse(a, r)
			again, _ := b.EncodeResponse(Responses()[name], r)
			golden(t, "response-"+name, body, again, losses, nil)
		})
	}
	for name, events := range Streams() {
		t.Run("stream/"+name, func(t *testing.T) {
			body, losses := Write(b, &protocol.Request{Model: "some-model", Stream: true, StreamUsage: true}, events)
			again, _ := Write(b, &protocol.Request{Model: "some-model", Stream: true, StreamUsage: true}, Streams()[name])
			if !bytes.Equal(body, again) {
				t.Errorf("written twice:\n%s\n%s", body, again)
			}
			testkit.Golden(t, "testdata/bridge/shared/stream-"+name+".golden", body)
			testkit.Golden(t, "testdata/bridge/shared/stream-"+name+".loss", lossText(losses, nil))
		})
	}
}

func golden(t *testing.T, name string, body, again []byte, losses []protocol.Loss, fault *burncloud.Fault) {
	t.Helper()
	if !bytes.Equal(body, again) {
		t.Errorf("encoded twice:\n%s\n%s", body, again)
	}
	var pretty bytes.Buffer
	if fault == nil {
		if err := json.Indent(&pretty, body, "", "  "); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		pretty.WriteByte('\n')
	}
	testkit.Golden(t, "testdata/bridge/shared/"+name+".golden", pretty.Bytes())
	testkit.Golden(t, "testdata/bridge/shared/"+name+".loss", lossText(losses, fault))
}

// lossText is losses and a refusal as lines.
func lossText(losses []protocol.Loss, fault *burncloud.Fault) []byte {
	var out bytes.Buffer
	if fault != nil {
		fmt.Fprintf(&out, "REFUSED %s: %s: %s\n", fault.Param, fault.Kind, fault.Message)
	}
	for _, l := range losses {
		fmt.Fprintf(&out, "%s: %s\n", l.Field, l.Reason)
	}
	return out.Bytes()
}

// Write is what a bridge's encoder makes of events.
func Write(b protocol.Bridge, r *protocol.Request, events []protocol.Event) ([]byte, []protocol.Loss) {
	e := b.NewEncoder(r)
	var out []byte
	for i := range events {
		out = e.Encode(out, &events[i])
	}
	return out, e.Losses()
}

// Read feeds a stream to a bridge's decoder: whole, by line, byte by byte and in a few odd sizes. It
// fails the test when the events differ, or do not keep the life-cycle of blocks, and returns them.
func Read(t testing.TB, b protocol.Bridge, body []byte) []protocol.Event {
	t.Helper()
	whole := read(b, body, max(len(body), 1))
	for _, step := range []int{byLine, 1, 2, 3, 13, 100, 1000} {
		if got := read(b, body, step); !bytes.Equal(Dump(got), Dump(whole)) {
			t.Errorf("cut by %d:\n%s\nwhole:\n%s", step, Dump(got), Dump(whole))
		}
	}
	if err := Ordered(whole); err != nil {
		t.Errorf("%v:\n%s", err, Dump(whole))
	}
	return whole
}

func read(b protocol.Bridge, body []byte, step int) []protocol.Event {
	d := b.NewDecoder()
	var out []protocol.Event
	for len(body) > 0 {
		n := min(step, len(body))
		if step == byLine {
			if n = bytes.IndexByte(body, '\n') + 1; n == 0 {
				n = len(body)
			}
		}
		piece := slices.Clone(body[:n]) // which the decoder must not keep
		out = d.Write(out, piece)
		clear(piece)
		body = body[n:]
	}
	return d.Close(out)
}

// Ordered tells what is wrong with the order of events: a stream starts once, blocks are numbered, open
// and close one at a time, and the last event is a Stop or a Fail, which comes after all else.
func Ordered(events []protocol.Event) error {
	type choice struct {
		next    int
		open    bool
		stopped bool
	}
	choices := map[int]*choice{}
	started, ended, failed := false, false, false
	for i, e := range events {
		c := choices[e.Choice]
		if c == nil {
			c = &choice{}
			choices[e.Choice] = c
		}
		bad := func(what string) error { return fmt.Errorf("event %d, a %s: %s", i, e.Kind, what) }
		if failed || ended && e.Kind != protocol.EventStop {
			return bad("comes after the end")
		}
		if !started && e.Kind != protocol.EventStart && e.Kind != protocol.EventFail && e.Kind != protocol.EventPing {
			return bad("comes before the start")
		}
		switch e.Kind {
		case protocol.EventStart:
			if started || e.Start == nil {
				return bad("starts twice, or without a head")
			}
			started = true
		case protocol.EventBlockStart:
			if c.open || e.Index != c.next || e.Block == nil {
				return bad(fmt.Sprintf("block %d after %d, open %v", e.Index, c.next-1, c.open))
			}
			c.open = true
			c.next++
		case protocol.EventDelta, protocol.EventBlockStop:
			if !c.open || e.Index != c.next-1 {
				return bad("no such block is open")
			}
			c.open = e.Kind == protocol.EventDelta
		case protocol.EventUsage:
			if e.Usage == nil {
				return bad("without usage")
			}
		case protocol.EventStop:
			if c.open || c.stopped || e.Stop == "" {
				return bad("a block is open, or stopped before, or without reason")
			}
			c.stopped, ended = true, true
		case protocol.EventFail:
			if e.Fault == nil {
				return bad("without a fault")
			}
			failed = true
		}
	}
	if !ended && !failed {
		return fmt.Errorf("%d events without an end", len(events))
	}
	return nil
}

// Collapse is a stream's events as one whole answer; the fault is that of a Fail.
func Collapse(events []protocol.Event) (*protocol.Response, *burncloud.Fault) {
	a := &protocol.Response{}
	at := func(n int) *protocol.Choice {
		for len(a.Choices) <= n {
			a.Choices = append(a.Choices, protocol.Choice{})
		}
		return &a.Choices[n]
	}
	for _, e := range events {
		switch e.Kind {
		case protocol.EventStart:
			a.ID, a.Model, a.Created, a.ServiceTier = e.Start.ID, e.Start.Model, e.Start.Created, e.Start.ServiceTier
		case protocol.EventBlockStart:
			c, b := at(e.Choice), *e.Block
			if b.Call != nil {
				copied := *b.Call
				b.Call = &copied
			}
			c.Blocks = append(c.Blocks, b)
		case protocol.EventDelta:
			c := at(e.Choice)
			if b := &c.Blocks[len(c.Blocks)-1]; b.Call != nil {
				b.Call.Args += e.Text
			} else {
				b.Text += e.Text
			}
			if e.LogProbs != nil {
				c.LogProbs = e.LogProbs
			}
		case protocol.EventBlockStop:
			if c := at(e.Choice); e.Block != nil {
				b := &c.Blocks[len(c.Blocks)-1]
				b.Citations, b.Signature = append(b.Citations, e.Block.Citations...), e.Block.Signature
				if e.Block.Thinking != nil {
					b.Thinking = e.Block.Thinking
				}
			}
		case protocol.EventUsage:
			a.Usage, a.HasUsage = *e.Usage, true
		case protocol.EventStop:
			c := at(e.Choice)
			c.Stop, c.Sequence = e.Stop, e.Sequence
		case protocol.EventFail:
			return a, e.Fault
		}
	}
	return a, nil
}

// Decoders compares what a bridge reads with golden files, each a dump of the neutral value: of every
// testdata/bridge/<case>/request.json, response.json and stream.sse.
func Decoders(t *testing.T, b protocol.Bridge, inbound func(name string, body []byte) protocol.Inbound) {
	files, err := filepath.Glob("testdata/bridge/*/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata/bridge", err)
	}
	for _, file := range files {
		kind := filepath.Base(file)
		if kind != "request.json" && kind != "response.json" && kind != "stream.sse" {
			continue
		}
		name := filepath.Base(filepath.Dir(file))
		t.Run(name+"/"+kind, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			var fault *burncloud.Fault
			switch kind {
			case "request.json":
				got, fault = b.DecodeRequest(inbound(name, body))
			case "response.json":
				got, fault = b.DecodeResponse(body)
			default:
				got = Read(t, b, body)
			}
			if fault != nil {
				got = fault
			}
			testkit.Golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".neutral.golden", Dump(got))
		})
	}
}

// Dump is a neutral value as text: the fields that are set, one a line.
func Dump(v any) []byte {
	var out bytes.Buffer
	dump(&out, reflect.ValueOf(v), "")
	return out.Bytes()
}

func dump(out *bytes.Buffer, v reflect.Value, path string) {
	if v.IsValid() && v.CanInterface() {
		switch x := v.Interface().(type) {
		case json.RawMessage:
			var one bytes.Buffer
			if json.Compact(&one, x) == nil {
				x = one.Bytes()
			}
			if x != nil {
				fmt.Fprintf(out, "%s: %s\n", path, x)
			}
			return
		case error:
			if f, ok := x.(*burncloud.Fault); ok && f != nil {
				fmt.Fprintf(out, "%s: fault %s, param %q, status %d, vendor %q: %s\n", path, f.Kind, f.Param, f.VendorStatus, f.VendorCode, f.Message)
				return
			}
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if e := v.Elem(); e.Kind() == reflect.Struct && e.IsZero() {
			fmt.Fprintf(out, "%s: {}\n", path)
		} else if e.Kind() != reflect.Struct && e.IsZero() {
			fmt.Fprintf(out, "%s: %#v\n", path, e.Interface())
		} else {
			dump(out, e, path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			dump(out, v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."))
		}
	case reflect.Slice:
		for i := range v.Len() {
			if e := v.Index(i); e.IsZero() {
				fmt.Fprintf(out, "%s[%d]: zero\n", path, i)
			} else {
				dump(out, e, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case reflect.Map:
		m, _ := v.Interface().(map[string]string)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(out, "%s[%q]: %q\n", path, k, m[k])
		}
	case reflect.String:
		if v.Len() > 0 {
			fmt.Fprintf(out, "%s: %q\n", path, v.String())
		}
	default:
		if !v.IsZero() {
			fmt.Fprintf(out, "%s: %v\n", path, v.Interface())
		}
	}
}
