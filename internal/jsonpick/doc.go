// Package jsonpick reads a JSON document of any size as its bytes go by and keeps only the members that
// are asked for, as a small document of the same shape. It must never hold more than its limit, never
// take text inside a string for a member, and never need more than one pass.
package jsonpick
