package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/replay"
)

// demoRequest is a request of the demo's traffic.
type demoRequest struct {
	method, target, body, user string
}

var demoRequests = []demoRequest{
	{method: "GET", target: "/", user: "ada"},
	{method: "GET", target: "/api/books?author=wells"},
	{method: "GET", target: "/books/3"},
	{method: "POST", target: "/orders", body: "book=2", user: "ada"},
	{method: "GET", target: "/aloud"},
	{method: "GET", target: "/favicon.ico"},
	{method: "POST", target: "/orders", body: "bok=2", user: "ada"},
}

// demoClient sends the demo's traffic.
type demoClient struct {
	http   *http.Client
	target replay.Target
}

func newDemoClient(target replay.Target) *demoClient {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, target.Network, target.Address)
	}}
	return &demoClient{http: &http.Client{Transport: transport, Timeout: 30 * time.Second}, target: target}
}

func (c *demoClient) close() { c.http.CloseIdleConnections() }

// send sends a request and reads the response to its end.
func (c *demoClient) send(ctx context.Context, r demoRequest) error {
	req, err := http.NewRequestWithContext(ctx, r.method, "http://"+c.target.Address+r.target, strings.NewReader(r.body))
	if err != nil {
		return err
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.user != "" {
		req.Header.Set("Cookie", "user="+r.user)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the demo's request %s %s: %w", r.method, r.target, err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// traffic sends a request now and then, until the context ends: enough to look at, not so much that one loses sight.
func (c *demoClient) traffic(ctx context.Context) {
	const first, later = 400 * time.Millisecond, 4 * time.Second
	tick := time.NewTicker(first)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// A failure is on the screen already, as an exchange.
		_ = c.send(ctx, demoRequests[i%len(demoRequests)])
		if i == 2*len(demoRequests) {
			tick.Reset(later)
		}
	}
}
