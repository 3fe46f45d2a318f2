package devserver_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
)

// held is a source whose builds wait until they are let go.
type held struct {
	devserver.Source
	asked, release chan struct{}
}

func (h held) Prepare(ctx context.Context) error {
	select {
	case h.asked <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-h.release:
	case <-ctx.Done():
		return ctx.Err()
	}
	return h.Source.Prepare(ctx)
}

// TestBodyWhileTheRequestWaits: what comes of a body, and of its end, before a build takes the request must reach the
// application all the same.
func TestBodyWhileTheRequestWaits(t *testing.T) {
	for _, c := range []struct {
		name, target, head, later string
		half                      bool // the client ends its side
		status                    int
		body                      string
	}{
		{name: "the last chunk", target: "/hash?chunked", head: "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
			later: "0\r\n\r\n", status: 200, body: hashOf("hello")},
		{name: "no rest", target: "/hash?short", head: "Content-Length: 10\r\n\r\nhello", half: true, status: 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, dir, _ := pythonSource(t, pyApp, 2)
			hold := held{src, make(chan struct{}), make(chan struct{})}
			url, events := serve(t, hold, dir, nil)
			<-hold.asked
			addr := strings.TrimPrefix(url, "http://")
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, "POST "+c.target+" HTTP/1.1\r\nHost: x\r\n"+c.head)
			barrier(t, addr)
			io.WriteString(conn, c.later)
			if c.half {
				if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			barrier(t, addr)
			close(hold.release)
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != c.status || c.body != "" && string(body) != c.body {
				t.Errorf("%d %q, %v; want %d %q", r.StatusCode, body, err, c.status, c.body)
			}
			own := events.of(t, c.target)
			if own[0].Kind != event.Enter || own[0].Payload.(*event.Request).Build != 1 {
				t.Errorf("the first event is %+v, want the request as served by build 1", own[0])
			}
			if own[1].Kind != event.Input || own[1].Payload.(*event.Data).Size != 5 {
				t.Errorf("the second event is %+v, want the body", own[1])
			}
		})
	}
}

// barrier returns when the server has had the time to read what other connections had sent: it has answered requests
// of its own since.
func barrier(t *testing.T, addr string) {
	t.Helper()
	for range 20 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nbad header: x\r\n\r\n")
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
