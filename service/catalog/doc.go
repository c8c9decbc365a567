// Package catalog knows models: what they cost, how much they take, and what they can do. The data are
// embedded (models.txt, made by gen) and may be overridden by the configuration.
//
// models.txt is text, so that a change of price is read in a diff, sorted by id and provider, so that a
// lookup is a binary search in the binary's own pages: nothing is parsed at start and nothing is held in
// memory. A line is
//
//	id ⇥ provider ⇥ facts        facts: kind name=value …
//	id ⇥ provider ⇥ =other       an alias of the provider's model other
//
// with the names st (status, active when absent), ctx, maxin, maxout (tokens), cap (capabilities, one
// letter each), rel, dep, ret (dates: released, deprecated, retires), n (independent lists that give
// this price), asof (date of the newest of them), and the rates in, out, cr, cw5, cw1, rs, ai, ao, ii,
// io in USD per 1,000,000 tokens. Rates after above=N belong to the tier for inputs of more than N tokens.
//
// A name is looked up as it is, then as an alias that the list names; dates and suffixes are never cut
// off a name to find a similar one. A price that is not known is reported as unknown and never as zero.
//
// It must never reach out to the network, and never change a price that somebody overrode.
package catalog
