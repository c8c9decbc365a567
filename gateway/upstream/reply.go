package upstream

import (
	"errors"
	"io"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/compress"
	"github.com/burncloud/burncloud/internal/http1"
	"github.com/burncloud/burncloud/internal/slab"
)

const (
	headBuffer = 4096     // first size of the read buffer: head, and the pieces of a stream
	leastSpace = 1024     // a body is not read into less
	bodyBuffer = 64 << 10 // for bodies that fill the first one
	maxInterim = 16       // 1xx replies before the real one
)

// Reply is a vendor's answer. It belongs to its Call and is not safe for concurrent use.
type Reply struct {
	Status int

	call  *Call
	pool  *Pool
	cn    *conn // nil when closed
	t     Timeouts
	start time.Time // of the call, for the total
	first time.Time
	reuse bool

	head    http1.Response
	interim int
	in      *slab.Slab // the head's buffer
	large   *slab.Slab // the body's, when it has outgrown the head's
	buf     []byte     // where body bytes are read to
	r, w    int        // buf[r:w] has been received and not been used
	bodyAt  int        // where the head ends
	full    bool       // the last read filled buf, or much is expected

	framing http1.Chunked
	remain  int64 // of a declared length; untilClose when the body ends with the connection
	ended   bool  // the last body byte has been taken
	clean   bool  // nothing has happened that forbids to use the connection again
	err     error // what the body failed with

	decoder *compress.Decoder
	plain   *slab.Slab
	raw     []byte // framed bytes that the decoder has not taken yet
}

const untilClose = -1

func (r *Reply) begin(c *Call, p *Pool, cn *conn, t Timeouts, start time.Time, reused bool) {
	head := r.head
	*r = Reply{call: c, pool: p, cn: cn, t: t, start: start, reuse: reused, head: head}
	r.head.Reset()
	r.in = p.slabs.Get(headBuffer)
	r.buf = r.in.B
}

// readHead reads to the end of the head of the reply itself, past interim ones.
func (r *Reply) readHead(method string) error {
	for {
		n, err := r.head.Parse(r.buf[:r.w])
		if err != nil {
			return err
		}
		switch {
		case n > 0 && r.head.Status >= 200:
			r.r, r.bodyAt = n, n
			return r.beginBody(method)
		case n > 0:
			if err := r.skipInterim(n); err != nil {
				return err
			}
			continue
		case r.w >= r.pool.opt.MaxHeader:
			return errors.New("the reply's head is too large")
		case r.w == len(r.buf):
			r.growHead()
		}
		k, err := r.cn.nc.Read(r.buf[r.w:])
		if k > 0 && r.first.IsZero() {
			r.first = r.pool.opt.Now()
		}
		r.w += k
		if err != nil && k == 0 {
			return err
		}
	}
}

func (r *Reply) skipInterim(n int) error {
	if r.interim++; r.interim > maxInterim || r.head.Status == 101 {
		return errors.New("interim replies instead of an answer")
	}
	r.w = copy(r.buf, r.buf[n:r.w])
	r.head.Reset()
	return nil
}

func (r *Reply) growHead() {
	larger := r.pool.slabs.Get(min(2*len(r.buf), r.pool.opt.MaxHeader+leastSpace))
	copy(larger.B, r.buf)
	r.pool.slabs.Put(r.in)
	r.in, r.buf = larger, larger.B
}

// beginBody decides where the body ends and whether it must be decoded.
func (r *Reply) beginBody(method string) error {
	r.Status = r.head.Status
	switch {
	case method == "HEAD" || r.Status == 204 || r.Status == 304 ||
		!r.head.Chunked && r.head.ContentLength == 0:
		r.ended = true
		return nil
	case r.head.Chunked:
	case r.head.ContentLength > 0:
		r.remain = r.head.ContentLength
		r.full = r.remain > 4*headBuffer
	default:
		r.remain = untilClose
	}
	switch coding := compress.ParseCoding(r.head.Header("Content-Encoding")); coding {
	case compress.Gzip, compress.Brotli, compress.Zstd:
		r.decoder = r.pool.decoders.Open(coding, (*rawBody)(r))
		r.plain = r.pool.slabs.Get(headBuffer)
	}
	return nil
}

// Header is the value of the first field with this name, in any case of letters; nil when there is
// none. It is valid until Close.
func (r *Reply) Header(name string) []byte {
	if r.decoder != nil && aboutCoding(name) {
		return nil
	}
	return r.head.Header(name)
}

// VisitHeaders calls f for every field in the order and spelling it came, those about the connection
// too, but without Content-Encoding and Content-Length where the body is decoded here.
func (r *Reply) VisitHeaders(f func(name, value []byte)) {
	r.head.VisitHeaders(func(name, value []byte) {
		if r.decoder == nil || !aboutCoding(name) {
			f(name, value)
		}
	})
}

func aboutCoding[N []byte | string](name N) bool {
	return http1.EqualFold(name, "Content-Encoding") || http1.EqualFold(name, "Content-Length")
}

// ContentLength is how many bytes Read will give in all; -1 when that is not known.
func (r *Reply) ContentLength() int64 {
	switch {
	case r.decoder != nil:
		return -1
	case r.Status == 204 || r.Status == 304:
		return 0
	}
	return r.head.ContentLength
}

// FirstByteAt is when the first byte of the reply came.
func (r *Reply) FirstByteAt() time.Time { return r.first }

// Reused reports whether the connection had carried another request before.
func (r *Reply) Reused() bool { return r.reuse }

