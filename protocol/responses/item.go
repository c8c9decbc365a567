package responses

import (
	"encoding/json"
	"strings"

	"github.com/burncloud/burncloud/protocol"
)

// These write the pieces that stand in requests, in answers and in the events of a stream.

// outputText writes a text of the model with its sources; probabilities is a JSON array or nil.
func (w *writer) outputText(s string, sources []protocol.Citation, probabilities json.RawMessage) {
	w.open('{')
	w.keyText("type", "output_text")
	w.keyText("text", s)
	w.key("annotations")
	w.open('[')
	for i := range sources {
		w.annotation(&sources[i])
	}
	w.shut(']')
	if probabilities != nil {
		w.keyRaw("logprobs", probabilities)
	}
	w.shut('}')
}

func (w *writer) annotation(c *protocol.Citation) {
	w.open('{')
	w.keyText("type", "url_citation")
	w.keyText("url", c.URL)
	w.keyText("title", c.Title)
	w.keyInt("start_index", int64(c.Start))
	w.keyInt("end_index", int64(c.End))
	w.shut('}')
}

func (w *writer) refusal(s string) {
	w.open('{')
	w.keyText("type", "refusal")
	w.keyText("refusal", s)
	w.shut('}')
}

func (w *writer) summaryText(s string) {
	w.open('{')
	w.keyText("type", "summary_text")
	w.keyText("text", s)
	w.shut('}')
}

func (w *writer) image(id string, m *protocol.Media) {
	w.open('{')
	w.keyText("type", "image_generation_call")
	w.keyText("id", id)
	w.keyText("status", "completed")
	if format, ok := strings.CutPrefix(m.MIME, "image/"); ok {
		w.keyText("output_format", format)
	}
	w.keyText("result", m.Base64)
	w.shut('}')
}
