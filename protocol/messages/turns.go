package messages

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// turns are the messages of a request, merged so that roles alternate.
type turns struct {
	all     []turn
	pending []pendingCall   // of the last assistant turn
	used    map[string]bool // ids of calls
	called  []string        // names of tools, as they are called first
	bare    bool            // a turn since the user's last words calls a tool and does not begin with thoughts
}

type turn struct {
	role     protocol.Role
	thoughts bool     // it begins with thinking
	results  []result // before blocks
	blocks   [][]byte
}

// result is a tool's result and the place of its call in the turn before.
type result struct {
	at  int
	raw []byte
}

// pendingCall is a call that wants a result: its id with the client, and with the vendor.
type pendingCall struct {
	id, wire, path string
	answered       bool
}

func (t *turns) append(dst []byte) []byte {
	dst = append(dst, '[')
	for _, one := range t.all {
		slices.SortStableFunc(one.results, func(a, b result) int { return a.at - b.at })
		dst = word(append(next(dst), '{'), "role", string(one.role))
		dst = append(key(dst, "content"), '[')
		for _, r := range one.results {
			dst = append(next(dst), r.raw...)
		}
		for _, b := range one.blocks {
			dst = append(next(dst), b...)
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, ']')
}

// open is the turn of a role: the last one, or a new one behind it.
func (e *request) open(role protocol.Role, path string) *turn {
	t := &e.turns
	if n := len(t.all); n > 0 && t.all[n-1].role == role {
		return &t.all[n-1]
	}
	if len(t.all) == 0 && role != protocol.RoleUser && !e.native {
		e.lose(path, "put a user turn of a dot before it: this vendor's conversations begin with the user")
		t.all = append(t.all, turn{role: protocol.RoleUser, blocks: [][]byte{[]byte(`{"type":"text","text":"."}`)}})
	}
	if role == protocol.RoleAssistant {
		e.answered()
	}
	t.all = append(t.all, turn{role: role})
	return &t.all[len(t.all)-1]
}

// answered refuses calls that have no result.
func (e *request) answered() {
	for _, c := range e.turns.pending {
		if !c.answered {
			e.refuse(c.path, "is the tool call %q, which has no result in the turn after it", c.id)
		}
	}
	e.turns.pending = nil
}

func (e *request) encodeTurns() {
	e.turns.used = map[string]bool{}
	for i, m := range e.r.Messages {
		path := element("messages", i)
		if m.Name != "" {
			e.lose(path+".name", "dropped: this format has no names of participants")
		}
		before := e.size()
		switch m.Role {
		case protocol.RoleSystem:
			e.lateSystem(i, m, path)
		case protocol.RoleAssistant:
			e.assistant(i, m, path)
		case protocol.RoleUser:
			e.user(m, path)
		default:
			e.refuse(path+".role", "is not known: %q", m.Role)
		}
		if e.size() == before && m.Role != protocol.RoleSystem {
			e.lose(path, "dropped: nothing is in it")
		}
	}
	e.answered()
	if len(e.turns.all) == 0 {
		e.lose("messages", "put a user turn of a dot: this vendor wants one")
		e.turns.all = append(e.turns.all, turn{role: protocol.RoleUser, blocks: [][]byte{[]byte(`{"type":"text","text":"."}`)}})
	}
	if e.prefill() && !e.native {
		if e.model.known(firstAdaptive) {
			e.refuse("messages", "end with the assistant's words, which this model does not continue; end with the user's")
		} else {
			e.lose("messages", "the model continues the assistant's last words: the answer begins in the middle")
		}
	}
}

// size is how many blocks there are so far.
func (e *request) size() (n int) {
	for _, t := range e.turns.all {
		n += len(t.results) + len(t.blocks)
	}
	return n
}

// prefill tells whether the assistant has the last word.
func (e *request) prefill() bool {
	n := len(e.turns.all)
	return n > 0 && e.turns.all[n-1].role == protocol.RoleAssistant
}

// lateSystem places system text in the middle of a conversation: there, where the model knows such, else
// before it.
func (e *request) lateSystem(i int, m protocol.Message, path string) {
	all := e.r.Messages
	inPlace := e.model.known(firstLateWords) && i > 0 && all[i-1].Role == protocol.RoleUser &&
		(i+1 == len(all) || all[i+1].Role == protocol.RoleAssistant)
	inPlace = inPlace || e.native
	for j, b := range m.Blocks {
		at := element(path+".content", j)
		switch {
		case inPlace && b.Kind == protocol.BlockText && strings.TrimSpace(b.Text) != "":
			t := e.open(protocol.RoleSystem, path)
			t.blocks = append(t.blocks, e.text(b, b.Text, at))
		case inPlace && b.Kind == protocol.BlockOpaque && b.Opaque != nil && b.Opaque.From == burncloud.Messages:
			t := e.open(protocol.RoleSystem, path)
			t.blocks = append(t.blocks, value(nil, b.Opaque.Raw))
		default:
			e.systemBlock(b, at)
		}
	}
	if !inPlace {
		e.lose(path, "moved before the conversation: the model knows no system text in the middle of it")
	}
}

// call writes a call of the assistant. The id is derived where the client's cannot be sent.
func (e *request) call(b protocol.Block, path string) []byte {
	c := b.Call
	args := strings.TrimSpace(c.Args)
	switch {
	case c.Custom:
		e.lose(path, "sent with the input {\"input\": text}: this format has no tools without a schema")
		args = string(append(word([]byte("{"), "input", c.Args), '}'))
	case args == "":
		args = "{}"
	case !isObject([]byte(args)):
		e.refuse(path, "is a tool call whose arguments are no JSON object, which is all that this vendor takes")
	}
	if !legalName(c.Name) {
		e.refuse(path, "calls a tool whose name this vendor does not take: %q", c.Name)
	}
	id := c.ID
	if id == "" {
		id = "call_" + strconv.Itoa(len(e.turns.used))
	}
	wire := legal(id)
	for n := 2; e.turns.used[wire]; n++ {
		wire = legal(id) + "_" + strconv.Itoa(n)
	}
	e.turns.used[wire] = true
	e.turns.pending = append(e.turns.pending, pendingCall{id: c.ID, wire: wire, path: path})
	if !slices.Contains(e.turns.called, c.Name) {
		e.turns.called = append(e.turns.called, c.Name)
	}
	e.signature(b.Signature, path)
	out := word(word(word([]byte("{"), "type", "tool_use"), "id", wire), "name", c.Name)
	return e.finish(value(key(out, "input"), []byte(args)), path, b.Cache)
}

// legal is an id as Anthropic takes it: id itself, or one derived from it.
func legal(id string) string {
	if legalID(id) {
		return id
	}
	sum := fnv.New32a()
	sum.Write([]byte(id)) // never fails
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && legalID(string(r)) {
			return r
		}
		return '_'
	}, id)
	return plain[:min(len(plain), 48)] + "_" + strconv.FormatUint(uint64(sum.Sum32()), 16)
}

// answer finds the call that a result is for: its id with the vendor and its place.
func (e *request) answer(r *protocol.ToolResult, path string) (wire string, at int) {
	for i := range e.turns.pending {
		if c := &e.turns.pending[i]; c.id == r.ID && !c.answered {
			c.answered = true
			return c.wire, i
		}
	}
	e.refuse(path, "is a result for the tool call %q, which the turn before does not make", r.ID)
	return "", 0
}

// signature tells of a seal on a block, for which this format has no place.
func (e *request) signature(s *protocol.Signature, path string) {
	if s != nil {
		e.lose(path+".signature", "dropped: this format has no place for a seal of %s", owner(s.From))
	}
}
