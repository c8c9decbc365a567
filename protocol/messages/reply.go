package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// DecodeResponse implements protocol.Bridge.
func (bridge) DecodeResponse(body []byte) (*protocol.Response, *burncloud.Fault) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if !json.Valid(body) || len(body) == 0 || body[0] != '{' {
		return nil, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is no JSON object")
	}
	d := &reader{}
	o := d.object(body, "")
	content, stop := o.take("content"), o.text("stop_reason")
	if o.text("type") == "error" || protocol.IsError(o.take("error")) {
		return nil, readFault(body)
	}
	if content == nil && stop == "" || content != nil && content[0] != '[' && content[0] != '"' {
		return nil, burncloud.Faultf(burncloud.UpstreamBroken, "the vendor's answer is no message")
	}
	a := &protocol.Response{ID: o.text("id"), Model: o.text("model")}
	c := protocol.Choice{Sequence: o.text("stop_sequence")}
	called := false
	if content != nil {
		c.Blocks = d.reply(content)
	}
	for _, b := range c.Blocks {
		called = called || b.Kind == protocol.BlockToolCall
	}
	c.Stop = stopOf(stop, called)
	if why := explanation(d, o.take("stop_details")); why != "" {
		c.Blocks = append(c.Blocks, protocol.Block{Kind: protocol.BlockRefusal, Text: why})
	}
	if usage := o.take("usage"); usage != nil {
		a.ServiceTier = tier(d, usage)
		if n, ok := read(usage); ok {
			if u := n.usage(); protocol.Plausible(u) {
				a.Usage, a.HasUsage = u, true
			}
		}
	}
	a.Choices = []protocol.Choice{c}
	return a, nil
}

// readFault is the fault in an error document that came with a status of success, or in a stream.
func readFault(doc []byte) *burncloud.Fault {
	v, _ := readError(doc)
	if v.Type == "error" {
		v.Type = ""
	}
	return v.Fault()
}

// explanation is the words of a refusal.
func explanation(d *reader, details []byte) string {
	if details == nil || details[0] != '{' {
		return ""
	}
	o := d.object(details, "stop_details")
	if o.text("type") != "refusal" {
		return ""
	}
	return o.text("explanation")
}

func tier(d *reader, usage []byte) string {
	return tiers[d.object(usage, "usage").text("service_tier")]
}

// reply reads the blocks of an answer. What is not known is kept as it is.
func (d *reader) reply(content []byte) (out []protocol.Block) {
	if s, ok := jsonedit.Text(content); ok {
		return []protocol.Block{{Kind: protocol.BlockText, Text: s}}
	}
	for _, raw := range d.elements(content, "content") {
		o := d.object(raw, "")
		b := d.head(o, raw)
		switch b.Kind {
		case protocol.BlockText:
			b.Text = o.text("text")
			b.Citations = d.citations(o.take("citations"))
		case protocol.BlockThinking:
			b.Text = o.text("thinking")
			if b.Thinking.Redacted == "" {
				b.Thinking.Signature = seal(o.text("signature"))
			}
		case protocol.BlockToolCall:
			b.Call.Args = arguments(o.take("input"))
		}
		out = append(out, *b)
	}
	return out
}

// head reads what a block is: its kind, a call's id and name, and all of what comes whole.
func (d *reader) head(o *object, raw []byte) *protocol.Block {
	switch kind := o.text("type"); kind {
	case "text":
		return &protocol.Block{Kind: protocol.BlockText}
	case "tool_use":
		return &protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: o.text("id"), Name: o.text("name")}}
	case "thinking":
		return &protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{}}
	case "redacted_thinking":
		return &protocol.Block{Kind: protocol.BlockThinking, Thinking: &protocol.Thinking{
			Redacted: o.text("data"), Signature: &protocol.Signature{From: burncloud.Messages},
		}}
	default:
		return &protocol.Block{Kind: protocol.BlockOpaque, Opaque: opaque(kind, raw)}
	}
}

// arguments are a call's input as it came; some vendors send the text of an object.
func arguments(input []byte) string {
	if s, ok := jsonedit.Text(input); ok {
		return s
	}
	if input == nil {
		return ""
	}
	return string(value(nil, input))
}

