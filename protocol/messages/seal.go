package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// A client of this format keeps the seals of other vendors for us: what stands in its signature, or in
// the data of thoughts that are sealed whole, is then an envelope, "bc1.<protocol>.s.<signature>" or
// "bc1.<protocol>.r.<data>". It comes back with the next request, is opened there, and never reaches a
// vendor.
const envelope = "bc1."

// enclose is the signature and the data for a client: our own kind as it is, another's in an envelope.
// ok is false for thoughts that are sealed by nobody knows whom.
func enclose(t *protocol.Thinking) (signature, data string, ok bool) {
	if t == nil {
		return "", "", true
	}
	s := t.Signature
	if t.Redacted != "" {
		switch {
		case s == nil || s.From == "":
			return "", "", false
		case s.From == burncloud.Messages:
			return "", t.Redacted, true
		}
		return "", envelope + string(s.From) + ".r." + t.Redacted, true
	}
	switch {
	case s == nil || s.Value == "":
		return "", "", true
	case s.From == burncloud.Messages:
		return s.Value, "", true
	}
	return envelope + string(s.From) + ".s." + s.Value, "", true
}

// disclose reads what a client sent as signature (kind "s") or data (kind "r"). What is in a broken
// envelope is nobody's: ok is false.
func disclose(kind, value string) (s *protocol.Signature, ok bool) {
	rest, sealed := strings.CutPrefix(value, envelope)
	if !sealed {
		return seal(value), true
	}
	from, rest, _ := strings.Cut(rest, ".")
	is, inside, _ := strings.Cut(rest, ".")
	if is != kind || inside == "" || from == "" || burncloud.Protocol(from) == burncloud.Messages {
		return nil, false
	}
	return &protocol.Signature{From: burncloud.Protocol(from), Value: inside}, true
}
