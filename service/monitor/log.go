package monitor

import (
	"context"
	"errors"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Filter chooses calls of the request log.
type Filter = store.RequestFilter

// The bounds of a page of the log.
const (
	defaultLimit = 50
	mostLimit    = 500
)

// List reads calls, newest first, and the cursor of the page behind them: "" when there is none. cursor
// is "" for the first page, else what the page before gave. limit 0 is 50, the most is 500.
func (s *Service) List(ctx context.Context, f Filter, cursor string, limit int) (page []burncloud.Record, next string, err error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, mostLimit)
	if cursor != "" && !store.IsRequestID(cursor) {
		fault := burncloud.Faultf(burncloud.Invalid, "the cursor is not one that a page of the log gave")
		fault.Param = "cursor"
		return nil, "", fault
	}
	s.sync(ctx)
	page, err = s.log.List(ctx, f, cursor, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

// Get reads one call; a Fault of kind NotFound when it is not, or no longer, there.
func (s *Service) Get(ctx context.Context, id string) (burncloud.Record, error) {
	s.sync(ctx)
	r, err := s.log.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return r, burncloud.Wrap(burncloud.NotFound, err, "there is no call with this id in the log; calls are kept for the log's retention only")
	}
	return r, err
}
