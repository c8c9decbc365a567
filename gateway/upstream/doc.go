// Package upstream keeps the connections to vendors and carries one request and its reply over them.
//
// It speaks HTTP/1.1 over TCP and TLS, reuses the connection that was used last, holds four timeouts,
// and lets any goroutine end a call at any moment. A reply's body is lent as it arrives, without its
// transfer framing; nothing is read ahead and nothing is copied that need not be.
//
// It must never send a request twice after the vendor may have begun to answer it, put a connection
// back whose state is in doubt, or follow a redirect. It knows no protocol above HTTP.
package upstream
