package jsonedit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSegments(t *testing.T) {
	body := []byte(`{"model":"a","n":1}`)
	for _, c := range []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"none", nil, `{"model":"a","n":1}`},
		{"replace", []Edit{{Span{9, 12}, []byte(`"bb"`)}}, `{"model":"bb","n":1}`},
		{"insert at both ends", []Edit{{Span{0, 0}, []byte(` `)}, {Span{19, 19}, []byte("\n")}}, " {\"model\":\"a\",\"n\":1}\n"},
		{"side by side", []Edit{{Span{9, 12}, []byte(`1`)}, {Span{12, 12}, []byte(`,"x":2`)}, {Span{12, 18}, nil}}, `{"model":1,"x":2}`},
	} {
		parts := Segments(nil, body, c.edits)
		if got := bytes.Join(parts, nil); string(got) != c.want || string(Apply(body, c.edits)) != c.want || Len(body, c.edits) != len(c.want) {
			t.Errorf("%s: %q, %q, %d; want %q", c.name, got, Apply(body, c.edits), Len(body, c.edits), c.want)
		}
		for _, p := range parts {
			if len(p) == 0 {
				t.Errorf("%s: an empty piece", c.name)
			}
		}
	}
}

func TestBadEditsPanic(t *testing.T) {
	for _, edits := range [][]Edit{
		{{Span{5, 6}, nil}, {Span{3, 4}, nil}}, {{Span{3, 6}, nil}, {Span{5, 7}, nil}}, {{Span{3, 2}, nil}}, {{Span{9, 11}, nil}}, {{Span{-1, 2}, nil}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is accepted", edits)
				}
			}()
			Segments(nil, make([]byte, 10), edits)
		}()
	}
}

func members(doc string) (out []string, err error) {
	err = Walk([]byte(doc), func(key []byte, k, v Span) bool {
		if string(k.Of([]byte(doc))) != `"`+string(key)+`"` {
			panic("key and span differ")
		}
		out = append(out, string(key)+"="+string(v.Of([]byte(doc))))
		return true
	})
	return out, err
}

