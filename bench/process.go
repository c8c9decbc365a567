//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one program under the bench's control, with its children.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// start runs a program in a process group of its own; its output goes to a file that an error quotes.
func (b *bench) start(name, program string, args ...string) (*process, error) {
	log, err := os.Create(b.path(name + ".out"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{name: name, cmd: exec.Command(program, args...), log: log.Name(), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = b.dir, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // how it ended stands in its log
		close(p.done)
	}()
	b.procs = append(b.procs, p)
	addr := map[string]string{"vendor": b.addr.vendor, "paced": b.addr.paced, "nginx": b.addr.nginx,
		"fasthttp": b.addr.bare, "burncloud": b.addr.ours}[name]
	return p, p.listening(addr)
}

// listening waits until the process accepts connections.
func (p *process) listening(addr string) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return p.failure("ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return p.failure("does not listen on " + addr)
}

func (p *process) failure(what string) error {
	out, err := os.ReadFile(p.log)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %s:\n%s", p.name, what, out)
}

// stopAll ends what was started, newest first.
func (b *bench) stopAll() {
	for i := len(b.procs) - 1; i >= 0; i-- {
		p := b.procs[i]
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(3 * time.Second):
			syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.done
		}
	}
}

// pids are the process and its children: nginx works in those.
func (p *process) pids() []int {
	pid := p.cmd.Process.Pid
	out := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, _ := os.ReadFile(list)
		for _, f := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// clockTick is the unit of CPU times in /proc on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// cpu is the user and system time so far.
func (p *process) cpu() (time.Duration, error) {
	var ticks int64
	for _, pid := range p.pids() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		_, rest, ok := strings.Cut(string(b), ") ") // the name may hold spaces
		f := strings.Fields(rest)
		if !ok || len(f) < 13 {
			return 0, errors.New("unreadable /proc/…/stat")
		}
		for _, s := range f[11:13] {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory is the resident set in MB (10⁶ bytes).
func (p *process) memory() (float64, error) {
	var kB float64
	for _, pid := range p.pids() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, err
		}
		_, rest, ok := strings.Cut(string(b), "VmRSS:")
		if !ok {
			return 0, errors.New("no VmRSS in /proc/…/status")
		}
		n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		if err != nil {
			return 0, err
		}
		kB += n
	}
	return kB * 1024 / 1e6, nil
}

// spent runs load and returns the CPU that p used meanwhile, in microseconds.
func (p *process) spent(load func() error) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if err := load(); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return float64((after - before).Microseconds()), err
}

func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
