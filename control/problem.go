package control

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/burncloud/burncloud"
)

// Problem is every error of the API, in the form of RFC 9457.
type Problem struct {
	Type      string         `json:"type" doc:"Always about:blank; code tells the kind"`
	Title     string         `json:"title" doc:"The HTTP status in words"`
	Status    int            `json:"status" doc:"The HTTP status"`
	Code      burncloud.Kind `json:"code" doc:"What went wrong, as a stable word"`
	Detail    string         `json:"detail" doc:"What went wrong and what to do, for people"`
	RequestID string         `json:"request_id" doc:"Find the cause in the server's log under this id"`
	Errors    []FieldError   `json:"errors,omitempty" doc:"The fields at fault"`

	retryAfter string // seconds, for the Retry-After header
}

// FieldError is one input field at fault.
type FieldError struct {
	Field   string `json:"field" doc:"The field's path, e.g. models[0].name; empty when it is the body as a whole"`
	Message string `json:"message"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus makes a Problem an answer of its own for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders carries Retry-After.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter == "" {
		return nil
	}
	return http.Header{"Retry-After": {p.retryAfter}}
}

// ContentType is RFC 9457's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf is f as the client sees it; its cause stays behind.
func problemOf(ctx context.Context, f *burncloud.Fault) *Problem {
	p := newProblem(ctx, f.Status(), f.Kind, f.Message)
	if f.Param != "" {
		p.Errors = []FieldError{{Field: f.Param, Message: f.Message}}
	}
	if f.RetryAfter > 0 {
		p.retryAfter = strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds())))
	}
	return p
}

func newProblem(ctx context.Context, status int, code burncloud.Kind, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: code, Detail: detail, RequestID: requestID(ctx)}
}

// fail turns a handler's error into the answer. What the client may not read goes to the log.
func (s *server) fail(ctx context.Context, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = burncloud.Wrap(burncloud.Overloaded, err, "the server took too long; try again")
	}
	f := burncloud.AsFault(err)
	if f.Status() >= 500 {
		s.Logger.ErrorContext(ctx, "control: request failed", "request", requestID(ctx), "kind", f.Kind, "err", err)
	}
	return problemOf(ctx, f)
}

// reshape turns the errors that huma makes itself (a body that does not fit the schema, one that is
// too large) into Problems.
func reshape(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	status, kind := remap(e.Status), kindOf(e.Status)
	p := newProblem(ctx.Context(), status, kind, e.Detail)
	for _, d := range e.Errors {
		p.Errors = append(p.Errors, fieldError(d))
	}
	if len(p.Errors) > 0 {
		p.Detail = describe(p.Errors)
	}
	return p, nil
}

// remap is the status that the client sees in place of huma's own. A body that does not fit its schema
// is an invalid request like any other, so that the kind alone decides the status.
func remap(status int) int {
	if status == http.StatusUnprocessableEntity {
		return http.StatusBadRequest
	}
	return status
}

func kindOf(status int) burncloud.Kind {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return burncloud.TooLarge
	case http.StatusUnsupportedMediaType:
		return burncloud.UnsupportedMedia
	case http.StatusRequestTimeout:
		return burncloud.RequestTimeout
	}
	if status >= 500 {
		return burncloud.Internal
	}
	return burncloud.Invalid
}

// fieldError names the field as the client wrote it. huma puts a missing property's name into the
// text only.
func fieldError(d *huma.ErrorDetail) FieldError {
	field := d.Location
	for _, in := range []string{"body", "query", "path", "header"} {
		if rest, ok := strings.CutPrefix(field, in); ok && (rest == "" || rest[0] == '.') {
			field = strings.TrimPrefix(rest, ".")
			break
		}
	}
	if rest, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name := strings.TrimSuffix(rest, " to be present")
		if field != "" {
			name = field + "." + name
		}
		return FieldError{Field: name, Message: "is required"}
	}
	return FieldError{Field: field, Message: d.Message}
}

// describe puts the field errors into one sentence for clients that show the detail alone.
func describe(errs []FieldError) string {
	parts := make([]string, len(errs))
	for i, e := range errs {
		parts[i] = strings.TrimSpace(e.Field + " " + e.Message)
	}
	return strings.Join(parts, "; ")
}

// invalid blames one field.
func invalid(field, format string, args ...any) *burncloud.Fault {
	f := burncloud.Faultf(burncloud.Invalid, format, args...)
	f.Param = field
	return f
}
