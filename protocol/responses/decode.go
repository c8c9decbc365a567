package responses

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// reader turns a client's request into the neutral one.
type reader struct {
	r     *protocol.Request
	input json.RawMessage

	results bool // the last message is of results alone, and takes more of them
	spoke   bool // the last message is the assistant's and has said something
}

// DecodeRequest implements protocol.Bridge.
func (bridge) DecodeRequest(in protocol.Inbound) (*protocol.Request, *burncloud.Fault) {
	if !json.Valid(in.Body) || !utf8.Valid(in.Body) {
		return nil, burncloud.Faultf(burncloud.Invalid, "the body is not JSON in UTF-8")
	}
	d := reader{r: &protocol.Request{From: burncloud.Responses}}
	seen := map[string]bool{}
	var fault *burncloud.Fault
	if err := jsonedit.Walk(in.Body, func(key []byte, keySpan, value jsonedit.Span) bool {
		name, _ := jsonedit.Text(keySpan.Of(in.Body))
		if seen[name] {
			fault = refuse(name, "is there twice")
			return false
		}
		seen[name] = true
		if raw := value.Of(in.Body); !jsonedit.IsNull(raw) {
			fault = d.member(name, raw)
		}
		return fault == nil
	}); err != nil {
		return nil, burncloud.Faultf(burncloud.Invalid, "the body is not a JSON object: %v", err)
	}
	switch {
	case fault != nil:
	case d.r.Model == "":
		fault = refuse("model", "is missing")
	default:
		fault = protocol.CheckModel("model", d.r.Model)
	}
	if fault == nil {
		fault = d.items()
	}
	if fault != nil {
		return nil, fault
	}
	return d.r, nil
}

// member reads one field that is not null.
func (d *reader) member(name string, raw json.RawMessage) *burncloud.Fault {
	r := d.r
	switch name {
	case "model":
		return into(name, raw, &r.Model)
	case "input":
		d.input = raw
	case "instructions":
		var s string
		if fault := into(name, raw, &s); fault != nil {
			return fault
		}
		if s != "" {
			r.System = append([]protocol.Block{{Kind: protocol.BlockText, Text: s}}, r.System...)
		}
	case "stream":
		return into(name, raw, &r.Stream)
	case "max_output_tokens":
		return integer(name, raw, &r.MaxOutput)
	case "temperature":
		return number(name, raw, &r.Temperature)
	case "top_p":
		return number(name, raw, &r.TopP)
	case "top_logprobs":
		return integer(name, raw, &r.TopLogProbs)
	case "parallel_tool_calls":
		return into(name, raw, &r.Parallel)
	case "tools":
		return d.tools(raw)
	case "tool_choice":
		return d.toolChoice(raw)
	case "text":
		return d.text(raw)
	case "reasoning":
		return d.reasoning(raw)
	case "service_tier":
		return into(name, raw, &r.ServiceTier)
	case "metadata":
		return into(name, raw, &r.Metadata)
	case "prompt_cache_key":
		return into(name, raw, &r.CacheKey)
	case "user", "safety_identifier":
		return d.user(name, raw)
	case "include":
		return d.include(raw)
	default:
		return d.other(name, raw)
	}
	return nil
}

// other reads what the neutral model has no word for: state at a vendor is refused, what says no more
// than the default is nothing, and the rest is kept as it is.
func (d *reader) other(name string, raw json.RawMessage) *burncloud.Fault {
	switch name {
	case "previous_response_id", "conversation":
		return refuse(name, "names state that the vendor of this model does not have; send the whole conversation as input")
	case "prompt":
		return refuse(name, "names a stored template that the vendor of this model does not have")
	case "background":
		var on bool
		if fault := into(name, raw, &on); fault != nil || !on {
			return fault
		}
		return refuse(name, "is not supported here; leave it out or send false")
	case "store":
		var on bool
		if fault := into(name, raw, &on); fault != nil || !on {
			return fault // a bridged call is never stored unless store is true
		}
	case "truncation":
		if string(raw) == `"disabled"` {
			return nil
		}
	case "stream_options":
		if v := members(raw); len(v) == 0 || len(v) == 1 && v[0].Name == "include_obfuscation" && string(v[0].Value) == "false" {
			return nil // a bridged stream never has obfuscation
		}
	}
	d.keep(name, raw)
	return nil
}

// keep puts aside what only this protocol has a word for.
func (d *reader) keep(name string, raw json.RawMessage) {
	d.r.Extra = append(d.r.Extra, protocol.Member{Name: name, Value: raw})
}

// strange keeps the members of an object that are not known. One that is false says no more than none.
func (d *reader) strange(path string, raw json.RawMessage, known string) {
	for _, m := range members(raw) {
		if !strings.Contains(known, " "+m.Name+" ") && string(m.Value) != "false" {
			d.keep(path+"."+m.Name, m.Value)
		}
	}
}

// members are those of an object that are not null.
func members(raw json.RawMessage) (out []protocol.Member) {
	_ = jsonedit.Walk(raw, func(_ []byte, key, value jsonedit.Span) bool { // walked before, as part of the whole
		if v := value.Of(raw); !jsonedit.IsNull(v) {
			name, _ := jsonedit.Text(key.Of(raw))
			out = append(out, protocol.Member{Name: name, Value: v})
		}
		return true
	})
	return out
}

// user reads the two names of the end user; safety_identifier is the newer one and wins.
func (d *reader) user(name string, raw json.RawMessage) *burncloud.Fault {
	var s string
	if fault := into(name, raw, &s); fault != nil || s == "" || s == d.r.User {
		return fault
	}
	switch {
	case d.r.User == "":
		d.r.User = s
	case name == "user":
		d.keep("user", raw)
	default:
		old, _ := json.Marshal(d.r.User) // a string always marshals
		d.keep("user", old)
		d.r.User = s
	}
	return nil
}

// include reads which parts of an answer are wanted beside what always comes.
func (d *reader) include(raw json.RawMessage) *burncloud.Fault {
	var list, rest []string
	if fault := into("include", raw, &list); fault != nil {
		return fault
	}
	for _, s := range list {
		switch s {
		case "reasoning.encrypted_content":
			d.r.SealedThoughts = true
		case "message.output_text.logprobs":
			on := true
			d.r.LogProbs = &on
		default:
			rest = append(rest, s)
		}
	}
	if rest != nil {
		raw, _ = json.Marshal(rest) // strings always marshal
		d.keep("include", raw)
	}
	return nil
}

// into reads a value of a fixed type.
func into(path string, raw json.RawMessage, v any) *burncloud.Fault {
	err := json.Unmarshal(raw, v)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field != "" {
			path += "." + wrong.Field
		}
		return refuse(path, fmt.Sprintf("is of the wrong type: %s", wrong.Value))
	}
	return refuse(path, "cannot be read")
}

func integer(path string, raw json.RawMessage, v **int64) *burncloud.Fault {
	n, ok := jsonedit.Int(raw)
	if !ok || raw[0] == '"' || n < 0 {
		return refuse(path, "must be a whole number that is not negative")
	}
	*v = &n
	return nil
}

func number(path string, raw json.RawMessage, v **json.Number) *burncloud.Fault {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return refuse(path, "must be a number")
	}
	n := json.Number(raw)
	*v = &n
	return nil
}
