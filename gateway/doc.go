// Package gateway is the data plane: it takes a request that speaks a vendor's protocol, finds the
// caller, reserves the money, chooses a channel, relays the bytes and settles. serve.go reads like its
// table of contents.
//
// It must never change a body but for the codecs' named edits, tell a caller that a reply is complete
// when it is not, put a channel's credential where a client could see it, or import control or store.
package gateway
