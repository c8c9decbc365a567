package compress

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestParseCoding(t *testing.T) {
	for v, want := range map[string]Coding{
		"": Identity, "identity": Identity, "Identity": Identity, "gzip": Gzip, "GZIP": Gzip, "x-gzip": Gzip, "br": Brotli, "Br": Brotli,
		"zstd": Zstd, "deflate": Unknown, "gzip, br": Unknown, "gzip ": Unknown, "bz": Unknown, "xxxx": Unknown, "x-gzi?": Unknown, "identitx": Unknown,
	} {
		if got := ParseCoding([]byte(v)); got != want {
			t.Errorf("%q: %d, want %d", v, got, want)
		}
	}
}

func encode(t *testing.T, coding Coding, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case Gzip:
		w = gzip.NewWriter(&out)
	case Brotli:
		w = brotli.NewWriter(&out)
	default:
		z, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var errNetwork = errors.New("network")

// failing gives b, then an error.
type failing struct{ b []byte }

func (f *failing) Read(p []byte) (int, error) {
	if len(f.b) == 0 {
		return 0, errNetwork
	}
	n := copy(p, f.b)
	f.b = f.b[n:]
	return n, nil
}

// Decoders are used again and again, also after they have failed in every way.
func TestDecoders(t *testing.T) {
	text := strings.Repeat("text to be encoded, ", 5000)
	var p Pool
	for _, coding := range []Coding{Gzip, Brotli, Zstd} {
		encoded := encode(t, coding, text)
		for range 20 {
			for cut := range 6 {
				d := p.Open(coding, bytes.NewReader(encoded[:cut*len(encoded)/8]))
				if _, err := io.ReadAll(d); err == nil {
					t.Fatalf("coding %d, cut at %d: no error", coding, cut)
				}
				d.Close()
			}
			d := p.Open(coding, &failing{encoded[:len(encoded)/2]})
			if _, err := io.ReadAll(d); !errors.Is(err, errNetwork) {
				t.Fatalf("coding %d: the source's error became %v", coding, err)
			}
			d.Close()
			d = p.Open(coding, strings.NewReader("\xff\xffgarbage, and more garbage"))
			if _, err := io.ReadAll(d); err == nil {
				t.Fatalf("coding %d: garbage was decoded", coding)
			}
			d.Close()
			d = p.Open(coding, io.MultiReader(bytes.NewReader(encoded), strings.NewReader("x")))
			if _, err := io.ReadAll(d); err == nil {
				t.Fatalf("coding %d: bytes behind the end were ignored", coding)
			}
			d.Close()
			p.Open(coding, nil).Close() // never read
			d = p.Open(coding, bytes.NewReader(encoded))
			if got, err := io.ReadAll(d); err != nil || string(got) != text {
				t.Fatalf("coding %d: %d bytes, %v", coding, len(got), err)
			}
			d.Close()
		}
	}
}
