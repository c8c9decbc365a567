package messages

import "strings"

// dialectEffort is the Dialect of a request that asks for an effort and not for thinking.
const dialectEffort = "effort"

// version is that of a Claude model as 100 × major + minor, such as 405; 0 is another vendor's model,
// or one under a name of the operator's own. It decides what a request must not hold, since Anthropic
// refuses what a model does not know.
type version int

// The versions where something changed.
const (
	firstThinking  version = 307
	exclusiveTopP  version = 401 // temperature or top_p, not both
	firstSchema    version = 405 // structured output, strict tools
	firstAdaptive  version = 406 // thinking is adaptive, an effort has a name, no prefill
	firstFixed     version = 407 // sampling is fixed, budgets are gone, effort knows xhigh
	firstLateWords version = 408 // system turns in a conversation
)

// versionOf reads the version from a model's name, in the styles of all clouds: claude-3-7-sonnet-…,
// claude-sonnet-4-5, anthropic/claude-opus-4.8, anthropic.claude-opus-4-20250514-v1:0.
func versionOf(model string) version {
	_, rest, ok := strings.Cut(strings.ToLower(model), "claude")
	if !ok {
		return 0
	}
	words := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("-._@:/ ", r) })
	for i, w := range words {
		major, ok := small(w)
		if !ok {
			continue
		}
		v := version(100 * major)
		if i+1 < len(words) {
			if minor, ok := small(words[i+1]); ok {
				v += version(minor)
			}
		}
		return v
	}
	return 0
}

// small is a number of one or two digits; dates and revisions are none.
func small(w string) (n int, ok bool) {
	if len(w) == 0 || len(w) > 2 {
		return 0, false
	}
	for _, c := range w {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// known tells whether the model is a Claude of at least v; before tells whether it is an older one.
func (m version) known(v version) bool  { return m >= v }
func (m version) before(v version) bool { return m != 0 && m < v }
