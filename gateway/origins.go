package gateway

import (
	"sync"

	"github.com/burncloud/burncloud/gateway/upstream"
)

// origins keeps one Origin per address over all directories, so that a change of channels does not
// lose the open connections.
type origins struct {
	mu   sync.Mutex
	byID map[string]*upstream.Origin
}

// get is the Origin of "scheme://host[:port]".
func (o *origins) get(address string) (*upstream.Origin, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := o.byID[address]; found != nil {
		return found, nil
	}
	made, _, err := upstream.ParseOrigin(address)
	if err != nil {
		return nil, err
	}
	if o.byID == nil {
		o.byID = map[string]*upstream.Origin{}
	}
	o.byID[address] = made
	return made, nil
}
