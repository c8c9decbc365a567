package store

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/burncloud/burncloud"
)

// detail is what requests.detail holds of a call: JSON with short names, durations in microseconds, and
// no member that is zero or says what a column or another member says already. Members may be added;
// what one means never changes.
type detail struct {
	Time      int64           `json:"t"` // Unix microseconds
	Requested *string         `json:"q"` // absent: the routed model
	Upstream  *string         `json:"u"` // absent: the routed model
	ClientIP  string          `json:"ip"`
	Message   string          `json:"m"`
	Stream    int             `json:"s"`
	Priced    int             `json:"p"` // the cost is known
	Cost      int64           `json:"c"`
	Estimated int             `json:"e"` // the usage is an estimate
	Tokens    [10]int64       `json:"n"` // in the order of buckets; zeros at the end are left out
	Duration  int64           `json:"d"`
	FirstByte int64           `json:"f"`
	Overhead  int64           `json:"o"`
	ReqBytes  int64           `json:"i"`
	RespBytes int64           `json:"r"`
	Attempts  []attemptDetail `json:"a"`
	Losses    []lossDetail    `json:"l"`
}

// lossDetail is one loss of a conversion.
type lossDetail struct {
	Field  string `json:"f"`
	Reason string `json:"r"`
}

// attemptDetail is one attempt.
type attemptDetail struct {
	Channel     *string `json:"c"` // absent: the row's
	Upstream    *string `json:"u"` // absent: the call's
	Status      *int    `json:"s"` // absent: 200
	Fault       string  `json:"f"`
	Message     string  `json:"m"`
	Start       int64   `json:"t"`
	Duration    int64   `json:"d"`
	FirstByte   int64   `json:"b"`
	Reused      int     `json:"r"`
	VendorReqID string  `json:"v"`
	VendorCode  string  `json:"e"`
}

// The longest texts that a caller or a vendor can put into the log, in bytes.
const (
	longestName    = 256
	longestMessage = 1024
	longestVendor  = 128
)

