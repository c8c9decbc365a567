package channel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
	"github.com/tidwall/gjson"
)

// probe is the small request of a test and how its answer is read.
type probe struct {
	endpoint burncloud.Endpoint
	bodies   [][]byte // the second is for vendors that refuse the first, see again
	member   string   // what every answer of this endpoint has
	answer   func(body []byte) string
}

const (
	prompt = "Reply with the word: pong"
	// cap leaves models that think before they speak a little room.
	outputCap = 64
)

// newProbe chooses the endpoint: that of the model's kind where its name says it, else conversation.
func newProbe(row *provider.Row, model string) (*probe, error) {
	order := []burncloud.Endpoint{
		burncloud.EndpointChat, burncloud.EndpointMessages, burncloud.EndpointGenerate, burncloud.EndpointResponses, burncloud.EndpointCompletions,
	}
	switch name := strings.ToLower(model); {
	case strings.Contains(name, "embed"):
		order = append([]burncloud.Endpoint{burncloud.EndpointEmbeddings, burncloud.EndpointEmbed}, order...)
	case strings.Contains(name, "moderation"):
		order = append([]burncloud.Endpoint{burncloud.EndpointModerations}, order...)
	}
	for _, ep := range order {
		if row.Speaks(ep) {
			return probeOf(ep, model), nil
		}
	}
	return nil, burncloud.Faultf(burncloud.Invalid, "%s offers nothing that could be tested", row.Name)
}

type object = map[string]any

func probeOf(ep burncloud.Endpoint, model string) *probe {
	p := &probe{endpoint: ep}
	ask := func(bodies ...object) {
		for _, b := range bodies {
			raw, err := json.Marshal(b)
			if err != nil {
				panic(err) // strings and numbers cannot fail
			}
			p.bodies = append(p.bodies, raw)
		}
	}
	message := []object{{"role": "user", "content": prompt}}
	content := object{"parts": []object{{"text": prompt}}}
	switch ep {
	case burncloud.EndpointMessages:
		p.member, p.answer = "content", path(`content.#(type=="text").text`)
		ask(object{"model": model, "max_tokens": outputCap, "messages": message})
	case burncloud.EndpointGenerate:
		p.member, p.answer = "candidates", path(`candidates.0.content.parts.#(text!="").text`)
		content["role"] = "user"
		ask(object{"contents": []object{content}, "generationConfig": object{"maxOutputTokens": outputCap}})
	case burncloud.EndpointResponses:
		p.member, p.answer = "output", path(`output.#(type=="message").content.0.text`)
		ask(object{"model": model, "max_output_tokens": outputCap, "input": prompt})
	case burncloud.EndpointCompletions:
		p.member, p.answer = "choices", path("choices.0.text")
		ask(object{"model": model, "max_tokens": outputCap, "prompt": prompt})
	case burncloud.EndpointEmbeddings:
		p.member, p.answer = "data", dimensions("data.0.embedding.#")
		ask(object{"model": model, "input": prompt})
	case burncloud.EndpointEmbed:
		p.member, p.answer = "embedding", dimensions("embedding.values.#")
		ask(object{"content": content})
	case burncloud.EndpointModerations:
		p.member, p.answer = "results", path("results.0.flagged")
		ask(object{"model": model, "input": prompt})
	default:
		p.member, p.answer = "choices", path("choices.0.message.content")
		ask(object{"model": model, "max_tokens": outputCap, "messages": message},
			object{"model": model, "max_completion_tokens": outputCap, "messages": message})
	}
	return p
}

// again tells whether the vendor wants the second body: newer OpenAI models refuse max_tokens and name
// what they want instead, older servers know nothing else.
func (p *probe) again(sent *Sent) bool {
	return sent.Status == http.StatusBadRequest && bytes.Contains(sent.Body, []byte("max_completion_tokens"))
}

// read tells the answer, or what is wrong with it.
func (p *probe) read(sent *Sent, secrets []string) (answer string, fault burncloud.Kind, message string) {
	if sent.Status < 200 || sent.Status > 299 {
		return "", kindOf(sent.Status), said(sent, secrets)
	}
	if !gjson.ValidBytes(sent.Body) || !gjson.GetBytes(sent.Body, p.member).Exists() {
		if e := gjson.GetBytes(sent.Body, "error"); e.Exists() && e.Type != gjson.Null {
			return "", burncloud.UpstreamError, said(sent, secrets)
		}
		return "", burncloud.UpstreamBroken, fmt.Sprintf(
			"the vendor answered %d, but not in the form of the %s endpoint; is the base URL right?", sent.Status, p.endpoint)
	}
	return clean(p.answer(sent.Body), secrets), "", ""
}

// kindOf is what a vendor's status means for the channel.
func kindOf(status int) burncloud.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired, status == http.StatusForbidden:
		return burncloud.UpstreamCredential
	case status == http.StatusTooManyRequests:
		return burncloud.UpstreamRateLimit
	case status >= 500:
		return burncloud.UpstreamError
	case status >= 400:
		return burncloud.UpstreamRejected
	}
	return burncloud.UpstreamBroken
}

// said is the vendor's own explanation, safe to show.
func said(sent *Sent, secrets []string) string {
	head := fmt.Sprintf("the vendor answered %d %s", sent.Status, http.StatusText(sent.Status))
	if gjson.ValidBytes(sent.Body) {
		for _, at := range []string{"error.message", "message", "error", "detail", "errors.0.message", "0.error.message"} {
			if v := gjson.GetBytes(sent.Body, at); v.Type == gjson.String && v.Str != "" {
				return strings.TrimSpace(head) + ": " + clean(v.Str, secrets)
			}
		}
		return strings.TrimSpace(head)
	}
	if text := bytes.TrimSpace(sent.Body); bytes.HasPrefix(text, []byte("<")) {
		return strings.TrimSpace(head) + " with a web page; is the base URL right?"
	} else if len(text) > 0 {
		return strings.TrimSpace(head) + ": " + clean(string(text), secrets)
	}
	return strings.TrimSpace(head)
}

// maxText bounds what is shown of a vendor's words, in characters.
const maxText = 500

// clean makes a vendor's words safe to show: no credential, no control characters, not too long.
func clean(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "…"+tail(s))
	}
	text = strings.ToValidUTF8(text, "�")
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if r := []rune(text); len(r) > maxText {
		text = string(r[:maxText]) + "…"
	}
	return text
}

func path(at string) func([]byte) string {
	return func(body []byte) string { return gjson.GetBytes(body, at).String() }
}

func dimensions(at string) func([]byte) string {
	return func(body []byte) string {
		return fmt.Sprintf("a vector of %d numbers", gjson.GetBytes(body, at).Int())
	}
}
