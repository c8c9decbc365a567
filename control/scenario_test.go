package control

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/tidwall/gjson"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
	"github.com/burncloud/burncloud/store/storetest"
)

// step is one request of a story and what must come of it.
type step struct {
	as     string // who asks: a name that signed in before, "socket", or "" for nobody
	call   string // method and path under /api/v1; {x} is a value saved before
	body   string // JSON; {x} as above
	status int
	want   []string          // "path=value" of the answer (gjson), or a part of it
	never  []string          // what must not stand in the answer
	save   map[string]string // name → gjson path into the answer
	header map[string]string
	host   string                     // another Host
	do     func(t *testing.T, r *run) // something in between, before the request
}

// story is a run of steps on an app of its own. Unless fresh, the owner "root" exists and is signed in.
type story struct {
	name  string
	fresh bool
	steps []step
}

// run is a story under way.
type run struct {
	*app
	vars map[string]string
	jars map[string]http.CookieJar
	hit  *hits
}

// TestStories tells every story on each engine, and fails when an operation has none.
func TestStories(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { tell(t, storetest.SQLite) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv(storetest.PostgresEnv) == "" {
			t.Skip(storetest.PostgresEnv + " is not set: there is no PostgreSQL to test with")
		}
		tell(t, storetest.Postgres)
	})
}

func tell(t *testing.T, open func(testing.TB) *store.Store) {
	hit := &hits{ids: map[string]bool{}}
	t.Run("stories", func(t *testing.T) { // a group, which ends when all of its stories have
		for _, st := range stories() {
			t.Run(st.name, func(t *testing.T) {
				t.Parallel()
				r := newRun(t, open(t))
				r.hit = hit
				if !st.fresh {
					r.step(t, step{as: "root", call: "POST /setup", body: `{"username":"root","password":"correct horse"}`, status: 201, save: map[string]string{"root": "user.id"}})
				}
				for _, s := range st.steps {
					r.step(t, s)
				}
			})
		}
	})
	t.Run("every operation has a story", func(t *testing.T) {
		for path, item := range build(Options{Now: time.Now}).api.OpenAPI().Paths {
			for _, op := range operations(item) {
				if !hit.ids[op.OperationID] {
					t.Errorf("no story calls %s (%s %s) and succeeds", op.OperationID, op.Method, path)
				}
			}
		}
	})
}

func newRun(t *testing.T, st *store.Store) *run {
	r := &run{app: newApp(t, st), vars: map[string]string{}, jars: map[string]http.CookieJar{}, hit: &hits{ids: map[string]bool{}}}
	r.vars["vendor"] = r.vendor.URL()
	return r
}

// hits are the operations that a story called with success.
type hits struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (h *hits) add(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids[id] = true
}

func operations(item *huma.PathItem) (out []*huma.Operation) {
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			out = append(out, op)
		}
	}
	return out
}

var variable = regexp.MustCompile(`\{(\w+)\}`)

// fill puts saved values into a text.
func (r *run) fill(t *testing.T, text string) string {
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		v, ok := r.vars[m[1:len(m)-1]]
		if !ok {
			t.Fatalf("nothing was saved as %s", m)
		}
		return v
	})
}

func (r *run) step(t *testing.T, s step) {
	t.Helper()
	if s.do != nil {
		s.do(t, r)
	}
	if s.call == "" {
		return
	}
	resp, b := r.send(t, s)
	if resp.StatusCode != s.status {
		t.Fatalf("%s as %q: status %d, want %d\n%s", s.call, s.as, resp.StatusCode, s.status, b)
	}
	r.conforms(t, s, resp, b)
	for _, w := range s.want {
		w = r.fill(t, w)
		if i := strings.LastIndexByte(w, '='); i >= 0 {
			path, value := w[:i], w[i+1:]
			if got := gjson.GetBytes(b, path).String(); got != value {
				t.Errorf("%s as %q: %s is %q, want %q\n%s", s.call, s.as, path, got, value, b)
			}
		} else if !strings.Contains(string(b), w) {
			t.Errorf("%s as %q: no %q in %s", s.call, s.as, w, b)
		}
	}
	for _, n := range s.never {
		if strings.Contains(string(b), r.fill(t, n)) {
			t.Errorf("%s as %q: %q stands in %s", s.call, s.as, n, b)
		}
	}
	for name, path := range s.save {
		v := gjson.GetBytes(b, path)
		if !v.Exists() {
			t.Fatalf("%s: nothing at %s in %s", s.call, path, b)
		}
		r.vars[name] = v.String()
	}
}

// send makes the request of a step.
func (r *run) send(t *testing.T, s step) (*http.Response, []byte) {
	t.Helper()
	method, path, _ := strings.Cut(s.call, " ")
	url := r.here.URL
	if s.as == "socket" {
		url = r.socket.URL
	}
	req, err := http.NewRequest(method, url+base+r.fill(t, path), strings.NewReader(r.fill(t, s.body)))
	if err != nil {
		t.Fatal(err)
	}
	if s.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range s.header {
		req.Header.Set(k, r.fill(t, v))
	}
	req.Host = s.host
	c := &http.Client{}
	if s.as != "" && s.as != "socket" {
		if r.jars[s.as] == nil {
			if r.jars[s.as], err = cookiejar.New(nil); err != nil {
				t.Fatal(err)
			}
		}
		c.Jar = r.jars[s.as]
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

// conforms checks the answer against the document: the status, the type and the schema that it promises.
func (r *run) conforms(t *testing.T, s step, resp *http.Response, b []byte) {
	t.Helper()
	op := r.operation(resp.Request.Method, resp.Request.URL.Path)
	if op == nil {
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
			t.Fatalf("%s is not in the document", s.call)
		}
		return
	}
	if resp.StatusCode < 300 {
		r.hit.add(op.OperationID)
	}
	promised := op.Responses[strconv.Itoa(resp.StatusCode)]
	if promised == nil {
		promised = op.Responses["default"]
	}
	if len(promised.Content) == 0 {
		if len(b) > 0 {
			t.Errorf("%s: a body where none is promised: %s", s.call, b)
		}
		return
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	content := promised.Content[kind]
	if content == nil {
		t.Fatalf("%s: %d comes as %q, which is not promised", s.call, resp.StatusCode, kind)
	}
	for _, err := range r.fits(content.Schema, b) {
		t.Errorf("%s: the answer does not fit the document: %v\n%s", s.call, err, b)
	}
}

// operation finds the operation of a path.
func (r *run) operation(method, path string) *huma.Operation {
	var found *huma.Operation
	for template, item := range r.doc.Paths {
		pattern := "^" + variable.ReplaceAllString(template, `[^/]+`) + "$"
		if !regexp.MustCompile(pattern).MatchString(path) {
			continue
		}
		for _, op := range operations(item) {
			if op.Method == method && (found == nil || !strings.Contains(template, "{")) {
				found = op
			}
		}
	}
	return found
}

// logger writes what went wrong into the test's output.
func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
}

// problem is what every refusal of a kind says.
func problem(kind burncloud.Kind) []string { return []string{"code=" + string(kind)} }
