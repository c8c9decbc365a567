package burncloud

import "time"

// Record is one call as the request log keeps it. Durations are milliseconds with fractions.
type Record struct {
	ID       string    `json:"id"` // call id, UUIDv7; the same as X-Request-Id
	Time     time.Time `json:"time"`
	UserID   string    `json:"user_id"`
	KeyID    string    `json:"key_id"`
	ClientIP string    `json:"client_ip"`

	Endpoint  Endpoint `json:"endpoint"`
	Stream    bool     `json:"stream"`
	Requested string   `json:"requested"` // model name the caller sent
	Routed    string   `json:"routed"`    // model name that was routed and billed
	Upstream  string   `json:"upstream"`  // model name the vendor was sent
	ChannelID string   `json:"channel_id"`

	Status  int    `json:"status"`          // HTTP status the caller saw; 499 when it hung up
	Fault   Kind   `json:"fault,omitempty"` // "" is success
	Message string `json:"message,omitempty"`

	Usage     Usage `json:"usage"`
	Cost      Money `json:"cost"`
	CostKnown bool  `json:"cost_known"` // false: the model has no price, so Cost means nothing

	Duration  float64   `json:"duration_ms"`    // whole call
	FirstByte float64   `json:"first_byte_ms"`  // until the first body byte went to the caller
	Overhead  float64   `json:"overhead_ms"`    // our own share before the first byte: Duration less waiting for the vendor
	ReqBytes  int64     `json:"request_bytes"`  // body as received
	RespBytes int64     `json:"response_bytes"` // body as sent
	Attempts  []Attempt `json:"attempts"`
	Losses    []Loss    `json:"losses,omitempty"` // what a conversion between protocols could not carry
}

// Loss is something that the target's format cannot carry.
type Loss struct {
	Field  string `json:"field"`  // path in the client's request or reply, e.g. "messages[2].content[0].cache_control"
	Reason string `json:"reason"` // what happened to it, in a few words: "dropped: the vendor has no such field"
}

// Attempt is one try at one channel.
type Attempt struct {
	ChannelID    string  `json:"channel_id"`
	Upstream     string  `json:"upstream"`
	Status       int     `json:"status"` // the vendor's HTTP status; 0 when there was none
	Fault        Kind    `json:"fault,omitempty"`
	Message      string  `json:"message,omitempty"`
	Start        float64 `json:"start_ms"` // after the call began
	Duration     float64 `json:"duration_ms"`
	VendorReqID  string  `json:"vendor_request_id,omitempty"`
	Reused       bool    `json:"reused_connection"`
	FirstByte    float64 `json:"first_byte_ms,omitempty"`
	VendorDetail string  `json:"vendor_code,omitempty"`
}
