package responses

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/burncloud/burncloud/protocol"
)

// line puts blocks one after another: the first in it is told of as it comes, those behind it wait. Only
// calls make others wait: a text ends where something else begins, for not every vendor says that it is
// done, and goes on in a block of its own should more of it come.
type line struct {
	out   []protocol.Event
	queue []*block
	next  int // the number of the next block
	held  int // bytes that wait
}

// block is a block on its way.
type block struct {
	start   protocol.Block
	ready   bool // its start can be told
	opened  bool // it was
	done    bool
	shut    bool // it was ended because another began
	index   int
	got     int // bytes of it so far
	waiting []piece
	sources []protocol.Citation
	last    *protocol.Block // what became known at its end
}

// piece is a delta that waits.
type piece struct {
	text          string
	probabilities json.RawMessage
}

func (l *line) add(e protocol.Event) { l.out = append(l.out, e) }

// take is what was told since it was last asked.
func (l *line) take() []protocol.Event {
	out := l.out
	l.out = nil
	return out
}

// open adds a block that is ready.
func (l *line) open(start protocol.Block) *block {
	b := l.hold(start)
	l.ready(b)
	return b
}

// hold adds a block that is not ready yet.
func (l *line) hold(start protocol.Block) *block {
	b := &block{start: start}
	l.join(b)
	return b
}

// join puts a block at the end of the line, and ends the texts before it.
func (l *line) join(b *block) {
	for _, before := range slices.Clone(l.queue) {
		if before.start.Kind != protocol.BlockToolCall && !before.done {
			before.shut = true
			l.finish(before, before.end())
		}
	}
	l.queue = append(l.queue, b)
}

// reopen lets a text go on that was ended because another block began.
func (l *line) reopen(b *block) {
	if b.shut {
		b.shut, b.done, b.opened, b.sources = false, false, false, nil
		l.join(b)
		l.move()
	}
}

func (l *line) ready(b *block) {
	b.ready = true
	l.move()
}

// delta adds to a block.
func (l *line) delta(b *block, text string, probabilities json.RawMessage) {
	if text == "" {
		return
	}
	if l.reopen(b); b.done {
		return
	}
	b.got += len(text)
	p := piece{text, joinProbabilities(nil, probabilities)}
	if b.opened {
		l.say(b, p)
		return
	}
	b.waiting = append(b.waiting, p)
	l.held += len(text) + len(p.probabilities)
}

// repair adds what of a whole text has not come piece by piece.
func (l *line) repair(b *block, whole string, probabilities json.RawMessage) {
	if b.got > 0 {
		probabilities = nil // they came too
	}
	if len(whole) > b.got {
		l.delta(b, whole[b.got:], probabilities)
	}
}

// end is what became known of a text at its end.
func (b *block) end() *protocol.Block {
	if len(b.sources) == 0 {
		return nil
	}
	return &protocol.Block{Kind: b.start.Kind, Citations: b.sources}
}

// finish ends a block. A seal that comes after the thoughts were ended gets a block of its own.
func (l *line) finish(b *block, end *protocol.Block) {
	if b.shut && b.done && end != nil && end.Thinking != nil {
		l.reopen(b)
	}
	if !b.done {
		b.done, b.last = true, end
		l.move()
	}
}

// drop finishes what is left of an item.
func (l *line) drop(f *flow) {
	for _, at := range slices.Sorted(maps.Keys(f.parts)) {
		l.finish(f.parts[at], f.parts[at].end())
	}
	for _, b := range []*block{f.brief, f.raw, f.call} {
		if b != nil {
			b.ready = true
			l.finish(b, nil)
		}
	}
}

// stuck tells whether a block was never ready.
func (l *line) stuck() bool {
	return slices.ContainsFunc(l.queue, func(b *block) bool { return !b.ready })
}

// finishAll finishes all that is open.
func (l *line) finishAll() {
	for _, b := range slices.Clone(l.queue) {
		l.finish(b, b.end())
	}
}

// move tells what can be told now.
func (l *line) move() {
	for len(l.queue) > 0 {
		b := l.queue[0]
		if !b.opened {
			if !b.ready {
				return
			}
			b.opened, b.index = true, l.next
			l.next++
			l.add(protocol.Event{Kind: protocol.EventBlockStart, Index: b.index, Block: &b.start})
			for _, p := range b.waiting {
				l.held -= len(p.text) + len(p.probabilities)
				l.say(b, p)
			}
			b.waiting = nil
		}
		if !b.done {
			return
		}
		l.add(protocol.Event{Kind: protocol.EventBlockStop, Index: b.index, Block: b.last})
		l.queue = l.queue[1:]
	}
}

func (l *line) say(b *block, p piece) {
	l.add(protocol.Event{Kind: protocol.EventDelta, Index: b.index, Text: p.text, LogProbs: chatProbabilities(p.probabilities)})
}
