package app_test

import (
	"strings"
	"testing"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/testkit"
)

// wrong makes bodies that are not right from one that is, for every protocol. %M is the member that holds
// the model, with its comma; a path that names the model has none.
var wrong = []struct {
	name, body string
	only       string // paths that hold this alone; "" is all
	status     int
}{
	{"nothing", "", "", 400},
	{"blanks", " \r\n\t ", "", 400},
	{"half an object", `{%M"messages":[`, "", 400},
	{"an array", `[{%M"a":1}]`, "", 400},
	{"a string", `"gpt-5-mini"`, "", 400},
	{"a number", `1`, "", 400},
	{"null", `null`, "", 400},
	{"two objects", `{%M"a":1}{"b":2}`, "", 400},
	{"text behind", `{%M"a":1} x`, "", 400},
	{"trailing comma", `{%M"a":1,}`, "", 400},
	{"single quotes", `{%M'a':1}`, "", 400},
	{"no quotes", `{%Ma:1}`, "", 400},
	{"a comment", `{%M/* a */"a":1}`, "", 400},
	{"web form", `model=gpt-5-mini&messages=hi`, "", 400},
	{"byte order mark", "\xef\xbb\xbf{%M\"a\":1}", "", 400},
	{"UTF-16", "{\x00\"\x00m\x00", "", 400},
	{"NUL in front", "\x00{%M\"a\":1}", "", 400},
	{"a bracket too many", `{%M"a":1}}`, "", 400},
	{"unbalanced", `{%M"a":[1}]}`, "", 400},

	{"no model", `{"a":1}`, "/v1/", 400},
	{"model null", `{"model":null}`, "/v1/", 400},
	{"model number", `{"model":5}`, "/v1/", 400},
	{"model object", `{"model":{"name":"gpt-5-mini"}}`, "/v1/", 400},
	{"model empty", `{"model":""}`, "/v1/", 400},
	{"model twice", `{%M"model":"fast"}`, "/v1/", 400},
	{"model twice, the same", `{%M%M"a":1}`, "/v1/", 400},
	{"model twice, escaped", `{%M"mod\u0065l":"fast"}`, "/v1/", 400},
	{"model in upper case", `{%M"MODEL":"fast"}`, "/v1/", 400},
	{"model in mixed case alone", `{"Model":"gpt-5-mini"}`, "/v1/", 400},
	{"model not UTF-8", "{\"model\":\"gpt-\xff\xfe\"}", "/v1/", 400},
	{"model with half a pair", `{"model":"gpt-\ud800"}`, "/v1/", 404},
	{"model with NUL", `{"model":"gpt-5-mini\u0000"}`, "/v1/", 400},
	{"model with a line end", `{"model":"gpt-5-mini\r\nX: y"}`, "/v1/", 400},
	{"model unknown", `{"model":"no-such-model"}`, "/v1/", 404},
	{"model in another case", `{"model":"GPT-5-MINI"}`, "/v1/", 404},
	{"model with a blank behind", `{"model":"gpt-5-mini "}`, "/v1/", 404},
	{"a megabyte of model", `{"model":"` + strings.Repeat("m", 1<<20) + `"}`, "/v1/", 400},
	{"a longish model", `{"model":"` + strings.Repeat("m", 300) + `"}`, "/v1/", 400},

	{"stream is a string", `{%M"stream":"true"}`, "/v1/chat", 400},
	{"stream is a number", `{%M"stream":1}`, "/v1/messages", 400},
	{"stream twice", `{%M"stream":true,"stream":false}`, "/v1/messages", 400},
	{"stream in upper case", `{%M"Stream":true}`, "/v1/chat", 400},
	{"options are a list", `{%M"stream":true,"stream_options":[]}`, "/v1/chat", 400},
	{"include_usage is a string", `{%M"stream":true,"stream_options":{"include_usage":"yes"}}`, "/v1/chat", 400},
	{"include_usage twice", `{%M"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`, "/v1/chat", 400},
	{"cap below zero", `{%M"max_tokens":-1}`, "/v1/messages", 400},
	{"cap a fraction", `{%M"max_tokens":1.5}`, "/v1/messages", 400},
	{"cap a string", `{%M"max_tokens":"100"}`, "/v1/messages", 400},
	{"cap a list", `{%M"max_tokens":[100]}`, "/v1/chat", 400},
	{"cap twice", `{%M"max_tokens":1,"max_tokens":100000}`, "/v1/chat", 400},
	{"cap in upper case", `{%M"max_tokens":1,"Max_Tokens":100000}`, "/v1/messages", 400},
	{"choices zero", `{%M"n":0}`, "/v1/chat", 400},
	{"choices below zero", `{%M"n":-9223372036854775808}`, "/v1/chat", 400},
	{"config a list", `{"generationConfig":[]}`, "/v1beta", 400},
	{"config twice", `{"generationConfig":{},"generation_config":{"maxOutputTokens":99999}}`, "/v1beta", 400},
	{"Gemini's cap below zero", `{"generationConfig":{"maxOutputTokens":-5}}`, "/v1beta", 400},
	{"Gemini's cap twice", `{"generationConfig":{"maxOutputTokens":5,"max_output_tokens":99999}}`, "/v1beta", 400},
	{"candidates zero", `{"generationConfig":{"candidateCount":0}}`, "/v1beta", 400},
}

