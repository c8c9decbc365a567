package gemini

import (
	"strconv"
	"strings"
)

// family is what a model's name tells of what it takes.
type family struct {
	known bool // the name tells the generation
	major int
	minor int
	gemma bool
	pro   bool
	lite  bool
}

// familyOf reads a model's name: "gemini-2.5-flash-lite", "models/gemini-3-pro-preview",
// "gemini-flash-latest". What does not tell its generation, such as a tuned model, is taken to know what
// models know since 2.5 and nothing that came later.
func familyOf(model string) family {
	model = strings.ToLower(model)
	f := family{major: 2, minor: 5, gemma: strings.Contains(model, "gemma"), pro: strings.Contains(model, "-pro"), lite: strings.Contains(model, "-lite")}
	_, rest, ok := strings.Cut(model, "gemini-")
	if !ok {
		return f
	}
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789."))]
	major, minor, _ := strings.Cut(digits, ".")
	n, err := strconv.Atoi(major)
	switch {
	case err == nil && n < 20:
		f.known, f.major = true, n
		f.minor, _ = strconv.Atoi(minor) // none is 0
	case strings.HasSuffix(rest, "-latest"):
		f.known, f.major, f.minor = true, 3, 0
	}
	return f
}

// before tells whether the family is surely older than a generation.
func (f family) before(major, minor int) bool {
	return f.gemma || f.known && (f.major < major || f.major == major && f.minor < minor)
}

// since tells whether the family is surely of a generation, or newer.
func (f family) since(major int) bool { return !f.gemma && f.known && f.major >= major }
