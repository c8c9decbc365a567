// Package journal is an append-only file of money movements, in memory-mapped segments of a fixed
// size. A record is in the file when Append returns: the page cache keeps it when the process is
// killed; a power cut can lose what Sync has not been called for.
//
// Each record is complete in itself and carries a checksum over its bytes and its position, so that a
// torn, damaged, stale or foreign record is recognised, and the intact ones after a damaged place are
// still found. Positions count the bytes of the journal since its birth; segments are named by the
// position at which they begin.
//
// It must never interpret a record: what one means for a balance is service/billing's business. It
// imports the standard library and the operating system's calls alone.
package journal
