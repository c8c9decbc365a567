// Package chat is the codec of OpenAI's Chat Completions and of the endpoints that share its errors:
// completions, embeddings and moderations.
//
// It must never decode a whole conversation, and never change anything but the model's name and the
// request for usage in a stream.
package chat
