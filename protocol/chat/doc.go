// Package chat is the codec of OpenAI's Chat Completions and of the endpoints that share its errors:
// completions, embeddings and moderations. Its bridge converts chat completions to and from the neutral
// model, with the ways of the many vendors of this format.
//
// The codec must never decode a whole conversation, and never change anything but the model's name and
// the request for usage in a stream. The bridge must never drop a thing without telling, and never send
// a vendor the seal of another.
package chat
