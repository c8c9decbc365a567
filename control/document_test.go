package control

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/burncloud/burncloud"
)

// TestDocumentIsFresh: the console's client is generated from the committed document.
func TestDocumentIsFresh(t *testing.T) {
	want, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("web/openapi.json is stale; run: go run ./cmd/burncloud openapi > web/openapi.json, then make web")
	}
}

func TestDocumentIsStable(t *testing.T) {
	first, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := Document()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("two documents of one program differ")
		}
	}
}

// TestEveryOperation holds the rules that each operation keeps.
func TestEveryOperation(t *testing.T) {
	s := build(Options{Now: time.Now})
	for path, item := range s.api.OpenAPI().Paths {
		for _, op := range operations(item) {
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s lacks an id, a summary or its tag", op.Method, path)
			}
			a := accessOf(op)
			if !slices.Contains([]access{public, member, admin}, a) {
				t.Errorf("%s: access %q", op.OperationID, a)
			}
			if (a == public) != (len(op.Security) == 0) {
				t.Errorf("%s: access %q, but the document says security %v", op.OperationID, a, op.Security)
			}
			if op.Responses["default"] == nil {
				t.Errorf("%s: the document does not say how it fails", op.OperationID)
			}
			if strings.Count(path, "{") > 0 && len(op.Parameters) == 0 {
				t.Errorf("%s: the path's parameter is not in the document", op.OperationID)
			}
		}
	}
}

// TestArraysAreNeverNull: a client must not have to check lists for null.
func TestArraysAreNeverNull(t *testing.T) {
	doc := build(Options{Now: time.Now}).api.OpenAPI()
	var walk func(where string, s *huma.Schema)
	arrays := 0
	walk = func(where string, s *huma.Schema) {
		if s == nil || s.Ref != "" {
			return
		}
		if s.Type == huma.TypeArray {
			arrays++
			if s.Nullable {
				t.Errorf("%s may be null", where)
			}
		}
		walk(where+"[]", s.Items)
		for name, p := range s.Properties {
			walk(where+"."+name, p)
		}
	}
	for name, s := range doc.Components.Schemas.Map() {
		walk(name, s)
	}
	if arrays < 10 {
		t.Errorf("only %d arrays in the document", arrays)
	}
}

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		access access
		role   string
		want   bool
	}{
		{public, "", true}, {public, "member", true}, {member, "", false}, {member, "member", true}, {member, "admin", true},
		{admin, "", false}, {admin, "member", false}, {admin, "admin", true}, {admin, "owner", true}, {nowhere, "owner", false}, {"", "owner", false},
	} {
		if got := c.access.allows(burncloud.Role(c.role)); got != c.want {
			t.Errorf("%q lets %q in: %v", c.access, c.role, got)
		}
	}
}
