//go:build !unix

package upstream

import "net"

// stale cannot be told here without reading; a connection that the vendor has closed is found out by
// the first use, and its request is sent again on a fresh one.
func stale(net.Conn) bool { return false }
