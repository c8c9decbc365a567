package listen

import (
	"errors"
	"io"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/compress"
	"github.com/burncloud/burncloud/internal/http1"
	"github.com/burncloud/burncloud/internal/slab"
)

const (
	firstSlab   = 16 << 10 // for a body of unknown length
	minProgress = 16 << 10 // bytes that a BodyTimeout must bring
	maxDrain    = 64 << 10 // bytes of an unread body that are worth reading to keep a connection
)

// body reads the framed bytes of one request body, and holds the whole once it is read.
type body struct {
	c       *conn
	chunked bool
	framing http1.Chunked
	remain  int64 // of the declared length, when not chunked
	done    bool  // the end of the body has been read

	got, mark int64 // bytes received from the socket, and as of the last deadline
	limited   bool  // a deadline for the body is set

	data    []byte
	slab    *slab.Slab
	charged int64 // bytes charged to the budget
}

func (b *body) reset() { *b = body{c: b.c, done: true} }

func (b *body) begin() {
	req := &b.c.x.req
	b.chunked, b.remain = req.Chunked, req.ContentLength
	b.done = !req.HasBody()
}

func (b *body) release() {
	if b.slab != nil {
		b.c.srv.slabs.Put(b.slab)
		b.slab = nil
	}
	if b.charged > 0 {
		b.c.srv.bodies.Add(-b.charged)
		b.charged = 0
	}
	b.data = nil
}

// ReadBody receives the whole request body and decodes it. The bytes are valid until the handler
// returns; a second call gives the same. Faults: TooLarge, RequestTimeout (too slow), UnsupportedMedia
// (a content coding other than gzip, br, zstd), Overloaded (the budget of all bodies is used up),
// Invalid (broken framing or encoding), Canceled (the client hung up). After a fault the connection
// closes with the reply.
func (x *Exchange) ReadBody() ([]byte, *burncloud.Fault) {
	b := &x.body
	if b.done {
		return b.data, nil
	}
	coding := compress.ParseCoding(x.Header("Content-Encoding"))
	if coding == compress.Unknown {
		return nil, burncloud.Faultf(burncloud.UnsupportedMedia,
			"the request body's Content-Encoding is not supported; use gzip, br or zstd")
	}
	if x.req.ContentLength > x.c.srv.opt.MaxBody {
		return nil, x.c.srv.tooLarge()
	}
	watched := x.pauseWatch()
	f := b.readAll(coding)
	if f != nil {
		x.keep = false
		return nil, f
	}
	if watched {
		x.c.srv.watches.add(&x.watch)
	}
	return b.data, nil
}

func (b *body) readAll(coding compress.Coding) *burncloud.Fault {
	if err := b.sendContinue(); err != nil {
		return b.c.srv.bodyFault(err)
	}
	var err error
	switch {
	case coding != compress.Identity:
		d := b.c.srv.decoders.Open(coding, b)
		err = b.collect(d)
		d.Close()
	case b.chunked:
		err = b.collect(b)
	default:
		err = b.readDeclared()
	}
	if err != nil {
		return b.c.srv.bodyFault(err)
	}
	return nil
}

// sendContinue tells a client that asked to send its body, unless it already does.
func (b *body) sendContinue() error {
	x := &b.c.x
	if !x.expecting {
		return nil
	}
	x.expecting = false
	if b.c.r < b.c.w {
		return nil
	}
	b.c.allowWrite(b.c.srv.opt.Now())
	_, err := b.c.nc.Write(continueLine)
	return err
}

var continueLine = []byte("HTTP/1.1 100 Continue\r\n\r\n")

// readDeclared reads a body of declared length: in the connection's buffer if it fits there, so that
// a small request is received by one read, else in one slab of its size.
func (b *body) readDeclared() error {
	c := b.c
	if int64(c.r)+b.remain < int64(len(c.in.B)) {
		size := int(b.remain)
		for c.w-c.r < size {
			n, err := b.receive(c.in.B[c.w:])
			if err != nil {
				return err
			}
			c.w += n
		}
		b.data = c.in.B[c.r : c.r+size : c.r+size]
		c.r += size
		b.remain, b.done = 0, true
		return nil
	}
	if err := b.grow(int(b.remain)); err != nil {
		return err
	}
	size := int(b.remain)
	for at := 0; at < size; {
		n, err := b.Read(b.slab.B[at:size])
		if err != nil {
			return err
		}
		at += n
	}
	b.data = b.slab.B[:size:size]
	return nil
}

