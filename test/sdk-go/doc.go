// Package sdk runs the official Go SDKs of OpenAI and Anthropic, unmodified, against the built binary
// and a fake vendor. It is a module of its own, so that the SDKs are no dependency of the product.
package sdk
