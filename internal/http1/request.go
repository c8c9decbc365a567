package http1

import "bytes"

// Request is the index of one request head. The zero value is ready; Reset makes it ready again.
type Request struct {
	head
	method, target, path, query span
	started                     bool // the request line has been read
	hosts                       int
	encoded                     bool // Transfer-Encoding was seen
	closing, keeping            bool // Connection: close, keep-alive

	Minor          int   // of HTTP/1.x: 0 or 1
	ContentLength  int64 // bytes of body as declared; -1 when not declared
	Chunked        bool  // the body comes in the chunked coding
	ExpectContinue bool  // the client waits for a 100 before it sends the body
}

// Reset forgets the request and keeps the memory.
func (r *Request) Reset() {
	r.head.reset()
	*r = Request{head: r.head, ContentLength: unsetLength}
}

// Parse reads the head that begins at buf[0]. It may be called again with the same bytes and more
// behind them, in any buffer, and goes on where it stopped. n is the length of the head, with its
// empty line, once it is whole, and 0 before that. An error is a SyntaxError and final.
func (r *Request) Parse(buf []byte) (n int, err error) {
	r.buf = buf
	if !r.started && len(buf) > 0 && r.line == 0 && buf[0] == 0x16 {
		return 0, ErrTLS
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
		case from == to && from == 0:
			continue // one empty line before the request line is forgiven, as RFC 9112 asks
		default:
			err = r.startLine(from, to)
		}
		if err != nil {
			return 0, err
		}
	}
}

// Started reports whether the request line has been read: Method, Path and Query are there.
func (r *Request) Started() bool { return r.started }

// Method is the method as it came.
func (r *Request) Method() []byte { return r.of(r.method) }

// Path is the target up to the question mark, as it came.
func (r *Request) Path() []byte { return r.of(r.path) }

// Query is what follows the question mark, as it came; nil when there is none.
func (r *Request) Query() []byte {
	if r.query.to == 0 {
		return nil
	}
	return r.of(r.query)
}

// KeepAlive reports whether the client wants the connection to go on after the reply.
func (r *Request) KeepAlive() bool {
	return !r.closing && (r.Minor == 1 || r.keeping)
}

// HasBody reports whether body bytes, or chunk framing, follow the head.
func (r *Request) HasBody() bool { return r.Chunked || r.ContentLength > 0 }

func (r *Request) startLine(from, to int) error {
	line := r.buf[from:to]
	a := bytes.IndexByte(line, ' ')
	z := bytes.LastIndexByte(line, ' ')
	if a <= 0 || z <= a+1 || !isToken(line[:a]) {
		return errLine
	}
	target, version := line[a+1:z], line[z+1:]
	if len(version) != 8 || string(version[:5]) != "HTTP/" || version[6] != '.' {
		return errLine
	}
	switch string(version) {
	case "HTTP/1.1":
		r.Minor = 1
	case "HTTP/1.0":
		r.Minor = 0
	case "HTTP/2.0":
		if string(line) == "PRI * HTTP/2.0" {
			return ErrPreface
		}
		return ErrVersion
	default:
		return ErrVersion
	}
	if !cleanTarget(target) {
		return errLine
	}
	if target[0] != '/' && string(line[:z]) != "OPTIONS *" {
		return errTarget
	}
	at := func(from, to int) span { return span{uint32(from), uint32(to)} }
	start := from + a + 1
	r.method, r.target = at(from, from+a), at(start, from+z)
	r.path = r.target
	if q := bytes.IndexByte(target, '?'); q >= 0 {
		r.path.to = uint32(start + q)
		r.query = at(start+q+1, from+z)
	}
	r.started = true
	return nil
}

// field reads one header line and what it says about framing.
func (r *Request) field(from, to int) error {
	name, value, err := r.addField(from, to)
	if err != nil {
		return err
	}
	switch len(name) {
	case len("host"):
		if EqualFold(name, "host") {
			r.hosts++
			if !validHost(value) {
				return errHost
			}
		}
	case len("expect"):
		if EqualFold(name, "expect") {
			if !EqualFold(value, "100-continue") {
				return errExpect
			}
			r.ExpectContinue = true
		}
	case len("connection"):
		if EqualFold(name, "connection") {
			r.closing = r.closing || hasToken(value, "close")
			r.keeping = r.keeping || hasToken(value, "keep-alive")
		}
	case len("content-length"):
		if EqualFold(name, "content-length") {
			n, ok := decimal(value)
			if !ok || r.ContentLength != unsetLength {
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

// finish checks what only the whole head can tell.
func (r *Request) finish() error {
	if r.hosts > 1 || r.hosts == 0 && r.Minor == 1 {
		return errHost
	}
	if r.encoded {
		if r.ContentLength != unsetLength {
			return errBoth
		}
		if r.Minor == 0 {
			return errCoding
		}
		r.Chunked = true
	}
	if r.Minor == 0 {
		r.ExpectContinue = false // RFC 9110 10.1.1: ignored from an HTTP/1.0 client
	}
	return nil
}

// validHost accepts what a host with an optional port may be made of.
func validHost(b []byte) bool {
	for _, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%' || c == '~':
		default:
			return false
		}
	}
	return len(b) > 0
}
