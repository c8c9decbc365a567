package protocol

import (
	"bytes"

	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/internal/jsonpick"
	"github.com/burncloud/burncloud/internal/sse"
)

// Meter is the part of a Tap that knows one wire format: what the documents of a reply mean.
type Meter interface {
	// Event reads one event of a stream. It reports true when the event is nothing but the usage that
	// Edits asked for. data is nil when the event has none.
	Event(r *Reading, name, data []byte) (ours bool)
	// Document reads the picked members of a plain body, of an element of a JSON array, or of an event
	// that was too large to hold (event is true). It reports false, and has read nothing, when doc is not
	// JSON.
	Document(r *Reading, doc []byte, event bool) bool
	// End is called once, when the reply is over. whole tells that a body which is JSON was complete.
	End(r *Reading, whole bool)
	// Reset forgets what was read.
	Reset()
}

// The bounds of what a tap keeps, in bytes: of an event that has not ended, and of picked members.
const (
	maxHeld   = 16 << 10
	maxPicked = 16 << 10
)

// NewTap is a Tap over m. The shape of the reply is seen from its first byte, not expected: vendors
// answer streams with a plain error and the other way round. pick names the members that m reads in
// documents; hide keeps from the client the events that m calls ours.
func NewTap(m Meter, pick *jsonpick.Node, hide bool) Tap {
	t := &tap{meter: m, hide: hide}
	t.split.Max = maxHeld
	t.pick = jsonpick.Picker{Root: pick, Max: maxPicked, Label: labels}
	return t
}

type shape uint8

const (
	unseen shape = iota // only space so far
	stream              // server-sent events
	object              // one JSON object
	array               // a JSON array of objects
)

type tap struct {
	meter   Meter
	reading Reading
	hide    bool
	shape   shape
	closed  bool
	hidden  bool // the event before was kept back
	whole   bool // the JSON body ended
	split   sse.Splitter
	parse   sse.Parser
	pick    jsonpick.Picker
	large   largeEvent
	out     []byte
}

// Reading implements Tap.
func (t *tap) Reading() *Reading {
	if t.shape == object || t.shape == array {
		if t.reading.TextBytes = t.pick.Text; t.reading.HasUsage {
			t.reading.TextBytes = 0
		}
	}
	return &t.reading
}

// Reset implements Tap.
func (t *tap) Reset() {
	t.meter.Reset()
	t.split.Reset()
	t.pick.Text = 0
	t.pick.Reset()
	*t = tap{meter: t.meter, hide: t.hide, split: t.split, parse: t.parse, pick: t.pick, out: t.out[:0]}
}

// Write implements Tap.
func (t *tap) Write(p []byte) []byte {
	lead := 0 // bytes before the reply proper: space, a byte order mark
	if t.shape == unseen {
		t.shape, lead = see(p)
	}
	switch t.shape {
	case stream:
		if t.hide {
			return t.filter(p, lead)
		}
		for rest := p[lead:]; ; {
			piece, next, ok := t.split.Next(rest)
			if !ok {
				break
			}
			t.read(piece)
			rest = next
		}
	case object:
		t.document(p[lead:])
	case array:
		t.elements(p[lead:])
	}
	return p
}

// Close implements Tap.
func (t *tap) Close() []byte {
	if t.closed {
		return nil
	}
	t.closed = true
	var held []byte
	torn := false
	if t.shape == stream {
		held, torn = t.rest()
	}
	ended := t.reading.Ended
	t.meter.End(&t.reading, t.whole)
	switch {
	case t.shape != stream:
		t.reading.Ended = t.whole
	case torn:
		t.reading.Ended = ended // what came before the torn event is no end
	}
	return held
}

// rest reads the event at the end of a stream that has no blank line behind it: some vendors leave out
// the last one. torn tells that it is not whole in itself either.
func (t *tap) rest() (held []byte, torn bool) {
	if t.large.begun {
		torn = !t.pick.Done()
		t.endLarge()
		return nil, torn
	}
	raw := t.split.Rest()
	if len(raw) == 0 {
		return nil, false
	}
	if show := t.read(sse.Piece{Raw: raw}); show && t.hide {
		held = raw
	}
	_, data := t.parse.Parse(raw)
	return held, jsonedit.Walk(data, func([]byte, jsonedit.Span, jsonedit.Span) bool { return true }) != nil
}

// see tells the shape of a reply from its first bytes, and where it begins.
func see(p []byte) (shape, int) {
	for i, c := range p {
		switch c {
		case ' ', '\t', '\r', '\n', 0xef, 0xbb, 0xbf: // of a byte order mark, which may be cut in three
		case '{':
			return object, i
		case '[':
			return array, i
		default:
			return stream, i
		}
	}
	return unseen, 0
}