// appendDetail writes the detail of a call whose routed model, as far as the log keeps it, is routed. It
// is written by hand because it runs for every call.
func appendDetail(dst []byte, r *burncloud.Record, routed string) []byte {
	dst = append(dst, `{"t":`...)
	dst = strconv.AppendInt(dst, micros(r.Time), 10)
	if r.Requested != routed {
		dst = appendText(dst, `,"q":`, r.Requested, longestName)
	}
	if r.Upstream != routed {
		dst = appendText(dst, `,"u":`, r.Upstream, longestName)
	}
	if r.ClientIP != "" {
		dst = appendText(dst, `,"ip":`, r.ClientIP, longestVendor)
	}
	if r.Message != "" {
		dst = appendText(dst, `,"m":`, r.Message, longestMessage)
	}
	dst = appendFlag(dst, `,"s":1`, r.Stream)
	dst = appendFlag(dst, `,"p":1`, r.CostKnown)
	dst = appendFlag(dst, `,"e":1`, r.Usage.Estimated)
	dst = appendNumber(dst, `,"c":`, int64(r.Cost))
	dst = appendTokens(dst, &r.Usage)
	dst = appendNumber(dst, `,"d":`, fromMillis(r.Duration))
	dst = appendNumber(dst, `,"f":`, fromMillis(r.FirstByte))
	dst = appendNumber(dst, `,"o":`, fromMillis(r.Overhead))
	dst = appendNumber(dst, `,"i":`, r.ReqBytes)
	dst = appendNumber(dst, `,"r":`, r.RespBytes)
	for i := range r.Attempts {
		if i == 0 {
			dst = append(dst, `,"a":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendAttempt(dst, &r.Attempts[i], r)
	}
	if len(r.Attempts) > 0 {
		dst = append(dst, ']')
	}
	return append(appendLosses(dst, r.Losses), '}')
}

// mostLosses is how many losses of one call are kept; a long conversation may have one in every turn.
const mostLosses = 50

func appendLosses(dst []byte, losses []burncloud.Loss) []byte {
	if len(losses) == 0 {
		return dst
	}
	for i, l := range losses[:min(len(losses), mostLosses)] {
		if i == 0 {
			dst = append(dst, `,"l":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendText(dst, `{"f":`, l.Field, longestName)
		dst = append(appendText(dst, `,"r":`, l.Reason, longestVendor), '}')
	}
	return append(dst, ']')
}

func appendAttempt(dst []byte, a *burncloud.Attempt, r *burncloud.Record) []byte {
	dst = append(dst, `{"t":`...)
	dst = strconv.AppendInt(dst, fromMillis(a.Start), 10)
	dst = appendNumber(dst, `,"d":`, fromMillis(a.Duration))
	dst = appendNumber(dst, `,"b":`, fromMillis(a.FirstByte))
	dst = appendFlag(dst, `,"r":1`, a.Reused)
	if a.Status != 200 {
		dst = append(dst, `,"s":`...)
		dst = strconv.AppendInt(dst, int64(a.Status), 10)
	}
	if a.ChannelID != r.ChannelID {
		dst = appendText(dst, `,"c":`, a.ChannelID, longestName)
	}
	if a.Upstream != r.Upstream {
		dst = appendText(dst, `,"u":`, a.Upstream, longestName)
	}
	for _, m := range [...]struct {
		name, text string
		limit      int
	}{
		{`,"f":`, string(a.Fault), longestName}, {`,"m":`, a.Message, longestMessage},
		{`,"v":`, a.VendorReqID, longestVendor}, {`,"e":`, a.VendorDetail, longestVendor},
	} {
		if m.text != "" {
			dst = appendText(dst, m.name, m.text, m.limit)
		}
	}
	return append(dst, '}')
}

func appendTokens(dst []byte, u *burncloud.Usage) []byte {
	counts := buckets(u)
	n := len(counts)
	for n > 0 && *counts[n-1] == 0 {
		n--
	}
	for i, c := range counts[:n] {
		if i == 0 {
			dst = append(dst, `,"n":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, *c, 10)
	}
	if n > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func appendFlag(dst []byte, member string, on bool) []byte {
	if on {
		return append(dst, member...)
	}
	return dst
}

func appendNumber(dst []byte, name string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), n, 10)
}

// appendText writes a string member. Text that needs no escape, nearly all of it, is copied.
func appendText(dst []byte, name, text string, limit int) []byte {
	dst = append(dst, name...)
	plain := len(text) <= limit
	for i := 0; plain && i < len(text); i++ {
		plain = text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\'
	}
	if plain {
		return append(append(append(dst, '"'), text...), '"')
	}
	quoted, err := json.Marshal(cleanText(text, limit))
	if err != nil { // a string always has a JSON form
		return append(dst, `""`...)
	}
	return append(dst, quoted...)
}

// parseDetail fills in r, whose columns have been read, from its detail.
func parseDetail(text string, r *burncloud.Record) error {
	var d detail
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return err
	}
	or := func(s *string, absent string) string {
		if s != nil {
			return *s
		}
		return absent
	}
	r.Time, r.Requested, r.Upstream = fromMicros(d.Time), or(d.Requested, r.Routed), or(d.Upstream, r.Routed)
	r.ClientIP, r.Message, r.Stream = d.ClientIP, d.Message, d.Stream == 1
	r.Cost, r.CostKnown, r.Usage.Estimated = burncloud.Money(d.Cost), d.Priced == 1, d.Estimated == 1
	for i, n := range buckets(&r.Usage) {
		*n = d.Tokens[i]
	}
	r.Duration, r.FirstByte, r.Overhead = toMillis(d.Duration), toMillis(d.FirstByte), toMillis(d.Overhead)
	r.ReqBytes, r.RespBytes = d.ReqBytes, d.RespBytes
	for _, a := range d.Attempts {
		status := 200
		if a.Status != nil {
			status = *a.Status
		}
		r.Attempts = append(r.Attempts, burncloud.Attempt{
			ChannelID: or(a.Channel, r.ChannelID), Upstream: or(a.Upstream, r.Upstream), Status: status,
			Fault: burncloud.Kind(a.Fault), Message: a.Message, Start: toMillis(a.Start), Duration: toMillis(a.Duration),
			FirstByte: toMillis(a.FirstByte), Reused: a.Reused == 1, VendorReqID: a.VendorReqID, VendorDetail: a.VendorCode,
		})
	}
	for _, l := range d.Losses {
		r.Losses = append(r.Losses, burncloud.Loss{Field: l.Field, Reason: l.Reason})
	}
	return nil
}

// fromMillis is a duration of a record in microseconds; what is no sensible duration becomes 0.
func fromMillis(ms float64) int64 {
	if !(ms > 0 && ms < 1e12) {
		return 0
	}
	return int64(math.Round(ms * 1000))
}

func toMillis(micros int64) float64 { return float64(micros) / 1000 }
