package chat

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/protocol"
)

// AppendFault implements protocol.Codec.
func (codec) AppendFault(dst []byte, f *burncloud.Fault) []byte {
	dst = append(dst, `{"error":`...)
	return append(protocol.AppendOpenAIError(dst, f), '}')
}

// AppendStreamFault implements protocol.Codec. OpenAI's clients throw on a chunk with an error member
// and read no further.
func (c codec) AppendStreamFault(dst []byte, f *burncloud.Fault) []byte {
	dst = c.AppendFault(append(dst, "data: "...), f)
	return append(dst, "\n\n"...)
}

// ReadFault implements protocol.Codec.
func (codec) ReadFault(status int, body []byte) (*burncloud.Fault, bool) {
	v, own := protocol.ReadOpenAIError(body)
	v.Status = status
	return v.Fault(), own
}
