// Package jsonedit changes a value inside raw JSON and keeps every other byte as it was. It must never
// parse and print a document again.
package jsonedit

// Span is the half-open byte range [From, To) of something in a document. The zero Span is nothing.
type Span struct{ From, To int }

// Edit replaces the bytes of Span by New. An empty span inserts.
type Edit struct {
	Span
	New []byte
}
