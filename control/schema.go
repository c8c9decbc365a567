package control

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/burncloud/burncloud"
)

// List is a page of things. Next is the cursor of the page after it, absent on the last one.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Pass it as cursor to read on; absent on the last page"`
}

// list is a List whose Items are never null.
func list[T any](items []T, next string) List[T] {
	return List[T]{Items: full(items), Next: next}
}

// full is s, never null in JSON.
func full[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Optional is a field of an update that may be left out (unchanged), null (cleared) or given.
type Optional[T any] struct {
	Set   bool
	Value *T
}

// UnmarshalJSON runs only when the field is there, also for null.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

// MarshalJSON is the value or null; with omitzero a field that is not set is left out.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema is the schema of T, or null.
func (Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// The stand-ins that give the domain's own types an exact schema.
type (
	moneySchema     struct{}
	rateSchema      struct{}
	kindSchema      struct{}
	roleSchema      struct{}
	endpointSchema  struct{}
	entryKindSchema struct{}
)

func (moneySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[-+]?[0-9]+(\.[0-9]{1,9})?$`,
		PatternDescription: "an amount of USD with at most nine decimals",
		Description:        "A decimal amount of USD", Examples: []any{"0.000123"}}
}

func (rateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]+(\.[0-9]{1,6})?$`,
		PatternDescription: "a price with at most six decimals",
		Description:        "USD per 1,000,000 tokens", Examples: []any{"0.15"}}
}

func (kindSchema) Schema(huma.Registry) *huma.Schema {
	kinds := burncloud.Kinds()
	slices.Sort(kinds)
	return enum(kinds...)
}

func (roleSchema) Schema(huma.Registry) *huma.Schema {
	return enum(burncloud.Owner, burncloud.Admin, burncloud.Member)
}

func (endpointSchema) Schema(huma.Registry) *huma.Schema {
	return enum(burncloud.EndpointChat, burncloud.EndpointCompletions, burncloud.EndpointEmbeddings,
		burncloud.EndpointModerations, burncloud.EndpointResponses, burncloud.EndpointMessages,
		burncloud.EndpointGenerate, burncloud.EndpointCountTokens, burncloud.EndpointEmbed)
}

func (entryKindSchema) Schema(huma.Registry) *huma.Schema {
	return enum(burncloud.EntrySettle, burncloud.EntryRelease, burncloud.EntryTopUp, burncloud.EntryAdjustment)
}

func enum[E ~string](words ...E) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// registry knows the domain's types and puts Problem in the place of huma's own error.
func registry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.Money](), reflect.TypeFor[moneySchema]())
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.Rate](), reflect.TypeFor[rateSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.Kind](), reflect.TypeFor[kindSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.Role](), reflect.TypeFor[roleSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.Endpoint](), reflect.TypeFor[endpointSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[burncloud.EntryKind](), reflect.TypeFor[entryKindSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return r
}

// settleArrays makes every array of the document non-null: huma's default says otherwise, and a
// client would have to check each list for a null that never comes.
func settleArrays(doc *huma.OpenAPI) {
	for _, s := range doc.Components.Schemas.Map() {
		settleArray(s)
	}
	for _, p := range doc.Paths {
		for _, op := range []*huma.Operation{p.Get, p.Post, p.Put, p.Patch, p.Delete} {
			if op == nil {
				continue
			}
			for _, param := range op.Parameters {
				settleArray(param.Schema)
			}
			if op.RequestBody != nil {
				settleContent(op.RequestBody.Content)
			}
			for _, resp := range op.Responses {
				settleContent(resp.Content)
			}
		}
	}
}

func settleContent(content map[string]*huma.MediaType) {
	for _, m := range content {
		settleArray(m.Schema)
	}
}

func settleArray(s *huma.Schema) {
	if s == nil || s.Ref != "" {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	settleArray(s.Items)
	for _, p := range s.Properties {
		settleArray(p)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		settleArray(more)
	}
}
