package burncloud

import (
	"errors"
	"testing"
)

func TestEveryKindHasAStatus(t *testing.T) {
	for _, k := range Kinds() {
		f := Faultf(k, "x")
		if s := f.Status(); s < 400 || s > 599 {
			t.Errorf("%s has status %d", k, s)
		}
	}
	if s := (&Fault{Kind: "unheard of"}).Status(); s != 500 {
		t.Errorf("an unknown kind has status %d", s)
	}
}

func TestVendorStatus(t *testing.T) {
	for _, c := range []struct {
		f    Fault
		want int
	}{
		{Fault{Kind: UpstreamRejected, VendorStatus: 422}, 422},
		{Fault{Kind: UpstreamRejected}, 400},
		{Fault{Kind: UpstreamCredential, VendorStatus: 401}, 502}, // never the caller's 401
		{Fault{Kind: UpstreamError, VendorStatus: 529}, 502},
	} {
		if got := c.f.Status(); got != c.want {
			t.Errorf("%s %d: status %d, want %d", c.f.Kind, c.f.VendorStatus, got, c.want)
		}
	}
}

func TestAsFault(t *testing.T) {
	f := Faultf(NotFound, "no such model")
	if AsFault(errors.Join(errors.New("while routing"), f)) != f {
		t.Error("a wrapped fault was lost")
	}
	cause := errors.New("disk full")
	g := AsFault(cause)
	if g.Kind != Internal || !errors.Is(g, cause) || g.Message == cause.Error() {
		t.Errorf("%+v", g)
	}
}
