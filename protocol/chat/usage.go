package chat

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// counts are the numbers of a usage object, under the names of all vendors of this format.
type counts struct {
	seen                             bool
	prompt, completion, total        int64
	cached, written                  int64
	audioIn, imageIn                 int64
	reasoning, audioOut, imageOutput int64
}

// readUsage turns a usage object into buckets that do not overlap. ok is false when raw holds no
// counts, or none that can be true.
func readUsage(raw []byte) (u burncloud.Usage, ok bool) {
	var c counts
	if jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		c.read(string(key), value.Of(raw))
		return true
	}) != nil || !c.seen {
		return u, false
	}
	u = c.buckets()
	return u, protocol.Plausible(u)
}

func (c *counts) read(key string, raw []byte) {
	switch key {
	case "prompt_tokens_details", "input_tokens_details":
		c.details(raw, (*counts).readInput)
		return
	case "completion_tokens_details", "output_tokens_details":
		c.details(raw, (*counts).readOutput)
		return
	}
	v, ok := protocol.Tokens(raw)
	if !ok {
		return
	}
	switch key {
	case "prompt_tokens", "input_tokens":
		c.prompt = max(c.prompt, v)
	case "completion_tokens", "output_tokens":
		c.completion = max(c.completion, v)
	case "total_tokens":
		c.total = v
	case "cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens":
		c.cached = max(c.cached, v) // Moonshot, DeepSeek, Mistral: the details' count beside them is the same one
		return
	case "reasoning_tokens":
		c.reasoning = max(c.reasoning, v)
		return
	default:
		return
	}
	c.seen = true
}

func (c *counts) details(raw []byte, read func(*counts, string, int64)) {
	// null, or not JSON, is no details.
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		if v, ok := protocol.Tokens(value.Of(raw)); ok && v > 0 {
			read(c, string(key), v)
		}
		return true
	})
}

func (c *counts) readInput(key string, v int64) {
	switch key {
	case "cached_tokens":
		c.cached = max(c.cached, v)
	case "cache_write_tokens":
		c.written = v
	case "audio_tokens":
		c.audioIn = v
	case "image_tokens":
		c.imageIn = v
	}
}

func (c *counts) readOutput(key string, v int64) {
	switch key {
	case "reasoning_tokens":
		c.reasoning = max(c.reasoning, v)
	case "audio_tokens":
		c.audioOut = v
	case "image_tokens":
		c.imageOutput = v
	}
}

// buckets splits the totals. What a vendor lists within a total is never more than the total: a larger
// part is held at it, so that the buckets always sum up to what the vendor counted.
func (c *counts) buckets() (u burncloud.Usage) {
	if c.prompt == 0 && c.total > c.completion {
		c.prompt = c.total - c.completion // embedding vendors that send the total alone
	}
	if c.reasoning > 0 && c.total == c.prompt+c.completion+c.reasoning {
		c.completion += c.reasoning // xAI counts it beside, and its total says so
	}
	u.Input = c.prompt
	u.CacheRead = take(&u.Input, c.cached)
	u.CacheWrite5m = take(&u.Input, c.written)
	u.AudioInput = take(&u.Input, c.audioIn)
	u.ImageInput = take(&u.Input, c.imageIn)
	u.Output = c.completion
	u.AudioOutput = take(&u.Output, c.audioOut)
	u.ImageOutput = take(&u.Output, c.imageOutput)
	u.Reasoning = min(c.reasoning, u.Output)
	return u
}

// take moves part out of from, at most all of it.
func take(from *int64, part int64) int64 {
	part = min(part, *from)
	*from -= part
	return part
}
