package jsonpick

import "bytes"

// Node is a member to keep: all of it, or, with Children, only these members of the object that it is,
// or of the objects in the array that it is. The root of a tree stands for the document; its Key is not
// used. Keys are compared with what a document's keys mean once escapes are read, as long as only
// characters of names are escaped (\u0061 is a).
type Node struct {
	Key      string
	Children []Node
}

// Picker keeps the picked members of one document. Set Root and Max, then Write the document in pieces
// cut anywhere. It is not safe for concurrent use.
type Picker struct {
	Root *Node
	// Max is the most bytes that are kept. A member that would go over it is left out.
	Max int
	// Label tells which keys only label: their values are no text. It is asked with a key as it is
	// written, cut after 64 bytes; nil is never.
	Label func(key []byte) bool
	// Text is the number of bytes inside the strings that were not kept, as they are written, without
	// keys, without values of labels, and without the string members of the document itself, which label it.
	Text int64

	out   []byte
	key   []byte
	stack [maxDepth]frame
	depth int // frames in use
	state state
	next  *Node // what the value of the key just read is to

	nest   int   // open brackets inside the value that is skipped or kept
	str    bool  // inside a string of such a value
	closed bool  // such a string has just ended: a colon behind it makes it a key
	label  bool  // the last key was a label
	last   int64 // bytes of that string so far
	escape bool  // the byte before was a backslash that escapes
	mark   int   // where out is cut back to when the value does not fit
	over   bool  // it does not
}

type frame struct {
	node    *Node
	array   bool
	members bool // one was kept already: a comma goes before the next
}

const (
	maxDepth = 16
	maxKey   = 64 // a longer key is none that is looked for
)

type state uint8

const (
	start      state = iota // before the document
	wantKey                 // in an object, before a key or }
	inKey                   // in a key
	wantColon               // behind a key
	wantValue               // behind the colon, or in an array
	afterValue              // behind a value inside an object or array that is walked
	inValue                 // in a value that is skipped or kept as it is: brackets open
	inString                // in such a value that is a string
	inScalar                // in such a value that is a number or literal
	done                    // behind the document
	broken                  // it was not JSON
)

// Write reads the next bytes and returns how many belong to the document: all of p, or fewer when the
// document ends in it or turns out not to be JSON.
func (k *Picker) Write(p []byte) int {
	i := 0
	for i < len(p) && k.state < done {
		switch k.state {
		case inValue:
			i += k.value(p[i:])
		case inString:
			i += k.text(p[i:])
		case inScalar:
			i += k.scalar(p[i:])
		case inKey:
			i += k.readKey(p[i:])
		default:
			c := p[i]
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' && !k.step(c) {
				return i
			}
			i++
		}
	}
	return i
}

// Done tells whether the document has ended.
func (k *Picker) Done() bool { return k.state == done }

// Broken tells whether the bytes were no JSON object or array.
func (k *Picker) Broken() bool { return k.state == broken }

// Begun tells whether anything but space has been read.
func (k *Picker) Begun() bool { return k.state != start }

// Doc is the small document, whole once Done. It is valid until the next Reset.
func (k *Picker) Doc() []byte { return k.out }

// Reset makes the picker ready for another document; Text stays.
func (k *Picker) Reset() {
	*k = Picker{Root: k.Root, Max: k.Max, Label: k.Label, Text: k.Text, out: k.out[:0], key: k.key[:0]}
}

// step reads one byte outside of values that are taken as they are; false when it is not JSON.
func (k *Picker) step(c byte) bool {
	switch k.state {
	case start:
		if k.next = k.Root; c == '{' || c == '[' {
			return k.open(c)
		}
	case wantKey:
		if c == '"' {
			k.state, k.key, k.escape = inKey, k.key[:0], false
			return true
		}
		if c == '}' {
			return k.close(c)
		}
	case wantColon:
		if c == ':' {
			k.state = wantValue
			return true
		}
	case wantValue:
		if c == ']' && k.top().array {
			return k.close(c)
		}
		return k.open(c)
	case afterValue:
		if c == ',' {
			k.state = wantKey
			if k.top().array {
				k.state, k.next = wantValue, k.top().node
			}
			return true
		}
		if c == '}' || c == ']' {
			return k.close(c)
		}
	}
	return k.fail()
}

