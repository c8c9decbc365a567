package testkit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Request is one request as the vendor received it.
type Request struct {
	N    int // 1 is the first request to this vendor
	Conn int // 1 is the first connection; equal numbers share a connection

	Time    time.Time // when the head was complete
	Head    []byte    // raw: request line and header lines, with the blank line
	Body    []byte    // without chunk framing, otherwise raw
	Method  string
	Target  string // as in the request line
	Header  http.Header
	Chunked bool

	Endpoint string // "chat", "messages", "generate" …; "" when the path is none of the vendor's
	Model    string
	Stream   bool

	// Answered is when the answer was complete; zero while it is not.
	Answered time.Time
	// ClosedEarly tells that the client closed the connection before the answer was complete, ClosedAt when.
	ClosedEarly bool
	ClosedAt    time.Time
	Sent        int64 // bytes of the answer that were written, head included
}

const maxHead = 1 << 20

// readRequest reads one request, or io.EOF when the client closed between requests. w gets the
// interim response that a client asks for with Expect.
func readRequest(br *bufio.Reader, w io.Writer, now func() time.Time) (*Request, error) {
	head, err := readHead(br)
	if err != nil {
		return nil, err
	}
	r := &Request{Head: head, Time: now()}
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	parts := strings.Split(string(line), " ")
	if len(parts) != 3 || !strings.HasPrefix(parts[2], "HTTP/1.") {
		return nil, fmt.Errorf("bad request line %q", line)
	}
	r.Method, r.Target = parts[0], parts[1]
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(rest))).ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("bad header: %w", err)
	}
	r.Header = http.Header(h)
	if strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(w, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return nil, err
		}
	}
	return r, r.readBody(br)
}

func readHead(br *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := br.ReadBytes('\n')
		head = append(head, line...)
		switch {
		case err == io.EOF && len(head) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case len(head) > maxHead:
			return nil, errors.New("head too large")
		case len(line) == 2 && len(head) > 2:
			return head, nil
		}
	}
}

func (r *Request) readBody(br *bufio.Reader) error {
	encoding, length := r.Header.Get("Transfer-Encoding"), r.Header.Get("Content-Length")
	if encoding != "" && length != "" {
		return errors.New("both Content-Length and Transfer-Encoding")
	}
	if strings.EqualFold(encoding, "chunked") {
		r.Chunked = true
		return r.readChunks(br)
	}
	if length == "" {
		return nil
	}
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("bad Content-Length %q", length)
	}
	r.Body = make([]byte, n)
	_, err = io.ReadFull(br, r.Body)
	return err
}

func (r *Request) readChunks(br *bufio.Reader) error {
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return err
		}
		size, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if err != nil {
			return fmt.Errorf("bad chunk size %q", size)
		}
		if n == 0 {
			_, err := br.ReadString('\n') // trailers are not expected of a gateway
			return err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(br, chunk); err != nil {
			return err
		}
		if !bytes.HasSuffix(chunk, []byte("\r\n")) {
			return errors.New("chunk without CRLF at its end")
		}
		r.Body = append(r.Body, chunk[:n]...)
	}
}
