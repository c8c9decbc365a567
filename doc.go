// Package burncloud holds the domain words that every other package shares: Channel, Key, User,
// Group, Price, Usage, Money, Fault, Record. It imports the standard library alone and does no I/O.
//
// It must never import another package of this module, hold state, or know how a thing is stored,
// sent or shown. A type belongs here only when two layers pass it between them.
package burncloud
