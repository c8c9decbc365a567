package jsonpick

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

var tree = &Node{Children: []Node{
	{Key: "usage"},
	{Key: "error"},
	{Key: "choices", Children: []Node{{Key: "finish_reason"}, {Key: "usage"}}},
	{Key: "response", Children: []Node{{Key: "usage"}, {Key: "status"}}},
}}

var picks = []struct{ name, in, want string }{
	{"nothing wanted", `{"a":1,"b":[1,2,{"usage":{"x":1}}]}`, `{}`},
	{"last", `{"id":"x","usage":{"n":1}}`, `{"usage":{"n":1}}`},
	{"first", `{"usage":{"n":1},"id":"x"}`, `{"usage":{"n":1}}`},
	{"spaces", " {\n \"usage\" : { \"n\" : 1 } ,\r\n\t\"id\" : 5 } ", `{"usage":{ "n" : 1 }}`},
	{"deep one is another", `{"a":{"usage":{"n":9}},"usage":null}`, `{"usage":null}`},
	{"text is not a key", `{"a":"\"usage\":{\"n\":9}","usage":2}`, `{"usage":2}`},
	{"escaped key", `{"us\u0061ge":7}`, `{"usage":7}`},
	{"backslashes", `{"a":"x\\","b":"\\\"","usage":"\\"}`, `{"usage":"\\"}`},
	{"array of objects", `{"choices":[{"index":0,"finish_reason":"stop","message":{"finish_reason":"no"}},{"usage":3,"x":[]}]}`,
		`{"choices":[{"finish_reason":"stop"},{"usage":3}]}`},
	{"empty array", `{"choices":[],"usage":{}}`, `{"choices":[],"usage":{}}`},
	{"array of other things", `{"choices":[1,"a",null,[{"usage":1}],{"usage":2}]}`, `{"choices":[[{"usage":1}],{"usage":2}]}`},
	{"wanted object is null", `{"choices":null,"response":"text"}`, `{"choices":null,"response":"text"}`},
	{"nested", `{"type":"t","response":{"output":[{"usage":1,"s":"]}"}],"status":"completed","usage":{"a":[1,2]}}}`,
		`{"response":{"status":"completed","usage":{"a":[1,2]}}}`},
	{"too large is left out", `{"usage":"` + strings.Repeat("x", 5000) + `","error":1,"choices":[{"usage":"` + strings.Repeat("y", 5000) + `"},{"usage":2}]}`,
		`{"error":1,"choices":[{},{"usage":2}]}`},
	{"long key", `{"` + strings.Repeat("k", 300) + `":1,"usage":2}`, `{"usage":2}`},
	{"numbers", `{"data":[{"embedding":[` + strings.Repeat("-0.0123,", 3000) + `1]},{"m":[` + strings.Repeat("[1,2],", 3000) + `[]]}],"usage":{"n":4}}`,
		`{"usage":{"n":4}}`},
	{"empty", `{}`, `{}`},
	{"scalars", `{"a":true,"b":-1.5e3,"usage":12,"c":false}`, `{"usage":12}`},
}

func pick(in string, step int) *Picker {
	k := &Picker{Root: tree, Max: 4096}
	for b := []byte(in); len(b) > 0 && !k.Done() && !k.Broken(); {
		n := min(step, len(b))
		k.Write(b[:n])
		b = b[n:]
	}
	return k
}

func TestPick(t *testing.T) {
	for _, c := range picks {
		for _, step := range []int{1, 2, 3, 7, 64, 4096, 1 << 30} {
			k := pick(c.in, step)
			if !k.Done() || string(k.Doc()) != c.want {
				t.Errorf("%s, by %d: done %v, %.200s, want %.200s", c.name, step, k.Done(), k.Doc(), c.want)
			}
		}
	}
}

func TestBroken(t *testing.T) {
	for _, in := range []string{`<html>`, `{"a"=1}`, `{a:1}`, `{"choices":[}`, `{"choices":[{]]}`, `{"a":,}`, `}`, `{"a":1]`} {
		if k := pick(in, 1); !k.Broken() || k.Done() {
			t.Errorf("%s: broken %v, done %v", in, k.Broken(), k.Done())
		}
	}
	for _, in := range []string{``, ` `, `{`, `{"a`, `{"a":`, `{"a":[1,`, `{"a":"x`, `{"usage":{"n":1}`} {
		if k := pick(in, 1); k.Broken() || k.Done() {
			t.Errorf("%q: broken %v, done %v", in, k.Broken(), k.Done())
		}
	}
}

func TestWriteStopsBehindTheDocument(t *testing.T) {
	k := &Picker{Root: tree, Max: 4096}
	if n := k.Write([]byte(`{"usage":1} ,{"usage":2}`)); n != len(`{"usage":1}`) || !k.Done() {
		t.Fatal(n, k.Done())
	}
	k.Reset()
	if k.Write([]byte(`{"usage":2}`)); string(k.Doc()) != `{"usage":2}` {
		t.Fatalf("%s", k.Doc())
	}
}

