package control

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/burncloud/burncloud"
)

// readyTime bounds the check behind /readyz, so that a probe gets its answer before its own timeout.
const readyTime = 2 * time.Second

// probes adds what machines ask: the two probes, the metrics and the document.
func (s *server) probes() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok\n") })
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("GET /metrics", s.metrics)
	doc := sync.OnceValues(s.marshal)
	s.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		b, err := doc()
		if err != nil {
			s.refuse(w, r, burncloud.AsFault(err))
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(b) // the client is gone: nothing to do
	})
	for _, tree := range []string{"/api/", "/v1/", "/v1beta/"} {
		s.mux.HandleFunc(tree, s.unknown)
	}
}

func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if s.Ready != nil {
		if err := s.Ready(ctx); err != nil {
			s.Logger.WarnContext(ctx, "control: not ready", "err", err)
			text(w, http.StatusServiceUnavailable, "not ready: "+burncloud.AsFault(err).Message+"\n")
			return
		}
	}
	text(w, http.StatusOK, "ready\n")
}

// metrics answers Prometheus. The figures tell models and money, so a reader from elsewhere needs an
// admin's access token.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	if s.Metrics == nil {
		s.unknown(w, r)
		return
	}
	if !fromHere(r) {
		if _, f := s.admit(r, admin); f != nil {
			s.refuse(w, r, f)
			return
		}
	}
	s.Metrics.ServeHTTP(w, r)
}

// unknown answers for a path, or a method of a path, that no route has.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); strings.HasPrefix(pattern, m+" ") {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		s.refuse(w, r, burncloud.Faultf(burncloud.NotFound, "there is nothing at %s", r.URL.Path))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, burncloud.Faultf(burncloud.MethodNotAllowed, "%s does not take %s", r.URL.Path, r.Method))
}

// marshal is the document as it is served and committed.
func (s *server) marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s.api.OpenAPI())
	return b.Bytes(), err
}

func text(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(s)) // the client is gone: nothing to do
}
