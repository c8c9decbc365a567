package protocol

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
)

func TestVendorErrorKind(t *testing.T) {
	for _, c := range []struct {
		v      VendorError
		kind   burncloud.Kind
		status int // of the fault's VendorStatus
	}{
		{VendorError{Status: 400}, burncloud.UpstreamRejected, 400},
		{VendorError{Status: 401}, burncloud.UpstreamCredential, 401},
		{VendorError{Status: 402}, burncloud.UpstreamCredential, 402},
		{VendorError{Status: 403}, burncloud.UpstreamCredential, 403},
		{VendorError{Status: 404, Code: "model_not_found"}, burncloud.UpstreamRejected, 404},
		{VendorError{Status: 408}, burncloud.UpstreamError, 408},
		{VendorError{Status: 409}, burncloud.UpstreamError, 409},
		{VendorError{Status: 413}, burncloud.UpstreamRejected, 413},
		{VendorError{Status: 422}, burncloud.UpstreamRejected, 422},
		{VendorError{Status: 429, Type: "requests", Code: "rate_limit_exceeded"}, burncloud.UpstreamRateLimit, 429},
		{VendorError{Status: 429, Type: "insufficient_quota", Code: "insufficient_quota"}, burncloud.UpstreamCredential, 429},
		{VendorError{Status: 429, Code: "billing_hard_limit_reached"}, burncloud.UpstreamCredential, 429},
		{VendorError{Status: 500}, burncloud.UpstreamError, 500},
		{VendorError{Status: 503, Code: "rate_limit_exceeded"}, burncloud.UpstreamError, 503},
		{VendorError{Status: 529}, burncloud.UpstreamError, 529},
		{VendorError{Status: 302}, burncloud.UpstreamBroken, 302},
		// Without a status, the words say it.
		{VendorError{Type: "rate_limit_error"}, burncloud.UpstreamRateLimit, 429},
		{VendorError{Type: "overloaded_error"}, burncloud.UpstreamError, 529},
		{VendorError{Type: "api_error"}, burncloud.UpstreamError, 500},
		{VendorError{Type: "invalid_request_error"}, burncloud.UpstreamRejected, 400},
		{VendorError{Type: "invalid_request_error", Code: "context_length_exceeded"}, burncloud.UpstreamRejected, 400},
		{VendorError{Code: "429", Message: "Provider returned error"}, burncloud.UpstreamRateLimit, 429},
		{VendorError{Code: "502"}, burncloud.UpstreamError, 502},
		{VendorError{Code: "1301"}, burncloud.UpstreamError, 500},
		{VendorError{Code: "image_parse_error"}, burncloud.UpstreamRejected, 400},
		{VendorError{Code: "RESOURCE_EXHAUSTED"}, burncloud.UpstreamRateLimit, 429},
		{VendorError{Code: "something_new"}, burncloud.UpstreamError, 500},
		{VendorError{}, burncloud.UpstreamError, 500},
		{VendorError{Status: 200, Type: "authentication_error"}, burncloud.UpstreamCredential, 401},
	} {
		f := c.v.Fault()
		if f.Kind != c.kind || f.VendorStatus != c.status || f.Message == "" {
			t.Errorf("%+v: %+v", c.v, f)
		}
	}
}

