package config

import (
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/burncloud/burncloud"
)

// Config is the effective configuration. It is read-only after Load.
type Config struct {
	Server    Server
	Limits    Limits
	Timeouts  Timeouts
	Log       Log
	Database  string // "" is SQLite in Server.DataDir, else a postgres:// URL
	Redis     string // "" is none, else a redis:// or rediss:// URL
	Admin     Admin
	Resources Resources

	// File is the path of the file that was read; "" when there is none.
	File string
	// Warnings are oddities that do not stop a start, such as a misspelt BURNCLOUD_ variable.
	Warnings []string

	values  []Value
	options Options           // for Watch
	digest  [sha256.Size]byte // of the file's content
}

// Server is where and how the process serves.
type Server struct {
	Listen    string // host:port
	DataDir   string
	MasterKey string        // "" is the file master.key in DataDir
	Drain     time.Duration // how long live streams may go on after a stop is asked for
}

// Limits bound what callers can make the process hold. Sizes are bytes.
type Limits struct {
	Header      int64 // of a request head
	Body        int64 // of a request body, after decompression
	BodyMemory  int64 // of all request bodies in flight
	Connections int   // open client connections
	Attempts    int   // channels that one call may try
}

// Timeouts bound how long a peer may take. Client side: Header, Body, Idle, Write; vendor side:
// Connect, FirstByte, Event, Total.
type Timeouts struct {
	Header    time.Duration // a client sends its request head
	Body      time.Duration // a client makes progress with its request body
	Idle      time.Duration // a client connection waits for its next request
	Write     time.Duration // one write to a client, never a whole response
	Connect   time.Duration // a vendor connection, DNS and TLS included
	FirstByte time.Duration // a vendor begins to answer
	Event     time.Duration // between two reads of a vendor's answer
	Total     time.Duration // a vendor's whole answer
}

// Log is what is written down.
type Log struct {
	Level     slog.Level
	Format    string        // "text" or "json"
	Retention time.Duration // of the request log
}

// Admin is the first user. It is used only while no user exists.
type Admin struct {
	Username string
	Password string // "" leaves the first start to the console
}

// Resources are what the file declares. They are checked against each other.
type Resources struct {
	Groups   []Group
	Channels []Channel
	Users    []User
	Keys     []Key
	Prices   []Price
}

// Group is a declared group. "default" exists without being declared.
type Group struct {
	Name  string
	Ratio string // decimal
}

// Channel is a declared channel.
type Channel struct {
	Name     string
	Provider string
	BaseURL  string // "" is the provider's own
	Keys     []string
	Models   []burncloud.ChannelModel
	Groups   []string
	Priority int
	Weight   int
	Region   string
	Enabled  bool
}

// User is a declared user.
type User struct {
	Username  string
	Group     string
	Balance   burncloud.Money // nano-USD, booked once when the user is created
	Unlimited bool            // "balance: unlimited"
	Enabled   bool
}

// Key is a declared key.
type Key struct {
	Name      string
	User      string
	Secret    string // "" lets the service make one
	Models    []string
	Limit     burncloud.Money // nano-USD; only without Unlimited
	Unlimited bool            // no limit of its own; also when the file gives none
	Expires   *time.Time
	Enabled   bool
}

// Price is a declared price of a model, whoever serves it.
type Price struct {
	Model string
	Price burncloud.Price // defaults are filled in
}
