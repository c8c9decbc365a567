// Package testkit holds what tests of other packages share: a fake LLM vendor on a real TCP socket, a
// clock that stands still, and golden files.
//
// It is imported by tests and by the programs under cmd/, never by the product. It knows the vendors'
// wire formats on its own account: using the product's codecs here would prove them against
// themselves. It imports the root package at most.
package testkit

// TB is the part of testing.TB that the kit needs, so that a program may use it without package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Name() string
}
