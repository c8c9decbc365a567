// Package responses is the codec of OpenAI's Responses API.
//
// It must never decode a whole response, and never change anything but the model's name: usage always
// stands in the last event.
package responses