// collect reads from to its end into a slab that grows, up to the limit.
func (b *body) collect(from io.Reader) error {
	limit := int(b.c.srv.opt.MaxBody)
	if err := b.grow(min(firstSlab, limit+1)); err != nil {
		return err
	}
	size := 0
	for {
		if size == len(b.slab.B) {
			if err := b.grow(min(2*size, limit+1)); err != nil {
				return err
			}
		}
		n, err := from.Read(b.slab.B[size:])
		size += n
		if size > limit {
			return errTooLarge
		}
		if err == io.EOF {
			b.data = b.slab.B[:size:size]
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// grow makes the slab at least n bytes long and keeps what it has.
func (b *body) grow(n int) error {
	size := int64(slab.Size(n))
	if b.c.srv.bodies.Add(size) > b.c.srv.opt.BodyBudget {
		b.c.srv.bodies.Add(-size)
		return errBudget
	}
	larger := b.c.srv.slabs.Get(n)
	if b.slab != nil {
		copy(larger.B, b.slab.B)
		b.c.srv.slabs.Put(b.slab)
		b.c.srv.bodies.Add(-b.charged)
	}
	b.slab, b.charged = larger, size
	return nil
}

// Read gives bytes of the body without their framing, io.EOF behind the last.
func (b *body) Read(p []byte) (n int, err error) {
	for !b.done && n == 0 && err == nil {
		if b.chunked {
			n, err = b.readChunked(p)
		} else {
			n, err = b.readPlain(p)
		}
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (b *body) readPlain(p []byte) (n int, err error) {
	c := b.c
	p = p[:min(int64(len(p)), b.remain)]
	if c.r < c.w {
		n = copy(p, c.in.B[c.r:c.w])
		c.r += n
	} else if n, err = b.receive(p); err != nil {
		return 0, err
	}
	b.remain -= int64(n)
	b.done = b.remain == 0
	return n, nil
}

// readChunked reads framing through the connection's buffer, so that what follows the body stays
// there, and the data of large chunks past it.
func (b *body) readChunked(p []byte) (int, error) {
	c := b.c
	if c.r == c.w {
		if k := b.framing.InData(); k > 0 {
			n, err := b.receive(p[:min(int64(len(p)), k)])
			b.framing.Skip(int64(n))
			return n, err
		}
		c.r, c.w = c.bodyAt, c.bodyAt
		n, err := b.receive(c.in.B[c.r:])
		if err != nil {
			return 0, err
		}
		c.w += n
	}
	data, used, err := b.framing.Decode(c.in.B[c.r:min(c.w, c.r+len(p))])
	if err != nil {
		return 0, err
	}
	c.r += used
	b.done = b.framing.Done()
	return copy(p, data), nil
}

// Faults of a body that are told apart when they become a burncloud.Fault.
var (
	errTooLarge = errors.New("body over the limit")
	errBudget   = errors.New("budget of bodies in memory is used up")
	errCut      = errors.New("connection ended inside the body") // never io.EOF, which is a body's proper end
)

// receive reads from the socket under the rule of progress.
func (b *body) receive(p []byte) (int, error) {
	if !b.limited || b.got-b.mark >= max(minProgress, b.mark/4) {
		b.limited, b.mark = true, b.got
		b.c.readUntil(b.c.srv.opt.Now().Add(b.c.srv.opt.BodyTimeout))
	}
	n, err := b.c.read(p)
	b.got += int64(n)
	if err == io.EOF {
		err = errCut
	}
	if b.got > 2*b.c.srv.opt.MaxBody+firstSlab && err == nil {
		return n, errTooLarge // framing and encoding can be larger than what they carry, but not for ever
	}
	return n, err
}

// canDrain reports whether what is unread is little enough to be read for the connection's sake.
func (b *body) canDrain() bool {
	if b.done {
		return true
	}
	if b.c.x.expecting {
		return false // nobody knows whether the client will send the body
	}
	return b.chunked || b.remain-int64(b.c.w-b.c.r) <= maxDrain
}

// drain reads what the handler left. It reports whether the next request begins right behind it.
func (b *body) drain() bool {
	if b.done {
		return true
	}
	if !b.canDrain() {
		return false
	}
	scratch := b.c.srv.slabs.Get(firstSlab)
	defer b.c.srv.slabs.Put(scratch)
	for total := 0; total <= maxDrain+firstSlab; {
		n, err := b.Read(scratch.B)
		if err != nil {
			return err == io.EOF
		}
		total += n
	}
	return false
}

func (s *Server) tooLarge() *burncloud.Fault {
	return burncloud.Faultf(burncloud.TooLarge, "the request body is larger than %d bytes", s.opt.MaxBody)
}

// bodyFault is err, from receiving or decoding a body, as the client is told it.
func (s *Server) bodyFault(err error) *burncloud.Fault {
	var broken http1.SyntaxError
	var network interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooLarge):
		return s.tooLarge()
	case errors.Is(err, errBudget):
		return burncloud.Wrap(burncloud.Overloaded, err, "too many large requests at the same time; try again shortly")
	case isTimeout(err):
		return burncloud.Wrap(burncloud.RequestTimeout, err, "the request body came too slowly")
	case errors.As(err, &broken):
		return burncloud.Wrap(burncloud.Invalid, err, broken.Error())
	case errors.Is(err, errCut), errors.As(err, &network):
		return burncloud.Wrap(burncloud.Canceled, err, "the client hung up while sending the request body")
	}
	return burncloud.Wrap(burncloud.Invalid, err, "the request body cannot be decoded by its Content-Encoding")
}
