// Package messages is the codec of Anthropic's Messages API.
//
// It must never decode a whole message, and never change anything but the model's name: usage always
// stands in the stream.
package messages