func (k *Picker) top() *frame { return &k.stack[k.depth-1] }

func (k *Picker) fail() bool {
	k.state = broken
	return false
}

// open begins a value. next says what is done with it: nil is skipped, one without children is kept,
// one with children is walked if it is an object or array.
func (k *Picker) open(c byte) bool {
	walk := k.next != nil && len(k.next.Children) > 0
	if (c == '{' || c == '[') && walk && k.depth < maxDepth {
		k.lead()
		k.out = append(k.out, c)
		k.stack[k.depth] = frame{node: k.next, array: c == '['}
		k.depth++
		k.state = wantKey
		if c == '[' {
			k.state = wantValue
		}
		return true
	}
	if walk && k.depth > 0 && k.top().array {
		k.next = nil // an element that is no object has no such members
	}
	k.mark, k.over = len(k.out), k.next == nil
	if !k.over {
		k.lead()
	}
	switch c {
	case '{', '[':
		k.nest, k.state, k.closed = 1, inValue, false
	case '"':
		k.state, k.escape = inString, false
	default:
		if class[c] != begins {
			return k.fail()
		}
		k.state = inScalar
	}
	k.keep1(c)
	return true
}

// lead writes what goes before a kept value: a comma, and the key in an object.
func (k *Picker) lead() {
	if k.depth == 0 {
		return
	}
	if k.top().members {
		k.out = append(k.out, ',')
	}
	k.top().members = true
	if !k.top().array {
		k.out = append(append(append(k.out, '"'), k.next.Key...), '"', ':')
	}
}

// close ends the object or array that is walked.
func (k *Picker) close(c byte) bool {
	if k.top().array != (c == ']') {
		return k.fail()
	}
	k.out = append(k.out, c)
	k.depth--
	k.finish()
	return true
}

// finish is called behind each value.
func (k *Picker) finish() {
	if k.state = afterValue; k.depth == 0 {
		k.state = done
	}
}

// endValue is called behind a value that was skipped or kept.
func (k *Picker) endValue() {
	if k.over && k.next != nil { // it did not fit: as if it had never been there
		k.out = k.out[:k.mark]
		if k.depth > 0 {
			b := k.out[len(k.out)-1]
			k.top().members = b != '{' && b != '['
		}
	}
	k.finish()
}

func (k *Picker) keep1(c byte) {
	if !k.over {
		k.out = append(k.out, c)
	}
}

func (k *Picker) keep(p []byte) {
	switch {
	case k.over:
	case len(k.out)+len(p) > k.Max:
		k.over = true
	default:
		k.out = append(k.out, p...)
	}
}

// readKey reads on in a key and returns how many bytes it took.
func (k *Picker) readKey(p []byte) int {
	n, closed, escape := stringEnd(p, k.escape)
	k.escape = escape
	text := p[:n]
	if closed {
		text = p[:n-1]
	}
	k.addKey(text)
	if closed {
		k.label = k.Label != nil && k.Label(k.key)
		k.state, k.next = wantColon, k.child()
	}
	return n
}

// addKey keeps what a key begins with.
func (k *Picker) addKey(text []byte) {
	k.key = append(k.key, text[:min(len(text), maxKey-len(k.key))]...)
}

// child is the node for the key just read, or nil.
func (k *Picker) child() *Node {
	if bytes.IndexByte(k.key, '\\') >= 0 {
		k.key = unescape(k.key)
	}
	children := k.top().node.Children
	for i := range children {
		if string(k.key) == children[i].Key {
			return &children[i]
		}
	}
	return nil
}
