package burncloud

import "time"

// Channel is a configured upstream account: a provider, an address, one or more credentials, and the
// models it serves to which groups. Its credentials are not here: they are sealed in the store and
// opened only by service/channel.
type Channel struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`     // unique
	Provider string         `json:"provider"` // a row of the provider catalogue
	BaseURL  string         `json:"base_url"` // "" is the provider's own
	Models   []ChannelModel `json:"models"`
	Groups   []string       `json:"groups"`
	Priority int            `json:"priority"` // higher is tried first
	Weight   int            `json:"weight"`   // share within a priority; 0 only serves when no other can
	Region   string         `json:"region"`
	Enabled  bool           `json:"enabled"`
	Managed  bool           `json:"managed"` // declared by the configuration file, which alone may change it
	Created  time.Time      `json:"created"`
	Updated  time.Time      `json:"updated"`
}

// ChannelModel is a model that a channel serves: Name is what callers ask for, Upstream what the
// vendor calls it ("" is the same name).
type ChannelModel struct {
	Name     string `json:"name"`
	Upstream string `json:"upstream,omitempty"`
}

// UpstreamName is the model name that the vendor is sent.
func (m ChannelModel) UpstreamName() string {
	if m.Upstream != "" {
		return m.Upstream
	}
	return m.Name
}
