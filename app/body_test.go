package app_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/burncloud/burncloud/internal/testkit"
)

// codings are the content codings that a client may send.
var codings = map[string]func(w io.Writer) io.WriteCloser{
	"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(err) // of options alone, and there are none
		}
		return z
	},
}

// packed is text in a content coding.
func packed(t *testing.T, coding, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := codings[coding](&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A body over the limit is refused in the caller's protocol, however it comes, and goes nowhere.
func TestBodyOverTheLimit(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard, "BURNCLOUD_MAX_BODY=64KB")
	bomb := strings.Repeat(" ", 4<<20)
	for _, m := range spoken {
		big := m.body + strings.Repeat(" ", 200<<10)
		cases := map[string]string{
			"declared":      head(m.path, fmt.Sprintf("Content-Length: %d", len(big))) + "\r\n" + big,
			"declared huge": head(m.path, "Content-Length: 5000000000") + "\r\n{",
			"chunked":       head(m.path, "Transfer-Encoding: chunked") + "\r\n" + chunked(big, 1000) + "0\r\n\r\n",
			"tiny chunks":   head(m.path, "Transfer-Encoding: chunked") + "\r\n" + chunked(big, 1) + "0\r\n\r\n",
			"endless chunk": head(m.path, "Transfer-Encoding: chunked") + "\r\nffffffff\r\n" + big,
			"expecting":     head(m.path, "Expect: 100-continue", fmt.Sprintf("Content-Length: %d", len(big))) + "\r\n",
		}
		for coding := range codings {
			z := packed(t, coding, m.body+bomb)
			cases[coding] = head(m.path, "Content-Encoding: "+coding, fmt.Sprintf("Content-Length: %d", len(z))) + "\r\n" + z
			cases[coding+" chunked"] = head(m.path, "Content-Encoding: "+coding, "Transfer-Encoding: chunked") + "\r\n" + chunked(z, 100) + "0\r\n\r\n"
		}
		for name, request := range cases {
			got := replies(t, b.raw(t, request))
			if len(got) != 1 || got[0].status != 413 || got[0].header.Get("Connection") != "close" {
				t.Errorf("%s, %s: %+v", m.name, name, got)
				continue
			}
			checkShape(t, m.path, got[0])
		}
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times", n)
	}
	eventually(t, "no body in memory", func() string {
		if got := b.metrics(t, "request_body_bytes"); got[0] != 0 {
			return fmt.Sprint(got[0])
		}
		return ""
	})
}

// chunked frames text, but for the last chunk.
func chunked(text string, size int) string {
	var out strings.Builder
	for len(text) > 0 {
		n := min(size, len(text))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", n, text[:n])
		text = text[n:]
	}
	return out.String()
}

// A compressed body reaches the vendor unpacked, to the byte.
func TestCompressedBodies(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range spoken {
		for coding := range codings {
			for _, name := range []string{coding, strings.ToUpper(coding)} {
				got := b.post(m.path, aliceKey, packed(t, coding, m.body), "Content-Encoding", name)
				if got.status != 200 {
					t.Errorf("%s in %s: %d: %s", m.name, name, got.status, got.body)
					continue
				}
				sent := vendor.Last(t)
				if string(sent.Body) != m.body || sent.Header.Get("Content-Encoding") != "" {
					t.Errorf("%s in %s: the vendor got %v %q", m.name, name, sent.Header, sent.Body)
				}
			}
		}
	}
}

// What cannot be unpacked is the caller's mistake, in the caller's words.
func TestBodiesThatCannotBeDecoded(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range spoken {
		good := packed(t, "gzip", m.body)
		for _, c := range []struct {
			name, coding, body string
			status             int
		}{
			{"not gzip", "gzip", m.body, 400},
			{"half", "gzip", good[:len(good)/2], 400},
			{"wrong sum", "gzip", good[:len(good)-8] + "12345678", 400},
			{"empty gzip", "gzip", packed(t, "gzip", ""), 400},
			{"garbage behind", "gzip", good + "garbage", 400},
			{"not br", "br", "\xff\xff\xff" + m.body, 400},
			{"not zstd", "zstd", m.body, 400},
			{"gzip as zstd", "zstd", good, 400},
			{"deflate", "deflate", m.body, 415},
			{"a list", "gzip, br", good, 415},
			{"nonsense", "\"", m.body, 415},
		} {
			got := b.post(m.path, aliceKey, c.body, "Content-Encoding", c.coding)
			if got.status != c.status {
				t.Errorf("%s, %s: %d: %s", m.name, c.name, got.status, got.body)
				continue
			}
			checkShape(t, m.path, got)
		}
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times", n)
	}
}
