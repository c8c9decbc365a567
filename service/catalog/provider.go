package catalog

import "github.com/burncloud/burncloud/provider"

// Providers lists the vendors that a channel can be made of, in display order. The rows are read-only.
func (s *Service) Providers() []*provider.Row { return provider.All() }
