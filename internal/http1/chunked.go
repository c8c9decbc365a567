package http1

// Faults of the chunked coding.
const (
	ErrChunk   = SyntaxError("the chunked body is malformed")
	maxChunk   = 1 << 56 // sizes beyond this cannot be meant and must not overflow
	maxFraming = 4096    // bytes of one chunk's extension, or of all trailers
)

type chunkState uint8

const (
	inSize    chunkState = iota // before the first digit of a size
	inDigits                    // among the digits
	inExt                       // in a chunk extension, which is skipped
	inSizeLF                    // after the CR of a size line
	inData                      // in the data, remain bytes to go
	inDataCR                    // data over, CR must follow
	inDataLF                    // then LF
	inTrailer                   // at the start of a trailer line or of the last, empty line
	inName                      // in a trailer's name
	inField                     // in a trailer's value, which is skipped
	inFieldLF                   // after its CR
	inEndLF                     // after the CR of the empty line
	atEnd                       // the body is whole
)

// Chunked takes the framing off a chunked body. The zero value is at the start of one.
type Chunked struct {
	remain int64 // of the size being read, then of the data
	extra  int   // bytes of extension or trailers so far
	state  chunkState
}

// Decode strips the framing in place. data is a part of p: the data bytes of every chunk that p
// touches, moved together; it may be empty. n is how many bytes of p belong to the body: all of them,
// unless Done, when what follows is the next message's. An error is final.
func (c *Chunked) Decode(p []byte) (data []byte, n int, err error) {
	from, to := 0, 0 // data so far
	for n < len(p) && c.state != atEnd {
		if c.state == inData {
			k := int(min(c.remain, int64(len(p)-n)))
			if from == to {
				from, to = n, n+k
			} else {
				to += copy(p[to:], p[n:n+k])
			}
			n += k
			c.Skip(int64(k))
			continue
		}
		if err := c.step(p[n]); err != nil {
			return nil, n, err
		}
		n++
	}
	return p[from:to:to], n, nil
}

// Done reports whether the whole body, its last empty line too, has been decoded.
func (c *Chunked) Done() bool { return c.state == atEnd }

// InData is how many bytes of the current chunk's data are still to come; 0 while framing is due.
func (c *Chunked) InData() int64 {
	if c.state != inData {
		return 0
	}
	return c.remain
}

// Skip tells that n bytes of the current chunk's data, at most InData, were taken by the caller.
func (c *Chunked) Skip(n int64) {
	if c.remain -= n; c.remain == 0 {
		c.state = inDataCR
	}
}

// step takes one byte of framing.
func (c *Chunked) step(b byte) error {
	switch c.state {
	case inSize, inDigits:
		return c.size(b)
	case inExt, inField:
		return c.skipped(b)
	case inSizeLF:
		if b != '\n' {
			return ErrChunk
		}
		c.extra = 0
		c.state = inData
		if c.remain == 0 {
			c.state = inTrailer
		}
	case inDataCR:
		return c.expect(b, '\r', inDataLF)
	case inDataLF:
		return c.expect(b, '\n', inSize)
	case inTrailer:
		switch {
		case b == '\r':
			c.state = inEndLF
		case tokenByte[b]:
			c.state = inName
		default:
			return ErrChunk
		}
	case inName:
		return c.name(b)
	case inFieldLF:
		return c.expect(b, '\n', inTrailer)
	case inEndLF:
		return c.expect(b, '\n', atEnd)
	}
	return nil
}

func (c *Chunked) expect(b, want byte, next chunkState) error {
	if b != want {
		return ErrChunk
	}
	c.state = next
	return nil
}

func (c *Chunked) size(b byte) error {
	digit := int64(-1)
	switch {
	case b >= '0' && b <= '9':
		digit = int64(b - '0')
	case b >= 'a' && b <= 'f':
		digit = int64(b-'a') + 10
	case b >= 'A' && b <= 'F':
		digit = int64(b-'A') + 10
	case c.state == inDigits && b == '\r':
		c.state = inSizeLF
		return nil
	case c.state == inDigits && b == ';':
		c.state = inExt
		return nil
	default:
		return ErrChunk
	}
	if c.state == inSize {
		c.remain, c.state = 0, inDigits
	}
	c.remain = c.remain<<4 | digit
	if c.remain > maxChunk {
		return ErrChunk
	}
	// Leading zeros are digits too, and they must not go on for ever.
	if c.extra++; c.extra > maxFraming {
		return ErrChunk
	}
	return nil
}

func (c *Chunked) name(b byte) error {
	if c.extra++; c.extra > maxFraming {
		return ErrChunk
	}
	if b == ':' {
		c.state = inField
	} else if !tokenByte[b] {
		return ErrChunk
	}
	return nil
}

// skipped passes over an extension or a trailer's value, neither of which means anything here.
func (c *Chunked) skipped(b byte) error {
	if c.extra++; c.extra > maxFraming {
		return ErrChunk
	}
	switch {
	case b == '\r' && c.state == inExt:
		c.state = inSizeLF
	case b == '\r':
		c.state = inFieldLF
	case b < 0x20 && b != '\t' || b == 0x7f:
		return ErrChunk
	}
	return nil
}

// Pass is Decode without a result: it follows the body and leaves p as it is.
func (c *Chunked) Pass(p []byte) (n int, err error) {
	for n < len(p) && c.state != atEnd {
		if c.state == inData {
			k := min(c.remain, int64(len(p)-n))
			n += int(k)
			c.Skip(k)
			continue
		}
		if err := c.step(p[n]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
