package messages

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// counts are the numbers of a message's usage so far. In a stream they come in two or more objects: each
// is cumulative, and holds only some of them.
type counts struct {
	seen                            bool
	input, cacheRead                int64
	cacheWrite, write5m, write1h    int64
	output, thinking                int64
	hasInput, hasRead, hasWrite     bool
	hasSplit, hasOutput, hasThought bool
}

// read is the counts of one usage object. Anthropic's input_tokens leaves out what was read from or
// written to the cache, so these are disjoint already.
func read(raw []byte) (c counts, ok bool) {
	err := jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "input_tokens":
			c.input, c.hasInput = protocol.Tokens(v)
		case "output_tokens":
			c.output, c.hasOutput = protocol.Tokens(v)
		case "cache_read_input_tokens":
			c.cacheRead, c.hasRead = protocol.Tokens(v)
		case "cache_creation_input_tokens":
			c.cacheWrite, c.hasWrite = protocol.Tokens(v)
		case "cache_creation":
			c.split(v)
		case "output_tokens_details":
			c.details(v)
		}
		return true
	})
	c.seen = c.hasInput || c.hasOutput
	return c, err == nil && c.seen
}

func (c *counts) split(raw []byte) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // null has none
		v, ok := protocol.Tokens(value.Of(raw))
		switch string(key) {
		case "ephemeral_5m_input_tokens":
			c.write5m, c.hasSplit = v, c.hasSplit || ok
		case "ephemeral_1h_input_tokens":
			c.write1h, c.hasSplit = v, c.hasSplit || ok
		}
		return true
	})
}

func (c *counts) details(raw []byte) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool { // null has none
		if string(key) == "thinking_tokens" {
			c.thinking, c.hasThought = protocol.Tokens(value.Of(raw))
		}
		return true
	})
}

// merge takes in a later object. What it does not name stays. Its input side counts as a whole: when one
// of its numbers is not zero, all that it names hold; when all are zero, they only say that the sender
// has nothing to add.
func (c *counts) merge(o counts) {
	if o.input+o.cacheRead+o.cacheWrite+o.write5m+o.write1h > 0 {
		if o.hasInput {
			c.input = o.input
		}
		if o.hasRead {
			c.cacheRead = o.cacheRead
		}
		if o.hasWrite {
			c.cacheWrite = o.cacheWrite
		}
		if o.hasSplit {
			c.write5m, c.write1h = o.write5m, o.write1h
		}
	}
	if o.output > 0 {
		c.output = o.output
	}
	if o.hasThought {
		c.thinking = o.thinking
	}
	c.seen = c.seen || o.seen
}

// usage is the counts as buckets. Cache writes without a lifetime are those of five minutes.
func (c *counts) usage() burncloud.Usage {
	written := max(c.cacheWrite, c.write5m+c.write1h)
	return burncloud.Usage{
		Input: c.input, CacheRead: c.cacheRead,
		CacheWrite5m: written - c.write1h, CacheWrite1h: c.write1h,
		Output: c.output, Reasoning: min(c.thinking, c.output),
	}
}
