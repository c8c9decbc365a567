package gemini

import (
	"strings"
	"unicode/utf8"

	"github.com/burncloud/burncloud/protocol"
)

// maxCited is how much of a block's text is kept to find places in it: Google counts bytes, others runes.
const maxCited = 256 << 10

// source is a source of some of a candidate's text.
type source struct {
	url, title string
	part       int // which part the place is in; -1 is all the text so far
	start, end int // bytes; both 0 when not known
	used       bool
}

// grounding finds the places of sources in the blocks of a candidate.
type grounding struct {
	documents int
	part      int // being read
	sources   []source
	begins    map[int]int     // of the first document: where the text of each part begins in all text
	at        int             // where the open block begins in all text
	all       int             // bytes of text so far
	text      strings.Builder // of the open block
	visible   bool            // the open block is text
}

// document reads the sources that come with a piece of a candidate. Later ones replace earlier ones.
func (g *grounding) document(o *object) {
	g.documents++
	var all []source
	if m := o.child("groundingMetadata"); m != nil {
		all = grounded(m)
	}
	if m := o.child("citationMetadata"); m != nil {
		for _, name := range []string{"citationSources", "citations"} {
			for _, raw := range m.list(name) {
				c := o.r.object(raw, "")
				s := source{url: c.text("uri"), title: c.text("title"), part: -1, start: offset(c, "startIndex"), end: offset(c, "endIndex")}
				if s.url != "" {
					all = append(all, s)
				}
			}
		}
	}
	if all != nil {
		g.sources = all
	}
}

func offset(o *object, name string) int {
	if n := o.whole(name); n != nil && *n > 0 && *n < maxEvent {
		return int(*n)
	}
	return 0
}

// grounded are the sources of a groundingMetadata.
func grounded(m *object) (out []source) {
	var chunks []source
	for _, raw := range m.list("groundingChunks") {
		chunk, s := m.r.object(raw, ""), source{}
		for _, kind := range []string{"web", "retrievedContext", "maps"} {
			if c := chunk.child(kind); c != nil {
				s.url, s.title = c.text("uri"), c.text("title")
			}
		}
		chunks = append(chunks, s)
	}
	for _, raw := range m.list("groundingSupports") {
		support := m.r.object(raw, "")
		place := source{}
		if segment := support.child("segment"); segment != nil {
			place = source{part: offset(segment, "partIndex"), start: offset(segment, "startIndex"), end: offset(segment, "endIndex")}
		}
		for _, index := range support.list("groundingChunkIndices") {
			n := offset(m.r.object([]byte(`{"n":`+string(index)+`}`), ""), "n")
			if n < len(chunks) && chunks[n].url != "" {
				s := place
				s.url, s.title = chunks[n].url, chunks[n].title
				out = append(out, s)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, s := range chunks {
		if s.url != "" {
			out = append(out, s)
		}
	}
	return out
}

// open says that a block begins.
func (g *grounding) open(kind protocol.BlockKind) {
	g.visible, g.at = kind == protocol.BlockText, g.all
	g.text.Reset()
}

// write takes text of the open block.
func (g *grounding) write(text string) {
	if !g.visible {
		return
	}
	if g.documents == 1 {
		if g.begins == nil {
			g.begins = map[int]int{}
		}
		if _, ok := g.begins[g.part]; !ok {
			g.begins[g.part] = g.all
		}
	}
	g.all += len(text)
	if g.text.Len() <= maxCited {
		g.text.WriteString(text)
	}
}

// cite are the sources of the open block: those whose place is in it, and, when nothing comes behind it,
// those whose place is not known.
func (g *grounding) cite(last bool) (out []protocol.Citation) {
	text := g.text.String()
	for i := range g.sources {
		s := &g.sources[i]
		if s.used {
			continue
		}
		start, end, ok := g.place(s)
		in := ok && start >= g.at && end <= g.at+len(text) && start < end
		if !in && !last {
			continue
		}
		s.used = true
		c := protocol.Citation{URL: s.url, Title: s.title}
		if in {
			c.Start = utf8.RuneCountInString(text[:start-g.at])
			c.End = c.Start + utf8.RuneCountInString(text[start-g.at:end-g.at])
		}
		out = append(out, c)
	}
	return out
}

// place is where a source's place is in all text. In a stream the parts of the events are pieces, and
// places count from the beginning.
func (g *grounding) place(s *source) (start, end int, ok bool) {
	if s.end == 0 {
		return 0, 0, false
	}
	if g.documents > 1 || s.part < 0 {
		return s.start, s.end, true
	}
	begin, ok := g.begins[s.part]
	return begin + s.start, begin + s.end, ok
}
