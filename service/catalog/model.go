package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
)

// Model is what the catalogue knows of one model at one provider. Zero numbers and empty dates are not
// known; a capability that is not listed is not known either.
type Model struct {
	ID            string           `json:"id"`
	Provider      string           `json:"provider"`                 // id in the catalogue; "" for a model known only from an override
	Kind          string           `json:"kind"`                     // chat, completion, embedding, rerank, image, video, speech, transcription, realtime, moderation, ocr, search
	Status        string           `json:"status"`                   // active, preview, deprecated, retired, unlisted
	ContextWindow int64            `json:"context_window,omitempty"` // tokens
	MaxInput      int64            `json:"max_input,omitempty"`      // tokens
	MaxOutput     int64            `json:"max_output,omitempty"`     // tokens
	Capabilities  []string         `json:"capabilities"`
	Released      string           `json:"released,omitempty"` // YYYY-MM-DD, some YYYY-MM
	Deprecated    string           `json:"deprecated,omitempty"`
	Retires       string           `json:"retires,omitempty"`
	Priced        bool             `json:"priced"` // false: Price means nothing
	Price         *burncloud.Price `json:"price,omitempty"`
	Overridden    bool             `json:"overridden"`             // the price is an override
	AsOf          string           `json:"as_of,omitempty"`        // date of the newest list that gives the price
	ConfirmedBy   int              `json:"confirmed_by,omitempty"` // independent lists that give the price
}

// capabilities are the letters of models.txt.
var capabilities = [...]struct {
	letter byte
	name   string
}{
	{'t', "tools"}, {'p', "parallel_tools"}, {'j', "json_schema"}, {'r', "reasoning"}, {'v', "vision"},
	{'a', "audio_input"}, {'o', "audio_output"}, {'m', "video_input"}, {'d', "pdf_input"},
	{'c', "prompt_cache"}, {'w', "web_search"}, {'u', "computer_use"}, {'f', "open_weights"},
}

// parseModel reads one line's facts. It fails only on a line that gen did not write.
func parseModel(id, provider, facts string) (Model, error) {
	kind, rest, _ := strings.Cut(facts, " ")
	m := Model{ID: id, Provider: provider, Kind: kind, Status: "active", Capabilities: []string{}}
	for word := range strings.FieldsSeq(rest) {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return m, fmt.Errorf("%s at %s: %q has no value", id, provider, word)
		}
		if err := m.set(name, value); err != nil {
			return m, fmt.Errorf("%s at %s: %s: %w", id, provider, word, err)
		}
	}
	price, ok, err := parsePrice(rest)
	if err != nil {
		return m, fmt.Errorf("%s at %s: %w", id, provider, err)
	}
	if ok {
		m.Priced, m.Price = true, &price
	}
	return m, nil
}

func (m *Model) set(name, value string) (err error) {
	switch name {
	case "st":
		m.Status = value
	case "ctx":
		m.ContextWindow, err = strconv.ParseInt(value, 10, 64)
	case "maxin":
		m.MaxInput, err = strconv.ParseInt(value, 10, 64)
	case "maxout":
		m.MaxOutput, err = strconv.ParseInt(value, 10, 64)
	case "n":
		m.ConfirmedBy, err = strconv.Atoi(value)
	case "asof":
		m.AsOf = value
	case "rel":
		m.Released = value
	case "dep":
		m.Deprecated = value
	case "ret":
		m.Retires = value
	case "cap":
		for _, c := range capabilities {
			if strings.IndexByte(value, c.letter) >= 0 {
				m.Capabilities = append(m.Capabilities, c.name)
			}
		}
	default:
		if name != "above" && long(name) == "" {
			return fmt.Errorf("unknown name")
		}
	}
	return err
}
