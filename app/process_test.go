package app_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the real program: the one that BURNCLOUD_BIN names, or one built now.
func binary(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("BURNCLOUD_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "burncloud")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", bin, "../cmd/burncloud").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// process is a running burncloud, its data in the bed's directory.
type process struct {
	*bed
	cmd   *exec.Cmd
	ended chan struct{}
	errs  *syncBuffer // what it wrote to stderr
}

// spawn starts the program in dir, where its burncloud.yaml is, and waits until it serves.
func spawn(t *testing.T, bin, dir string) *process {
	t.Helper()
	p := &process{bed: &bed{t: t, dir: dir, seen: map[string]bool{}}, ended: make(chan struct{}), errs: new(syncBuffer)}
	p.cmd = exec.Command(bin, "serve", "--listen", "127.0.0.1:0", "--data-dir", "data", "--log-level", "warn")
	p.cmd.Dir = dir
	p.cmd.Stderr = p.errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	url := make(chan string, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, base, ok := strings.Cut(lines.Text(), "Base URL  "); ok {
				url <- strings.TrimSuffix(base, "/v1")
			}
		}
		_ = p.cmd.Wait() // killed, or the test sees that nothing serves
	}()
	select {
	case p.url = <-url:
		p.addr = strings.TrimPrefix(p.url, "http://")
	case <-p.ended:
		t.Fatalf("the program has ended:\n%s", p.errs)
	case <-time.After(30 * time.Second):
		t.Fatalf("the program does not serve:\n%s", p.errs)
	}
	return p
}

// kill ends the program as a power cut would, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails when it is gone already
	<-p.ended
}

// syncBuffer is a buffer for many goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is all that was written.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
