package responses

import (
	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/internal/jsonedit"
	"github.com/burncloud/burncloud/protocol"
)

// AppendFault implements protocol.Codec.
func (codec) AppendFault(dst []byte, f *burncloud.Fault) []byte {
	dst = append(dst, `{"error":`...)
	return append(protocol.AppendOpenAIError(dst, f), '}')
}

// AppendStreamFault implements protocol.Codec. The event is the format's own flat one; it also holds the
// same as an error member, because some of OpenAI's clients throw on that alone. It has no
// sequence_number: the number that is due is not known here.
func (codec) AppendStreamFault(dst []byte, f *burncloud.Fault) []byte {
	_, code := protocol.OpenAIWords(f)
	dst = append(dst, "event: error\ndata: {\"type\":\"error\",\"code\":"...)
	dst = jsonedit.AppendString(dst, code)
	dst = append(dst, `,"message":`...)
	dst = jsonedit.AppendString(dst, f.Message)
	dst = append(dst, `,"param":`...)
	dst = protocol.AppendStringOrNull(dst, f.Param)
	dst = append(dst, `,"error":`...)
	dst = protocol.AppendOpenAIError(dst, f)
	return append(dst, "}\n\n"...)
}

// ReadFault implements protocol.Codec.
func (codec) ReadFault(status int, body []byte) (*burncloud.Fault, bool) {
	v, own := protocol.ReadOpenAIError(body)
	v.Status = status
	return v.Fault(), own
}
