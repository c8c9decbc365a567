// Package cache keeps counters and short-lived state that may be lost: in memory for one process, in
// Redis for several.
//
// It must never hold what cannot be made again, money above all, and never be asked on the path of a
// call that could do without.
package cache
