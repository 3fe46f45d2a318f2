package http1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// TestHold: blocks that wait for the next keep their order, their boundaries and their count, however large they are and
// however slowly the client takes them, and go out before a response is broken off.
func TestHold(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   int
		blocks int
		broken bool
	}{
		{"small", 10, 100, false},
		{"together more than is held", 700, 100, false},
		{"each more than is held", 40_000, 5, false},
		{"more than the socket takes", 3000, 5000, false},
		{"broken off", 10, 7, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hold()
			conn := dial(t, serve(t, h, http1.Limits{}))
			send(t, conn, "GET / HTTP/1.1\r\n"+host+"\r\n")
			x := h.next(t)
			var want strings.Builder
			block := func(i int) []byte { return bytes.Repeat([]byte{'a' + byte(i%26)}, c.size+i%3) }
			total := len(block(0))
			if err := x.Respond("200 OK", nil, http1.Options{More: true}, block(0)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&want, "%x\r\n%s\r\n", len(block(0)), block(0))
			for i := 1; i < c.blocks; i++ {
				if err := x.Hold(block(i)); err != nil {
					t.Fatal(err)
				}
				total += len(block(i))
				fmt.Fprintf(&want, "%x\r\n%s\r\n", len(block(i)), block(i))
			}
			if c.broken {
				x.Break()
			} else if err := x.End(); err != nil {
				t.Fatal(err)
			} else {
				want.WriteString("0\r\n\r\n")
			}
			got := make([]byte, len(x.WireHead())+want.Len())
			if _, err := io.ReadFull(conn, got); err != nil {
				t.Fatal(err)
			}
			if body := got[len(x.WireHead()):]; string(body) != want.String() {
				t.Errorf("got %d bytes %.100q..., want %.100q...", len(body), body, want.String())
			}
			if c.broken {
				if n, err := conn.Read(make([]byte, 1)); err == nil {
					t.Errorf("%d bytes after a response that was broken off", n)
				}
			}
			await(t, "all told as sent", func() bool {
				x.app.mu.Lock()
				defer x.app.mu.Unlock()
				return x.sent == total
			})
		})
	}
}

// TestHoldBeforeABareEnd: an end that adds no byte sends what was held.
func TestHoldBeforeABareEnd(t *testing.T) {
	h := hold()
	conn := dial(t, serve(t, h, http1.Limits{}))
	r := bufio.NewReader(conn)
	for range 2 { // the connection is of use still
		send(t, conn, "GET / HTTP/1.1\r\n"+host+"\r\n")
		x := h.next(t)
		if err := x.Respond("200 OK", [][2]string{{"Content-Length", "4"}}, http1.Options{More: true}, []byte("ab")); err != nil {
			t.Fatal(err)
		}
		if err := x.Hold([]byte("cd")); err != nil {
			t.Fatal(err)
		}
		if err := x.End(); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, r); got.status != 200 || got.body != "abcd" {
			t.Errorf("%+v", got)
		}
	}
}

// TestHoldForNobody: what is held for a client that has gone is let go.
func TestHoldForNobody(t *testing.T) {
	h := hold()
	conn := dial(t, serve(t, h, http1.Limits{}))
	send(t, conn, "GET / HTTP/1.1\r\n"+host+"\r\n")
	x := h.next(t)
	if err := x.Respond("200 OK", nil, http1.Options{More: true}, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	conn.Close() // with a reset
	await(t, "the client is missed", func() bool { return len(h.goners()) == 1 })
	if err := x.Hold([]byte("b")); err == nil {
		t.Error("a block was taken for a client that had gone")
	}
	x.Break()
}
