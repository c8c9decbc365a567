package responses

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// items reads the input: a text, or a list of items.
func (d *reader) items() *burncloud.Fault {
	switch {
	case d.input == nil:
		return refuse("input", "is missing")
	case d.input[0] == '"':
		s, _ := jsonedit.Text(d.input)
		d.r.Messages = []protocol.Message{{Role: protocol.RoleUser, Blocks: []protocol.Block{{Kind: protocol.BlockText, Text: s}}}}
		return nil
	case d.input[0] != '[':
		return refuse("input", "must be a string or a list of items")
	}
	list, err := elements(d.input)
	if err != nil {
		return refuse("input", "cannot be read")
	}
	for i, raw := range list {
		if fault := d.item(fmt.Sprintf("input[%d]", i), raw); fault != nil {
			return fault
		}
	}
	return nil
}

// item reads one item of the input.
func (d *reader) item(path string, raw json.RawMessage) *burncloud.Fault {
	kind := typeOf(raw)
	if kind == "" || kind == "item_reference" {
		var head struct {
			Type string `json:"type"`
			Role string `json:"role"`
			ID   string `json:"id"`
		}
		if fault := into(path, raw, &head); fault != nil {
			return fault
		}
		switch {
		case kind == "item_reference" || head.Role == "" && head.ID != "":
			return refuse(path, "refers to a stored item, which the vendor of this model does not have; send the item itself")
		case head.Role == "":
			return refuse(path+".type", "is missing")
		}
		kind = "message"
	}
	switch kind {
	case "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning", "image_generation_call":
	default:
		d.hosted(kind, raw)
		return nil
	}
	var it item
	if fault := into(path, raw, &it); fault != nil {
		return fault
	}
	it.Type = kind
	d.strange(path, raw, itemMembers)
	switch kind {
	case "message":
		return d.message(path, &it)
	case "function_call", "custom_tool_call":
		return d.call(path, &it)
	case "function_call_output", "custom_tool_call_output":
		return d.result(path, &it)
	case "reasoning":
		blocks, err := it.thoughts(disclose(it.ID, it.Encrypted))
		if err != nil {
			return refuse(path+".content", "cannot be read")
		}
		d.assistant(blocks, false)
	case "image_generation_call":
		if it.Result != "" {
			d.assistant([]protocol.Block{it.image()}, false)
		}
	}
	return nil
}

// image is what the vendor's image tool drew.
func (it *item) image() protocol.Block {
	format := it.Format
	if format == "" {
		format = "png"
	}
	return protocol.Block{Kind: protocol.BlockMedia, Media: &protocol.Media{Kind: protocol.MediaImage, MIME: "image/" + format, Base64: it.Result}}
}

// hosted keeps an item of a kind that only this protocol has, on the side of the conversation that it is
// from.
func (d *reader) hosted(kind string, raw json.RawMessage) {
	b := []protocol.Block{opaque(kind, raw)}
	if strings.HasSuffix(kind, "_output") || kind == "mcp_approval_response" || kind == "compaction_trigger" || kind == "additional_tools" {
		d.r.Messages = append(d.r.Messages, protocol.Message{Role: protocol.RoleUser, Blocks: b})
		d.results, d.spoke = false, false
		return
	}
	d.assistant(b, false)
}

// message reads a turn's text and media.
func (d *reader) message(path string, it *item) *burncloud.Fault {
	blocks, fault := d.content(path+".content", it.Content)
	if fault != nil {
		return fault
	}
	switch it.Role {
	case "assistant":
		d.assistant(blocks, true)
		return nil
	case "system", "developer":
		if len(d.r.Messages) == 0 {
			d.r.System = append(d.r.System, blocks...)
			return nil
		}
		d.r.Messages = append(d.r.Messages, protocol.Message{Role: protocol.RoleSystem, Blocks: blocks})
	case "user":
		d.r.Messages = append(d.r.Messages, protocol.Message{Role: protocol.RoleUser, Blocks: blocks})
	default:
		return refuse(path+".role", "must be user, assistant, system or developer")
	}
	d.results, d.spoke = false, false
	return nil
}

