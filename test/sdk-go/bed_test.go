package sdk

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	richKey = "sk-rich-0123456789abcdef0"
	poorKey = "sk-poor-0123456789abcdef0"
)

// bed is a running BurnCloud and the vendor behind it.
type bed struct{ url, vendor string }

var running bed

// TestMain starts one BurnCloud and one vendor for all tests: they share no state but the log.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "burncloud-sdk-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	gateway, err := program(dir, "BURNCLOUD_BIN", "./cmd/burncloud")
	if err != nil {
		panic(err)
	}
	fake, err := program(dir, "FAKEVENDOR_BIN", "./internal/testkit/cmd/fakevendor")
	if err != nil {
		panic(err)
	}
	vendor := exec.Command(fake, "-key", "sk-vendor-0123456789")
	out, err := vendor.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := vendor.Start(); err != nil {
		panic(err)
	}
	defer vendor.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		panic(err)
	}
	running.vendor = strings.TrimSpace(line)

	addr := freeAddress()
	if err := os.WriteFile(filepath.Join(dir, "burncloud.yaml"), []byte(strings.ReplaceAll(resources, "VENDOR", running.vendor)), 0o600); err != nil {
		panic(err)
	}
	serve := exec.Command(gateway, "--listen", addr, "--data-dir", filepath.Join(dir, "data"))
	var log bytes.Buffer
	serve.Dir, serve.Stdout, serve.Stderr = dir, &log, &log
	if err := serve.Start(); err != nil {
		panic(err)
	}
	defer func() { serve.Process.Kill(); serve.Wait() }()
	running.url = "http://" + addr
	if !ready(running.url) {
		fmt.Println("burncloud did not start:\n", log.String())
		return 1
	}
	return m.Run()
}

const resources = `
channels:
  - {name: openai, provider: openai, base_url: VENDOR, keys: [sk-vendor-0123456789], models: [gpt-5-mini, text-embedding-3-small, omni-moderation-latest, fake-429, fake-500, fake-hang, fake-stream-error, fake-stream-500-10ms]}
  - {name: broken, provider: openai, base_url: VENDOR, keys: [sk-not-the-vendors-key], models: [gpt-5-nano]}
  - {name: anthropic, provider: anthropic, base_url: VENDOR, keys: [sk-vendor-0123456789], models: [claude-sonnet-4-5, fake-429, fake-529, fake-hang, fake-stream-error, fake-stream-500-10ms]}
users:
  - {username: rich, balance: unlimited}
  - {username: poor, balance: "0"}
keys:
  - {name: rich, user: rich, secret: sk-rich-0123456789abcdef0}
  - {name: poor, user: poor, secret: sk-poor-0123456789abcdef0}
`

// program is the binary that the environment names, or one built from the tree.
func program(dir, env, pkg string) (string, error) {
	if bin := os.Getenv(env); bin != "" {
		return bin, nil
	}
	bin := filepath.Join(dir, filepath.Base(pkg))
	build := exec.Command("go", "build", "-o", bin, pkg)
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return bin, nil
}

func freeAddress() string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func ready(url string) bool {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == 200 {
				return true
			}
		}
	}
	return false
}
