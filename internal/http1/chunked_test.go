package http1

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
	"testing"
)

// decodeIn decodes in pieces of step bytes; used is how much of in belongs to the body.
func decodeIn(in []byte, step int) (out []byte, used int, done bool, err error) {
	var c Chunked
	for used < len(in) && !c.Done() {
		piece := append([]byte(nil), in[used:min(len(in), used+step)]...)
		data, n, err := c.Decode(piece)
		if err != nil {
			return out, used + n, false, err
		}
		out = append(out, data...)
		used += n
	}
	return out, used, c.Done(), nil
}

func TestChunked(t *testing.T) {
	tests := []struct{ in, want, rest string }{
		{"0\r\n\r\n", "", ""},
		{"5\r\nhello\r\n0\r\n\r\nGET /", "hello", "GET /"},
		{"1\r\na\r\n2\r\nbc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", ""},
		{"000005;ext=\"a b\";c\r\nhello\r\n0;x\r\nTrailer: y\r\nZ:\r\n\r\n", "hello", ""},
		{"1a\r\n" + strings.Repeat("x", 26) + "\r\n0\r\n\r\n", strings.Repeat("x", 26), ""},
	}
	for _, tt := range tests {
		for step := 1; step <= len(tt.in); step++ {
			out, used, done, err := decodeIn([]byte(tt.in), step)
			if err != nil || !done || string(out) != tt.want || tt.in[used:] != tt.rest {
				t.Fatalf("%q by %d: %q, rest %q, done %v, %v", tt.in, step, out, tt.in[used:], done, err)
			}
		}
	}
}

func TestChunkedRefused(t *testing.T) {
	for _, in := range []string{
		"\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 5\r\n", "5 \r\n", "0x5\r\n", "5\n", "5\rx", ";x\r\n", "5;x\n",
		"5\r\nhelloX", "5\r\nhello\rX", "5\r\nhello\n", "5\r\nhello\r\n\r\n",
		"fffffffffffffffff\r\n", "200000000000000\r\n", strings.Repeat("0", maxFraming+2),
		"5;" + strings.Repeat("x", maxFraming+2), "5;\x00\r\n",
		"0\r\n\n", "0\r\n: x\r\n", "0\r\n A: x\r\n", "0\r\nA x\r\n", "0\r\nGET / HTTP/1.1\r\n", "0\r\nA: x\n\r\n", "0\r\nA: x\r\n\rX",
		"0\r\n" + strings.Repeat("A: b\r\n", maxFraming),
	} {
		for _, step := range []int{1, 3, len(in)} {
			if _, _, done, err := decodeIn([]byte(in), step); err == nil {
				t.Errorf("%.40q by %d: accepted, done %v", in, step, done)
			}
		}
	}
}

// Several chunks of one read become one piece, in place, and what follows the body is left alone.
func TestChunkedCompacts(t *testing.T) {
	var c Chunked
	buf := []byte("3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\nNEXT")
	data, n, err := c.Decode(buf)
	if err != nil || string(data) != "abcdefg" || string(buf[n:]) != "NEXT" {
		t.Fatalf("%q, rest %q, %v", data, buf[n:], err)
	}
	if &data[0] != &buf[3] {
		t.Error("the data was copied elsewhere")
	}
}

func TestChunkedSkip(t *testing.T) {
	var c Chunked
	if _, _, err := c.Decode([]byte("a\r\n01")); err != nil || c.InData() != 8 {
		t.Fatalf("InData %d, %v", c.InData(), err)
	}
	c.Skip(8)
	if c.InData() != 0 {
		t.Fatalf("InData %d after Skip", c.InData())
	}
	if data, _, err := c.Decode([]byte("\r\n1\r\nx\r\n0\r\n\r\n")); err != nil || string(data) != "x" || !c.Done() {
		t.Fatalf("%q, done %v, %v", data, c.Done(), err)
	}
}

// Any cut of the input reads the same; what the standard library's writer makes is read back; what
// this decoder accepts, the standard library's reader reads the same way.
func FuzzChunked(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\nrest"), 2)
	f.Add([]byte("1;a=b\r\nx\r\n0\r\nT: v\r\n\r\n"), 1)
	f.Add([]byte("00a\r\n0123456789\r\n0\r\n\r\n"), 5)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		step = 1 + max(step, -step)%64
		if step < 1 {
			step = 1
		}
		whole, used, done, err := decodeIn(in, len(in)+1)
		parts, used2, done2, err2 := decodeIn(in, step)
		if err != err2 || done != done2 || err == nil && (used != used2 || !bytes.Equal(whole, parts)) {
			t.Fatalf("whole: %q %d %v %v; by %d: %q %d %v %v", whole, used, done, err, step, parts, used2, done2, err2)
		}
		if done {
			std, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in[:used])))
			if err == nil && !bytes.Equal(std, whole) {
				t.Fatalf("read %q, the standard library %q", whole, std)
			}
		}
		var framed bytes.Buffer
		w := httputil.NewChunkedWriter(&framed)
		for at := 0; at < len(in); at += step {
			_, _ = w.Write(in[at:min(len(in), at+step)])
		}
		_ = w.Close()
		fmt.Fprint(&framed, "\r\n")
		back, _, done, err := decodeIn(framed.Bytes(), step+3)
		if err != nil || !done || !bytes.Equal(back, in) {
			t.Fatalf("written and read back: %q, %v, %v; want %q", back, done, err, in)
		}
	})
}

func BenchmarkChunked(b *testing.B) {
	event := strings.Repeat("x", 230)
	one := []byte(fmt.Sprintf("%x\r\n%s\r\n", len(event), event))
	buf := make([]byte, len(one))
	var c Chunked
	b.ReportAllocs()
	for b.Loop() {
		copy(buf, one)
		if data, _, err := c.Decode(buf); len(data) != len(event) || err != nil {
			b.Fatal(len(data), err)
		}
	}
}
