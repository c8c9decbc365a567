package provider_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/burncloud/burncloud/provider"
)

func TestForward(t *testing.T) {
	check := func(what string, f func([]byte) bool, want bool, names string) {
		for _, n := range strings.Fields(names) {
			for _, v := range []string{n, strings.ToLower(n), strings.ToUpper(n)} {
				if f([]byte(v)) != want {
					t.Errorf("%s %s = %v", what, v, !want)
				}
			}
		}
	}
	check("request", provider.ForwardRequest, true, `Accept Content-Type User-Agent Anthropic-Version Anthropic-Beta
		OpenAI-Beta X-Goog-Api-Client X-Client-Request-Id Idempotency-Key Traceparent Tracestate`)
	check("request", provider.ForwardRequest, false, `Authorization X-Api-Key Api-Key X-Goog-Api-Key Proxy-Authorization Cookie
		Host Connection Keep-Alive TE Trailer Transfer-Encoding Upgrade Expect Content-Length Content-Encoding Accept-Encoding
		X-Forwarded-For X-Forwarded-Host X-Real-Ip Forwarded Via CF-Connecting-Ip True-Client-Ip Origin Referer
		OpenAI-Organization OpenAI-Project X-Goog-User-Project X-Stainless-Os X-Request-Id Baggage X-BurnCloud-Hop`)
	check("response", provider.ForwardResponse, true, `Content-Type Cache-Control Retry-After Retry-After-Ms X-Should-Retry Request-Id
		OpenAI-Processing-Ms OpenAI-Version X-RateLimit-Remaining-Tokens Anthropic-RateLimit-Requests-Reset`)
	check("response", provider.ForwardResponse, false, `Set-Cookie Server Date CF-Ray CF-Cache-Status Alt-Svc Strict-Transport-Security
		Connection Keep-Alive Transfer-Encoding Content-Length Content-Encoding Trailer Upgrade Via X-Request-Id
		OpenAI-Organization OpenAI-Project Anthropic-Organization-Id WWW-Authenticate Access-Control-Allow-Origin Location X-RateLimit-`)
	if provider.ForwardRequest(nil) || provider.ForwardResponse([]byte(strings.Repeat("x", 10_000))) {
		t.Error("an empty or endless name passed")
	}
}

func TestForwardAllocates(t *testing.T) {
	names := [][]byte{[]byte("User-Agent"), []byte("Authorization"), []byte("X-RateLimit-Remaining-Tokens")}
	dst, query := make([]byte, 0, 64), []byte("alt=sse&key=secret")
	if n := testing.AllocsPerRun(100, func() {
		for _, n := range names {
			provider.ForwardRequest(n)
			provider.ForwardResponse(n)
		}
		dst = provider.AppendQuery(dst[:0], query)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"key=secret":                 "",
		"alt=sse":                    "?alt=sse",
		"key=secret&alt=sse":         "?alt=sse",
		"alt=sse&key=secret":         "?alt=sse",
		"b=2&a=1&&a=3":               "?b=2&a=1&a=3",
		"a=%20+&%6Bey=x&b":           "?a=%20+&b",
		"key":                        "",
		"%6b%65%79=x":                "",
		"access_token=x&$key=y":      "",
		"keys=1&monkey=2&key2=3":     "?keys=1&monkey=2&key2=3",
		"a=key=b":                    "?a=key=b",
		"%6=1&%=2&%zz=3":             "?%6=1&%=2&%zz=3",
		"averyveryverylongname=1&k=": "?averyveryverylongname=1&k=",
	} {
		if got := string(provider.AppendQuery(nil, []byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzAppendQuery: no spelling of "key" that a vendor would decode gets through, and all else does.
func FuzzAppendQuery(f *testing.F) {
	f.Add([]byte("alt=sse&%6bey=x"))
	f.Add([]byte("a&&b=%"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out := string(provider.AppendQuery(nil, in))
		var want []string
		for p := range strings.SplitSeq(string(in), "&") {
			name, _, _ := strings.Cut(p, "=")
			if d, err := url.PathUnescape(name); err == nil && d == "key" {
				if strings.Contains("&"+strings.TrimPrefix(out, "?")+"&", "&"+p+"&") {
					t.Fatalf("%q let %q through: %q", in, p, out)
				}
				continue
			}
			if p != "" && !strings.ContainsAny(name, "%$") && !strings.HasPrefix(name, "a") && !strings.HasPrefix(name, "o") {
				want = append(want, p)
			}
		}
		for _, p := range want {
			if !strings.Contains("&"+strings.TrimPrefix(out, "?")+"&", "&"+p+"&") {
				t.Fatalf("%q lost %q: %q", in, p, out)
			}
		}
	})
}
