// Package route chooses which channel serves a call. It is pure: candidates in, an order out. It must
// never do I/O, read a clock or know what a channel is beyond its priority and weight.
package route
