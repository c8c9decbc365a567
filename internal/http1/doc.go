// Package http1 reads the HTTP/1.x wire: message heads and the chunked transfer coding.
//
// It indexes bytes that its caller has already received; it copies nothing, allocates nothing in the
// steady state and does no I/O. Requests are read strictly: whatever two servers could read in two
// ways (a bare LF, a folded line, Content-Length beside Transfer-Encoding, a blank before a colon) is
// an error and never repaired. Replies are read with the tolerance that real vendors need, where it
// cannot move the end of a message.
//
// One parser checks and indexes in the same pass, because a check in front of another parser is only
// as good as the agreement between the two.
//
// It must never guess where a message ends.
package http1
