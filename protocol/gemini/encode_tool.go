package gemini

import (
	"fmt"
	"slices"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// unanswered refuses a conversation in which a call has no result: Google counts them.
func (e *request) unanswered() {
	for i, c := range e.calls.calls {
		if !c.done {
			e.refuse(e.places[i], "is a tool call (%q) that has no result in the turn behind it", c.id)
		}
	}
	e.calls, e.places = queue{}, nil
}

// call writes a call. Google pairs calls and results by their order, and some of its servers refuse ids,
// so only those that Google's own client sent are sent.
func (e *request) call(it item) (p part, ok bool) {
	c := it.b.Call
	if c == nil {
		return p, false
	}
	e.calls.add(c.ID, c.Name)
	e.places = append(e.places, it.at)
	e.checkName(it.at+".name", c.Name)
	body := []byte{'{'}
	if e.own && c.ID != "" && !isPlaced(c.ID) {
		body = word(body, "id", c.ID)
	}
	body = key(word(body, "name", c.Name), "args")
	switch {
	case c.Custom:
		body = append(word(append(body, '{'), "input", c.Args), '}')
	case isObject([]byte(c.Args)):
		body = value(body, []byte(c.Args))
	case strings.TrimSpace(c.Args) == "":
		body = append(body, "{}"...)
	default:
		e.lose(it.at+".arguments", "sent inside an object as _raw: they are no JSON object")
		body = append(word(append(body, '{'), "_raw", c.Args), '}')
	}
	return part{kind: "functionCall", body: append(body, '}')}, true
}

// isPlaced tells whether an id was made by placed.
func isPlaced(id string) bool {
	var turn, part int
	_, err := fmt.Sscanf(id, "call_%d_%d", &turn, &part)
	return err == nil && id == placed(turn, part)
}

// result writes the result of a call. beside is the media that a model before Gemini 3 wants beside it.
func (e *request) result(it item, id, name string) (p part, beside []part) {
	var texts []string
	var inside []part
	for i := range it.b.Result.Blocks {
		b, at := &it.b.Result.Blocks[i], element(it.at+".content", i)
		switch b.Kind {
		case protocol.BlockText, protocol.BlockRefusal:
			texts = append(texts, b.Text)
		case protocol.BlockMedia:
			m, ok := e.media(at, b.Media)
			switch {
			case !ok:
			case e.own || e.family.since(3):
				m.detail = "" // has no place here
				inside = append(inside, m)
			default:
				e.lose(at, "sent behind the results: this model takes no media in one")
				beside = append(beside, m)
			}
		default:
			e.lose(at, "dropped: a result is text and media")
		}
		if b.Signature != nil || len(b.Citations) > 0 {
			e.lose(at+".citations", noField)
		}
	}
	body := []byte{'{'}
	if e.own && id != "" && !isPlaced(id) {
		body = word(body, "id", id)
	}
	body = appendResult(key(word(body, "name", name), "response"), strings.Join(texts, "\n"), it.b.Result.IsError)
	if len(inside) > 0 {
		body = append(key(body, "parts"), '[')
		for i := range inside {
			body = inside[i].append(comma(body))
		}
		body = append(body, ']')
	}
	return part{kind: "functionResponse", body: append(body, '}')}, beside
}

// appendResult appends what a function answered, which Google wants to be an object.
func appendResult(dst []byte, text string, failed bool) []byte {
	object := isObject([]byte(text))
	name := "output"
	switch {
	case failed:
		name = "error"
	case object:
		return value(dst, []byte(text))
	}
	dst = key(append(dst, '{'), name)
	if object {
		return append(value(dst, []byte(text)), '}')
	}
	return append(append(dst, str(text)...), '}')
}

// freeText is the schema of a tool of free text that is sent as a function.
const freeText = `{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}`

// tools writes all functions into one entry, and Google's own tools behind it.
func (e *request) tools() {
	functions, all := []byte{'['}, []byte{'['}
	var hosted []byte
	for i := range e.r.Tools {
		t, at := &e.r.Tools[i], element("tools", i)
		switch {
		case t.Opaque == nil:
			functions = e.function(comma(functions), t, at)
		case t.Opaque.From == burncloud.Gemini && isObject(t.Opaque.Raw):
			hosted = value(append(hosted, ','), t.Opaque.Raw)
		default:
			e.refuse(at, "is a tool that another vendor runs (%s); this model's vendor has none like it", t.Opaque.Type)
		}
	}
	if len(functions) > 1 {
		all = append(append(key(append(all, '{'), "functionDeclarations"), functions...), "]}"...)
	} else if hosted != nil {
		hosted = hosted[1:]
	}
	if all = append(all, hosted...); len(all) > 1 {
		e.body.set("tools", append(all, ']'))
	}
}

func (e *request) function(dst []byte, t *protocol.Tool, at string) []byte {
	e.checkName(at+".name", t.Name)
	if t.Cache != "" {
		e.lose(at+".cache_control", noField)
	}
	dst = word(append(dst, '{'), "name", t.Name)
	if t.Description != "" {
		dst = word(dst, "description", t.Description)
	}
	schema := t.Schema
	if t.Custom {
		e.lose(at, "sent as a function with one string, input: the vendor has no tools of free text")
		schema = []byte(freeText)
	}
	switch {
	case schema == nil:
	case !isObject(schema):
		e.refuse(at+".parameters", "must be a JSON Schema, which is an object")
	case !e.own && !describesObject(schema):
		e.refuse(at+".parameters", `must describe an object: {"type":"object", …}`)
	case !e.own && takesNothing(schema):
	case e.family.before(2, 5):
		if old := e.oldSchema(at+".parameters", schema); old != nil {
			dst = append(key(dst, "parameters"), old...)
		}
	default:
		dst = value(key(dst, "parametersJsonSchema"), schema)
	}
	return append(dst, '}')
}

// checkName refuses a name that Google does not take. Its own client may know better.
func (e *request) checkName(at, name string) {
	ok := name != "" && len(name) <= 128
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		ok = ok && (letter || i > 0 && (c >= '0' && c <= '9' || c == '.' || c == ':' || c == '-'))
	}
	if !ok && !e.own {
		e.refuse(at, "must be 1 to 128 of letters, digits, _ . : - and begin with a letter or _ for this model's vendor")
	}
}

