package burncloud

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// Money is an amount of US dollars in nano-USD (10⁻⁹ USD). Its range is ±9.2 billion USD; every
// addition that could leave it must go through Add.
type Money int64

// USD is one dollar.
const USD Money = 1_000_000_000

// Rate is a price of one token (or of one other unit) in pico-USD (10⁻¹² USD). "USD per million
// tokens" with up to six decimals is always an exact Rate; nano-USD per token is not fine enough.
type Rate int64

// ErrAmount is returned when a text is not an amount of money.
var ErrAmount = errors.New("not a decimal amount")

// ParseMoney reads a decimal amount of USD such as "10", "-0.5" or "0.000000001". It accepts no
// exponent, no thousands separator and no more than nine decimals; errors wrap ErrAmount.
func ParseMoney(s string) (Money, error) {
	n, err := parseDecimal(s, 9)
	return Money(n), err
}

// ParseRate reads a price in USD per 1,000,000 tokens, e.g. "0.0028", with at most six decimals.
// Negative prices are refused. Errors wrap ErrAmount.
func ParseRate(s string) (Rate, error) {
	n, err := parseDecimal(s, 6)
	if err == nil && n < 0 {
		return 0, fmt.Errorf("%w: %q is negative", ErrAmount, s)
	}
	return Rate(n), err
}

// parseDecimal reads s as a decimal number scaled by 10^digits, exactly.
func parseDecimal(s string, digits int) (int64, error) {
	bad := func(why string) (int64, error) { return 0, fmt.Errorf("%w: %q %s", ErrAmount, s, why) }
	t, neg := s, false
	if t != "" && (t[0] == '-' || t[0] == '+') {
		neg, t = t[0] == '-', t[1:]
	}
	whole, frac, point := strings.Cut(t, ".")
	if whole == "" && frac == "" || point && frac == "" {
		return bad("is not a number")
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > digits {
		return bad(fmt.Sprintf("has more than %d decimals", digits))
	}
	frac += strings.Repeat("0", digits-len(frac))
	var n uint64
	for _, c := range []byte(whole + frac) {
		if c < '0' || c > '9' {
			return bad("is not a number")
		}
		hi, lo := bits.Mul64(n, 10)
		lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
		if hi+carry != 0 || lo > math.MaxInt64 {
			return bad("is too large")
		}
		n = lo
	}
	if neg {
		return -int64(n), nil
	}
	return int64(n), nil
}

// String is the amount in USD with as many decimals as it needs: "10", "0.000012".
func (m Money) String() string { return string(m.Append(nil)) }

// Append appends String to b.
func (m Money) Append(b []byte) []byte { return appendDecimal(b, int64(m), 9) }

// String is the price in USD per 1,000,000 units: "0.15".
func (r Rate) String() string { return string(appendDecimal(nil, int64(r), 6)) }

// appendDecimal appends n divided by 10^digits, without zeros at the end of the decimals.
func appendDecimal(b []byte, n int64, digits int) []byte {
	u := uint64(n)
	if n < 0 {
		b, u = append(b, '-'), -u
	}
	var text [24]byte
	at := len(text)
	for i := 0; i <= digits || u > 0; i++ {
		if i == digits && at < len(text) {
			at--
			text[at] = '.'
		}
		if d := byte(u % 10); d != 0 || i >= digits || at < len(text) {
			at--
			text[at] = '0' + d
		}
		u /= 10
	}
	return append(b, text[at:]...)
}

// MarshalText is String, so that JSON carries money as a decimal string and never as a float.
func (m Money) MarshalText() ([]byte, error) { return m.Append(nil), nil }

// UnmarshalText is ParseMoney.
func (m *Money) UnmarshalText(b []byte) (err error) { *m, err = ParseMoney(string(b)); return }

// MarshalText is String: USD per 1,000,000 units.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRate.
func (r *Rate) UnmarshalText(b []byte) (err error) { *r, err = ParseRate(string(b)); return }

// Add is m + o, held at the ends of the range instead of wrapping round.
func (m Money) Add(o Money) Money {
	s := m + o
	if m > 0 && o > 0 && s < 0 {
		return math.MaxInt64
	}
	if m < 0 && o < 0 && s >= 0 {
		return math.MinInt64
	}
	return s
}

// tally sums units × Rate in 128 bits, so that rounding happens once, at the end.
type tally struct{ hi, lo uint64 }

func (t *tally) add(units int64, r Rate) {
	if units <= 0 || r <= 0 {
		return
	}
	hi, lo := bits.Mul64(uint64(units), uint64(r))
	var c uint64
	t.lo, c = bits.Add64(t.lo, lo, 0)
	t.hi, _ = bits.Add64(t.hi, hi, c)
}

// money rounds the sum of pico-USD to nano-USD, half to even, and stops at the end of the range.
func (t tally) money() Money {
	if t.hi >= 1000 {
		return math.MaxInt64
	}
	q, r := bits.Div64(t.hi, t.lo, 1000)
	if r > 500 || r == 500 && q&1 == 1 {
		q++
	}
	if q > math.MaxInt64 {
		return math.MaxInt64
	}
	return Money(q)
}
