// Package store keeps everything that must outlive the process: one concrete Store over SQLite (in
// the data directory, the default) or PostgreSQL (for teams and several nodes), with the same query
// code and the same tables on both. Migrations are embedded and run by Open.
//
// There are two databases: main (settings and ledger) and requests (the request log), which may be
// dropped without losing money or settings and can never hold up the first. In SQLite each is a file;
// in PostgreSQL requests is a schema of its own with its own small pool.
//
// Amounts are int64 nano-USD and times int64 Unix microseconds, in columns and nowhere as floats or
// database timestamps, so that no driver has to convert them.
//
// It must never decide anything: no permission, price, limit policy or default of the product lives
// here. It must never log or return a secret, and it imports nothing of this module but the root.
package store