// TestVendorMessage checks which of a vendor's messages the client reads: those that blame its request.
func TestVendorMessage(t *testing.T) {
	const said = "Organization org-Zx81abc of key sk-proj-abc123 is over the limit"
	for status, shown := range map[int]bool{400: true, 404: true, 422: true, 401: false, 403: false, 429: false, 500: false, 529: false} {
		f := VendorError{Status: status, Message: said}.Fault()
		if got := strings.Contains(f.Message, "over the limit"); got != shown {
			t.Errorf("%d: %q", status, f.Message)
		}
		if strings.Contains(f.Error(), "abc") || !strings.Contains(f.Error(), "over the limit") {
			t.Errorf("%d: the log reads %q", status, f.Error())
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" a\n b\t\x00c ", "a b c"},
		{"key sk-abcdefgh, AIzaSyABCDEF and Bearer eyJhbGciOi", "key sk-*** AIza*** and Bearer eyJ***"},
		{"https://x/v1?key=abcdef", "https://x/v1?key=***"},
		{"task-oriented risk-free", "task-oriented risk-free"},
		{"bad \xff\xfe bytes", "bad \ufffd bytes"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	long := Clean(strings.Repeat("你好 ", 5000))
	if len(long) > maxText+3 || !utf8.ValidString(long) || !strings.HasSuffix(long, "…") {
		t.Errorf("%d bytes", len(long))
	}
}

func TestReadOpenAIError(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       VendorError
		own        bool
	}{
		{"openai", `{"error":{"message":"m","type":"t","param":"p","code":"c"}}`, VendorError{Message: "m", Type: "t", Param: "p", Code: "c"}, true},
		{"nulls", `{"error":{"message":"m","type":"t","param":null,"code":null}}`, VendorError{Message: "m", Type: "t"}, true},
		{"numeric code", `{"error":{"code":429,"message":"m"}}`, VendorError{Message: "m", Code: "429"}, false},
		{"bare string", `{"error":"m"}`, VendorError{Message: "m"}, false},
		{"flat", `{"object":"error","message":"m","type":"t","code":400}`, VendorError{Message: "m", Type: "t", Code: "400"}, false},
		{"message alone", `{"message":"m"}`, VendorError{Message: "m"}, false},
		{"detail", `{"detail":"m"}`, VendorError{Message: "m"}, false},
		{"list of details", `{"detail":[{"msg":"m"}]}`, VendorError{Message: `[{"msg":"m"}]`}, false},
		{"array", `[{"error":{"message":"m","type":"t"}}]`, VendorError{Message: "m", Type: "t"}, false},
		{"null error", `{"error":null,"message":"m"}`, VendorError{Message: "m"}, false},
		{"html", `<html>Bad gateway</html>`, VendorError{}, false},
		{"empty", ``, VendorError{}, false},
		{"cut", `{"error":{"message":"m","type":"t"}`, VendorError{Message: "m", Type: "t"}, false},
		{"trailing", `{"error":{"message":"m","type":"t"}} x`, VendorError{Message: "m", Type: "t"}, false},
		{"other object", `{"ok":true}`, VendorError{}, false},
	} {
		if v, own := ReadOpenAIError([]byte(c.body)); v != c.want || own != c.own {
			t.Errorf("%s: %+v, own %v", c.name, v, own)
		}
	}
}

// TestOpenAIWords checks that no kind of fault is without words of its own.
func TestOpenAIWords(t *testing.T) {
	for _, kind := range burncloud.Kinds() {
		if _, ok := openAIWords[kind]; !ok {
			t.Errorf("%s has no words", kind)
		}
	}
	if kind, code := OpenAIWords(&burncloud.Fault{Kind: burncloud.NotFound, Param: "model"}); kind != "invalid_request_error" || code != "model_not_found" {
		t.Error(kind, code)
	}
	if _, code := OpenAIWords(&burncloud.Fault{Kind: burncloud.NotFound, Param: "path"}); code != "not_found" {
		t.Error(code)
	}
}

func TestCountText(t *testing.T) {
	for _, c := range []struct {
		in   string
		text int64
		end  int
	}{
		{`{"content":"abc"},"x":1`, 3, 17},
		{`"ab\"c","x"`, 5, 7},
		{`null,"x":"y"`, 0, 4},
		{`{"role":"assistant","content":""}`, 0, 33},
		{`{"tool_calls":[{"id":"call_1","function":{"name":"f","arguments":"{}"}}]}`, 2, 73},
		{`{"type":"signature_delta","signature":"zzz"}`, 0, 44},
		{`{"content":"ab`, 0, 14},
		{``, 0, 0},
		{`}`, 0, 1},
	} {
		if text, end := CountText([]byte(c.in)); text != c.text || end != c.end {
			t.Errorf("%s: %d, %d", c.in, text, end)
		}
	}
}

func TestAfter(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{
		{`{"usage":{}}`, 9}, {`{"usage" : 1}`, 11}, {`{"x":"usage","y":1}`, -1}, {`{"x":"\"usage\":1"}`, -1},
		{`{"x_usage":1,"usage":2}`, 21}, {`{"usage"`, -1}, {``, -1}, {`{"x":"usage","usage":3}`, 21},
	} {
		if got := After([]byte(c.in), 0, `usage"`); got != c.want {
			t.Errorf("%s: %d, want %d", c.in, got, c.want)
		}
	}
}

func TestEventType(t *testing.T) {
	for in, want := range map[string]string{
		`{"type":"ping"}`: "ping", `{"a":{"type":"no"},"type":"ping"}`: "ping", `{"type": "ping"}`: "ping",
		`{"type":7}`: "", `{"a":1}`: "", `x`: "", `{"type":"pi`: "",
	} {
		if got := EventType([]byte(in)); string(got) != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}
