package jsonedit

import "fmt"

// Span is the half-open byte range [From, To) of something in a document. The zero Span is nothing.
type Span struct{ From, To int }

// Of is the part of doc that the span covers.
func (s Span) Of(doc []byte) []byte { return doc[s.From:s.To] }

// Edit replaces the bytes of Span by New. An empty span inserts.
type Edit struct {
	Span
	New []byte
}

// Segments appends to dst the pieces that, one after another, are body with the edits made. Nothing is
// copied: the pieces point into body and into the edits. The edits must be sorted, must not overlap and
// must lie inside body; anything else is a bug of the caller and panics before a byte is sent.
func Segments(dst [][]byte, body []byte, edits []Edit) [][]byte {
	at := 0
	for _, e := range edits {
		check(body, at, e)
		dst = appendPiece(dst, body[at:e.From])
		dst = appendPiece(dst, e.New)
		at = e.To
	}
	return appendPiece(dst, body[at:])
}

// Apply is body with the edits made, in new memory. The rules of Segments hold.
func Apply(body []byte, edits []Edit) []byte {
	out, at := make([]byte, 0, Len(body, edits)), 0
	for _, e := range edits {
		out = append(append(out, body[at:e.From]...), e.New...)
		at = e.To
	}
	return append(out, body[at:]...)
}

// Len is the length in bytes of body with the edits made. The rules of Segments hold.
func Len(body []byte, edits []Edit) int {
	n, at := len(body), 0
	for _, e := range edits {
		check(body, at, e)
		n += len(e.New) - (e.To - e.From)
		at = e.To
	}
	return n
}

func check(body []byte, at int, e Edit) {
	if e.From < at || e.To < e.From || e.To > len(body) {
		panic(fmt.Sprintf("jsonedit: edit of [%d,%d) after %d in a body of %d bytes", e.From, e.To, at, len(body)))
	}
}

func appendPiece(dst [][]byte, p []byte) [][]byte {
	if len(p) == 0 {
		return dst
	}
	return append(dst, p)
}
