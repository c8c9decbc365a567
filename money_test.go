package burncloud

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Money
		ok   bool
	}{
		{"0", 0, true}, {"10", 10 * USD, true}, {"-0.5", -USD / 2, true}, {"+1.25", USD + USD/4, true},
		{"0.000000001", 1, true}, {".5", USD / 2, true}, {"1.500000000000", USD + USD/2, true},
		{"9223372036.854775807", math.MaxInt64, true}, {"9223372036.854775808", 0, false},
		{"99999999999999999999999", 0, false}, {"0.0000000001", 0, false}, {"", 0, false}, {".", 0, false},
		{"1.", 0, false}, {"-", 0, false}, {"1e3", 0, false}, {"1,000", 0, false}, {" 1", 0, false},
		{"--1", 0, false}, {"٣", 0, false}, {"NaN", 0, false},
	} {
		got, err := ParseMoney(c.in)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("ParseMoney(%q) = %d, %v; want %d, ok %v", c.in, got, err, c.want, c.ok)
		}
		if err != nil && !errors.Is(err, ErrAmount) {
			t.Errorf("ParseMoney(%q): %v does not wrap ErrAmount", c.in, err)
		}
	}
	if _, err := ParseRate("-1"); err == nil {
		t.Error("a negative price was accepted")
	}
}

// Every amount survives being written and read.
func TestMoneyTextRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		m := Money(r.Int64() >> (i % 63))
		if i%2 == 1 {
			m = -m
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Money
		if err := json.Unmarshal(b, &back); err != nil || back != m {
			t.Fatalf("%d -> %s -> %d, %v", m, b, back, err)
		}
	}
	if s := Money(math.MinInt64).String(); s != "-9223372036.854775808" {
		t.Errorf("MinInt64 is written %s", s)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"1", "-0.25", "1e9", "..", "9223372036.854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is no number but was read as %s", s, m)
		}
		if want.Mul(want, big.NewRat(int64(USD), 1)).Cmp(new(big.Rat).SetInt64(int64(m))) != 0 {
			t.Fatalf("%q was read as %s", s, m)
		}
	})
}

func TestAddStopsAtTheEnds(t *testing.T) {
	if Money(math.MaxInt64).Add(1) != math.MaxInt64 || Money(math.MinInt64).Add(-1) != math.MinInt64 {
		t.Error("Add wrapped round")
	}
	if Money(5).Add(-7) != -2 {
		t.Error("5 + -7")
	}
}
