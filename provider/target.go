package provider

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/burncloud/burncloud"
)

// Target is how one endpoint of one channel is called with one secret and one model. It is prepared
// once per snapshot, so that a call only copies it.
type Target struct {
	Origin string // scheme://host[:port], no path
	// Path and StreamPath are escaped paths without a query; they differ only where the vendor has a
	// path of its own for streams.
	Path, StreamPath []byte
	// Header is the credential as complete "Name: value\r\n" lines; empty when there is none.
	Header []byte
	// Defaults are sent when the caller has no header of that name.
	Defaults []Line
}

// Line is a header ready to be sent. Name is in canonical form.
type Line struct {
	Name string
	Text []byte // "Name: value\r\n"
}

// AppendPath appends the path and the caller's query without its credentials.
func (t *Target) AppendPath(dst []byte, stream bool, query []byte) []byte {
	if stream {
		dst = append(dst, t.StreamPath...)
	} else {
		dst = append(dst, t.Path...)
	}
	return AppendQuery(dst, query)
}

// Prepare builds the Target of an endpoint. secret may be "" where the row allows it. It fails when the
// vendor lacks the endpoint, the base URL is not one (see CheckBaseURL), the secret is missing or could
// not stand in a header, or the model is empty where the path needs one.
func (r *Row) Prepare(ch *burncloud.Channel, secret string, ep burncloud.Endpoint, upstreamModel string) (Target, error) {
	tmpl, ok := r.Endpoints[ep]
	if !ok {
		return Target{}, fmt.Errorf("provider %s has no endpoint %s", r.ID, ep)
	}
	if upstreamModel == "" && strings.Contains(tmpl, "{model}") {
		return Target{}, errors.New("the upstream model is empty")
	}
	origin, prefix, complete, err := r.base(ch.BaseURL)
	if err != nil {
		return Target{}, err
	}
	header, err := r.credential(secret)
	if err != nil {
		return Target{}, err
	}
	model := url.PathEscape(strings.TrimPrefix(upstreamModel, "models/"))
	if complete {
		tmpl = cutVersion(tmpl)
	}
	path := func(method string) []byte {
		return []byte(prefix + strings.NewReplacer("{model}", model, "{method}", method).Replace(tmpl))
	}
	plain, stream := methods(ep)
	return Target{Origin: origin, Path: path(plain), StreamPath: path(stream), Header: header, Defaults: r.lines()}, nil
}

// PrepareModels builds the Target of the vendor's list of models.
func (r *Row) PrepareModels(ch *burncloud.Channel, secret string) (Target, error) {
	origin, prefix, complete, err := r.base(ch.BaseURL)
	if err != nil {
		return Target{}, err
	}
	header, err := r.credential(secret)
	if err != nil {
		return Target{}, err
	}
	path := r.Models.Path
	if complete {
		path = cutVersion(path)
	}
	p := []byte(prefix + path)
	return Target{Origin: origin, Path: p, StreamPath: p, Header: header, Defaults: r.lines()}, nil
}

// CheckBaseURL tells whether a channel may have this base URL: absolute http or https, no user, query or
// fragment; "" only where the vendor has an address of its own.
func (r *Row) CheckBaseURL(baseURL string) error {
	_, _, _, err := r.base(baseURL)
	return err
}

// base takes a base URL apart. People paste them with a trailing slash, with or without the version,
// or with a whole endpoint; all of these mean the same. complete reports that the URL brings its own
// version, or was a whole endpoint, so that none is added.
func (r *Row) base(baseURL string) (origin, prefix string, complete bool, err error) {
	raw := strings.TrimSpace(baseURL)
	if raw == "" {
		raw = r.BaseURL
	}
	if raw == "" {
		return "", "", false, fmt.Errorf("provider %s needs a base URL, for example http://127.0.0.1:11434/v1", r.ID)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", "", false, errors.New("the base URL is not a URL") // err quotes the input, which may hold a secret
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", false, errors.New("the base URL must start with http:// or https://")
	case u.Hostname() == "":
		return "", "", false, errors.New("the base URL has no host")
	case u.User != nil:
		return "", "", false, errors.New("the base URL must not hold a user or password; put the secret into keys")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "", false, errors.New("the base URL must have no query and no fragment")
	}
	prefix = strings.TrimRight(u.EscapedPath(), "/")
	whole := ""
	for _, tmpl := range r.Endpoints { // the longest one: /chat/completions ends in /completions too
		if p := cutVersion(tmpl); len(p) > len(whole) && strings.HasSuffix(prefix, p) {
			whole = p
		}
	}
	if whole != "" {
		prefix, complete = strings.TrimSuffix(prefix, whole), true
	}
	for seg := range strings.SplitSeq(prefix, "/") {
		complete = complete || isVersion(seg)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), prefix, complete, nil
}

// isVersion recognises v1, v4, v1beta, v2.1 and the like.
func isVersion(seg string) bool {
	if len(seg) < 2 || seg[0] != 'v' || seg[1] < '0' || seg[1] > '9' {
		return false
	}
	rest := strings.TrimLeft(seg[1:], "0123456789.")
	return rest == "" || strings.HasPrefix(rest, "beta") || strings.HasPrefix(rest, "alpha")
}

// cutVersion takes the version segment off the start of an endpoint's path.
func cutVersion(path string) string {
	if seg, rest, ok := strings.Cut(path[1:], "/"); ok && isVersion(seg) {
		return "/" + rest
	}
	return path
}

// methods are the Gemini methods of an endpoint, for a plain and for a streamed answer.
func methods(ep burncloud.Endpoint) (plain, stream string) {
	switch ep {
	case burncloud.EndpointGenerate:
		return "generateContent", "streamGenerateContent"
	case burncloud.EndpointCountTokens:
		return "countTokens", "countTokens"
	case burncloud.EndpointEmbed:
		return "embedContent", "embedContent"
	}
	return "", ""
}

// credential is the header that carries secret. A byte that could end or split the header is refused.
func (r *Row) credential(secret string) ([]byte, error) {
	if r.Auth == NoAuth || secret == "" && r.KeyOptional {
		return nil, nil
	}
	if secret == "" {
		return nil, fmt.Errorf("provider %s needs a key", r.ID)
	}
	for _, c := range []byte(secret) {
		if c <= ' ' || c >= 0x7f {
			return nil, errors.New("a key holds a space, a control character or a character outside ASCII")
		}
	}
	switch r.Auth {
	case Bearer:
		return []byte("Authorization: Bearer " + secret + "\r\n"), nil
	case XAPIKey:
		return []byte("X-Api-Key: " + secret + "\r\n"), nil
	case XGoogAPIKey:
		return []byte("X-Goog-Api-Key: " + secret + "\r\n"), nil
	}
	return nil, fmt.Errorf("provider %s: unknown kind of authentication %q", r.ID, r.Auth)
}

func (r *Row) lines() []Line {
	out := make([]Line, len(r.Defaults))
	for i, h := range r.Defaults {
		out[i] = Line{Name: h.Name, Text: []byte(h.Name + ": " + h.Value + "\r\n")}
	}
	return out
}