// citations are the sources of a text.
func (d *reader) citations(raw []byte) (out []protocol.Citation) {
	if raw == nil {
		return nil
	}
	for _, one := range d.elements(raw, "citations") {
		out = append(out, d.citation(one))
	}
	return out
}

func (d *reader) citation(raw []byte) protocol.Citation {
	o := d.object(raw, "")
	c := protocol.Citation{URL: o.text("url"), Title: o.text("title"), Quote: o.text("cited_text")}
	if c.Title == "" {
		c.Title = o.text("document_title")
	}
	if source := o.text("source"); c.URL == "" && (strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://")) {
		c.URL = source
	}
	return c
}

// appendCitation writes a source. Anthropic's own have a sealed index, which only it can make.
func appendCitation(dst []byte, c protocol.Citation) []byte {
	dst = word(append(dst, '{'), "type", "web_search_result_location")
	dst = word(word(dst, "url", c.URL), "title", c.Title)
	return append(word(word(dst, "encrypted_index", ""), "cited_text", c.Quote), '}')
}

// answer is an answer on its way to a client.
type answer struct {
	r      *protocol.Request
	losses []protocol.Loss
}

// maxLosses is how many losses of one answer are told.
const maxLosses = 100

func (a *answer) lose(field, reason string) {
	l := protocol.Loss{Field: field, Reason: reason}
	for _, old := range a.losses {
		if old == l {
			return
		}
	}
	if len(a.losses) < maxLosses {
		a.losses = append(a.losses, l)
	}
}

// hidden tells whether the client asked for no thoughts, or for their seals alone.
func (a *answer) hidden() bool {
	if a.r == nil || a.r.Reasoning == nil {
		return false
	}
	n := a.r.Reasoning
	return n.Off || n.Include != nil && !*n.Include
}

// id is the id of a message: the vendor's where it looks like one, else one made from it.
func messageID(s *protocol.Response) string {
	switch {
	case strings.HasPrefix(s.ID, "msg_"):
		return s.ID
	case s.ID == "":
		return "msg_" + legal(fmt.Sprintf("%s.%d", s.Model, s.Created))
	}
	return "msg_" + legal(s.ID)
}

// model is the name that the client knows.
func (a *answer) model(s *protocol.Response) string {
	if a.r != nil && a.r.Model != "" {
		return a.r.Model
	}
	return s.Model
}

// callID is the id of the call that is block i.
func callID(c *protocol.ToolCall, i int) string {
	if c.ID == "" {
		return fmt.Sprintf("toolu_%d", i)
	}
	return legal(c.ID)
}

// appendUsage writes usage, with all inputs but the cached ones in one.
func appendUsage(dst []byte, u burncloud.Usage, tier string) []byte {
	dst = whole(append(dst, '{'), "input_tokens", u.Input+u.AudioInput+u.ImageInput)
	dst = whole(dst, "cache_creation_input_tokens", u.CacheWrite5m+u.CacheWrite1h)
	dst = whole(dst, "cache_read_input_tokens", u.CacheRead)
	dst = whole(append(key(dst, "cache_creation"), '{'), "ephemeral_5m_input_tokens", u.CacheWrite5m)
	dst = append(whole(dst, "ephemeral_1h_input_tokens", u.CacheWrite1h), '}')
	dst = whole(dst, "output_tokens", u.TotalOutput())
	if u.Reasoning > 0 {
		dst = append(whole(append(key(dst, "output_tokens_details"), '{'), "thinking_tokens", u.Reasoning), '}')
	}
	if tier != "" {
		dst = word(dst, "service_tier", tierOf(tier))
	}
	return append(dst, '}')
}

// appendStop writes why a message ended.
func appendStop(dst []byte, stop protocol.StopReason, sequence string, called bool) []byte {
	dst = word(dst, "stop_reason", reasonOf(stop, called))
	dst = key(dst, "stop_sequence")
	if stop == protocol.StopSequence {
		dst = protocol.AppendStringOrNull(dst, sequence)
	} else {
		dst = append(dst, "null"...)
	}
	if stop == protocol.StopFilter {
		dst = append(key(dst, "stop_details"), `{"type":"refusal","category":null,"explanation":null}`...)
	}
	return dst
}
