// Package billing owns the money: it reserves before a call is sent, settles it once, books top-ups and
// adjustments, and can prove that every balance is the sum of its ledger entries.
//
// One process on SQLite keeps the balances in memory and journals each movement to a memory-mapped
// file, which a goroutine folds into the database in batches. Several processes on PostgreSQL share
// accounts and holds in the database. Both behave the same, by one set of tests.
//
// It must never know prices, models, tokens or protocols beyond a burncloud.Price handed to Estimate,
// never look up users or keys (their limits come with each reservation), and never lose or repeat a
// charge: an entry's call id and kind are unique in the database, whatever the code above it does.
package billing
