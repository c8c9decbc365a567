// Package listen accepts connections and speaks HTTP/1.1 on them for the data plane.
//
// One goroutine serves one connection; buffers are pooled and a request in the steady state allocates
// nothing. A connection whose next request is not the data plane's is handed, untouched, to net/http,
// and comes back when net/http meets a data-plane path on it.
//
// It refuses what can be read in two ways, bounds everything a client can make it hold (header, body,
// connections, time), and tells the handler when the client hangs up. It knows no protocol above HTTP:
// what an error looks like is its caller's. It must never log a header value or a body.
package listen
