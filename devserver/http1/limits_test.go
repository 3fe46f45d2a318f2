package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// TestSlowHead: a head that does not come in time is answered with 408, however many bytes trickle in.
func TestSlowHead(t *testing.T) {
	a := &app{}
	c := dial(t, serve(t, a, http1.Limits{HeadTime: 50 * time.Millisecond}))
	send(t, c, "GET /")
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for _, b := range []byte(strings.Repeat("a", 5000)) {
			select {
			case <-tick.C:
				_, _ = c.Write([]byte{b})
			case <-quit:
				return
			}
		}
	})
	got := answers(c)
	close(quit)
	wg.Wait()
	if s := statuses(got); s != "408" {
		t.Errorf("answered %q", s)
	}
	if r := a.refusals(); len(r) != 1 || !bytes.HasPrefix(r[0].Raw, []byte("GET /")) || r[0].Remote != c.LocalAddr().String() {
		t.Errorf("refusals: %+v", r)
	}
}

// TestIdle: a connection without a request is closed without a word, whether it had one before or not.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const idle = time.Minute
		a := &app{}
		m := serveMemory(t, a, http1.Limits{IdleTime: idle})
		for _, raw := range []string{"", "\r\n", "GET / HTTP/1.1\r\n" + host + "\r\n"} {
			c := m.dial()
			begin := time.Now()
			go func() { _, _ = io.WriteString(c, raw) }()
			b, err := io.ReadAll(c)
			if err != nil || len(answers(bytes.NewReader(b))) != strings.Count(raw, "GET") {
				t.Errorf("after %q: %q, %v", raw, b, err)
			}
			if took := time.Since(begin); took < idle || took > 2*idle {
				t.Errorf("after %q: closed after %v", raw, took)
			}
			c.Close()
		}
		if r := a.refusals(); r != nil {
			t.Errorf("refusals: %+v", r)
		}
	})
}

// TestBusyIsNotIdle: no limit on reading runs while a response is under way.
func TestBusyIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Second
		h := hold()
		m := serveMemory(t, h, http1.Limits{IdleTime: limit, HeadTime: limit, BodyStall: limit})
		for _, raw := range []string{
			"GET / HTTP/1.1\r\n" + host + "\r\n",                                    // reading the next head
			"GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",               // looking out for the client's end
			"POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nab",            // waiting for credit
			"GET / HTTP/1.1\r\n" + host + "\r\nGET /2 HTTP/1.1\r\n" + host + "\r\n", // waiting for the response
		} {
			c := m.dial()
			go func() { _, _ = io.WriteString(c, raw) }()
			x := h.next(t)
			time.Sleep(10 * limit)
			got := make(chan answer, 1)
			go func() { got <- receive(t, bufio.NewReader(c)) }()
			if err := x.Respond("200 OK", nil, whole, nil); err != nil {
				t.Fatalf("%q: %v", raw, err)
			}
			if got := <-got; got.status != 200 {
				t.Errorf("%q: answered %v", raw, got)
			}
			if strings.Contains(raw, "/2") {
				h.next(t).Break()
			}
			c.Close()
		}
		if g := h.goners(); g != nil {
			t.Errorf("gone: %v", g)
		}
	})
}

// TestBodyStall: a client that stops in its body is told off, and the handler is told.
func TestBodyStall(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{BodyStall: 50 * time.Millisecond}))
	send(t, c, "POST / HTTP/1.1\r\n"+host+"Content-Length: 20\r\n\r\nab")
	x := h.next(t)
	x.Grant(20)
	if s := statuses(answers(c)); s != "400" { // the app's own answer
		t.Errorf("answered %q", s)
	}
	if !errors.Is(x.broken, http1.ErrStalled) {
		t.Errorf("broken by %v", x.broken)
	}
}

// TestWriteStall: a client that takes nothing of its response is gone after a time.
func TestWriteStall(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{WriteStall: 50 * time.Millisecond}))
	send(t, c, "GET / HTTP/1.1\r\n"+host+"\r\n")
	x := h.next(t)
	if err := x.Respond("200 OK", nil, http1.Options{}, make([]byte, 32<<20)); err != nil {
		t.Fatal(err)
	}
	await(t, "Gone", func() bool { return len(h.goners()) == 1 })
	if g := h.goners(); !errors.Is(g[0], http1.ErrStalled) {
		t.Errorf("gone: %v", g)
	}
}

// TestSlowConnections: a thousand connections that send a byte now and then do not hold up an honest one, and are all
// told that they were too slow. Time passes only when nobody can go on.
func TestSlowConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = 1000
		a := &app{}
		m := serveMemory(t, a, http1.Limits{HeadTime: time.Minute})
		var conns [slow]*halves
		for i := range conns {
			conns[i] = m.dial()
			send(t, conns[i], "G")
		}
		honest := m.dial()
		r := bufio.NewReader(honest)
		for i := range slow {
			send(t, conns[i], "E")
			begin := time.Now()
			send(t, honest, "GET / HTTP/1.1\r\n"+host+"\r\n")
			if got := receive(t, r); got.status != 200 {
				t.Fatalf("got %v", got)
			}
			if took := time.Since(begin); took > 0 {
				t.Fatalf("an honest request waited %v", took)
			}
		}
		honest.Close()
		for _, c := range conns {
			if s := statuses(answers(c)); s != "408" {
				t.Fatalf("a slow connection was answered %q", s)
			}
			c.Close()
		}
		if n := len(a.refusals()); n != slow {
			t.Errorf("%d refusals", n)
		}
	})
}
