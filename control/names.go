package control

import (
	"context"
	"maps"
	"slices"
)

// names collects ids and then holds the names behind them, also of what has been deleted.
type names struct {
	users, keys, channels map[string]string
}

// add asks for names; "" asks for none.
func (n *names) add(user, key, channel string) {
	put := func(m *map[string]string, id string) {
		if id == "" {
			return
		}
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[id] = ""
	}
	put(&n.users, user)
	put(&n.keys, key)
	put(&n.channels, channel)
}

// resolve fills the names in.
func (s *server) resolve(ctx context.Context, n *names) error {
	for _, kind := range []struct {
		names map[string]string
		find  func(context.Context, []string) (map[string]string, error)
	}{{n.users, s.Account.UserNames}, {n.keys, s.Account.KeyNames}, {n.channels, s.Channel.Names}} {
		if len(kind.names) == 0 {
			continue
		}
		found, err := kind.find(ctx, slices.Collect(maps.Keys(kind.names)))
		if err != nil {
			return err
		}
		maps.Copy(kind.names, found)
	}
	return nil
}
