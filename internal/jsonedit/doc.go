// Package jsonedit finds members of raw JSON and changes single values in it, keeping every other byte
// as it was. It must never parse a document and print it again, and it allocates nothing on its way
// through one.
package jsonedit
