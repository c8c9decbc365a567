package gemini

import (
	"encoding/base64"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// A client of this format keeps the seals of other vendors for us: its thoughtSignature is then an
// envelope, the base64 of "bc1.<protocol>.s.<signature>" or, for thoughts that are sealed whole,
// "bc1.<protocol>.r.<data>". It comes back with the next request, is opened there, and never reaches a
// vendor.
const envelope = "bc1."

// anySignature is what Google takes in place of a signature that is not known, for calls that another
// model made.
const anySignature = "skip_thought_signature_validator"

// enclose is the thoughtSignature for a client: our own kind as it is, another's in an envelope. It is
// "" where there is none, or one of nobody knows whom.
func enclose(s *protocol.Signature, redacted string) string {
	kind, value := ".s.", redacted
	switch {
	case s == nil || s.From == "":
		return ""
	case redacted != "":
		kind = ".r."
	default:
		value = s.Value
	}
	if value == "" || s.From == burncloud.Gemini {
		return value
	}
	return base64.StdEncoding.EncodeToString([]byte(envelope + string(s.From) + kind + value))
}

// disclose reads a thoughtSignature. What is in a broken envelope is nobody's: ok is false.
func disclose(value string) (s *protocol.Signature, redacted string, ok bool) {
	if value == "" || value == anySignature {
		return nil, "", true
	}
	rest, sealed := "", false
	if raw, err := base64.StdEncoding.DecodeString(value); err == nil {
		rest, sealed = strings.CutPrefix(string(raw), envelope)
	}
	if !sealed {
		return &protocol.Signature{From: burncloud.Gemini, Value: value}, "", true
	}
	from, rest, _ := strings.Cut(rest, ".")
	kind, inside, _ := strings.Cut(rest, ".")
	owner := burncloud.Protocol(from)
	switch {
	case from == "" || inside == "" || owner == burncloud.Gemini:
	case kind == "s":
		return &protocol.Signature{From: owner, Value: inside}, "", true
	case kind == "r":
		return &protocol.Signature{From: owner}, inside, true
	}
	return nil, "", false
}
