package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// family is what can be told of a vendor's model from its name, where the vendors of this format differ.
type family struct {
	openai  bool // OpenAI's own API, or one that copies it whole
	version int  // of a GPT: 504 is 5.4; 0 is not known
	thinks  bool // an OpenAI model that knows reasoning_effort
	mistral bool // ids of calls have nine letters or digits
}

// familyOf reads a model's name. An address in front of it, as in openai/gpt-5, does not count.
func familyOf(model string) (f family) {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	for _, prefix := range []string{"mistral", "ministral", "magistral", "codestral", "devstral", "pixtral", "open-mistral", "open-mixtral"} {
		f.mistral = f.mistral || strings.HasPrefix(name, prefix)
	}
	switch {
	case strings.HasPrefix(name, "gpt-oss"):
		return f
	case strings.HasPrefix(name, "gpt-"):
		f.openai = true
		f.version = version(name[len("gpt-"):])
		f.thinks = f.version >= 500 && !strings.Contains(name, "-chat")
	case len(name) > 1 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9' && (len(name) == 2 || name[2] == '-'):
		f.openai, f.thinks = true, true
	case strings.HasPrefix(name, "chatgpt-"), strings.HasPrefix(name, "codex-"):
		f.openai = true
	}
	return f
}

// version reads 5.4 at the start of s as 504.
func version(s string) int {
	parts, at := [2]int{}, 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9' && parts[at] < 10:
			parts[at] = parts[at]*10 + int(c-'0')
		case c == '.' && at == 0:
			at = 1
		default:
			return parts[0]*100 + parts[1]
		}
	}
	return parts[0]*100 + parts[1]
}

// breakpoints tells whether the model takes marks of where to cache; older ones refuse them.
func (f family) breakpoints() bool { return f.openai && f.version >= 506 }

// off is the effort that comes closest to no thinking.
func (f family) off() (effort string, exact bool) {
	switch {
	case !f.openai || f.version >= 501:
		return "none", true
	case !f.thinks:
		return "", true
	case f.version == 500:
		return "minimal", false
	}
	return "low", false
}

// maxCallID is the longest id of a call that OpenAI takes.
const maxCallID = 40

// callID is id as the vendor takes it: itself if it can be, else made of its hash.
func (f family) callID(id string) string {
	nine := len(id) == 9 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	if f.mistral && !nine {
		return digest(id)[:9]
	}
	if len(id) > maxCallID || id == "" {
		return "call_" + digest(id)[:24]
	}
	return id
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