func TestWalk(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{}`, ``},
		{" \r\n\t{ \n} \n", ``},
		{`{"a":1}`, `a=1`},
		{`{"a" : "x" , "b": [1, {"c":"}"}] ,"d":{"e":[]},"f":null}`, `a="x"|b=[1, {"c":"}"}]|d={"e":[]}|f=null`},
		{`{"a":"\\","b":"\"","c\"":"\\\""}`, `a="\\"|b="\""|c\"="\\\""`},
		{`{"a":-1.5e+3,"b":true,"c":NaN,"d":-Infinity}`, `a=-1.5e+3|b=true|c=NaN|d=-Infinity`},
		{`{"":"","a":1,"a":2}`, `=""|a=1|a=2`},
	} {
		got, err := members(c.doc)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, %v", c.doc, got, err)
		}
	}
}

func TestWalkRefuses(t *testing.T) {
	for _, c := range []struct {
		doc string
		at  int
	}{
		{``, 0}, {`  `, 2}, {`[]`, 0}, {`"a"`, 0}, {"\xef\xbb\xbf{}", 0}, {`{`, 1}, {`{"a`, 3}, {`{"a"`, 4}, {`{"a":`, 5}, {`{"a":1`, 6},
		{`{"a":1,`, 7}, {`{"a":1,}`, 7}, {`{"a" 1}`, 5}, {`{a:1}`, 1}, {`{'a':1}`, 1}, {`{"a":1 "b":2}`, 7}, {`{"a":}`, 5},
		{`{"a":"x}`, 8}, {`{"a":[1,2}`, 9}, {`{"a":{"b":1]}`, 11}, {`{"a":[1,2`, 9}, {`{"a":1}{"a":2}`, 7}, {`{"a":1}x`, 7},
		{`{"a":[1/*"*/]}`, 7}, {`{"a":1//x` + "\n}", 6}, {`{"a":['"']}`, 6}, {"{\"a\":1}\x00", 7}, {`{"a":x}`, 5}, {`{"a":e1}`, 5},
	} {
		_, err := members(c.doc)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != c.at || syntax.Error() == "" {
			t.Errorf("%q: %v, want an error at %d", c.doc, err, c.at)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	for _, n := range []int{63, 64, 65, 1000, 100_000} {
		doc := `{"a":` + strings.Repeat(`[{"x":`, n) + `1` + strings.Repeat(`}]`, n) + `,"b":2}`
		if got, err := members(doc); err != nil || len(got) != 2 || got[1] != "b=2" {
			t.Errorf("depth %d: %v", n, err)
		}
	}
	if _, err := members(`{"a":` + strings.Repeat(`[`, 1000) + `}`); err == nil {
		t.Error("open brackets are accepted")
	}
}

func TestElements(t *testing.T) {
	for _, c := range []struct {
		doc, want string
		ok        bool
	}{
		{`[]`, ``, true}, {` [ ] `, ``, true}, {`[1, "a" ,{"b":[2]},null]`, `1|"a"|{"b":[2]}|null`, true},
		{`[1,]`, `1`, false}, {`[1`, `1`, false}, {`{}`, ``, false}, {`[1] 2`, `1`, false}, {``, ``, false}, {`[1 2]`, `1`, false},
	} {
		var got []string
		err := Elements([]byte(c.doc), func(v Span) bool {
			got = append(got, string(v.Of([]byte(c.doc))))
			return true
		})
		if (err == nil) != c.ok || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, %v", c.doc, got, err)
		}
	}
}

func TestKeyIs(t *testing.T) {
	for _, c := range []struct {
		key  string
		want bool
	}{
		{`model`, true}, {`mod\u0065l`, true}, {`\u006d\u006F\u0064el`, true}, {`Model`, false}, {`model\u0000`, false},
		{`mod\u00e9l`, false}, {`mod\\u0065l`, false}, {`model\`, false}, {`mode\l`, false}, {``, false},
	} {
		if got := KeyIs([]byte(c.key), "model"); got != c.want {
			t.Errorf("%s: %v", c.key, got)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		ok        bool
	}{
		{`"a"`, "a", true}, {`""`, "", true}, {`"\u4f60\n\/\t\"\\"`, "你\n/\t\"\\", true}, {`"\ud83c\udf0d"`, "🌍", true}, {`"\ud83c"`, "\ufffd", true},
		{`"\ud83cx"`, "\ufffdx", true}, {`1`, "", false}, {`"`, "", false}, {`null`, "", false}, {"\"\xff\"", "\xff", false}, {`"\x"`, "", false}, {`"\u12"`, "", false}, {`"\`, "", false},
	} {
		if got, ok := Text([]byte(c.raw)); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %q, %v", c.raw, got, ok)
		}
	}
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"12", 12, true}, {"12.0", 12, true}, {"1.2e1", 12, true}, {`"12"`, 12, true}, {"-3", -3, true}, {"999999999999999999", 999999999999999999, true},
		{"1000000000000000000", 1000000000000000000, true}, {"1e400", 0, false}, {"1.5", 0, false}, {"", 0, false}, {`""`, 0, false}, {"null", 0, false}, {"true", 0, false},
		{"NaN", 0, false}, {"Infinity", 0, false}, {"-Infinity", 0, false}, {"9223372036854775807", math.MaxInt64, true}, {"-9223372036854775808", math.MinInt64, true},
		{"1234567890123456789", 1234567890123456789, true}, {"9223372036854775808", 0, false}, {"{}", 0, false}, {`"a"`, 0, false},
	} {
		if got, ok := Int([]byte(c.raw)); ok != c.ok || got != c.want {
			t.Errorf("%s: %d, %v", c.raw, got, ok)
		}
	}
	if n, ok := Int(fmt.Append(nil, math.MinInt32)); !ok || n != math.MinInt32 {
		t.Error(n, ok)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c", "\x00\x1f\x7f", "\u2028\u2029", "\xff\xfe", "🌍", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := AppendString(nil, s)
		var back string
		if err := json.Unmarshal(out, &back); err != nil || back != strings.ToValidUTF8(replaceEach(s), "\ufffd") {
			t.Fatalf("%q: %s, %v", s, out, err)
		}
		if bytes.ContainsAny(out, "\n\r\u2028\u2029") || !utf8.Valid(out) {
			t.Fatalf("%q: %q is not one line of UTF-8", s, out)
		}
		if again, ok := Text(out); !ok || again != back {
			t.Fatalf("%q: Text reads %q", out, again)
		}
	})
}

// replaceEach puts one U+FFFD in place of each byte that is not UTF-8; strings.ToValidUTF8 puts one for a run.
func replaceEach(s string) string { return string([]rune(s)) }

func FuzzWalk(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"model":"m","stream":true,"messages":[{"role":"user","content":"\"x\\"}]}`, `{"a":[1,{"b":"]"}],"\u0061":null}`, `{"a":1} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var edits []Edit
		var keys []string
		err := Walk(doc, func(key []byte, k, v Span) bool {
			keys = append(keys, string(k.Of(doc)))
			edits = append(edits, Edit{v, []byte(`{"new":[1]}`)})
			return true
		})
		var want map[string]json.RawMessage
		valid := json.Unmarshal(doc, &want) == nil && want != nil
		if valid && err != nil {
			t.Fatalf("%q is JSON: %v", doc, err)
		}
		if err != nil {
			return
		}
		out := Apply(doc, edits)
		if !bytes.Equal(bytes.Join(Segments(nil, doc, edits), nil), out) || Len(doc, edits) != len(out) {
			t.Fatalf("%q: the three forms of the edits differ", doc)
		}
		if !valid {
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out, &got); err != nil || len(got) != len(want) {
			t.Fatalf("%q becomes %q: %v", doc, out, err)
		}
		for k, v := range got {
			if string(v) != `{"new":[1]}` {
				t.Fatalf("%q: %s is %s", doc, k, v)
			}
		}
		if len(keys) < len(want) {
			t.Fatalf("%q: %d keys, want %d", doc, len(keys), len(want))
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	message := `{"role":"user","content":"` + strings.Repeat(`Tell me about \"usage\" of things.\n`, 20) + `"},`
	image := `{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + strings.Repeat("iVBORw0KGgoAAAANSUhE", 100_000) + `"}}]},`
	for _, c := range []struct{ name, messages string }{
		{"1KB", message}, {"50KB", strings.Repeat(message, 66)}, {"2MB", image},
	} {
		body := []byte(`{"messages":[` + c.messages + `{}],"temperature":0.7,"model":"gpt-5-mini","stream":true}`)
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				if err := Walk(body, func([]byte, Span, Span) bool { n++; return true }); err != nil || n != 4 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