func TestText(t *testing.T) {
	label := func(key []byte) bool { return string(key) == "role" || string(key) == "data" }
	for _, c := range []struct {
		in   string
		want int64
	}{
		{`{"a":"labels it","b":["xyz"],"usage":"not me"}`, 3},
		{`{"b":{"key":"value","role":"label"}}`, 5},
		{`{"b":[{"key" : "value","n":1,"other"` + "\n\t" + strings.Repeat(" ", 100) + `:"x"},"y"]}`, 7},
		{`{"b":["one","two",["three"],{"k":"four"}]}`, 15},
		{`{"b":{"data":["AAAA",{"x":"text"}],"y":"z"}}`, 5},
		{`{"choices":[{"text":"abc","finish_reason":"stop","role":"label"}]}`, 3},
		{`{"b":["a\"b:c","\\"],"c":{"\"k\"":"v"}}`, 6 + 2 + 1},
		{`{"role":["label"],"b":["x"]}`, 1},
		{`[{"b":["x"]},"yy"]`, 1 + 2},
	} {
		for _, step := range []int{1, 2, 3, 5, 1000} {
			k := &Picker{Root: tree, Max: 4096, Label: label}
			for b := []byte(c.in); len(b) > 0; b = b[min(step, len(b)):] {
				k.Write(b[:min(step, len(b))])
			}
			if !k.Done() || k.Text != c.want {
				t.Errorf("%s by %d: %d, want %d", c.in, step, k.Text, c.want)
			}
		}
	}
}

// reduce is the slow and simple form of what a Picker does.
func reduce(v any, n *Node) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, c := range n.Children {
			if m, ok := v[c.Key]; ok {
				if len(c.Children) > 0 {
					m = reduce(m, &c)
				}
				out[c.Key] = m
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			switch e.(type) {
			case map[string]any, []any:
				out = append(out, reduce(e, n))
			}
		}
		return out
	}
	return v
}

func FuzzPick(f *testing.F) {
	for _, c := range picks {
		f.Add([]byte(c.in), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		whole := &Picker{Root: tree, Max: 1 << 20}
		n := whole.Write(in)
		parts := &Picker{Root: tree, Max: 1 << 20}
		at := 0
		for at < n {
			at += parts.Write(in[at:min(n, at+int(step)+1)])
			if parts.Done() || parts.Broken() {
				break
			}
		}
		if whole.Done() != parts.Done() || whole.Done() && (whole.Text != parts.Text || !bytes.Equal(whole.Doc(), parts.Doc())) {
			t.Fatalf("cut in pieces: %q and %q", whole.Doc(), parts.Doc())
		}
		if len(whole.Doc()) > len(in)+64 {
			t.Fatalf("%d bytes from %d", len(whole.Doc()), len(in))
		}
		var v any
		if json.Unmarshal(in, &v) != nil || hasTwins(in) {
			return
		}
		_, isArray := v.([]any)
		_, isObject := v.(map[string]any)
		if !whole.Done() && (isArray || isObject) {
			t.Fatalf("%q is JSON, and was not read to its end", in)
		}
		if !isObject {
			return
		}
		var got any
		if err := json.Unmarshal(whole.Doc(), &got); err != nil {
			t.Fatalf("%q: %v", whole.Doc(), err)
		}
		if a, b := fmt.Sprint(got), fmt.Sprint(reduce(v, tree)); a != b {
			t.Fatalf("%q: %s, want %s", in, a, b)
		}
	})
}

// hasTwins tells whether an object may hold a key twice, or keys that only a full reader understands:
// there the simple form and the Picker may differ.
func hasTwins(in []byte) bool {
	for _, key := range []string{"usage", "error", "choices", "response", "status", "finish_reason"} {
		if bytes.Count(in, []byte(key)) > 1 {
			return true
		}
	}
	return bytes.IndexByte(in, '\\') >= 0
}

func BenchmarkPick(b *testing.B) {
	chat := `{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("The picture shows a wooden path through a green meadow. ", 8) + `","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_fc9f1d7035"}`
	vector := `{"object":"embedding","index":0,"embedding":[` + strings.Repeat("-0.012345678,", 1536) + `1]}`
	for _, c := range []struct{ name, doc string }{
		{"chat-1KB", chat},
		{"embeddings-1MB", `{"object":"list","data":[` + strings.Repeat(vector+",", 50) + vector + `],"usage":{"prompt_tokens":8}}`},
		{"base64-1MB", `{"data":[{"b64_json":"` + strings.Repeat("iVBORw0KGgoAAAANSUhE", 50_000) + `"}],"usage":{"prompt_tokens":8}}`},
		{"pairs-1MB", `{"data":[` + strings.Repeat("[1,2],", 160_000) + `[]],"usage":{"prompt_tokens":8}}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			doc := []byte(c.doc)
			k := &Picker{Root: tree, Max: 16 << 10}
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				k.Reset()
				for p := doc; len(p) > 0; {
					n := min(len(p), 32<<10)
					k.Write(p[:n])
					p = p[n:]
				}
				if !k.Done() {
					b.Fatal("not done")
				}
			}
		})
	}
}
