package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
)

// bodyTime is how long a client may take to send a request's body.
const bodyTime = 15 * time.Second

// policy fits the console: everything from its own files, and the style elements that Fluent's
// CSS-in-JS makes at run time.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

type (
	requestIDKey struct{}
	localKey     struct{}
)

// Local marks the requests of a connection as coming from this machine's own operator: whoever may
// open the socket in the data directory has the owner's rights. It belongs in the ConnContext of a
// server that listens on that socket, and nowhere else.
func Local(ctx context.Context) context.Context { return context.WithValue(ctx, localKey{}, true) }

func isLocal(ctx context.Context) bool { return ctx.Value(localKey{}) != nil }

// requestID is the id that the answer carries as X-Request-Id.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// guard stands before every route: request id, security headers, no cross-origin changes, a bounded
// body, and an answer also when a handler panics.
func (s *server) guard(next http.Handler) http.Handler {
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, burncloud.Faultf(burncloud.Forbidden, "a page of another site may not make this request"))
	}))
	next = csrf.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.Must(uuid.NewV7()).String()
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		setHeaders(w.Header(), id)
		defer s.recover(w, r)
		if f := takeBody(w, r); f != nil {
			s.refuse(w, r, f)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func setHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // files of the console say otherwise
}

// takeBody reads the body up to one byte over the limit, under a deadline, and then lifts the
// deadline: left on, it would cancel a handler that works longer than a client may send.
func takeBody(w http.ResponseWriter, r *http.Request) *burncloud.Fault {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	rc := http.NewResponseController(w)
	deadline := rc.SetReadDeadline(time.Now().Add(bodyTime)) == nil
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return burncloud.Faultf(burncloud.RequestTimeout, "the request's body did not come within %s", bodyTime)
	}
	if err != nil {
		return burncloud.Wrap(burncloud.Invalid, err, "the request's body broke off")
	}
	if deadline {
		if err := rc.SetReadDeadline(time.Time{}); err != nil {
			return burncloud.Wrap(burncloud.Internal, err, "the connection broke")
		}
	}
	if len(b) > maxBody {
		return burncloud.Faultf(burncloud.TooLarge, "the request's body is over %d bytes", maxBody)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return nil
}

// recover answers for a handler that panicked. http.ErrAbortHandler goes on: it ends the connection.
func (s *server) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Logger.ErrorContext(r.Context(), "control: handler panicked", "request", requestID(r.Context()),
		"method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	s.refuse(w, r, burncloud.Faultf(burncloud.Internal, "internal error; the log has the details under this request id"))
}

// refuse writes f as a Problem, outside of huma.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, f *burncloud.Fault) {
	p := problemOf(r.Context(), f)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Logger.DebugContext(r.Context(), "control: could not answer", "request", requestID(r.Context()), "err", err)
	}
}

// clientIP is the peer's address, and "" on the local socket. Headers that claim another address are
// not believed: anybody can send them.
func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// fromHere tells whether a person at this machine made the request. A loopback peer alone does not:
// it may be a proxy's, or a browser's whom a name of somebody else's led here (DNS rebinding).
func fromHere(r *http.Request) bool {
	if isLocal(r.Context()) {
		return true
	}
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return loopback(clientIP(r)) && loopback(hostname(r.Host))
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.Trim(host, "[]")
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
