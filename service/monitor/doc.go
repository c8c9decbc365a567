// Package monitor watches the traffic: the request log with its retention, sums for the overview, live
// counters, and metrics for Prometheus.
//
// The gateway hands every finished call to Record, which copies it into a bounded queue under one short
// lock; a single goroutine writes the queue to the store in batches, and sleeps while there is nothing
// to write. What does not fit into the queue is dropped and counted.
//
// It must never make a request wait for a disk, never decide anything about a request, and never be the
// source of a balance: money is booked by service/billing, before a call gets here.
package monitor
