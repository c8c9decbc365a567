package account

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most characters of a name.
const (
	maxUsername = 64
	maxName     = 100
)

// checkUsername takes letters and digits of any script and a few signs, so that a name can stand in a
// URL, a log line and a table without surprises.
func checkUsername(name string) error {
	const param = "username"
	switch {
	case name == "":
		return invalid(param, "a username is needed")
	case !utf8.ValidString(name):
		return invalid(param, "the username is not valid UTF-8")
	case utf8.RuneCountInString(name) > maxUsername:
		return invalid(param, "a username has at most %d characters", maxUsername)
	}
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.M, c) && !strings.ContainsRune("._-@+", c) {
			return invalid(param, "a username consists of letters, digits and . _ - @ +; %q is none of them", c)
		}
	}
	return nil
}

// checkName takes any text of one line.
func checkName(param, what, name string) error {
	switch {
	case name == "":
		return invalid(param, "a name is needed for the %s", what)
	case !utf8.ValidString(name):
		return invalid(param, "the name of the %s is not valid UTF-8", what)
	case utf8.RuneCountInString(name) > maxName:
		return invalid(param, "the name of a %s has at most %d characters", what, maxName)
	case strings.TrimSpace(name) != name:
		return invalid(param, "the name of a %s must not begin or end with a space", what)
	case strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }):
		return invalid(param, "the name of the %s holds a character that cannot be shown", what)
	}
	return nil
}

// compareFold orders names as people expect: case last.
func compareFold(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
