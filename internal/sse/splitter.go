package sse

import "bytes"

// Kind says how much of an event a Piece is.
type Kind uint8

// The kinds of pieces. An event arrives as one Whole, or, when it is larger than the splitter holds, as
// Parts followed by one Last.
const (
	Whole Kind = iota // an event with the blank line that ends it
	Part              // the next bytes of an event that is too large to hold
	Last              // the last of these
	Tail              // the line feed of a CR LF whose CR ended the event before
)

// Piece is some bytes of the stream. All pieces, one after another, are the stream.
type Piece struct {
	Kind Kind
	Raw  []byte // valid until the next call
	Held bool   // Raw is the splitter's own copy, begun in an earlier Next
}

// Splitter cuts a stream into events: lines end in LF, CR or CR LF, and a blank line ends an event.
// The zero value works and holds nothing. It is not safe for concurrent use.
type Splitter struct {
	// Max is the most bytes of an incomplete event that are held.
	Max int

	held  []byte
	given bool // held has been given away as a Piece
	large bool // in the middle of an event that is not held
	line  bool // inside a line: the next line end does not end the event
	cr    bool // the last byte was a CR: a LF that follows belongs to it
	ended bool // that CR ended an event
}

// Next takes the next piece off p and returns the rest. ok is false when p is used up and the event
// at its end is not complete: its bytes are then held, and are part of a later piece.
func (s *Splitter) Next(p []byte) (piece Piece, rest []byte, ok bool) {
	if s.given {
		s.held, s.given = s.held[:0], false
	}
	if len(p) == 0 {
		return Piece{}, nil, false
	}
	if s.cr && s.ended {
		s.cr, s.ended = false, false
		if p[0] == '\n' {
			return Piece{Kind: Tail, Raw: p[:1]}, p[1:], true
		}
	}
	room := p
	if n := s.Max - len(s.held); len(s.held) > 0 && len(room) > n {
		room = room[:n]
	}
	n, whole := s.scan(room)
	raw, rest := p[:n], p[n:]
	switch {
	case s.large:
		s.large = !whole
		if whole {
			return Piece{Kind: Last, Raw: raw}, rest, true
		}
		return Piece{Kind: Part, Raw: raw}, rest, true
	case len(s.held) == 0 && whole:
		return Piece{Raw: raw}, rest, true
	case len(s.held) == 0 && n > s.Max:
		s.large = true
		return Piece{Kind: Part, Raw: raw}, rest, true
	}
	s.held = append(s.held, raw...)
	if whole || len(rest) > 0 {
		s.given, s.large = true, !whole
		piece = Piece{Raw: s.held, Held: true}
		if !whole {
			piece.Kind = Part
		}
		return piece, rest, true
	}
	return Piece{}, nil, false
}

// Rest is the incomplete event at the end of the stream, as far as it is held.
func (s *Splitter) Rest() []byte {
	if s.given {
		return nil
	}
	return s.held
}

// Reset makes the splitter ready for another stream. Large buffers are let go.
func (s *Splitter) Reset() { *s = Splitter{Max: s.Max, held: s.held[:0]} }

// scan finds the end of the event: the offset behind it, or len(p) and false.
func (s *Splitter) scan(p []byte) (n int, whole bool) {
	lf := -1 // the next line feed at or behind n; len(p) when there is none
	for n < len(p) {
		if s.cr {
			s.cr = false
			if p[n] == '\n' {
				n++
				continue
			}
		}
		if !s.line && (p[n] == '\n' || p[n] == '\r') {
			return s.endAt(p, n), true
		}
		s.line = true
		if lf < n {
			lf = len(p)
			if k := bytes.IndexByte(p[n:], '\n'); k >= 0 {
				lf = n + k
			}
		}
		if k := bytes.IndexByte(p[n:lf], '\r'); k >= 0 {
			n += k + 1
			s.cr, s.line = true, false
			continue
		}
		if lf == len(p) {
			return len(p), false
		}
		n, s.line = lf+1, false
	}
	return n, false
}

// endAt is the offset behind the line end at n, which ends an event.
func (s *Splitter) endAt(p []byte, n int) int {
	if p[n] == '\n' {
		return n + 1
	}
	if n+1 < len(p) {
		if p[n+1] == '\n' {
			return n + 2
		}
		return n + 1
	}
	s.cr, s.ended = true, true
	return n + 1
}
