// Package responses is the codec of OpenAI's Responses API, and its bridge to the neutral model.
//
// The codec must never decode a whole response, and never change anything but the model's name: usage
// always stands in the last event. The bridge must never drop a thing without a Loss or a Fault, send
// one vendor's seal to another, or make a vendor keep a call that the client did not ask it to keep.
package responses
