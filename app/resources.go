package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/config"
	"github.com/burncloud/burncloud/provider"
	"github.com/burncloud/burncloud/service/account"
	"github.com/burncloud/burncloud/service/catalog"
	"github.com/burncloud/burncloud/service/channel"
	"github.com/burncloud/burncloud/store"
)

// apply makes the resources that the file declares. The file is checked as a whole before this, so what
// fails here is the store, or a conflict with what was made by hand.
func (a *App) apply(ctx context.Context, r config.Resources) error {
	a.applying.Lock()
	defer a.applying.Unlock()
	report, err := a.account.Reconcile(ctx, declaredAccounts(r))
	if err != nil {
		return fmt.Errorf("declared groups, users and keys: %w", err)
	}
	a.catalog.SetOverrides(overrides(r.Prices)) // before the channels: no call may see those at the prices of before
	if _, err := a.channel.Reconcile(ctx, declaredChannels(r.Channels)); err != nil {
		a.catalog.SetOverrides(overrides(a.declared.Load().Resources.Prices))
		return fmt.Errorf("declared channels: %w", err)
	}
	for _, b := range report.Balances {
		if err := a.openingBalance(ctx, b); err != nil {
			return fmt.Errorf("declared balance of %s: %w", b.Username, err)
		}
	}
	for id, secret := range report.Secrets {
		a.showSecret(ctx, id, secret)
	}
	a.gateway.Refresh()
	return nil
}

// awaitOwner applies the resources once more when the first setup is done: keys that the file declares
// for the owner could not be made before.
func (a *App) awaitOwner(ctx context.Context) {
	made := make(chan struct{}, 1)
	look := func() {
		if !a.account.NeedsSetup() {
			select {
			case made <- struct{}{}:
			default:
			}
		}
	}
	if !a.account.NeedsSetup() {
		return
	}
	a.account.OnChange(look)
	look() // it may have been done in between
	select {
	case <-ctx.Done():
	case <-made:
		if err := a.apply(ctx, a.declared.Load().Resources); err != nil && ctx.Err() == nil {
			a.log.Error("what the configuration file declares for the owner was not applied", "error", err)
		}
	}
}

// openingBalance books a declared balance once in a user's life: the entry's reference is the user's id,
// so a second booking is a conflict and not a gift.
func (a *App) openingBalance(ctx context.Context, b account.DeclaredBalance) error {
	_, err := a.billing.Adjust(ctx, burncloud.Entry{
		CallID: "declared:" + b.UserID, Kind: burncloud.EntryTopUp, UserID: b.UserID, Amount: b.Amount,
		Note: "balance declared in the configuration file",
	})
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// showSecret prints a key that the file declared without a secret, once, where only the operator looks.
func (a *App) showSecret(ctx context.Context, id, secret string) {
	name := id
	if k, err := a.account.GetKey(ctx, id); err == nil {
		name = k.Name
	}
	fmt.Fprintf(a.out, "Key %q was made. Its secret, shown only now: %s\n", name, secret)
}

func overrides(prices []config.Price) []catalog.Override {
	out := make([]catalog.Override, len(prices))
	for i, p := range prices {
		out[i] = catalog.Override{Model: p.Model, Price: p.Price}
	}
	return out
}

func declaredAccounts(r config.Resources) account.Declared {
	var d account.Declared
	for _, g := range r.Groups {
		d.Groups = append(d.Groups, burncloud.Group{Name: g.Name, Ratio: g.Ratio})
	}
	for _, u := range r.Users {
		d.Users = append(d.Users, account.DeclaredUser{
			Username: u.Username, Group: u.Group, Unlimited: u.Unlimited, Enabled: u.Enabled, Balance: u.Balance,
		})
	}
	for _, k := range r.Keys {
		dk := account.DeclaredKey{
			Name: k.Name, User: k.User, Secret: k.Secret, Models: k.Models, Expires: k.Expires, Enabled: k.Enabled,
		}
		if !k.Unlimited {
			dk.Limit = &k.Limit
		}
		d.Keys = append(d.Keys, dk)
	}
	return d
}

func declaredChannels(list []config.Channel) []channel.Draft {
	out := make([]channel.Draft, len(list))
	for i, c := range list {
		out[i] = channel.Draft{
			Name: c.Name, Provider: c.Provider, BaseURL: c.BaseURL, Keys: c.Keys, Models: c.Models,
			Groups: c.Groups, Priority: c.Priority, Weight: c.Weight, Region: c.Region, Enabled: c.Enabled,
		}
	}
	return out
}

// watch applies the file again whenever it changes. A file that is wrong changes nothing.
func (a *App) watch(ctx context.Context) {
	err := a.config.Load().Watch(ctx, func(c *config.Config, err error) {
		if err != nil {
			a.log.Error("the changed configuration file was not applied", "error", err)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := a.apply(ctx, c.Resources); err != nil {
			a.log.Error("the changed configuration file was not applied", "error", err)
			return
		}
		a.declared.Store(c)
		a.log.Info("configuration file applied", "file", c.File)
		if names := changed(a.config.Load(), c); len(names) > 0 {
			a.log.Warn("these settings have changed in the file and take effect at the next start", "settings", names)
		}
	})
	if err != nil && ctx.Err() == nil {
		a.log.Error("the configuration file is not being watched", "error", err)
	}
}

// changed names the settings that differ, resources apart.
func changed(old, now *config.Config) (names []string) {
	before := map[string]string{}
	for _, v := range old.Values() {
		before[v.Path] = v.Text
	}
	for _, v := range now.Values() {
		if !isResource(v) && before[v.Path] != v.Text {
			names = append(names, v.Path)
		}
	}
	return names
}

// Providers is what the configuration checks channels against.
func Providers() []config.Provider {
	var out []config.Provider
	for _, r := range provider.All() {
		out = append(out, config.Provider{ID: r.ID, NeedsURL: r.BaseURL == "", NeedsKey: r.Auth != provider.NoAuth && !r.KeyOptional})
	}
	return out
}
