// Package sse cuts a stream of server-sent events into events, incrementally and without copying what
// arrives whole. It must never change a byte, hold more than a fixed amount, or know what an event
// means.
package sse
