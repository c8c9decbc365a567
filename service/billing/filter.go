package billing

import "github.com/burncloud/burncloud/store"

// EntryFilter selects ledger entries; what is zero selects all.
type EntryFilter = store.EntryFilter
