package messages

import (
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// readExtra sorts what the client's format has and the neutral model has not: what is its own goes back
// to where it stood, of another format it is lost, or refused where the answer would be another one.
func (e *request) readExtra() {
	losses, fault := e.r.Foreign(burncloud.Messages)
	if e.losses = append(e.losses, losses...); e.fault == nil {
		e.fault = fault
	}
	if e.native {
		for _, m := range e.r.Extra {
			path, name := parent(m.Name)
			e.extra[path] = append(e.extra[path], protocol.Member{Name: name, Value: m.Value})
		}
	}
}

// parent takes the path of a member apart: what it belongs to, "" for the request, and its name there.
func parent(path string) (object, name string) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

func owner(from burncloud.Protocol) string {
	if from == "" {
		return "another format"
	}
	return string(from)
}

// leftOver writes the client's own fields of the top level and closes the request. Of those deeper down
// whose object was not written it tells, unless they are of the top level too, and have a dot in the name.
func (e *request) leftOver(out []byte) []byte {
	top := e.extra[""]
	delete(e.extra, "")
	for _, m := range e.r.Extra {
		object, _ := parent(m.Name)
		if _, left := e.extra[object]; !left {
			continue
		}
		if strings.ContainsRune(object, '[') || object == "tool_choice" || object == "thinking" {
			e.lose(m.Name, "dropped: what it belonged to is not sent")
			continue
		}
		top = append(top, m)
	}
	for _, m := range top {
		out = value(key(out, m.Name), m.Value)
	}
	return append(out, '}')
}
