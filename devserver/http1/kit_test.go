package http1_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/http1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test; a test that meets it has failed.
const patience = 3 * time.Minute

// app is a handler that answers each request once its body has come.
type app struct {
	// answer makes the response; nil echoes.
	answer func(x *call)
	// request, where it is set, is all that is done with a request.
	request func(s *http1.Stream)

	mu      sync.Mutex
	seen    []string
	refused []http1.Refusal
	gone    []error
	outlast int // how often it was told that a response is open for nobody
}

// call is one request at the app.
type call struct {
	*http1.Stream
	app    *app
	body   bytes.Buffer
	broken error
	sent   int
}

func (a *app) Request(s *http1.Stream) {
	if a.request != nil {
		a.request(s)
		return
	}
	x := &call{Stream: s, app: a}
	s.Receive(x)
	if !s.Head().HasBody() {
		x.done()
		return
	}
	s.Continue()
	s.Grant(7) // little at a time, so that credit matters
}

func (a *app) Refused(r http1.Refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = append(a.refused, r)
}

func (x *call) BodyData(p []byte, end bool) {
	x.body.Write(p)
	if end {
		x.done()
		return
	}
	x.Grant(len(p))
}

func (x *call) BodyBroken(err error) {
	x.broken = err
	_ = x.Respond("400 Bad Request", nil, http1.Options{Sized: true, End: true}, nil)
}

func (x *call) Sent(n int) {
	x.app.mu.Lock()
	x.sent += n
	x.app.mu.Unlock()
}

func (x *call) Gone(err error) {
	x.app.mu.Lock()
	x.app.gone = append(x.app.gone, err)
	x.app.mu.Unlock()
}

func (x *call) Outlasted() {
	x.app.mu.Lock()
	x.app.outlast++
	x.app.mu.Unlock()
}

func (x *call) done() {
	h := x.Head()
	line := fmt.Sprintf("%s %s %q", h.Method, h.Target, x.body.String())
	x.app.mu.Lock()
	x.app.seen = append(x.app.seen, line)
	x.app.mu.Unlock()
	if x.app.answer != nil {
		x.app.answer(x)
		return
	}
	err := x.Respond("200 OK", [][2]string{{"Content-Type", "text/plain"}}, http1.Options{Sized: true, End: true}, []byte(line))
	if err != nil && !errors.Is(err, http1.ErrGone) {
		panic(err)
	}
}

func (a *app) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.seen...)
}

func (a *app) refusals() []http1.Refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]http1.Refusal(nil), a.refused...)
}

func (a *app) goners() []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]error(nil), a.gone...)
}

func (a *app) outlasted() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outlast
}

// run serves on l until the test ends.
func run(t testing.TB, srv *http1.Server, l net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve did not return")
		}
	})
}

func loopback(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve starts a server for h on a loopback port and returns its address.
func serve(t testing.TB, h http1.Handler, limits http1.Limits) string {
	t.Helper()
	l := loopback(t)
	run(t, &http1.Server{Handler: h, Limits: limits}, l)
	return l.Addr().String()
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// await polls until cond holds.
func await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// answer is a response as a client of net/http reads it.
type answer struct {
	status int
	body   string
	err    string
}

// answers reads responses until the connection ends; interim ones have their own place.
func answers(r io.Reader, methods ...string) []answer {
	br := bufio.NewReader(r)
	var out []answer
	for i := 0; ; i++ {
		if _, err := br.Peek(1); err != nil {
			return out
		}
		req := &http.Request{Method: "GET"}
		if i < len(methods) {
			req.Method = methods[i]
		}
		resp, err := http.ReadResponse(br, req)
		if err != nil {
			return append(out, answer{err: err.Error()})
		}
		body, err := io.ReadAll(resp.Body)
		a := answer{status: resp.StatusCode, body: string(body)}
		if err != nil {
			a.err = err.Error()
		}
		out = append(out, a)
	}
}

func statuses(as []answer) string {
	var b strings.Builder
	for i, a := range as {
		if i > 0 {
			b.WriteByte(' ')
		}
		if a.err != "" {
			fmt.Fprintf(&b, "(%s)", a.err)
		} else {
			fmt.Fprint(&b, a.status)
		}
	}
	return b.String()
}

// ask sends raw, ends its side, and returns all that comes back.
func ask(t testing.TB, addr, raw string) string {
	t.Helper()
	c := dial(t, addr)
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	_ = c.CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("after %q: %v", b, err)
	}
	return string(b)
}

// memory is a listener of in-memory connections, in which each write is one read.
type memory struct {
	conns chan net.Conn
	once  sync.Once
	quit  chan struct{}
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), quit: make(chan struct{})} }

// serveMemory starts a server for h of in-memory connections, by which a test can go by a clock of its own.
func serveMemory(t *testing.T, h http1.Handler, limits http1.Limits) *memory {
	t.Helper()
	m := newMemory()
	run(t, &http1.Server{Handler: h, Limits: limits}, m)
	return m
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.quit:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.quit) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (m *memory) dial() *halves {
	toServer, fromClient := net.Pipe()
	toClient, fromServer := net.Pipe()
	m.conns <- &halves{Conn: fromClient, w: fromServer}
	return &halves{Conn: toClient, w: toServer}
}

// halves is a connection of two pipes, each of which can be closed by itself.
type halves struct {
	net.Conn // what is read
	w        net.Conn
}

func (h *halves) Write(p []byte) (int, error)        { return h.w.Write(p) }
func (h *halves) SetWriteDeadline(t time.Time) error { return h.w.SetWriteDeadline(t) }
func (h *halves) CloseWrite() error                  { return h.w.Close() }
func (h *halves) RemoteAddr() net.Addr               { return &net.UnixAddr{Net: "unix"} }
func (h *halves) Close() error {
	h.w.Close()
	return h.Conn.Close()
}

// say sends the parts, each by itself, ends its side, and returns what came back.
func (h *halves) say(parts ...string) string {
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(h.Conn)
		got <- string(b)
	}()
	for _, p := range parts {
		if p == "" {
			continue
		}
		if _, err := io.WriteString(h.w, p); err != nil {
			break // refused before it was all said
		}
	}
	_ = h.CloseWrite()
	s := <-got
	h.Close()
	return s
}