// filter reads the events in p from lead on and returns what is left when ours are taken out. While nothing was held
// and nothing is taken out, that is the front of p itself.
func (t *tap) filter(p []byte, lead int) []byte {
	front, kept, rest := len(t.split.Rest()) == 0, lead, p[lead:]
	t.out = t.out[:0]
	for {
		piece, next, ok := t.split.Next(rest)
		if !ok {
			break
		}
		show := t.read(piece)
		switch {
		case front && show:
			kept = len(p) - len(next)
		case front:
			front = false
			t.out = append(t.out, p[:kept]...)
		case show:
			t.out = append(t.out, piece.Raw...)
		}
		rest = next
	}
	if front {
		return p[:kept]
	}
	return t.out
}

// read takes in one piece of the stream and tells whether the client gets it.
func (t *tap) read(piece sse.Piece) (show bool) {
	switch piece.Kind {
	case sse.Whole:
		name, data := t.parse.Parse(piece.Raw)
		t.hidden = t.meter.Event(&t.reading, name, data) && t.hide
		return !t.hidden
	case sse.Tail:
		return !t.hidden
	}
	t.hidden = false
	t.large.feed(piece.Raw, &t.pick)
	if piece.Kind == sse.Last {
		t.endLarge()
	}
	return true
}

// endLarge reads what was picked of a large event. Its text is not counted: events with new text are
// small, large ones repeat text or carry media.
func (t *tap) endLarge() {
	if t.large.begun && t.pick.Done() {
		t.meter.Document(&t.reading, t.pick.Doc(), true)
	}
	if t.large.begun {
		t.large = largeEvent{}
		t.pick.Text = 0
		t.pick.Reset()
	}
}

// document reads on in a body that is one JSON object.
func (t *tap) document(p []byte) {
	if t.whole {
		return
	}
	if !t.pick.Begun() && small(p) && t.meter.Document(&t.reading, p, false) {
		if !t.reading.HasUsage {
			t.pick.Write(p) // for the text
		}
		t.complete()
		return
	}
	if t.pick.Write(p); t.pick.Done() {
		t.meter.Document(&t.reading, t.pick.Doc(), false)
		t.complete()
	}
}

// complete notes at once that a JSON body is whole: the gateway books a call before it lets go of the end.
func (t *tap) complete() {
	t.whole, t.reading.Ended = true, true
	t.reading.Final = t.reading.HasUsage
}

// small tells whether p looks like all of a small body, which is read faster in one go.
func small(p []byte) bool {
	p = bytes.TrimRight(p, " \t\r\n")
	return len(p) <= maxHeld && len(p) > 0 && p[len(p)-1] == '}'
}

// elements reads on in a body that is a JSON array: each element is a document.
func (t *tap) elements(p []byte) {
	for len(p) > 0 && !t.whole {
		if t.pick.Begun() && !t.pick.Done() {
			n := t.pick.Write(p)
			if t.pick.Broken() {
				return
			}
			if p = p[n:]; t.pick.Done() {
				t.meter.Document(&t.reading, t.pick.Doc(), false)
				t.pick.Reset()
			}
			continue
		}
		switch p[0] {
		case '{':
			t.pick.Write(p[:1])
		case ']':
			t.complete()
		}
		p = p[1:]
	}
}

// largeEvent finds the data in the bytes of one event that is too large to hold.
type largeEvent struct {
	begun bool
	state lineState
	head  int // how much of "data:" the line has begun with
}

type lineState uint8

const (
	lineHead lineState = iota
	lineData
	lineOther
)

func (l *largeEvent) feed(p []byte, pick *jsonpick.Picker) {
	const field = "data:"
	if !l.begun && len(p) > 0 {
		l.begun = true
		if p[0] == '{' {
			l.state = lineData
		}
	}
	for i := 0; i < len(p); {
		switch l.state {
		case lineHead:
			switch {
			case p[i] == '\n' || p[i] == '\r':
				l.head = 0
			case p[i] != field[l.head]:
				l.state = lineOther
			case l.head == len(field)-1:
				l.state = lineData
			default:
				l.head++
			}
			i++
		default:
			line := p[i:]
			n := bytes.IndexAny(line, "\r\n")
			if n >= 0 {
				line = line[:n]
			}
			if l.state == lineData {
				pick.Write(line)
			}
			if i += len(line); n >= 0 {
				l.state, l.head = lineHead, 0
				i++
			}
		}
	}
}
