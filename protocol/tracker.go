package protocol

// BlockTracker invents the life-cycle of blocks for formats whose deltas are flat: it opens a block when
// something of another kind or key comes, and closes it when it does. One tracker serves one choice.
type BlockTracker struct {
	Choice int
	next   int // index of the next block
	open   bool
	kind   BlockKind
	key    string
	at     int
}

// Need makes sure that a block of this kind and key is open, appending the events that this takes. key
// tells apart blocks of one kind, such as two tool calls; start is the block's head, used when it opens.
func (t *BlockTracker) Need(dst []Event, kind BlockKind, key string, start *Block) []Event {
	if t.open && t.kind == kind && t.key == key {
		return dst
	}
	dst = t.Close(dst, nil)
	t.open, t.kind, t.key, t.at = true, kind, key, t.next
	t.next++
	if start == nil {
		start = &Block{Kind: kind}
	}
	return append(dst, Event{Kind: EventBlockStart, Choice: t.Choice, Index: t.at, Block: start})
}

// Delta appends text to the open block.
func (t *BlockTracker) Delta(dst []Event, text string) []Event {
	if !t.open || text == "" {
		return dst
	}
	return append(dst, Event{Kind: EventDelta, Choice: t.Choice, Index: t.at, Text: text})
}

// Close ends the open block, if one is. end is what became known at its end, or nil.
func (t *BlockTracker) Close(dst []Event, end *Block) []Event {
	if !t.open {
		return dst
	}
	t.open = false
	return append(dst, Event{Kind: EventBlockStop, Choice: t.Choice, Index: t.at, Block: end})
}

// Open tells whether a block of this kind and key is open.
func (t *BlockTracker) Open(kind BlockKind, key string) bool {
	return t.open && t.kind == kind && t.key == key
}
