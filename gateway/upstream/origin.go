package upstream

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
)

// Origin is a place that requests are sent to. It is made once per channel and used by pointer: it
// remembers where its connections are kept. An outbound proxy will be a field of it.
type Origin struct {
	Scheme string // "http" or "https"
	Host   string // host:port, IPv6 in brackets

	host atomic.Pointer[host]
}

// ParseOrigin reads a base URL like "https://api.example.com/openai" into its origin and the path that
// stands before every request's, "/openai", without a slash at its end.
func ParseOrigin(baseURL string) (*Origin, string, error) {
	u, err := url.Parse(strings.TrimSpace(baseURL))
	if err != nil {
		return nil, "", errors.New("base URL: not a URL") // the error would quote what may be a secret
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "", errors.New(`base URL: it must begin with "http://" or "https://"`)
	case u.Hostname() == "":
		return nil, "", errors.New("base URL: no host")
	case !plainHost(u.Hostname()):
		return nil, "", errors.New("base URL: the host may only have ASCII letters, digits, dots and hyphens")
	case u.User != nil:
		return nil, "", errors.New("base URL: user and password do not belong here; use the channel's key")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, "", errors.New("base URL: no query and no fragment")
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	host := strings.ToLower(u.Hostname())
	return &Origin{Scheme: u.Scheme, Host: net.JoinHostPort(host, port)}, strings.TrimRight(u.EscapedPath(), "/"), nil
}

func plainHost(h string) bool {
	for i := range len(h) {
		if c := h[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"'<>\^{|}`+"`", c) >= 0 {
			return false
		}
	}
	return true
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// String is the origin as it stands in a URL: "https://api.example.com".
func (o *Origin) String() string { return o.Scheme + "://" + o.authority() }

// authority is the Host field: the port only where it is not the scheme's own.
func (o *Origin) authority() string {
	return strings.TrimSuffix(o.Host, ":"+defaultPort(o.Scheme))
}

// name is the host without its port and brackets, for TLS.
func (o *Origin) name() string {
	host, _, err := net.SplitHostPort(o.Host)
	if err != nil {
		return o.Host
	}
	return host
}