// choice says which functions the model must or may call. A subset that it may call, and functions whose
// arguments must match their schema, are the mode VALIDATED.
func (e *request) choice() {
	c := e.r.ToolChoice
	strict := slices.ContainsFunc(e.r.Tools, func(t protocol.Tool) bool { return t.Strict != nil && *t.Strict })
	any := slices.ContainsFunc(e.r.Tools, func(t protocol.Tool) bool { return t.Opaque == nil })
	if c == nil {
		c = &protocol.ToolChoice{}
	}
	if !any && !e.own {
		if c.Mode != "" && c.Mode != "auto" && c.Mode != "none" {
			e.lose("tool_choice", "dropped: there are no tools to choose from")
		}
		return
	}
	if strict && e.family.before(2, 5) {
		e.lose("tools.strict", noField)
		strict = false
	}
	mode, names := "", c.Names
	switch {
	case c.Mode == "none":
		mode, names = "NONE", nil
	case c.Mode == "any" || c.Mode == "named":
		mode = "ANY"
	case len(names) > 0 && e.family.before(2, 5):
		e.lose("tool_choice", "sent as auto: this model takes no subset of the tools that it may call")
		mode, names = "AUTO", nil
	case len(names) > 0 || strict:
		mode = "VALIDATED"
	case c.Mode == "auto":
		mode = "AUTO"
	default:
		return
	}
	const path = "toolConfig.functionCallingConfig."
	e.body.set(path+"mode", str(mode))
	if len(names) > 0 {
		list := []byte{'['}
		for _, name := range names {
			list = append(comma(list), str(name)...)
		}
		e.body.set(path+"allowedFunctionNames", append(list, ']'))
	}
}
