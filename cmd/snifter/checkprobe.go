package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// probe is a request that `snifter check` makes, on a connection of its own.
type probe struct {
	name string // in words: "GET /, by a client that goes away"
	head string
	body string
	// early says that the client goes away as soon as it has the first bytes of the body, awaited that the application is asked
	// for no more before that: it would else be through with a short body.
	early, awaited bool
	// rehearsed says that it is made before, too, when nothing counts.
	rehearsed bool
	// again says that it is made once more where it may show further stages then: it changes nothing.
	again bool
}

const probeBody = "snifter=check&empty="

// probes are the requests for one URL. Those methods that change nothing are always among them (RFC 9110, 9.2.1).
func probes(host, target string, further []string) []probe {
	if host == "" {
		host = "localhost"
	}
	head := func(method, version string, fields ...string) string {
		lines := []string{method + " " + target + " " + version, "Host: " + host, "User-Agent: snifter-check", "Accept: */*"}
		lines = append(lines, fields...)
		return strings.Join(lines, "\r\n") + "\r\nConnection: close\r\n\r\n"
	}
	const version, form = "HTTP/1.1", "Content-Type: application/x-www-form-urlencoded"
	// As browsers ask; the others take content as it is.
	const compressed = "Accept-Encoding: gzip, deflate, br"
	all := []probe{
		{name: "GET " + target, head: head("GET", version, compressed), rehearsed: true},
		{name: "HEAD " + target, head: head("HEAD", version), again: true},
		{name: "OPTIONS " + target, head: head("OPTIONS", version), again: true},
		{name: "GET " + target + " by HTTP/1.0", head: head("GET", "HTTP/1.0")},
		{name: "GET " + target + " by a client that goes away", head: head("GET", version), early: true, awaited: true},
	}
	for _, method := range further {
		switch method {
		case "GET", "HEAD", "OPTIONS":
			continue
		case "TRACE": // it has no body (RFC 9110, 9.3.8)
			all = append(all, probe{name: method + " " + target, head: head(method, version)})
			continue
		}
		size := strconv.Itoa(len(probeBody))
		chunked := strconv.FormatInt(int64(len(probeBody)), 16) + "\r\n" + probeBody + "\r\n0\r\n\r\n"
		all = append(all,
			probe{name: method + " " + target, head: head(method, version, form, "Content-Length: "+size), body: probeBody},
			probe{name: method + " " + target + " in chunks", head: head(method, version, form, "Transfer-Encoding: chunked"), body: chunked},
		)
	}
	return all
}

// send makes the request, and reads what comes until the end of the connection, or of the time.
func (p probe) send(ctx context.Context, address string, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("the server can't be reached: %w", err)
	}
	defer conn.Close()
	// Whatever ends the context ends the connection: the client goes away.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, p.head+p.body); err != nil {
		return quietly(ctx, err)
	}
	in := bufio.NewReader(conn)
	if !p.early {
		_, err := io.Copy(io.Discard, in)
		return quietly(ctx, err)
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return quietly(ctx, err)
		}
		if line == "\r\n" {
			break
		}
	}
	_, err = in.ReadByte()
	if tcp, ok := conn.(*net.TCPConn); ok && p.awaited {
		_ = tcp.SetLinger(0) // reset, it can't be one that has ended its side alone, and reads on
	}
	return quietly(ctx, err)
}

// quietly passes over what an application may well cause, a connection that breaks off or takes too long: the record
// tells of that.
func quietly(ctx context.Context, _ error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	return nil
}