// Ended reports whether what Read has given is the whole body: the next Read is io.EOF. With it the
// last piece and the end can be sent on in one write.
func (r *Reply) Ended() bool { return r.ended && r.decoder == nil }

// Read gives the body bytes that are there, or waits for some. They are valid until the next Read or
// Close, and may be changed by the caller. io.EOF is the proper end; any other error is a
// *burncloud.Fault: UpstreamBroken (cut, or bad framing or encoding), UpstreamTimeout (idle or total),
// or the kind given to Cancel. It stays the same from then on.
func (r *Reply) Read() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	var p []byte
	var err error
	if r.decoder != nil {
		p, err = r.readDecoded()
	} else {
		p, err = r.readRaw()
	}
	if err != nil {
		r.err = err
	}
	return p, err
}

// readRaw gives body bytes as the vendor encoded them.
func (r *Reply) readRaw() ([]byte, error) {
	for !r.ended {
		if r.cn == nil {
			return nil, burncloud.Faultf(burncloud.Internal, "the reply was read after its end")
		}
		if r.r == r.w {
			if err := r.fill(); err != nil {
				return nil, r.lost(err)
			}
			if r.ended {
				break
			}
		}
		p, err := r.unframe()
		if err != nil {
			return nil, r.lost(err)
		}
		if len(p) > 0 {
			return p, nil
		}
	}
	return nil, io.EOF
}

// unframe takes what has been received.
func (r *Reply) unframe() (p []byte, err error) {
	got := r.buf[r.r:r.w]
	switch {
	case r.head.Chunked:
		var n int
		p, n, err = r.framing.Decode(got)
		r.r += n
		r.ended = r.framing.Done()
	case r.remain == untilClose:
		p, r.r = got, r.w
	default:
		p = got[:min(int64(len(got)), r.remain)]
		r.r += len(p)
		r.remain -= int64(len(p))
		r.ended = r.remain == 0
	}
	return p, err
}

// fill reads once. The end of the connection is the end of a body that has no other.
func (r *Reply) fill() error {
	r.makeSpace()
	now := r.pool.opt.Now()
	limit, f := r.t.left(r.t.Idle, now.Sub(r.start))
	if f != nil {
		return f
	}
	r.cn.allowRead(now, limit)
	n, err := r.cn.nc.Read(r.buf)
	r.r, r.w, r.full = 0, n, n == len(r.buf)
	switch {
	case n > 0:
		return nil
	case err == io.EOF && r.remain == untilClose && !r.head.Chunked:
		r.ended, r.clean = true, false
		return nil
	}
	return err
}

// makeSpace chooses where the next read goes: behind the head, which stays readable, for as long as
// the pieces are small.
func (r *Reply) makeSpace() {
	switch {
	case r.full && (r.large == nil || len(r.large.B) < bodyBuffer):
		r.pool.slabs.Put(r.large)
		r.large = r.pool.slabs.Get(bodyBuffer)
		r.buf = r.large.B
	case r.large != nil:
	case len(r.in.B)-r.bodyAt >= leastSpace:
		r.buf = r.in.B[r.bodyAt:]
	default:
		r.large = r.pool.slabs.Get(headBuffer)
		r.buf = r.large.B
	}
}

// lost is err, from the connection or its framing, as a Fault.
func (r *Reply) lost(err error) error {
	r.clean = false
	var f *burncloud.Fault
	if c := r.call.canceled(); c != nil {
		return c
	}
	switch {
	case errors.As(err, &f):
		return f
	case isTimeout(err):
		return burncloud.Wrap(burncloud.UpstreamTimeout, err, "the upstream stopped sending")
	}
	return burncloud.Wrap(burncloud.UpstreamBroken, err, "the upstream's answer was cut or is malformed")
}

// readDecoded gives decoded bytes.
func (r *Reply) readDecoded() ([]byte, error) {
	for {
		n, err := r.decoder.Read(r.plain.B)
		switch {
		case n > 0:
			return r.plain.B[:n], nil // an error comes again with the next call
		case err == io.EOF:
			return nil, io.EOF
		case err != nil:
			return nil, r.lost(err)
		}
	}
}

// rawBody is the Reply as its decoder reads it.
type rawBody Reply

func (b *rawBody) Read(p []byte) (int, error) {
	r := (*Reply)(b)
	if len(r.raw) == 0 {
		raw, err := r.readRaw()
		if err != nil {
			return 0, err
		}
		r.raw = raw
	}
	n := copy(p, r.raw)
	r.raw = r.raw[n:]
	return n, nil
}

// Close ends the use of the reply. Its connection goes back to the pool when the body was read to its
// end and nothing speaks against it, else it is closed. It may be called more than once.
func (r *Reply) Close() {
	if r.cn == nil {
		return
	}
	cn, c := r.cn, r.call
	r.cn = nil
	keep := r.clean && r.ended && r.r == r.w && r.head.KeepAlive() && c.wholeSent(false)
	if closed := c.detach(); keep && !closed {
		cn.host.put(cn)
	} else {
		cn.host.drop(cn)
		c.wholeSent(true)
	}
	r.giveBack()
}

func (r *Reply) giveBack() {
	if r.decoder != nil {
		r.decoder.Close()
		r.decoder = nil
		r.ended = true
	}
	r.pool.slabs.Put(r.in)
	r.pool.slabs.Put(r.large)
	r.pool.slabs.Put(r.plain)
	r.in, r.large, r.plain, r.buf, r.raw = nil, nil, nil, nil, nil
	r.head.Reset()
}
