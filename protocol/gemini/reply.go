package gemini

import (
	"bytes"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// DecodeResponse implements protocol.Bridge. A whole answer is an event of a stream that has one.
func (bridge) DecodeResponse(body []byte) (*protocol.Response, *burncloud.Fault) {
	d := &decoder{}
	events := d.end(d.documents(nil, bytes.TrimSpace(body)), true)
	if n := len(events); n > 0 && events[n-1].Kind == protocol.EventFail {
		return nil, events[n-1].Fault
	}
	return gather(events), nil
}

// gather is what events that end well say.
func gather(events []protocol.Event) *protocol.Response {
	a := &protocol.Response{}
	at := func(n int) *protocol.Choice {
		for len(a.Choices) <= n {
			a.Choices = append(a.Choices, protocol.Choice{Stop: protocol.StopOther})
		}
		return &a.Choices[n]
	}
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case protocol.EventStart:
			*a = *e.Start
		case protocol.EventBlockStart:
			c := at(e.Choice)
			c.Blocks = append(c.Blocks, *e.Block)
		case protocol.EventDelta:
			c := at(e.Choice)
			b := &c.Blocks[len(c.Blocks)-1]
			if b.Call != nil {
				b.Call.Args += e.Text
			} else {
				b.Text += e.Text
			}
			if e.LogProbs != nil {
				c.LogProbs = e.LogProbs
			}
		case protocol.EventBlockStop:
			if c := at(e.Choice); e.Block != nil {
				b := &c.Blocks[len(c.Blocks)-1]
				b.Citations, b.Signature = e.Block.Citations, e.Block.Signature
				if e.Block.Thinking != nil {
					b.Thinking = e.Block.Thinking
				}
			}
		case protocol.EventUsage:
			a.Usage, a.HasUsage = *e.Usage, true
		case protocol.EventStop:
			at(e.Choice).Stop = e.Stop
		}
	}
	return a
}
