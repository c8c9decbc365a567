// Package client calls the control API: over the local socket in the data directory, or over HTTP with
// an access token. It must never print, retry a change, or know a command line.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/burncloud/burncloud/control"
)

// ErrUnreachable is wrapped by errors of calls that got no answer at all.
var ErrUnreachable = errors.New("cannot reach the server")

// maxAnswer bounds an answer: a page of the log with all its attempts stays far below.
const maxAnswer = 64 << 20

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base  string // scheme and host, no slash at the end
	token string
	http  *http.Client
	where string // for messages
}

// Socket is a client of the server whose local socket is at path.
func Socket(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "unix", path)
	}
	return &Client{base: "http://localhost", where: path,
		http: &http.Client{Transport: &http.Transport{DialContext: dial}, CheckRedirect: stay}}
}

// Remote is a client of the server at an http or https URL, with an access token.
func Remote(server, token string) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a server, such as https://gateway.example.com", server)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	return &Client{base: strings.TrimRight(u.Scheme+"://"+u.Host+u.Path, "/"), token: token, where: u.Host,
		http: &http.Client{Transport: t, CheckRedirect: stay}}, nil
}

// stay refuses redirects: following one could carry the token to another host.
func stay(req *http.Request, _ []*http.Request) error {
	return fmt.Errorf("the server redirects to %s; use that address", req.URL.Redacted())
}

// Where names the server for people.
func (c *Client) Where() string { return c.where }

// Call makes one request under /api/v1 and decodes the answer into out, unless that is nil. in is the
// JSON body, or nil. A refusal is a *control.Problem; no answer at all wraps ErrUnreachable.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	resp, err := c.send(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", c.where, err)
	}
	if resp.StatusCode >= 400 {
		return c.refusal(resp, b)
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s did not answer like a BurnCloud server: %w", c.where, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, query url.Values, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	u := c.base + "/api/v1" + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, c.where, errors.Unwrap(err))
	}
	return resp, nil
}

// refusal is the Problem in b, or an error that says what came instead.
func (c *Client) refusal(resp *http.Response, b []byte) error {
	var p control.Problem
	if json.Unmarshal(b, &p) == nil && p.Code != "" {
		return &p
	}
	return fmt.Errorf("%s answered %s, not like a BurnCloud server", c.where, resp.Status)
}

// Get reads one thing.
func Get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	err := c.Call(ctx, http.MethodGet, path, query, nil, &out)
	return out, err
}

// Post sends in and reads what came of it.
func Post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.Call(ctx, http.MethodPost, path, nil, in, &out)
	return out, err
}

// Patch changes a thing and reads how it is now.
func Patch[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.Call(ctx, http.MethodPatch, path, nil, in, &out)
	return out, err
}

// Delete removes a thing.
func Delete(ctx context.Context, c *Client, path string) error {
	return c.Call(ctx, http.MethodDelete, path, nil, nil, nil)
}
