package burncloud

import "time"

// Role says what a user may do in the control plane.
type Role string

// The roles, from most to least.
const (
	Owner  Role = "owner"  // the first user: everything, and no balance limit
	Admin  Role = "admin"  // everything but changing the owner
	Member Role = "member" // own keys and own log
)

// User is a person or team that owns keys and a balance.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"` // unique
	Role     Role   `json:"role"`
	Group    string `json:"group"`
	Enabled  bool   `json:"enabled"`
	// Unlimited lifts the balance limit; spending is still booked.
	Unlimited bool      `json:"unlimited"`
	Balance   Money     `json:"balance"` // nano-USD; holds are not taken off
	Managed   bool      `json:"managed"`
	Created   time.Time `json:"created"`
}

// Group is a class of users: later its price ratio, allowed models and limits.
type Group struct {
	Name    string `json:"name"`
	Ratio   string `json:"ratio"` // decimal factor on prices; only "1" is in force so far
	Managed bool   `json:"managed"`
}

// Key is a caller's credential for the data plane. The secret is stored as SHA-256 and shown once.
type Key struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	UserID  string   `json:"user_id"`
	Prefix  string   `json:"prefix"` // the visible start of the secret
	Models  []string `json:"models"` // empty is all models of the user's group
	Enabled bool     `json:"enabled"`
	// Unlimited lifts the key's own Limit, never the balance of its user.
	Unlimited bool       `json:"unlimited"`
	Limit     Money      `json:"limit"` // the most that the key may spend in all, unless Unlimited
	Spent     Money      `json:"spent"`
	Expires   *time.Time `json:"expires,omitempty"`
	LastUsed  *time.Time `json:"last_used,omitempty"`
	Managed   bool       `json:"managed"`
	Created   time.Time  `json:"created"`
}
