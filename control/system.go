package control

import (
	"context"
	"net/http"
	"runtime"
	"runtime/metrics"
	"time"
)

// System is the state of this process.
type System struct {
	Version     string    `json:"version"`
	Go          string    `json:"go" doc:"The Go version it was built with"`
	OS          string    `json:"os"`
	Arch        string    `json:"arch"`
	Started     time.Time `json:"started"`
	Uptime      float64   `json:"uptime_s" doc:"Seconds"`
	Memory      int64     `json:"memory_bytes" doc:"What the Go runtime holds of the system's memory"`
	Heap        int64     `json:"heap_bytes" doc:"Live and not yet collected objects"`
	Goroutines  int       `json:"goroutines"`
	Connections int64     `json:"connections" doc:"Open client connections of the data plane"`
}

// Setting is one effective value of the configuration.
type Setting struct {
	Name   string `json:"name" doc:"Its path in the file, e.g. server.listen"`
	Value  string `json:"value" doc:"Secrets are masked"`
	Origin string `json:"origin" doc:"Where it comes from: default, flag, environment, or file and line"`
}

func (s *server) systemRoutes() {
	register(s, admin, op(http.MethodGet, "/system", "getSystem", "System", "Get the state of the process"), s.getSystem)
	register(s, admin, op(http.MethodGet, "/system/config", "getConfig", "System", "Get the effective configuration with its origins"), s.getConfig)
}

func (s *server) getSystem(context.Context, *none) (*body[System], error) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	v := System{
		Version: s.Version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Started: s.started.UTC(), Uptime: s.Now().Sub(s.started).Seconds(), Goroutines: runtime.NumGoroutine(),
		Memory: int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()), Heap: int64(samples[2].Value.Uint64()),
	}
	if s.Connections != nil {
		v.Connections = s.Connections()
	}
	return answer(v), nil
}

func (s *server) getConfig(context.Context, *none) (*body[List[Setting]], error) {
	var settings []Setting
	if s.Config != nil {
		settings = s.Config()
	}
	return answer(list(settings, "")), nil
}