// Whatever is wrong with a body is said in the protocol's own shape, and no vendor sees it.
func TestWrongBodies(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, m := range spoken {
		member := `"model":"` + m.model + `",`
		if strings.HasPrefix(m.path, "/v1beta") {
			member = ""
		}
		for _, c := range wrong {
			if !strings.HasPrefix(m.path, c.only) {
				continue
			}
			got := b.post(m.path, aliceKey, strings.ReplaceAll(c.body, "%M", member))
			if got.status != c.status {
				t.Errorf("%s, %s: %d, want %d: %.300s", m.name, c.name, got.status, c.status, got.body)
				continue
			}
			if len(got.body) > 2000 {
				t.Errorf("%s, %s: %d bytes of error: %.300s", m.name, c.name, len(got.body), got.body)
			}
			checkShape(t, m.path, got)
		}
	}
	if n := vendor.Count(); n != 0 {
		t.Errorf("the vendor was asked %d times; the last was %s", n, vendor.Last(t).Body)
	}
}

// What is odd but not wrong is the vendor's to judge, and reaches it as it is.
func TestOddBodiesPass(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	vendor.Script(testkit.Script{Times: -1, Body: []byte(`{"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)})
	for name, body := range map[string]string{
		"deep":                    `{"model":"gpt-5-mini","a":` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + `}`,
		"deep objects":            `{"model":"gpt-5-mini","a":` + strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000) + `}`,
		"a megabyte of text":      `{"messages":"` + strings.Repeat("x", 1<<20) + `","model":"gpt-5-mini"}`,
		"many members":            `{` + strings.Repeat(`"a":1,`, 100_000) + `"model":"gpt-5-mini"}`,
		"model inside others":     `{"a":{"model":"x"},"b":[{"model":"y"}],"model":"gpt-5-mini"}`,
		"model as a value":        `{"a":"model","model":"gpt-5-mini","b":"\"model\":\"fast\""}`,
		"escaped name":            `{"model":"gpt\u002d5\u002dmini"}`,
		"escaped key":             `{"mod\u0065l":"gpt-5-mini"}`,
		"half a pair in the text": `{"model":"gpt-5-mini","a":"\ud83d"}`,
		"not UTF-8 in the text":   "{\"model\":\"gpt-5-mini\",\"a\":\"\xff\xfe\"}",
		"large numbers":           `{"model":"gpt-5-mini","seed":123456789012345678901234567890,"temperature":1e-400}`,
	} {
		got := b.post("/v1/chat/completions", aliceKey, body)
		if got.status != 200 {
			t.Errorf("%s: %d: %.300s", name, got.status, got.body)
			continue
		}
		if sent := string(vendor.Last(t).Body); sent != body {
			t.Errorf("%s: the vendor got %d bytes %.100q, not %d", name, len(sent), sent, len(body))
		}
	}
}

// No number in a request makes money wrap round: a limited user cannot pay for it, and what an
// unlimited one reserves stays in range, however many calls are under way.
func TestHugeNumbersAndMoney(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	vendor.Script(testkit.Script{Times: -1, Body: []byte(`{"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)})
	const most = "9223372036854775807"
	for _, c := range []struct {
		path, body string
		poor       int // for one who has a dollar; a cap above what the model can write at all says nothing
	}{
		{"/v1/chat/completions", `{"model":"gpt-5-mini","max_tokens":` + most + `}`, 200},
		{"/v1/chat/completions", `{"model":"gpt-5-mini","max_completion_tokens":` + most + `,"n":` + most + `}`, 402},
		{"/v1/chat/completions", `{"model":"gpt-5-mini","n":` + most + `}`, 402},
		{"/v1/chat/completions", `{"model":"gpt-5-mini","max_tokens":4294967296,"n":4294967296}`, 402},
		{"/v1/completions", `{"model":"gpt-5-mini","best_of":` + most + `,"max_tokens":3}`, 402},
		{"/v1/messages", `{"model":"claude-sonnet-4-5","max_tokens":` + most + `}`, 200},
		{"/v1/responses", `{"model":"gpt-5-mini","max_output_tokens":` + most + `}`, 200},
		{"/v1beta/models/gemini-2.5-flash:generateContent", `{"generationConfig":{"maxOutputTokens":` + most + `,"candidateCount":` + most + `}}`, 402},
	} {
		if got := b.post(c.path, bobKey, c.body); got.status != c.poor {
			t.Errorf("%s with a dollar: %d: %s", c.body, got.status, got.body)
		}
		if got := b.post(c.path, aliceKey, c.body); got.status != 200 {
			t.Errorf("%s without a limit: %d: %s", c.body, got.status, got.body)
		}
	}
	for _, n := range []string{"9223372036854775808", "99999999999999999999999", "1e30", "1e999999999", "-1e30", "0x10", "Infinity", "NaN"} {
		got := b.post("/v1/chat/completions", bobKey, `{"model":"gpt-5-mini","max_tokens":`+n+`}`)
		if got.status != 400 {
			t.Errorf("%s: %d: %s", n, got.status, got.body)
		}
		checkShape(t, "/v1/chat/completions", got)
	}
	b.settled(t)
	var users struct{ Items []burncloud.User }
	b.local("GET", "/users", nil, &users)
	for _, u := range users.Items {
		if u.Balance > burncloud.USD || u.Balance < -burncloud.USD {
			t.Errorf("%s has %s", u.Username, u.Balance)
		}
	}
}

// What a vendor claims to have counted cannot make money wrap round either.
func TestAbsurdUsageAndMoney(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	for _, usage := range []string{
		`{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}`,
		`{"prompt_tokens":-5,"completion_tokens":-9223372036854775808}`,
		`{"prompt_tokens":1e30,"completion_tokens":"many"}`,
		`{"prompt_tokens":10,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":9223372036854775807},"completion_tokens_details":{"reasoning_tokens":9223372036854775807}}`,
		`{"prompt_tokens":10,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":-9223372036854775808}}`,
		`[]`, `{}`, `"x"`,
	} {
		vendor.Script(testkit.Script{Body: []byte(`{"choices":[{"finish_reason":"stop","message":{"content":"hello"}}],"usage":` + usage + `}`)})
		got := b.post("/v1/chat/completions", aliceKey, `{"model":"gpt-5-mini","messages":[]}`)
		if got.status != 200 {
			t.Errorf("%s: %d: %s", usage, got.status, got.body)
			continue
		}
		rec := b.logged(got.header.Get("X-Request-Id"))
		if rec.Cost < 0 || rec.Usage.Input < 0 || rec.Usage.Output < 0 || rec.Usage.TotalInput() < 0 || rec.Usage.TotalOutput() < 0 {
			t.Errorf("%s: %+v, cost %s", usage, rec.Usage, rec.Cost)
		}
	}
	b.settled(t)
}

// A count that cannot be true is none: the call is billed by an estimate that says so.
func TestImpossibleUsageIsEstimated(t *testing.T) {
	vendor := testkit.NewVendor(t)
	b := start(t, vendor, standard)
	const most = "9223372036854775807"
	for _, c := range []struct{ call, reply string }{
		{"chat", `{"choices":[{"finish_reason":"stop","message":{"content":"some words of text"}}],"usage":{"prompt_tokens":` + most + `,"completion_tokens":2}}`},
		{"responses", `{"status":"completed","output":[{"content":[{"text":"some words of text"}]}],"usage":{"input_tokens":1,"output_tokens":` + most + `}}`},
		{"messages", `{"type":"message","content":[{"type":"text","text":"some words of text"}],"usage":{"input_tokens":` + most + `,"output_tokens":` + most + `}}`},
		{"generate", `{"candidates":[{"content":{"parts":[{"text":"some words of text"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":` + most + `,"candidatesTokenCount":1}}`},
	} {
		for _, m := range spoken {
			if m.name != c.call {
				continue
			}
			vendor.Script(testkit.Script{Body: []byte(c.reply)})
			got := b.post(m.path, bobKey, m.body)
			rec := b.logged(got.header.Get("X-Request-Id"))
			if u := rec.Usage; !u.Estimated || u.Input == 0 || u.Input > 100 || u.Output < 4 || u.Output > 10 || rec.Cost == 0 {
				t.Errorf("%s: %d, %+v, cost %s", c.call, got.status, u, rec.Cost)
			}
		}
	}
	b.settled(t)
}
