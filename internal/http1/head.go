package http1

import "bytes"

// SyntaxError says why a message is not read. The texts are fixed: none quotes what was received.
type SyntaxError string

func (e SyntaxError) Error() string { return string(e) }

// Faults of a message head that a caller may want to tell apart.
const (
	ErrFields   = SyntaxError("too many header fields")
	ErrVersion  = SyntaxError("the HTTP version is not supported; use HTTP/1.1")
	ErrPreface  = SyntaxError("HTTP/2 is not spoken on this port; use HTTP/1.1")
	ErrTLS      = SyntaxError("this port speaks plain HTTP, but TLS came; use http:// in the URL")
	errBareLF   = SyntaxError("a line ends with LF alone")
	errLine     = SyntaxError("the request line is malformed")
	errTarget   = SyntaxError("the request target is not a path")
	errFold     = SyntaxError("a header line is folded or begins with a blank")
	errName     = SyntaxError("a header name is malformed or has a blank before its colon")
	errValue    = SyntaxError("a header value has a control character")
	errHost     = SyntaxError("exactly one valid Host header is needed")
	errLength   = SyntaxError("Content-Length is malformed or repeated")
	errBoth     = SyntaxError("Content-Length and Transfer-Encoding exclude each other")
	errCoding   = SyntaxError("the only Transfer-Encoding is chunked, once, and not in HTTP/1.0")
	errExpect   = SyntaxError("the only Expect is 100-continue")
	errStatus   = SyntaxError("the status line is malformed")
	maxFields   = 256
	unsetLength = -1
)

// span is a half-open range of the message's bytes. Offsets survive a move to a larger buffer.
type span struct{ from, to uint32 }

type field struct{ name, value span }

// head is what requests and replies share: the lines of a head, found and indexed once each however
// the bytes arrive.
type head struct {
	buf     []byte
	fields  []field
	line    int // where the line that is not yet whole begins
	scanned int // no LF between line and here
	bareLF  bool
}

func (h *head) reset() {
	h.buf = nil
	h.fields = h.fields[:0]
	h.line, h.scanned = 0, 0
}

func (h *head) of(s span) []byte { return h.buf[s.from:s.to:s.to] }

// nextLine is the next whole line without its end; ok is false while there is none.
func (h *head) nextLine() (from, to int, ok bool, err error) {
	i := bytes.IndexByte(h.buf[h.scanned:], '\n')
	if i < 0 {
		h.scanned = len(h.buf)
		return 0, 0, false, nil
	}
	from, to = h.line, h.scanned+i
	h.line, h.scanned = to+1, to+1
	if to > from && h.buf[to-1] == '\r' {
		return from, to - 1, true, nil
	}
	if h.bareLF {
		return from, to, true, nil
	}
	return 0, 0, false, errBareLF
}

// addField indexes one header line.
func (h *head) addField(from, to int) (name, value []byte, err error) {
	if len(h.fields) == maxFields {
		return nil, nil, ErrFields
	}
	b := h.buf[:to]
	if b[from] == ' ' || b[from] == '\t' {
		return nil, nil, errFold
	}
	i := from
	for i < to && tokenByte[b[i]] {
		i++
	}
	if i == from || i == to || b[i] != ':' {
		return nil, nil, errName
	}
	v, e := i+1, to
	for v < e && (b[v] == ' ' || b[v] == '\t') {
		v++
	}
	for e > v && (b[e-1] == ' ' || b[e-1] == '\t') {
		e--
	}
	if !cleanText(b[v:e]) {
		return nil, nil, errValue
	}
	h.fields = append(h.fields, field{span{uint32(from), uint32(i)}, span{uint32(v), uint32(e)}})
	return b[from:i], b[v:e], nil
}

// Header is the value of the first field with this name, in any case of letters, or nil. It points
// into the buffer that was parsed.
func (h *head) Header(name string) []byte {
	for i := range h.fields {
		f := &h.fields[i]
		if int(f.name.to-f.name.from) == len(name) && EqualFold(h.of(f.name), name) {
			return h.of(f.value)
		}
	}
	return nil
}

// VisitHeaders calls f for every field in the order and spelling it was received.
func (h *head) VisitHeaders(f func(name, value []byte)) {
	for i := range h.fields {
		f(h.of(h.fields[i].name), h.of(h.fields[i].value))
	}
}

// Move tells that the bytes parsed so far now begin buf. Slices lent before still point to where they
// did.
func (h *head) Move(buf []byte) { h.buf = buf }
