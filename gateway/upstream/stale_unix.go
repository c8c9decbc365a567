//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// stale reports whether an idle socket has something to read: its end, an error, or bytes that answer
// no request. All of them make it unusable.
func stale(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	open := false
	err = rc.Control(func(fd uintptr) {
		var one [1]byte
		_, err := syscall.Read(int(fd), one[:])
		open = err == syscall.EAGAIN || err == syscall.EINTR
	})
	return err != nil || !open
}
