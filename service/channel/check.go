package channel

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

// The bounds of a channel's fields.
const (
	maxName     = 100 // characters
	maxModel    = 200
	maxSecret   = 16 * 1024 // bytes
	maxSecrets  = 1000
	maxModels   = 5000
	maxWeight   = 1_000_000
	maxPriority = 1_000_000
)

// defaultGroup is the group of callers for whom no other is named.
const defaultGroup = "default"

// complete checks all of a channel but its name, given how many credentials it has, and brings it into
// the form that is stored.
func complete(c *burncloud.Channel, credentials int) error {
	row, ok := provider.ByID(c.Provider)
	if !ok {
		var known []string
		for _, r := range provider.All() {
			known = append(known, r.ID)
		}
		return invalid("provider", "unknown provider %q; known are %s", c.Provider, strings.Join(known, ", "))
	}
	c.BaseURL = strings.TrimSpace(c.BaseURL)
	if err := row.CheckBaseURL(c.BaseURL); err != nil {
		return invalid("base_url", "%s", err)
	}
	if credentials == 0 && row.Auth != provider.NoAuth && !row.KeyOptional {
		return invalid("keys", "%s needs at least one key (%s)", row.Name, row.KeyHint)
	}
	if c.Weight < 0 || c.Weight > maxWeight {
		return invalid("weight", "the weight must lie between 0 and %d", maxWeight)
	}
	if c.Priority < -maxPriority || c.Priority > maxPriority {
		return invalid("priority", "the priority must lie between %d and %d", -maxPriority, maxPriority)
	}
	if err := checkLine("region", c.Region, maxName); c.Region != "" && err != nil {
		return err
	}
	if len(c.Groups) == 0 {
		c.Groups = []string{defaultGroup}
	}
	seen := map[string]bool{}
	for _, g := range c.Groups {
		if seen[g] {
			return invalid("groups", "the group %q is there twice", g)
		}
		seen[g] = true
	}
	return completeModels(c)
}

func completeModels(c *burncloud.Channel) error {
	if len(c.Models) == 0 {
		return invalid("models", "a channel serves at least one model")
	}
	if len(c.Models) > maxModels {
		return invalid("models", "a channel serves at most %d models", maxModels)
	}
	seen := map[string]bool{}
	for i, m := range c.Models {
		if err := checkLine(fmt.Sprintf("models[%d].name", i), m.Name, maxModel); err != nil {
			return err
		}
		if m.Upstream == m.Name {
			c.Models[i].Upstream = ""
		} else if m.Upstream != "" {
			if err := checkLine(fmt.Sprintf("models[%d].upstream", i), m.Upstream, maxModel); err != nil {
				return err
			}
		}
		if seen[m.Name] {
			return invalid("models", "the model %q is there twice", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}

func checkName(name string) error { return checkLine("name", name, maxName) }

// checkLine takes any text of one line that does not begin or end with a space.
func checkLine(param, text string, longest int) error {
	switch {
	case text == "":
		return invalid(param, "%s must not be empty", param)
	case !utf8.ValidString(text):
		return invalid(param, "%s is not valid UTF-8", param)
	case utf8.RuneCountInString(text) > longest:
		return invalid(param, "%s has more than %d characters", param, longest)
	case strings.TrimSpace(text) != text:
		return invalid(param, "%s begins or ends with a space", param)
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		return invalid(param, "%s holds a character that cannot be shown", param)
	}
	return nil
}

// checkSecrets takes what can stand in a header. Its messages never quote a secret.
func checkSecrets(secrets []string) error {
	if len(secrets) > maxSecrets {
		return invalid("keys", "a channel has at most %d keys", maxSecrets)
	}
	seen := map[string]bool{}
	for i, secret := range secrets {
		param := fmt.Sprintf("keys[%d]", i)
		switch {
		case secret == "":
			return invalid(param, "key %d is empty", i+1)
		case len(secret) > maxSecret:
			return invalid(param, "key %d is longer than %d bytes", i+1, maxSecret)
		case strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
			return invalid(param, "key %d holds a space, a line break or a character outside ASCII; was it pasted whole?", i+1)
		case seen[secret]:
			return invalid(param, "key %d is there twice", i+1)
		}
		seen[secret] = true
	}
	return nil
}

// keysStay: credentials are kept only while they go to the address they were given for. Else whoever may
// edit a channel could have its secrets sent to a host of their own.
func keysStay() *burncloud.Fault {
	f := burncloud.Faultf(burncloud.Invalid, "the address changes, so the channel's keys must be entered again")
	f.Param = "keys"
	return f
}

// origin is where a channel's credentials are sent: scheme and host; "" when that cannot be told.
func origin(ch *burncloud.Channel) string {
	row, ok := provider.ByID(ch.Provider)
	if !ok {
		return ""
	}
	t, err := row.PrepareModels(ch, "-")
	if err != nil {
		return ""
	}
	return t.Origin
}
