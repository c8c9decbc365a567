package chat

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
	"github.com/burncloud/burncloud/protocol/prototest"
)

var peeked = protocol.Peek{Endpoint: burncloud.EndpointChat, Model: "m", Stream: true, Choices: 1}

func anyPeek(string) *protocol.Peek { return &peeked }

func TestTap(t *testing.T) { prototest.Golden(t, New(), anyPeek) }

// TestHide checks that exactly the one event that Edits asked for is kept back, with its blank line.
func TestHide(t *testing.T) {
	files, err := filepath.Glob("testdata/*.reply")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".reply")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read, shown := prototest.Replay(t, New(), &peeked, true, body)
			open, _ := prototest.Replay(t, New(), &peeked, false, body)
			if read.Usage != open.Usage || read.Ended != open.Ended || read.Final != open.Final {
				t.Errorf("hiding changes what is read: %+v, else %+v", read, open)
			}
			if want := body[:len(body):len(body)]; !bytes.Equal(shown, withoutUsage(name, want)) {
				t.Errorf("the client gets\n%s\nof\n%s", shown, body)
			}
		})
	}
}

// withoutUsage takes out of a fixture what must be hidden, found by its own words.
func withoutUsage(name string, body []byte) []byte {
	end := "\n\n"
	switch name {
	case "stream-crlf":
		end = "\r\n\r\n"
	case "stream-cr":
		end = "\r\r"
	}
	var out []byte
	for len(body) > 0 {
		n := bytes.Index(body, []byte(end))
		if n < 0 {
			return append(out, body...)
		}
		event := body[:n+len(end)]
		body = body[len(event):]
		ours := bytes.Contains(event, []byte(`"choices":[],`)) && bytes.Contains(event, []byte(`"usage":{`)) && strings.HasPrefix(name, "stream") && !bytes.Contains(out, []byte("[DONE]"))
		if !ours {
			out = append(out, event...)
		}
	}
	return out
}

// TestHideIsPrompt checks that nothing waits but an event that has not ended.
func TestHideIsPrompt(t *testing.T) {
	tap := New().Tap(&peeked, true)
	first, usage, rest := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n", "data: [DONE]\n\n"
	steps := []struct{ in, out string }{
		{first, first},
		{first + first[:9], first},
		{first[9:], first},
		{first + usage + rest[:4], first},
		{rest[4:], rest},
	}
	for i, s := range steps {
		if got := tap.Write([]byte(s.in)); string(got) != s.out {
			t.Errorf("step %d: got %q, want %q", i, got, s.out)
		}
	}
	if r := tap.Reading(); !r.Ended || !r.HasUsage {
		t.Errorf("%+v", r)
	}
}

// TestWholeEventsAreNotCopied checks the usual case: what comes in goes out, itself.
func TestWholeEventsAreNotCopied(t *testing.T) {
	p := []byte("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n")
	for _, hide := range []bool{true, false} {
		if got := New().Tap(&peeked, hide).Write(p); len(got) != len(p) || &got[0] != &p[0] {
			t.Errorf("hide %v: a copy of %d bytes", hide, len(got))
		}
	}
}

// TestLargeEvent checks that an event beyond what is held goes through at once, and is still read.
func TestLargeEvent(t *testing.T) {
	event := `data: {"choices":[{"delta":{"audio":{"data":"` + strings.Repeat("QUJD", 500_000) + `"}},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2000}}` + "\n\ndata: [DONE]\n\n"
	for _, hide := range []bool{true, false} {
		tap := New().Tap(&peeked, hide)
		var out []byte
		for in := []byte(event); len(in) > 0; {
			n := min(1400, len(in))
			out = append(out, tap.Write(in[:n])...)
			if held := len(event) - len(in) + n - len(out); held > 17<<10 {
				t.Fatalf("hide %v: %d bytes held", hide, held)
			}
			in = in[n:]
		}
		out = append(out, tap.Close()...)
		if string(out) != event {
			t.Errorf("hide %v: other bytes", hide)
		}
		if r := tap.Reading(); r.Usage.Output != 2000 || !r.Ended {
			t.Errorf("hide %v: %+v", hide, r)
		}
	}
}

func FuzzTap(f *testing.F) { prototest.Fuzz(f, New(), &peeked) }

func BenchmarkTap(b *testing.B) {
	text := `data: {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-5-mini-2026-01-15","service_tier":"default","system_fingerprint":"fp_fc9f1d7035","choices":[{"index":0,"delta":{"content":" quick"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"aB3dE6"}` + "\n\n"
	plain := `{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,"model":"gpt-5-mini-2026-01-15","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("A sentence about \\\"usage\\\" of things.\\n", 8) + `","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default"}`
	vectors := `{"object":"list","data":[` + strings.Repeat(`{"object":"embedding","index":0,"embedding":[`+strings.Repeat("-0.012345678,", 1536)+`1]},`, 50) + `{}],"usage":{"prompt_tokens":8,"total_tokens":8}}`
	for _, c := range []struct {
		name, body string
		hide       bool
	}{
		{"event", text, false}, {"event-hide", text, true}, {"plain-1KB", plain, false}, {"plain-1MB", vectors, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			body := []byte(c.body)
			tap := New().Tap(&peeked, c.hide)
			stream := body[0] == 'd'
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				for p := body; len(p) > 0; {
					n := min(len(p), 32<<10)
					tap.Write(p[:n])
					p = p[n:]
				}
				if !stream {
					tap.Close()
					if !tap.Reading().Ended {
						b.Fatal("not ended")
					}
					tap.Reset()
				}
			}
		})
	}
}
