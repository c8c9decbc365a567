package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one value that can be set by file, environment and, where flag is not "", flag.
type setting struct {
	path     string // in the file; one dot at most
	env      string
	flag     string
	fallback string // the default
	secret   bool
	help     string // a `word` in back quotes names the flag's argument
	at       func(*Config) target
}

// target is where a setting's value lives and how its text is read and shown.
type target struct {
	set func(text string) error
	get func() string
}

// settings is the whole table: one row is all that a new setting needs.
var settings = []setting{
	{path: "server.listen", env: "BURNCLOUD_LISTEN", flag: "listen", fallback: "127.0.0.1:3000",
		help: "`address` to serve on, host:port", at: func(c *Config) target { return text(&c.Server.Listen, listenAddress) }},
	{path: "server.data_dir", env: "BURNCLOUD_DATA_DIR", flag: "data-dir", fallback: "./data",
		help: "`folder` of the database, the journal and the master key", at: func(c *Config) target { return text(&c.Server.DataDir, notEmpty) }},
	{path: "server.master_key", env: "BURNCLOUD_MASTER_KEY", secret: true,
		help: "32 bytes in base64 or hex that seal upstream keys; empty: data_dir/master.key", at: func(c *Config) target { return text(&c.Server.MasterKey, anything) }},
	{path: "server.drain", env: "BURNCLOUD_DRAIN", flag: "drain", fallback: "30s",
		help: "`time` that live streams get to finish after a stop", at: func(c *Config) target { return duration(&c.Server.Drain) }},
	{path: "database", env: "BURNCLOUD_DATABASE", flag: "database", secret: true,
		help: "postgres:// `url`; empty: SQLite in the data folder", at: func(c *Config) target { return text(&c.Database, scheme("postgres", "postgresql")) }},
	{path: "redis", env: "BURNCLOUD_REDIS", flag: "redis", secret: true,
		help: "redis:// `url`, for several nodes", at: func(c *Config) target { return text(&c.Redis, scheme("redis", "rediss")) }},
	{path: "admin.username", env: "BURNCLOUD_ADMIN_USERNAME", fallback: "root",
		help: "name of the first user", at: func(c *Config) target { return text(&c.Admin.Username, notEmpty) }},
	{path: "admin.password", env: "BURNCLOUD_ADMIN_PASSWORD", secret: true,
		help: "password of the first user; empty: asked by the console", at: func(c *Config) target { return text(&c.Admin.Password, anything) }},

	{path: "limits.header", env: "BURNCLOUD_MAX_HEADER", fallback: "64KB",
		help: "largest request head", at: func(c *Config) target { return size(&c.Limits.Header) }},
	{path: "limits.body", env: "BURNCLOUD_MAX_BODY", fallback: "32MB",
		help: "largest request body, decompressed", at: func(c *Config) target { return size(&c.Limits.Body) }},
	{path: "limits.body_memory", env: "BURNCLOUD_BODY_MEMORY", fallback: "512MB",
		help: "memory of all request bodies in flight", at: func(c *Config) target { return size(&c.Limits.BodyMemory) }},
	{path: "limits.connections", env: "BURNCLOUD_MAX_CONNECTIONS", fallback: "16384",
		help: "open client connections", at: func(c *Config) target { return count(&c.Limits.Connections) }},
	{path: "limits.attempts", env: "BURNCLOUD_ATTEMPTS", fallback: "3",
		help: "channels that one call may try", at: func(c *Config) target { return count(&c.Limits.Attempts) }},

	{path: "timeouts.header", env: "BURNCLOUD_HEADER_TIMEOUT", fallback: "10s",
		help: "a client sends its request head", at: func(c *Config) target { return duration(&c.Timeouts.Header) }},
	{path: "timeouts.body", env: "BURNCLOUD_BODY_TIMEOUT", fallback: "30s",
		help: "a client makes progress with its body", at: func(c *Config) target { return duration(&c.Timeouts.Body) }},
	{path: "timeouts.idle", env: "BURNCLOUD_IDLE_TIMEOUT", fallback: "2m",
		help: "a client connection waits for its next request", at: func(c *Config) target { return duration(&c.Timeouts.Idle) }},
	{path: "timeouts.write", env: "BURNCLOUD_WRITE_TIMEOUT", fallback: "30s",
		help: "one write to a client", at: func(c *Config) target { return duration(&c.Timeouts.Write) }},
	{path: "timeouts.connect", env: "BURNCLOUD_CONNECT_TIMEOUT", fallback: "10s",
		help: "a connection to a vendor", at: func(c *Config) target { return duration(&c.Timeouts.Connect) }},
	{path: "timeouts.first_byte", env: "BURNCLOUD_FIRST_BYTE_TIMEOUT", fallback: "5m",
		help: "a vendor begins to answer", at: func(c *Config) target { return duration(&c.Timeouts.FirstByte) }},
	{path: "timeouts.event", env: "BURNCLOUD_EVENT_TIMEOUT", fallback: "2m",
		help: "between two events of a vendor's stream", at: func(c *Config) target { return duration(&c.Timeouts.Event) }},
	{path: "timeouts.total", env: "BURNCLOUD_TOTAL_TIMEOUT", fallback: "1h",
		help: "a vendor's whole answer", at: func(c *Config) target { return duration(&c.Timeouts.Total) }},

	{path: "log.level", env: "BURNCLOUD_LOG_LEVEL", flag: "log-level", fallback: "info",
		help: "`level`: debug, info, warn or error", at: func(c *Config) target { return level(&c.Log.Level) }},
	{path: "log.format", env: "BURNCLOUD_LOG_FORMAT", flag: "log-format", fallback: "text",
		help: "`format`: text or json", at: func(c *Config) target { return text(&c.Log.Format, oneOf("text", "json")) }},
	{path: "log.retention", env: "BURNCLOUD_LOG_RETENTION", fallback: "30d",
		help: "how long the request log is kept", at: func(c *Config) target { return duration(&c.Log.Retention) }},
}

