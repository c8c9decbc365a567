package responses

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// readUsage turns a usage object into buckets that do not overlap. ok is false when raw holds no
// counts, or none that can be true.
func readUsage(raw []byte) (u burncloud.Usage, ok bool) {
	var input, output, cached, written, reasoning int64
	err := jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "input_tokens":
			input, ok = count(v), true
		case "output_tokens":
			output, ok = count(v), true
		case "input_tokens_details":
			cached, written = pair(v, "cached_tokens", "cache_write_tokens")
		case "output_tokens_details":
			reasoning, _ = pair(v, "reasoning_tokens", "")
		}
		return true
	})
	if err != nil || !ok {
		return u, false
	}
	u.CacheRead = min(cached, input)
	u.CacheWrite5m = min(written, input-u.CacheRead)
	u.Input = input - u.CacheRead - u.CacheWrite5m
	u.Output = output
	u.Reasoning = min(reasoning, output)
	return u, protocol.Plausible(u)
}

// pair reads two counts of a details object; null has none.
func pair(raw []byte, a, b string) (x, y int64) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // walked before, as part of the whole
		switch string(key) {
		case a:
			x = count(value.Of(raw))
		case b:
			y = count(value.Of(raw))
		}
		return true
	})
	return x, y
}

func count(raw []byte) int64 {
	n, _ := protocol.Tokens(raw) // what is none counts nothing
	return n
}
