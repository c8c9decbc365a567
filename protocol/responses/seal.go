package responses

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// A reasoning item has two things that only its own vendor understands: its id and its encrypted
// content. A Signature from this protocol holds both, as "id:content"; a bare content has no colon.

// sign joins them; nil when there is no content, for an id alone is worth nothing to another channel.
func sign(id, content string) *protocol.Signature {
	if content == "" {
		return nil
	}
	if id != "" {
		content = id + ":" + content
	}
	return &protocol.Signature{From: burncloud.Responses, Value: content}
}

// signed takes them apart.
func signed(value string) (id, content string) {
	id, content, ok := strings.Cut(value, ":")
	if !ok {
		return "", value
	}
	return id, content
}

// A client of this protocol keeps the seals of other vendors for us: its encrypted_content is then an
// envelope, "bc1.<protocol>.s.<signature>" or, for thoughts that are sealed whole,
// "bc1.<protocol>.r.<redacted>". It comes back with the next request, is opened there, and never
// reaches a vendor.
const envelope = "bc1."

// enclose is the encrypted_content for a client: our own kind as it is, another's in an envelope.
func enclose(t *protocol.Thinking) (id, content string) {
	if t == nil {
		return "", ""
	}
	s := t.Signature
	if t.Redacted != "" {
		if s == nil || s.From == "" {
			return "", ""
		}
		return "", envelope + string(s.From) + ".r." + t.Redacted
	}
	switch {
	case s == nil || s.Value == "":
		return "", ""
	case s.From == burncloud.Responses:
		return signed(s.Value)
	}
	return "", envelope + string(s.From) + ".s." + s.Value
}

// disclose reads what stands in a reasoning item of a client or vendor.
func disclose(id, content string) (sig *protocol.Signature, redacted string) {
	rest, ok := strings.CutPrefix(content, envelope)
	if !ok {
		return sign(id, content), ""
	}
	from, rest, _ := strings.Cut(rest, ".")
	kind, value, _ := strings.Cut(rest, ".")
	of := burncloud.Protocol(from)
	switch {
	case from == "" || value == "" || of == burncloud.Responses:
		return nil, ""
	case kind == "s":
		return &protocol.Signature{From: of, Value: value}, ""
	case kind == "r":
		return &protocol.Signature{From: of}, value
	}
	return nil, ""
}
