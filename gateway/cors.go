package gateway

import "github.com/burncloud/burncloud/gateway/listen"

// Browser programs may call the data plane from any origin: a key is sent on purpose and never by the
// browser itself, so there is nothing for a foreign page to ride on.

// appendCORS appends the header line that lets a browser program read the reply.
func appendCORS(head []byte, x *listen.Exchange) []byte {
	if x.Header("Origin") == nil {
		return head
	}
	return append(head, "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n"...)
}

// preflight answers a browser that asks whether it may.
func preflight(x *listen.Exchange) {
	head := []byte("Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, POST, OPTIONS\r\nAccess-Control-Max-Age: 86400\r\nVary: Access-Control-Request-Headers\r\nAccess-Control-Allow-Headers: ")
	if want := x.Header("Access-Control-Request-Headers"); len(want) > 0 {
		head = append(head, want...)
	} else {
		head = append(head, "Authorization, Content-Type"...)
	}
	_ = x.Reply(204, append(head, "\r\n"...), nil)
}
