// Package channel keeps the configured upstream accounts: what they are, their sealed credentials, the
// snapshot the gateway routes by, and a test that makes a real call.
//
// Credentials are sealed with AES-256-GCM under the master key, bound to their channel, and opened into
// memory for the gateway alone. The package must never return a credential from any method but Snapshot,
// never log one, and never speak to a vendor itself: tests go through the Sender it is given, which is
// the gateway's own way.
package channel
