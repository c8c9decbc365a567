// Package gemini is the codec of Google's generateContent, countTokens and embedContent.
//
// It must never decode a whole reply, and never change anything but the model's name where a body
// repeats it: the name that counts stands in the path.
package gemini
