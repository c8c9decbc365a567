// Package messages is the codec of Anthropic's Messages API, and its bridge to the neutral model.
//
// The codec must never decode a whole message, and never change anything but the model's name: usage
// always stands in the stream. The bridge must never send the vendor a seal that is not its own, nor
// drop anything without saying so.
package messages
