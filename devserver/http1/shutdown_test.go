package http1_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// TestShutdown: idle connections close, open streams finish, and what does not finish is cut off at the end.
func TestShutdown(t *testing.T) {
	h := hold()
	srv := &http1.Server{Handler: h}
	l := loopback(t)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), l) }()
	addr := l.Addr().String()

	idle, fresh, busy, stuck := dial(t, addr), dial(t, addr), dial(t, addr), dial(t, addr)
	const get = "GET / HTTP/1.1\r\n" + host + "\r\n"
	send(t, idle, get)
	if err := h.next(t).Respond("200 OK", nil, whole, nil); err != nil {
		t.Fatal(err)
	}
	receive(t, bufio.NewReader(idle))
	send(t, busy, get)
	x := h.next(t)
	send(t, stuck, get)
	h.next(t)

	ctx, cancel := context.WithCancel(context.Background())
	down := make(chan error, 1)
	go func() { down <- srv.Shutdown(ctx) }()
	for _, c := range []net.Conn{idle, fresh} {
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("an idle connection: %v", err)
		}
	}
	if err := x.Respond("200 OK", nil, whole, []byte("late")); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(busy)
	if err != nil || !bytes.Contains(b, []byte("Connection: close")) || !bytes.HasSuffix(b, []byte("late")) {
		t.Errorf("the open stream: %q, %v", b, err)
	}
	busy.Close()
	cancel()
	if err := <-down; !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if g := h.goners(); len(g) != 1 || !errors.Is(g[0], http1.ErrClosed) {
		t.Errorf("gone: %v", g)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("the port is open still")
	}
}
