// Package gemini is the codec of Google's generateContent, countTokens and embedContent, and the bridge
// between generateContent and the neutral model.
//
// The codec, for calls that are passed on, must never decode a whole reply, and never change anything but
// the model's name where a body repeats it: the name that counts stands in the path. The bridge, for calls
// that are converted, must never send Google another vendor's seal.
package gemini
