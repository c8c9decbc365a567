// Package compress decodes gzip, br and zstd bodies with decoders that are used again.
//
// It decodes and does nothing else: limits on what comes out are its caller's, which reads piece by
// piece and may stop at any time. It must never read past the end that its source reports.
package compress

import (
	"bufio"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Coding is a content coding that can be decoded.
type Coding uint8

// The codings; Identity needs no decoder.
const (
	Unknown Coding = iota
	Identity
	Gzip
	Brotli
	Zstd
)

// maxWindow bounds what one zstd frame may make us remember. RFC 8878 asks decoders for 8 MB.
const maxWindow = 8 << 20

// ParseCoding reads a Content-Encoding value. Lists of codings are Unknown.
func ParseCoding(v []byte) Coding {
	switch len(v) {
	case 0:
		return Identity
	case 2:
		if fold(v, "br") {
			return Brotli
		}
	case 4:
		if fold(v, "gzip") {
			return Gzip
		}
		if fold(v, "zstd") {
			return Zstd
		}
	case 6:
		if fold(v, "x-gzip") {
			return Gzip
		}
	case 8:
		if fold(v, "identity") {
			return Identity
		}
	}
	return Unknown
}

func fold(v []byte, word string) bool {
	for i := range v {
		c := v[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// Pool keeps decoders that were closed. The zero value is ready and safe for concurrent use.
type Pool struct {
	codings [Zstd + 1]sync.Pool
}

// Decoder reads the decoded bytes. Not safe for concurrent use.
type Decoder struct {
	pool   *Pool
	coding Coding
	src    sourceError
	buf    *bufio.Reader
	gz     *gzip.Reader
	br     *brotli.Reader
	zs     *zstd.Decoder
	begun  bool
}

// sourceError remembers what the source failed with, so that a broken connection is not taken for a
// broken encoding.
type sourceError struct {
	io.Reader
	err error
}

func (s *sourceError) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// Open lends a decoder that reads from src. It reads nothing yet. The coding must be Gzip, Brotli or
// Zstd.
func (p *Pool) Open(coding Coding, src io.Reader) *Decoder {
	d, ok := p.codings[coding].Get().(*Decoder)
	if !ok {
		d = &Decoder{pool: p, coding: coding, buf: bufio.NewReaderSize(nil, 4096)}
	}
	d.src = sourceError{Reader: src}
	d.buf.Reset(&d.src)
	d.begun = false
	return d
}

// Read gives decoded bytes as soon as there are some. The end of the encoding, with the source at its
// end too, is io.EOF. An error of the source comes back as it was; any other says that the bytes are
// not in the coding.
func (d *Decoder) Read(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		if err := d.begin(); err != nil {
			return 0, d.cause(err)
		}
	}
	n, err := d.decode(p)
	if err == nil {
		return n, nil
	}
	if err == io.EOF && n == 0 {
		return 0, d.end()
	}
	if err == io.EOF {
		return n, nil // the end is told by the next call
	}
	return n, d.cause(err)
}

// errTrailing and errEmpty are encodings that end early or never begin.
var (
	errTrailing = errors.New("bytes follow the end of the encoded body")
	errEmpty    = errors.New("the encoded body is empty")
)

func (d *Decoder) begin() (err error) {
	if _, err := d.buf.Peek(1); err == io.EOF {
		return errEmpty
	}
	switch d.coding {
	case Gzip:
		if d.gz == nil {
			d.gz, err = gzip.NewReader(d.buf)
			return err
		}
		return d.gz.Reset(d.buf)
	case Brotli:
		if d.br == nil {
			d.br = brotli.NewReader(d.buf)
			return nil
		}
		return d.br.Reset(d.buf)
	}
	if d.zs == nil {
		d.zs, err = zstd.NewReader(d.buf, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		return err
	}
	return d.zs.Reset(d.buf)
}

func (d *Decoder) decode(p []byte) (int, error) {
	switch d.coding {
	case Gzip:
		return d.gz.Read(p)
	case Brotli:
		return d.br.Read(p)
	}
	return d.zs.Read(p)
}

// end checks that the source ended where the encoding did.
func (d *Decoder) end() error {
	if _, err := d.buf.Peek(1); err == nil {
		return errTrailing
	} else if err != io.EOF {
		return d.cause(err)
	}
	return io.EOF
}

func (d *Decoder) cause(err error) error {
	if d.src.err != nil {
		return d.src.err
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF // an encoding that ends in its middle is no end
	}
	return err
}

// Close gives the decoder back. It must not be used afterwards.
func (d *Decoder) Close() {
	d.src = sourceError{}
	d.buf.Reset(nil)
	d.pool.codings[d.coding].Put(d)
}
