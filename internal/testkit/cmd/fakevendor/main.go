// Command fakevendor runs the fake LLM vendor of package testkit as a process: for SDK tests, the
// console's end-to-end test and demonstrations. It prints its base URL on one line, then serves until
// its standard input ends (with -stdin) or it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/burncloud/burncloud/internal/testkit"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen address")
	key := flag.String("key", "", "the only API key that is accepted; empty accepts any")
	models := flag.String("models", "", "comma-separated models of the model list")
	keep := flag.Int("keep", 1000, "requests kept for /_requests")
	stdin := flag.Bool("stdin", false, "end when standard input ends, so that a parent's death ends it too")
	flag.Parse()

	o := testkit.Options{Addr: *addr, Key: *key, Keep: *keep}
	if *models != "" {
		o.Models = strings.Split(*models, ",")
	}
	v, err := testkit.Start(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakevendor:", err)
		os.Exit(1)
	}
	defer v.Close()
	fmt.Println(v.URL())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *stdin {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	<-ctx.Done()
}
