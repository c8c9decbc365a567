//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// activeKeys are in use at once: one per connection, as each client has its own.
const activeKeys = connections

// wrkScript sends one body with the active keys in turn. The requests are formatted once, so that the
// load costs little beside what is measured.
const wrkScript = `
wrk.method = "POST"
local file = io.open("%s")
wrk.body = file:read("*a")
file:close()
local requests, n = {}, 0
init = function(args)
	for i = 0, %d do
		requests[i] = wrk.format(nil, nil, {["Content-Type"] = "application/json", ["Authorization"] = string.format("Bearer sk-bench-%%032d", i)})
	end
end
request = function()
	n = (n + 7) %% (%d + 1)
	return requests[n]
end
`

var (
	wrkTotal  = regexp.MustCompile(`(\d+) requests in ([\d.]+)(m?s)`)
	wrkFailed = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)|Socket errors: .*`)
)

// wrk loads url with as many requests as fit over the given connections and returns how many that were.
func (b *bench) wrk(url, body string, connections int, span time.Duration) (requests float64, err error) {
	name := fmt.Sprintf("body-%d", len(body))
	if err := os.WriteFile(b.path(name), []byte(body), 0o644); err != nil {
		return 0, err
	}
	keys := activeKeys - 1
	if len(body) > 100_000 {
		keys = 7 // the script holds a formatted request for each
	}
	script := fmt.Sprintf(wrkScript, b.path(name), keys, keys)
	if err := os.WriteFile(b.path(name+".lua"), []byte(script), 0o644); err != nil {
		return 0, err
	}
	out, err := exec.Command("wrk", "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(int(span.Seconds()))+"s",
		"-s", b.path(name+".lua"), url).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if bad := wrkFailed.Find(out); bad != nil {
		return 0, fmt.Errorf("%s: %s", url, bad)
	}
	m := wrkTotal.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk said: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// streams opens n streams at once and reads each to its end.
func streams(t target, model string, n int) error {
	errs := make(chan error, n)
	for i := range n {
		go func() {
			c, err := openStream(t, model, i)
			if err == nil {
				defer c.Close()
				err = readStream(c)
			}
			errs <- err
		}()
	}
	var first error
	for range n {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

func openStream(t target, model string, i int) (net.Conn, error) {
	c, err := net.Dial("tcp", t.addr)
	if err != nil {
		return nil, err
	}
	body := streamBody(model)
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		t.streamPath(), secret(i%keyCount), len(body), body)
	if err != nil {
		c.Close()
	}
	return c, err
}

func readStream(c net.Conn) error {
	c.SetReadDeadline(time.Now().Add(time.Minute))
	var tail [64]byte
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if n >= len(tail) {
			copy(tail[:], buf[n-len(tail):n])
		} else {
			copy(tail[:], tail[n:])
			copy(tail[len(tail)-n:], buf[:n])
		}
		// A proxy may cut "[DONE]" in two chunks, so only the last chunk is looked for.
		if bytes.HasSuffix(tail[:], []byte("\r\n0\r\n\r\n")) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("stream ended early: %w, after %q", err, tail)
		}
	}
}

// openLoop sends requests at a fixed rate over kept connections, whether or not earlier ones have been
// answered, and returns the latencies in microseconds, sorted. A request whose connection is still busy
// counts from when it was due.
func openLoop(t target, rate float64, connections int, span time.Duration) ([]float64, error) {
	var (
		mu   sync.Mutex
		all  []float64
		fail error
		wg   sync.WaitGroup
	)
	gap := time.Duration(float64(time.Second) * float64(connections) / rate)
	start := time.Now().Add(50 * time.Millisecond)
	for i := range connections {
		wg.Go(func() {
			got, err := pacedRequests(t, i, start.Add(gap*time.Duration(i)/time.Duration(connections)), gap, start.Add(span))
			mu.Lock()
			defer mu.Unlock()
			all = append(all, got...)
			if err != nil {
				fail = err
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all, fail
}

func pacedRequests(t target, i int, due time.Time, gap time.Duration, end time.Time) ([]float64, error) {
	c, err := net.Dial("tcp", t.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	request := fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		secret(i), len(small), small)
	br := bufio.NewReader(c)
	var out []float64
	for ; due.Before(end); due = due.Add(gap) {
		from := due
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			from = time.Now() // the timer's own lateness is not the target's
		}
		if _, err := c.Write(request); err != nil {
			return out, err
		}
		if err := readReply(br); err != nil {
			return out, err
		}
		out = append(out, float64(time.Since(from).Nanoseconds())/1000)
	}
	return out, nil
}

// readReply reads one answer with a Content-Length cheaply.
func readReply(br *bufio.Reader) error {
	length, status := -1, ""
	for {
		line, err := br.ReadSlice('\n')
		if err != nil {
			return err
		}
		if status == "" {
			status = string(line)
			continue
		}
		if len(line) == 2 {
			break
		}
		if name, v, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return err
			}
		}
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200") || length < 0 {
		return errors.New("answered " + strings.TrimSpace(status))
	}
	_, err := br.Discard(length)
	return err
}

func percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p))]
}

func get(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return string(b), err
}
