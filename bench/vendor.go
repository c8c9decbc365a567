//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// event is one chunk of a chat stream, 230 bytes.
const event = `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767323045,"model":"bench","system_fingerprint":"fp_0123456789",` +
	`"choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}` + "\n\n"

const ending = `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767323045,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
	`data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767323045,"model":"bench","choices":[],"usage":{"prompt_tokens":50,"completion_tokens":300,"total_tokens":350}}` + "\n\n" +
	"data: [DONE]\n\n"

func chunk(s string) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(s), s) }

var pace = regexp.MustCompile(`"model":"paced-(\d+)-(\w+)"`)

// paced is a vendor whose streams have the number of events, and the time between them, that the model
// name says: one write per event, as vendors do.
func paced(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			br := bufio.NewReader(c)
			for streamOnce(c, br) == nil {
			}
		}()
	}
}

var (
	pacedHead  = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\nX-Request-Id: req_bench\r\n\r\n")
	pacedEvent = chunk(event)
	pacedEnd   = append(chunk(ending), "0\r\n\r\n"...)
)

func streamOnce(c net.Conn, br *bufio.Reader) error {
	req, err := http.ReadRequest(br)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	m := pace.FindSubmatch(body)
	if m == nil {
		return fmt.Errorf("no paced model in %.200s", body)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return err
	}
	gap, err := time.ParseDuration(string(m[2]))
	if err != nil {
		return err
	}
	if _, err := c.Write(pacedHead); err != nil {
		return err
	}
	next := time.Now()
	for range n {
		next = next.Add(gap)
		time.Sleep(time.Until(next))
		if _, err := c.Write(pacedEvent); err != nil {
			return err
		}
	}
	_, err = c.Write(pacedEnd)
	return err
}

// bareProxy is what a proxy on fasthttp.Server costs without doing anything: no keys, no routing, no log.
func bareProxy(addr, vendor, streams string) error {
	client := func(addr string) *fasthttp.HostClient {
		return &fasthttp.HostClient{Addr: addr, MaxConns: 8192, StreamResponseBody: true, MaxIdleConnDuration: time.Minute}
	}
	plain, paced := client(vendor), client(streams)
	plain.StreamResponseBody = false
	server := fasthttp.Server{
		MaxRequestBodySize: 64 << 20, NoDefaultServerHeader: true,
		Handler: func(ctx *fasthttp.RequestCtx) {
			up := plain
			stream := strings.HasPrefix(string(ctx.Path()), "/stream")
			if stream {
				up = paced
			}
			ctx.Request.SetHost(up.Addr)
			if err := up.Do(&ctx.Request, &ctx.Response); err != nil {
				ctx.Error(err.Error(), 502)
				return
			}
			ctx.Response.Header.Del("Connection")
			if stream {
				ctx.Response.ImmediateHeaderFlush = true
			}
		},
	}
	return server.ListenAndServe(addr)
}