func text(p *string, check func(string) error) target {
	return target{
		set: func(s string) error {
			if err := check(s); err != nil {
				return err
			}
			*p = s
			return nil
		},
		get: func() string { return *p },
	}
}

func duration(p *time.Duration) target {
	return target{
		set: func(s string) error {
			d, err := parseDuration(s)
			if err == nil && d == 0 {
				err = fmt.Errorf("must be longer than 0")
			}
			if err == nil {
				*p = d
			}
			return err
		},
		get: func() string { return formatDuration(*p) },
	}
}

func size(p *int64) target {
	return target{
		set: func(s string) error {
			n, err := parseSize(s)
			if err == nil && n == 0 {
				err = fmt.Errorf("must be more than 0")
			}
			if err == nil {
				*p = n
			}
			return err
		},
		get: func() string { return formatSize(*p) },
	}
}

func count(p *int) target {
	return target{
		set: func(s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a whole number from 1 up", s)
			}
			*p = n
			return nil
		},
		get: func() string { return strconv.Itoa(*p) },
	}
}

func level(p *slog.Level) target {
	names := []string{"debug", "info", "warn", "error"}
	return target{
		set: func(s string) error {
			if err := oneOf(names...)(s); err != nil {
				return err
			}
			return p.UnmarshalText([]byte(s))
		},
		get: func() string { return strings.ToLower(p.String()) },
	}
}

func anything(string) error { return nil }

func notEmpty(s string) error {
	if strings.TrimSpace(s) == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}

func oneOf(names ...string) func(string) error {
	return func(s string) error {
		if slices.Contains(names, s) {
			return nil
		}
		return &choiceError{s, names}
	}
}

// choiceError is a word that is not among the allowed ones; the report suggests the nearest.
type choiceError struct {
	word  string
	names []string
}

// Error names the allowed words.
func (e *choiceError) Error() string {
	return fmt.Sprintf("%q is not one of %s", e.word, strings.Join(e.names, ", "))
}

func listenAddress(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not host:port; write one like 127.0.0.1:3000 or :3000", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || port != strconv.FormatUint(n, 10) {
		return fmt.Errorf("%q is not a port number", port)
	}
	return nil
}

// scheme accepts "" and URLs of the given schemes. The error never repeats the value: it holds a password.
func scheme(names ...string) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		u, err := url.Parse(s)
		if err != nil || !slices.Contains(names, u.Scheme) || u.Host == "" && u.RawQuery == "" {
			return fmt.Errorf("is not a %s:// URL", names[0])
		}
		return nil
	}
}
