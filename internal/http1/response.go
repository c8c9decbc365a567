package http1

import "bytes"

// Response is the index of one reply head. Reset it before use.
type Response struct {
	head
	started, encoded, bad bool
	closing, keeping      bool
	minor                 int

	Status        int
	ContentLength int64 // -1 when not declared
	Chunked       bool
}

// Reset forgets the reply and keeps the memory.
func (r *Response) Reset() {
	r.head.reset()
	*r = Response{head: r.head, ContentLength: unsetLength}
	r.bareLF = true
}

// Parse reads the head that begins at buf[0], in as many calls as it takes; see Request.Parse.
func (r *Response) Parse(buf []byte) (n int, err error) {
	r.buf = buf
	if !r.started && len(buf) > 0 && !bytes.HasPrefix(buf, protocolName[:min(len(buf), len(protocolName))]) {
		return 0, errStatus // garbage is told at its first byte, not when the time is over
	}
	for {
		from, to, ok, err := r.nextLine()
		switch {
		case err != nil:
			return 0, err
		case !ok:
			return 0, nil
		case r.started && from == to:
			return r.line, r.finish()
		case r.started:
			err = r.field(from, to)
		default:
			err = r.startLine(from, to)
		}
		if err != nil {
			return 0, err
		}
	}
}

var protocolName = []byte("HTTP/1.")

// KeepAlive reports whether the vendor lets the connection go on after this reply. It is false where
// the head leaves a doubt about framing.
func (r *Response) KeepAlive() bool {
	return !r.bad && !r.closing && (r.minor == 1 || r.keeping)
}

// startLine reads "HTTP/1.1 200 OK"; the reason may be missing or anything printable.
func (r *Response) startLine(from, to int) error {
	line := r.buf[from:to]
	if len(line) < 12 || line[8] != ' ' || line[7] != '0' && line[7] != '1' || len(line) > 12 && line[12] != ' ' {
		return errStatus
	}
	n, ok := decimal(line[9:12])
	if !ok || n < 100 || !cleanText(line) {
		return errStatus
	}
	r.minor, r.Status, r.started = int(line[7]-'0'), int(n), true
	return nil
}

func (r *Response) field(from, to int) error {
	name, value, err := r.addField(from, to)
	if err != nil {
		return err
	}
	switch len(name) {
	case len("connection"):
		if EqualFold(name, "connection") {
			r.closing = r.closing || hasToken(value, "close")
			r.keeping = r.keeping || hasToken(value, "keep-alive")
		}
	case len("content-length"):
		if EqualFold(name, "content-length") {
			n, ok := decimal(value)
			if !ok || r.ContentLength != unsetLength && r.ContentLength != n {
				return errLength
			}
			r.ContentLength = n
		}
	case len("transfer-encoding"):
		if EqualFold(name, "transfer-encoding") {
			if r.encoded || !EqualFold(value, "chunked") {
				return errCoding
			}
			r.encoded = true
		}
	}
	return nil
}

func (r *Response) finish() error {
	if r.encoded {
		// RFC 9112 6.3: chunked wins over a length, and the connection is not to be trusted further.
		r.bad = r.ContentLength != unsetLength || r.minor == 0
		r.Chunked, r.ContentLength = true, unsetLength
	}
	return nil
}
