package config

import (
	"fmt"
	"net/url"
	"strings"
)

// Origin is where a value comes from.
type Origin struct {
	Source string // "default", "file", "environment", ".env" or "flag"
	Name   string // of the variable or flag
	File   string
	Line   int
}

// String is "default", "burncloud.yaml:3", "environment BURNCLOUD_LISTEN" or "flag --listen".
func (o Origin) String() string {
	switch o.Source {
	case "file":
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	case "default":
		return o.Source
	}
	return o.Source + " " + o.Name
}

// Value is one effective value, fit to be shown: secrets are masked.
type Value struct {
	Path   string // as in the file: "server.listen", "channels[0].weight"
	Text   string
	Origin Origin
}

// Values lists every setting in the order of the documentation, then what the file declares in the
// order of the file.
func (c *Config) Values() []Value { return append([]Value(nil), c.values...) }

// Origins maps the path of each value to where it comes from.
func (c *Config) Origins() map[string]Origin {
	out := make(map[string]Origin, len(c.values))
	for _, v := range c.values {
		out[v.Path] = v.Origin
	}
	return out
}

// mask hides a secret: all of it, but the password alone of a URL, and the last four characters stay
// of something long enough that they do not give it away.
func mask(s string) string {
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err == nil && u.Scheme != "" && u.Host != "" {
		if u.User != nil {
			u.User = url.User(u.User.Username())
		}
		for name := range u.Query() {
			if strings.Contains(strings.ToLower(name), "pass") {
				u.RawQuery = ""
			}
		}
		return u.String()
	}
	if len(s) < 20 {
		return "********"
	}
	return "********" + s[len(s)-4:]
}
