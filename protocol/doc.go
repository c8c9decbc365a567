// Package protocol is the contract between the gateway and the wire formats: what is peeked at in a
// request, how a reply is tapped for its usage, and what an error looks like. The sub-packages chat,
// responses, messages and gemini implement it; they never see each other. What they share lives here:
// the tap that cuts a reply into documents for a format's Meter, the readers of peeked fields, and the
// judgement of a vendor's error.
//
// It does no I/O, keeps no global state and must never change a byte of a body that is not on the
// named list of edits.
package protocol
