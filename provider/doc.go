// Package provider knows vendors as data: where each one lives, how it is authenticated, which
// endpoints it has under which paths, and which headers may pass between a caller and it.
//
// A vendor that speaks a known protocol is one Row in catalog.go. The package does no I/O, holds no
// state and never sees a request body. It must never let a caller's credential reach a vendor, nor a
// vendor's account details reach a caller.
package provider
