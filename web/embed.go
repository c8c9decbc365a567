package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// FS is the built console: index.html, assets/ with hashed names, logo.svg and providers/.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // cannot happen: the embed directive above names dist
	}
	return sub
}

// Handler serves the console at "/". A path without a file extension is a route of the application
// and gets index.html; a missing file and everything under /api, /v1 or /v1beta is a plain 404, so
// that a program that mistypes an address never receives a page. Files under assets/ carry a hash in
// their name and are cached for a year; all others are revalidated by ETag. GET and HEAD only.
func Handler() http.Handler {
	return &handler{files: FS(), cache: make(map[string]*file)}
}

type handler struct {
	files fs.FS
	mu    sync.Mutex
	cache map[string]*file
}

// file is one file of the console, ready to be sent. gzip is nil where it saves nothing.
type file struct {
	body, gzip []byte
	etag, kind string
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if foreign(name) {
		http.NotFound(w, r)
		return
	}
	f := h.open(name)
	if f == nil && path.Ext(name) == "" {
		name = "index.html"
		f = h.open(name)
	}
	if f == nil {
		http.NotFound(w, r)
		return
	}
	f.serve(w, r, strings.HasPrefix(name, "assets/"))
}

// foreign tells whether a path belongs to the API or the data plane.
func foreign(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "api", "v1", "v1beta", "healthz", "readyz", "metrics":
		return true
	}
	return false
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, hashed bool) {
	head := w.Header()
	head.Set("Content-Type", f.kind)
	head.Set("ETag", f.etag)
	if hashed {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		head.Set("Cache-Control", "no-cache")
	}
	body := f.body
	if f.gzip != nil {
		head.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			head.Set("Content-Encoding", "gzip")
			body = f.gzip
		}
	}
	if fresh(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the browser went away: nobody is left to tell
}

// open reads a file once; it is nil when there is none.
func (h *handler) open(name string) *file {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f, ok := h.cache[name]; ok {
		return f
	}
	body, err := fs.ReadFile(h.files, name)
	if err != nil {
		return nil // also a directory; not remembered, else any visitor could grow the map
	}
	sum := sha256.Sum256(body)
	f := &file{body: body, kind: contentType(name), etag: `W/"` + hex.EncodeToString(sum[:10]) + `"`}
	if len(body) > 1024 {
		f.gzip = compress(body)
	}
	h.cache[name] = f
	return f
}

// contentType is fixed here instead of asked of the system, whose table differs between machines
// and on Windows can be wrong for .js.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err = z.Write(body); err != nil || z.Close() != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// acceptsGzip reads an Accept-Encoding header; "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(part, ";")
		if n := strings.TrimSpace(name); n != "gzip" && n != "*" {
			continue
		}
		q = strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="))
		return strings.Trim(q, "0.") != "" || q == ""
	}
	return false
}

// fresh tells whether one of the client's validators is etag, by the weak comparison.
func fresh(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		p := strings.TrimSpace(part)
		if p == "*" || strings.TrimPrefix(p, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
