package channel

import (
	"context"
	"errors"
	"slices"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/store"
)

// Info is a channel as people see it: of its credentials only what tells them apart.
type Info struct {
	burncloud.Channel
	Credentials []Credential `json:"credentials"`
}

// Credential is what may be known of an upstream secret.
type Credential struct {
	ID   string `json:"id"`
	Tail string `json:"tail"` // its last characters, e.g. "…abcd"
}

// Draft is a channel to be made, to be tested, or as the configuration file declares it.
type Draft struct {
	Name     string
	Provider string
	BaseURL  string // "" is the provider's own
	Keys     []string
	Models   []burncloud.ChannelModel
	Groups   []string // none is the default group
	Priority int
	Weight   int
	Region   string
	Enabled  bool
}

// Update is what to change of a channel; nil fields stay as they are.
type Update struct {
	Name     *string
	Provider *string
	BaseURL  *string
	Keys     *[]string // replaces all credentials
	Models   *[]burncloud.ChannelModel
	Groups   *[]string
	Priority *int
	Weight   *int
	Region   *string
	Enabled  *bool
}

// Create adds a channel. Invalid names the field at fault.
func (s *Service) Create(ctx context.Context, d Draft) (*Info, error) {
	c, err := s.build(d)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, func(tx *store.Tx) ([]*store.Channel, error) {
		if err := groupsExist(ctx, tx, c.Groups); err != nil {
			return nil, err
		}
		return []*store.Channel{c}, taken(tx.InsertChannel(ctx, c), c.Name)
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "channel created", "channel", c.ID, "name", c.Name, "provider", c.Provider, "credentials", len(c.Credentials))
	return newInfo(c), nil
}

// Get finds a channel by id; NotFound.
func (s *Service) Get(ctx context.Context, id string) (*Info, error) {
	c, err := s.store.Read().Channel(ctx, id)
	if err != nil {
		return nil, missing(err)
	}
	return newInfo(c), nil
}

// Find finds a channel by name; NotFound.
func (s *Service) Find(ctx context.Context, name string) (*Info, error) {
	c, err := s.store.Read().ChannelByName(ctx, name)
	if err != nil {
		return nil, missing(err)
	}
	return newInfo(c), nil
}

// List lists all channels, highest priority first, then by name.
func (s *Service) List(ctx context.Context) ([]Info, error) {
	rows, err := s.store.Read().Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Info, len(rows))
	for i, c := range rows {
		out[i] = *newInfo(c)
	}
	return out, nil
}

// Names gives the names behind channel ids, of deleted channels too; ids that were never there are left out.
func (s *Service) Names(ctx context.Context, ids []string) (map[string]string, error) {
	return s.store.Read().ChannelNames(ctx, ids)
}

// Update changes a channel. One that the configuration file declares is changed there: Forbidden.
func (s *Service) Update(ctx context.Context, id string, u Update) (*Info, error) {
	var c *store.Channel
	err := s.change(ctx, func(tx *store.Tx) (_ []*store.Channel, err error) {
		if c, err = tx.Channel(ctx, id); err != nil {
			return nil, missing(err)
		}
		if c.Managed {
			return nil, declared(c.Name)
		}
		before := origin(&c.Channel)
		u.apply(&c.Channel)
		if u.Keys != nil {
			if err := checkSecrets(*u.Keys); err != nil {
				return nil, err
			}
			s.seal(c, *u.Keys)
		}
		if err := errors.Join(checkName(c.Name), complete(&c.Channel, len(c.Credentials))); err != nil {
			return nil, burncloud.AsFault(err)
		}
		if u.Keys == nil && len(c.Credentials) > 0 && origin(&c.Channel) != before {
			return nil, keysStay()
		}
		if err := groupsExist(ctx, tx, c.Groups); err != nil {
			return nil, err
		}
		c.Updated = s.clock()
		return []*store.Channel{c}, taken(tx.UpdateChannel(ctx, c), c.Name)
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "channel updated", "channel", c.ID, "name", c.Name, "enabled", c.Enabled, "credentials_replaced", u.Keys != nil)
	return newInfo(c), nil
}

// Delete removes a channel and its credentials; its name stays known to the log.
func (s *Service) Delete(ctx context.Context, id string) error {
	var c *store.Channel
	err := s.change(ctx, func(tx *store.Tx) (_ []*store.Channel, err error) {
		if c, err = tx.Channel(ctx, id); err != nil {
			return nil, missing(err)
		}
		if c.Managed {
			return nil, declared(c.Name)
		}
		return s.delete(ctx, tx, c)
	})
	if err != nil {
		return err
	}
	s.audit(ctx, "channel deleted", "channel", c.ID, "name", c.Name)
	return nil
}

// delete marks a channel as deleted. Its credentials are of no more use, so they go for good.
func (s *Service) delete(ctx context.Context, tx *store.Tx, c *store.Channel) ([]*store.Channel, error) {
	c.Deleted = s.clock()
	c.Credentials = nil
	return []*store.Channel{c}, tx.UpdateChannel(ctx, c)
}

// build checks a draft and makes a channel of it, with an id and sealed credentials.
func (s *Service) build(d Draft) (*store.Channel, error) {
	now := s.clock()
	c := &store.Channel{Channel: d.channel()}
	c.ID, c.Created, c.Updated = newID(), now, now
	err := errors.Join(checkName(c.Name), checkSecrets(d.Keys), complete(&c.Channel, len(d.Keys)))
	if err != nil {
		return nil, burncloud.AsFault(err)
	}
	s.seal(c, d.Keys)
	return c, nil
}

func (d Draft) channel() burncloud.Channel {
	return burncloud.Channel{
		Name: d.Name, Provider: d.Provider, BaseURL: d.BaseURL, Models: slices.Clone(d.Models), Groups: slices.Clone(d.Groups),
		Priority: d.Priority, Weight: d.Weight, Region: d.Region, Enabled: d.Enabled,
	}
}

func (u Update) apply(c *burncloud.Channel) {
	set(&c.Name, u.Name)
	set(&c.Provider, u.Provider)
	set(&c.BaseURL, u.BaseURL)
	set(&c.Models, u.Models)
	set(&c.Groups, u.Groups)
	set(&c.Priority, u.Priority)
	set(&c.Weight, u.Weight)
	set(&c.Region, u.Region)
	set(&c.Enabled, u.Enabled)
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

func newInfo(c *store.Channel) *Info {
	i := &Info{Channel: c.Channel, Credentials: make([]Credential, len(c.Credentials))}
	i.Models, i.Groups = slices.Clone(c.Models), slices.Clone(c.Groups)
	for n, k := range c.Credentials {
		i.Credentials[n] = Credential{ID: k.ID, Tail: "…" + k.Tail}
	}
	return i
}

// declared is the refusal to change what the configuration file declares.
func declared(name string) *burncloud.Fault {
	return burncloud.Faultf(burncloud.Forbidden,
		"channel %q is declared in the configuration file; change it there and it is taken over at once", name)
}

// groupsExist is Invalid when one of the groups does not exist.
func groupsExist(ctx context.Context, tx *store.Tx, groups []string) error {
	for _, g := range groups {
		if _, err := tx.Group(ctx, g); errors.Is(err, store.ErrNotFound) {
			return invalid("groups", "there is no group %q", g)
		} else if err != nil {
			return err
		}
	}
	return nil
}
