package gemini

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// media are the tokens of the kinds that have buckets of their own. Video and documents have none: they
// stay in the text's.
type media struct{ audio, image int64 }

// counts are the numbers of a usageMetadata object.
type counts struct {
	seen                                        bool
	prompt, cached, candidates, thoughts, tools int64
	total                                       int64
	promptMedia, cachedMedia                    media
	candidatesMedia, toolsMedia                 media
}

// readUsage turns a usageMetadata object into buckets that do not overlap. ok is false when raw holds no
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
	case "promptTokensDetails":
		c.promptMedia = readMedia(raw)
		return
	case "cacheTokensDetails":
		c.cachedMedia = readMedia(raw)
		return
	case "candidatesTokensDetails":
		c.candidatesMedia = readMedia(raw)
		return
	case "toolUsePromptTokensDetails":
		c.toolsMedia = readMedia(raw)
		return
	}
	v := count(raw)
	switch key {
	case "promptTokenCount":
		c.prompt = v
	case "cachedContentTokenCount":
		c.cached = v
	case "candidatesTokenCount":
		c.candidates = v
	case "thoughtsTokenCount":
		c.thoughts = v
	case "toolUsePromptTokenCount":
		c.tools = v
	case "totalTokenCount":
		c.total = v
	default:
		return
	}
	c.seen = true
}

// readMedia sums up a list of {modality, tokenCount}.
func readMedia(raw []byte) (m media) {
	_ = jsonedit.Elements(raw, func(e jsonedit.Span) bool { // the whole was walked before
		one := e.Of(raw)
		var tokens int64
		var into *int64
		_ = jsonedit.Walk(one, func(key []byte, _, value jsonedit.Span) bool {
			v := value.Of(one)
			switch string(key) {
			case "tokenCount":
				tokens = count(v)
			case "modality":
				switch string(v) {
				case `"AUDIO"`:
					into = &m.audio
				case `"IMAGE"`:
					into = &m.image
				}
			}
			return true
		})
		if into != nil {
			*into += tokens
		}
		return true
	})
	return m
}

func count(raw []byte) int64 {
	n, _ := protocol.Tokens(raw) // what is none counts nothing
	return n
}

// buckets splits the totals. The prompt's count includes what came from the cache, and so do its media;
// what server tools fed back counts as input; thoughts stand beside the candidates. A part that is
// larger than its total is held at it.
func (c *counts) buckets() (u burncloud.Usage) {
	if c.prompt+c.candidates+c.thoughts+c.tools == 0 {
		c.prompt = c.total // some answers to embedContent have the total alone
	}
	u.Input = c.prompt
	u.CacheRead = take(&u.Input, c.cached)
	u.Input += c.tools
	u.AudioInput = take(&u.Input, max(c.promptMedia.audio-c.cachedMedia.audio, 0)+c.toolsMedia.audio)
	u.ImageInput = take(&u.Input, max(c.promptMedia.image-c.cachedMedia.image, 0)+c.toolsMedia.image)
	u.Output = c.candidates
	u.AudioOutput = take(&u.Output, c.candidatesMedia.audio)
	u.ImageOutput = take(&u.Output, c.candidatesMedia.image)
	u.Output += c.thoughts
	u.Reasoning = c.thoughts
	return u
}

// take moves part out of from, at most all of it.
func take(from *int64, part int64) int64 {
	part = min(part, *from)
	*from -= part
	return part
}
