package chat

import (
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// call is a tool call while its fragments come. Calls may be interleaved, but only one block is open at
// a time: the fragments of the others wait.
type call struct {
	index    int64
	ordinal  int // among the calls of its choice
	id, name string
	custom   bool
	seal     string
	opened   bool
	closed   bool
	waiting  strings.Builder
	args     balance
}

// complete tells whether all of the arguments are there. Free text has no end of its own.
func (k *call) complete() bool { return k.custom || k.args.whole }

// balance finds the end of a JSON object that comes in pieces.
type balance struct {
	depth         int
	text, escaped bool
	whole         bool
}

func (b *balance) read(s string) {
	for i := 0; i < len(s) && !b.whole; i++ {
		switch c := s[i]; {
		case b.escaped:
			b.escaped = false
		case b.text:
			b.escaped, b.text = c == '\\', c != '"'
		case c == '"':
			b.text = true
		case c == '{' || c == '[':
			b.depth++
		case c == '}' || c == ']':
			b.depth--
			b.whole = b.depth <= 0
		}
	}
}

// fragment is an element of a delta's tool_calls.
type fragment struct {
	index    int64
	indexed  bool
	id, name string
	args     string
	custom   bool
	seal     string
}

func readFragment(raw []byte) (f fragment, ok bool) {
	err := jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "index":
			f.index, f.indexed = jsonedit.Int(v)
		case "id":
			f.id = lenient(v)
		case "type":
			f.custom = f.custom || string(v) == `"custom"`
		case "function", "custom":
			f.custom = f.custom || string(key) == "custom"
			f.function(v)
		case "extra_content":
			f.seal = googleSeal(v)
		}
		return true
	})
	return f, err == nil
}

func (f *fragment) function(raw []byte) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		v := value.Of(raw)
		switch string(key) {
		case "name":
			f.name = lenient(v)
		case "arguments", "input":
			if f.args = lenient(v); v[0] == '{' { // some vendors forget to make it a string
				f.args = string(v)
			}
		}
		return true
	})
}

func googleSeal(raw []byte) (seal string) {
	_ = jsonedit.Walk(raw, func(key []byte, _, value jsonedit.Span) bool {
		if google := value.Of(raw); string(key) == "google" {
			_ = jsonedit.Walk(google, func(key []byte, _, value jsonedit.Span) bool {
				if string(key) == "thought_signature" {
					seal = lenient(value.Of(google))
				}
				return true
			})
		}
		return true
	})
	return seal
}

// call takes in one fragment.
func (c *choice) call(dst []protocol.Event, raw []byte) []protocol.Event {
	f, ok := readFragment(raw)
	if !ok {
		return dst
	}
	k := c.find(&f)
	if k.id == "" {
		k.id = f.id
	}
	if k.name == "" {
		k.name = f.name
	}
	if f.seal != "" {
		k.seal = f.seal
	}
	k.custom = k.custom || f.custom
	k.args.read(f.args)
	switch {
	case k.closed:
		if strings.TrimSpace(f.args) != "" {
			c.fault = burncloud.Faultf(burncloud.UpstreamBroken, "the vendor sent more of a tool call that was complete")
		}
		return dst
	case k.opened:
		dst = c.blocks.Delta(dst, f.args)
	default:
		k.waiting.WriteString(f.args)
	}
	return c.advance(dst)
}

// find is the call that a fragment belongs to, by its index; vendors that leave that out, or repeat it
// for whole calls, are told by the id.
func (c *choice) find(f *fragment) *call {
	var k *call
	if n := len(c.calls); n > 0 {
		if k = c.calls[n-1]; f.indexed && k.index != f.index {
			if k = nil; int(f.index) < n && f.index >= 0 && c.calls[f.index].index == f.index {
				k = c.calls[f.index]
			}
			for i := n - 1; i >= 0 && k == nil && i > n-maxFind; i-- {
				if c.calls[i].index == f.index {
					k = c.calls[i]
				}
			}
		}
	}
	another := k != nil && f.name != "" && k.name != "" && (f.id != "" && k.id != f.id || f.id == "" && k.complete())
	if k == nil || another || c.whole || !f.indexed && f.name != "" || !f.indexed && f.id != "" && k.id != "" && f.id != k.id {
		k = &call{index: f.index, ordinal: len(c.calls)}
		if !f.indexed {
			k.index = int64(len(c.calls))
		}
		c.calls = append(c.calls, k)
	}
	return k
}

// maxFind is how many calls back an index is looked for that is not where it should be.
const maxFind = 256

// advance opens the calls whose turn it is: each waits until the one before it is complete.
func (c *choice) advance(dst []protocol.Event) []protocol.Event {
	for c.current == nil || c.current.complete() {
		next := c.next()
		if next == nil || next.name == "" {
			break
		}
		dst = c.open(dst, next)
	}
	if c.current != nil && c.current.complete() && len(c.held) > 0 && c.next() == nil {
		dst = c.release(dst)
	}
	return dst
}

// next is the first call that was not opened.
func (c *choice) next() *call {
	for n := c.unopened; n < len(c.calls); n++ {
		if !c.calls[n].opened {
			c.unopened = n
			return c.calls[n]
		}
	}
	return nil
}

func (c *choice) open(dst []protocol.Event, k *call) []protocol.Event {
	dst = c.shutCall(dst)
	dst = c.shut(dst)
	c.used, c.called, c.current, k.opened = true, true, k, true
	if k.id == "" {
		k.id = c.callID(k)
	}
	start := &protocol.Block{Kind: protocol.BlockToolCall, Call: &protocol.ToolCall{ID: k.id, Name: k.name, Custom: k.custom}}
	dst = c.blocks.Need(dst, protocol.BlockToolCall, k.id, start)
	dst = c.blocks.Delta(dst, k.waiting.String())
	k.waiting.Reset()
	return dst
}

// callID is an id for a call that has none, made of its place, and of the answer's id: the turns of one
// conversation must not share ids.
func (c *choice) callID(k *call) string {
	if c.answer == "" {
		return fmt.Sprintf("call_%d_%d", c.blocks.Choice, k.ordinal)
	}
	return fmt.Sprintf("call_%s_%d_%d", digest(c.answer)[:12], c.blocks.Choice, k.ordinal)
}

// shutCall closes the block of the current call.
func (c *choice) shutCall(dst []protocol.Event) []protocol.Event {
	k := c.current
	if k == nil {
		return dst
	}
	k.closed, c.current = true, nil
	var end *protocol.Block
	if k.seal != "" {
		end = &protocol.Block{Kind: protocol.BlockToolCall, Signature: &protocol.Signature{From: burncloud.Chat, Value: k.seal}}
	}
	return c.blocks.Close(dst, end)
}

// flushCalls ends all calls, complete or not, and gives what waited for them. A call without a name is
// none.
func (c *choice) flushCalls(dst []protocol.Event) []protocol.Event {
	for {
		next := c.next()
		if next == nil {
			break
		}
		if next.name == "" {
			next.opened, next.closed = true, true
			continue
		}
		dst = c.open(dst, next)
	}
	dst = c.shutCall(dst)
	return c.release(dst)
}

// release gives the text that waited.
func (c *choice) release(dst []protocol.Event) []protocol.Event {
	waiting := c.held
	c.held = nil
	for _, h := range waiting {
		dst = c.text(dst, h.kind, h.text)
	}
	return dst
}
