// Package prototest holds what the tests of all codecs share: neutral requests, answers and streams, and
// the replay of recorded replies through a tap or decoder, cut in every way.
//
// It must never be imported by anything but tests.
package prototest