// content reads the parts of a message or of a tool's result.
func (d *reader) content(path string, raw json.RawMessage) ([]protocol.Block, *burncloud.Fault) {
	if len(raw) == 0 || raw[0] != '"' && raw[0] != '[' {
		return nil, refuse(path, "must be a string or a list of parts")
	}
	in, raws, err := parts(raw)
	if err != nil {
		return nil, d.misshapen(path, raw)
	}
	out := make([]protocol.Block, 0, len(in))
	for i := range in {
		at := fmt.Sprintf("%s[%d]", path, i)
		if in[i].Type == "" {
			return nil, refuse(at+".type", "is missing")
		}
		b, ok := in[i].block()
		if !ok {
			out = append(out, opaque("content."+in[i].Type, raws[i]))
			continue
		}
		if fault := d.media(at, &b); fault != nil {
			return nil, fault
		}
		if raws[i][0] == '{' {
			d.strange(at, raws[i], partMembers)
		}
		out = append(out, b)
	}
	return out, nil
}

// misshapen names the part that cannot be read.
func (d *reader) misshapen(path string, raw json.RawMessage) *burncloud.Fault {
	var list []json.RawMessage
	if fault := into(path, raw, &list); fault != nil {
		return fault
	}
	for i, r := range list {
		if fault := into(fmt.Sprintf("%s[%d]", path, i), r, &part{}); fault != nil {
			return fault
		}
	}
	return refuse(path, "cannot be read")
}

// media checks that an image or a file is one.
func (d *reader) media(path string, b *protocol.Block) *burncloud.Fault {
	m := b.Media
	if m == nil {
		return nil
	}
	if m.Base64 == "" && m.URL == "" && m.FileID == "" {
		return refuse(path, "has no content: neither an address, nor data, nor a file id")
	}
	if len(m.URL) >= 5 && strings.EqualFold(m.URL[:5], "data:") {
		return refuse(path, "has a data URL that is not base64")
	}
	if m.Detail == "original" {
		m.Detail = "high"
		d.keep(path+".detail", json.RawMessage(`"original"`))
	}
	return nil
}

// call reads the model's wish to call a tool.
func (d *reader) call(path string, it *item) *burncloud.Fault {
	c := &protocol.ToolCall{ID: it.CallID, Name: it.Name, Custom: it.Type == "custom_tool_call", Args: it.Input}
	if !c.Custom {
		args, ok := jsonedit.Text(it.Arguments)
		if !ok {
			return refuse(path+".arguments", "must be a string of JSON")
		}
		c.Args = args
	}
	switch {
	case c.ID == "":
		return refuse(path+".call_id", "is missing")
	case c.Name == "":
		return refuse(path+".name", "is missing")
	}
	d.assistant([]protocol.Block{{Kind: protocol.BlockToolCall, Call: c}}, false)
	return nil
}

// result reads what a tool answered.
func (d *reader) result(path string, it *item) *burncloud.Fault {
	if it.CallID == "" {
		return refuse(path+".call_id", "is missing")
	}
	blocks, fault := d.content(path+".output", it.Output)
	if fault != nil {
		return fault
	}
	b := protocol.Block{Kind: protocol.BlockToolResult, Result: &protocol.ToolResult{ID: it.CallID, Name: it.Name, Blocks: blocks}}
	if n := len(d.r.Messages); d.results {
		m := &d.r.Messages[n-1]
		m.Blocks = append(m.Blocks, b)
		return nil
	}
	d.r.Messages = append(d.r.Messages, protocol.Message{Role: protocol.RoleUser, Blocks: []protocol.Block{b}})
	d.results, d.spoke = true, false
	return nil
}

// assistant adds to the assistant's turn. A second message begins a turn of its own, as it came.
func (d *reader) assistant(blocks []protocol.Block, message bool) {
	if len(blocks) == 0 && !message {
		return
	}
	n := len(d.r.Messages)
	if n == 0 || d.r.Messages[n-1].Role != protocol.RoleAssistant || message && d.spoke {
		d.r.Messages = append(d.r.Messages, protocol.Message{Role: protocol.RoleAssistant})
		n, d.spoke = n+1, false
	}
	m := &d.r.Messages[n-1]
	m.Blocks = append(m.Blocks, blocks...)
	d.results, d.spoke = false, d.spoke || message
}
