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

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// held is a handler that keeps its streams for the test to answer.
type held struct {
	*app
	streams chan *call
}

func hold() held {
	h := held{&app{}, make(chan *call, 100)}
	h.request = func(s *http1.Stream) {
		x := &call{Stream: s, app: h.app}
		s.Receive(x)
		h.streams <- x
	}
	return h
}

func (h held) next(t testing.TB) *call {
	t.Helper()
	select {
	case x := <-h.streams:
		return x
	case <-time.After(patience):
		t.Fatal("no request came")
		return nil
	}
}

var whole = http1.Options{Sized: true, End: true}

func send(t testing.TB, w io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
}

// receive reads one response.
func receive(t testing.TB, r *bufio.Reader) answer {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: resp.StatusCode, body: string(b)}
}

// TestPipelining: requests that come together are handed over one by one, and answered in their order.
func TestPipelining(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{}))
	r := bufio.NewReader(c)
	send(t, c, "GET /1 HTTP/1.1\r\n"+host+"\r\nPOST /2 HTTP/1.1\r\n"+host+"Content-Length: 2\r\n\r\nab"+
		"GET /3 HTTP/1.1\r\n"+host+"Connection: close\r\n\r\nGET /4 HTTP/1.1\r\n"+host+"\r\n")
	for i := 1; i <= 3; i++ {
		x := h.next(t)
		if want := fmt.Sprintf("/%d", i); x.Head().Target != want {
			t.Fatalf("got %s, want %s", x.Head().Target, want)
		}
		if len(h.streams) > 0 {
			t.Fatal("the next request was handed over before the response")
		}
		if err := x.Respond("200 OK", nil, whole, []byte(x.Head().Target)); err != nil {
			t.Fatal(err)
		}
		if got, want := receive(t, r), (answer{status: 200, body: x.Head().Target}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("after Connection: close came %v", err)
	}
	if len(h.streams) > 0 {
		t.Error("a request after Connection: close was handed over")
	}
}

// TestRefusedAfterOpen: a bad request behind a good one waits for its turn.
func TestRefusedAfterOpen(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{}))
	send(t, c, "GET /1 HTTP/1.1\r\n"+host+"\r\nGET /2 HTTP/1.1\n\n")
	x := h.next(t)
	if err := x.Respond("200 OK", nil, http1.Options{}, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if n := len(h.refusals()); n != 0 {
		t.Fatal("refused before the response had ended")
	}
	if err := x.End(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if s := statuses(answers(bytes.NewReader(b))); s != "200 400" {
		t.Errorf("answered %q", s)
	}
	refused := h.refusals()
	if len(refused) != 1 || string(refused[0].Raw) != "GET /2 HTTP/1.1\n\n" || !bytes.HasSuffix(b, append(refused[0].WireHead, refused[0].Body...)) {
		t.Errorf("refusals: %+v", refused)
	}
}

// TestHead: what a handler is given of a head.
func TestHead(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{}))
	raw := "POST http://u.example:81/a%20b;c?d=e&f#g HTTP/1.3\r\nHost: x\r\nhOsT-x:  y \r\nX:\t\r\nX: 2\r\n" +
		"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
	before := time.Now()
	send(t, c, "\r\n"+raw)
	x := h.next(t)
	g := x.Head()
	type view struct {
		Raw, Method, Target, Path, Query, Authority, Host, Protocol, Form string
		Fields                                                            []string
		Length                                                            int64
		Chunked, Expect, Keep, HasQuery, TLS                              bool
	}
	got := view{string(g.Raw), g.Method, g.Target, string(g.Path), string(g.Query), string(g.Authority), string(g.Host),
		g.Protocol(), g.Form.String(), nil, g.ContentLength, g.Chunked, g.Expect100, g.KeepAlive, g.HasQuery, x.TLS()}
	for _, f := range g.Fields {
		got.Fields = append(got.Fields, fmt.Sprintf("%s=%s", f.Name, f.Value))
	}
	want := view{raw, "POST", "http://u.example:81/a%20b;c?d=e&f#g", "/a%20b;c", "d=e&f", "u.example:81", "x",
		"HTTP/1.1", "absolute-form", []string{"Host=x", "hOsT-x=y", "X=", "X=2", "Expect=100-continue", "Content-Length=3"},
		3, false, true, true, true, false}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("head (-want +got):\n%s", d)
	}
	if x.Remote() != c.LocalAddr().String() {
		t.Errorf("remote is %s", x.Remote())
	}
	if x.Started().Before(before) || x.Started().After(time.Now()) {
		t.Errorf("started %v", x.Started())
	}
	if v, ok := g.Get("x"); !ok || string(v) != "" {
		t.Errorf("Get: %q, %v", v, ok)
	}
	x.Break()
}

// TestHalfClose: a client that has said all still gets its response.
func TestHalfClose(t *testing.T) {
	for _, raw := range []string{"GET / HTTP/1.1\r\n" + host + "\r\n", "GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"} {
		h := hold()
		c := dial(t, serve(t, h, http1.Limits{}))
		send(t, c, raw)
		_ = c.CloseWrite()
		x := h.next(t)
		if err := x.Respond("200 OK", nil, http1.Options{}, []byte("a")); err != nil {
			t.Fatal(err)
		}
		if err := x.Block([]byte("b"), true); err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprint(answers(c)); s != "[{200 ab }]" {
			t.Errorf("answered %s", s)
		}
		if g := h.goners(); g != nil {
			t.Errorf("gone: %v", g)
		}
	}
}

// TestReset: a client that resets the connection is gone, also while nothing is written.
func TestReset(t *testing.T) {
	for _, raw := range []string{
		"GET / HTTP/1.1\r\n" + host + "\r\n",
		"GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"GET / HTTP/1.1\r\n" + host + "\r\nGET / HT",
	} {
		h := hold()
		c := dial(t, serve(t, h, http1.Limits{}))
		send(t, c, raw)
		x := h.next(t)
		_ = c.SetLinger(0)
		c.Close()
		await(t, "Gone", func() bool { return len(h.goners()) == 1 })
		if err := x.Respond("200 OK", nil, whole, nil); !errors.Is(err, http1.ErrGone) {
			t.Errorf("Respond after Gone: %v", err)
		}
		x.Break()
		if err := x.End(); !errors.Is(err, http1.ErrGone) {
			t.Errorf("End after Gone: %v", err)
		}
	}
}

// TestClosedClient: a client that closes is noticed by writing.
func TestClosedClient(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{}))
	send(t, c, "GET / HTTP/1.1\r\n"+host+"\r\n")
	x := h.next(t)
	if err := x.Respond("200 OK", nil, http1.Options{}, []byte("a")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	await(t, "ErrGone", func() bool { return errors.Is(x.Block([]byte("b"), false), http1.ErrGone) })
	if g := h.goners(); len(g) != 1 {
		t.Errorf("gone: %v", g)
	}
}

// TestBackPressure: a client that does not read holds up no one who writes, what left is told as it leaves, and all
// arrives in order once it reads.
func TestBackPressure(t *testing.T) {
	const blocks, size = 64, 256 << 10
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{}))
	send(t, c, "GET / HTTP/1.1\r\n"+host+"\r\n")
	x := h.next(t)
	block := make([]byte, size)
	if err := x.Respond("200 OK", nil, http1.Options{}, nil); err != nil {
		t.Fatal(err)
	}
	for i := range blocks {
		for j := range block {
			block[j] = byte(i)
		}
		if err := x.Block(block, i == blocks-1); err != nil {
			t.Fatal(err)
		}
	}
	clear(block) // the caller may reuse it
	sent := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return x.sent
	}
	if n := sent(); n >= blocks*size {
		t.Fatalf("%d bytes sent to a client that does not read", n)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range blocks {
		got := make([]byte, size)
		if _, err := io.ReadFull(resp.Body, got); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(got, []byte{byte(i)}); n != size {
			t.Fatalf("block %d: %d bytes of %d are its own", i, n, size)
		}
	}
	if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the blocks: %d, %v", n, err)
	}
	await(t, "all told as sent", func() bool { return sent() == blocks*size })
	// The connection is of use still.
	send(t, c, "GET /again HTTP/1.1\r\n"+host+"\r\n")
	if err := h.next(t).Respond("200 OK", nil, whole, nil); err != nil {
		t.Fatal(err)
	}
}

// TestUpload: a large body, by length and in chunks, arrives whole and never beyond what was granted.
func TestUpload(t *testing.T) {
	const size = 5 << 20
	for _, chunks := range []bool{false, true} {
		t.Run(fmt.Sprintf("chunked=%v", chunks), func(t *testing.T) {
			u := &upload{done: make(chan struct{})}
			addr := serve(t, &app{request: u.request}, http1.Limits{})
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(i * 7 >> 3)
			}
			var r io.Reader = bytes.NewReader(body)
			if chunks {
				r = io.MultiReader(r) // a length that net/http cannot see
			}
			resp, err := http.Post("http://"+addr+"/", "a/b", r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			<-u.done
			if u.excess || !bytes.Equal(u.got, body) {
				t.Errorf("%d bytes came of %d, more than granted: %v", len(u.got), size, u.excess)
			}
		})
	}
}

type upload struct {
	s       *http1.Stream
	got     []byte
	granted int
	excess  bool
	done    chan struct{}
}

func (u *upload) request(s *http1.Stream) {
	u.s = s
	s.Receive(u)
	early, end := s.Early(100)
	u.got = append(u.got, early...)
	if len(early) > 100 || end {
		u.excess = true
	}
	u.granted = 100_000
	s.Grant(100_000)
}

func (u *upload) BodyData(p []byte, end bool) {
	u.got = append(u.got, p...)
	if u.granted -= len(p); u.granted < 0 {
		u.excess = true
	}
	if end {
		close(u.done)
		_ = u.s.Respond("200 OK", nil, whole, nil)
	} else if u.granted == 0 {
		u.granted = 100_000
		go u.s.Grant(100_000) // from another goroutine, while this one goes to wait
	}
}
func (u *upload) BodyBroken(error) {}
func (u *upload) Sent(int)         {}
func (u *upload) Gone(error)       {}

// TestEarly: a small body that came with its head can be had at once, and then is not given again.
func TestEarly(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		max  int
		want string
		end  bool
		rest string
	}{
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", 100, "hello", true, ""},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", 3, "hel", false, "lo"},
		{chunkedHead + "2\r\nhe\r\n3;x\r\nllo\r\n0\r\nA: b\r\n\r\n", 100, "hello", true, ""},
		{chunkedHead + "2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n", 3, "hel", false, "lo"},
		{chunkedHead + "2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n", 0, "", false, "hello"},
		{"GET / HTTP/1.1\r\n" + host + "\r\n", 100, "", true, ""},
	} {
		var early string
		var whole bool
		a := &app{}
		done := make(chan struct{})
		a.request = func(s *http1.Stream) {
			x := &call{Stream: s, app: a}
			s.Receive(x)
			p, end := s.Early(tt.max)
			early, whole = string(p), end
			if end {
				x.done()
			} else {
				s.Grant(1)
			}
			close(done)
		}
		got := newMemoryAnswer(t, a, tt.raw)
		<-done
		if early != tt.want || whole != tt.end {
			t.Errorf("%q, at most %d: %q, %v", tt.raw, tt.max, early, whole)
		}
		a.mu.Lock()
		first := a.seen[0]
		a.mu.Unlock()
		if !strings.HasSuffix(first, fmt.Sprintf("%q", tt.rest)) || !strings.Contains(got, "200 OK") {
			t.Errorf("%q: the rest was %s; %s", tt.raw, first, got)
		}
	}
}

// newMemoryAnswer has a handler answer raw over an in-memory connection, where it comes in one read.
func newMemoryAnswer(t *testing.T, a *app, raw string) string {
	t.Helper()
	m := newMemory()
	run(t, &http1.Server{Handler: a}, m)
	return m.dial().say(raw)
}

// TestExpect: the 100 goes out when the handler wants the body, and only then.
func TestExpect(t *testing.T) {
	const ask = "POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
	t.Run("asked", func(t *testing.T) {
		c := dial(t, serve(t, &app{}, http1.Limits{}))
		r := bufio.NewReader(c)
		send(t, c, ask)
		if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("got %q, %v", line, err)
		}
		_, _ = r.ReadString('\n')
		send(t, c, "hi")
		if got, want := receive(t, r), (answer{status: 200, body: `POST / "hi"`}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		send(t, c, ask)
		if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("on the kept connection: %q, %v", line, err)
		}
	})
	t.Run("not asked", func(t *testing.T) {
		h := hold()
		c := dial(t, serve(t, h, http1.Limits{}))
		send(t, c, ask)
		x := h.next(t)
		if err := x.Respond("403 Forbidden", nil, whole, nil); err != nil {
			t.Fatal(err)
		}
		x.Continue()
		b, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(b); strings.Contains(s, "100 Continue") || !strings.Contains(s, "Connection: close\r\n") {
			t.Errorf("got %q", s)
		}
	})
	t.Run("1.0", func(t *testing.T) {
		h := hold()
		c := dial(t, serve(t, h, http1.Limits{}))
		send(t, c, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
		x := h.next(t)
		x.Continue()
		if err := x.Respond("200 OK", nil, whole, nil); err != nil {
			t.Fatal(err)
		}
		if s := statuses(answers(c)); s != "200" {
			t.Errorf("answered %q", s)
		}
	})
}

// TestUnreadBody: a small body that the handler does not take is read away and the connection kept; a large one ends
// the connection, and the client still sees the answer.
func TestUnreadBody(t *testing.T) {
	respond := func(s *http1.Stream) { _ = s.Respond("200 OK", nil, whole, []byte("unread")) }
	const next = "GET /next HTTP/1.1\r\n" + host + "\r\n"
	for _, tt := range []struct {
		name, head, body, want string
	}{
		{"small", "Content-Length: 60000", strings.Repeat("a", 60000), "200 200"},
		{"small in chunks", "Transfer-Encoding: chunked", "5000\r\n" + strings.Repeat("a", 0x5000) + "\r\n0\r\n\r\n", "200 200"},
		{"large", "Content-Length: 3000000", strings.Repeat("a", 3000000), "200"},
		{"large in chunks", "Transfer-Encoding: chunked", "300000\r\n" + strings.Repeat("a", 0x300000) + "\r\n0\r\n\r\n", "200"},
		{"bad in chunks", "Transfer-Encoding: chunked", "5000\r\n" + strings.Repeat("a", 0x5000) + "X", "200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, serve(t, &app{request: respond}, http1.Limits{}))
			var wg sync.WaitGroup
			wg.Go(func() {
				_, _ = io.WriteString(c, "POST / HTTP/1.1\r\n"+host+tt.head+"\r\n\r\n")
				_, _ = io.WriteString(c, tt.body+next)
				_ = c.CloseWrite()
			})
			if s := statuses(answers(c)); s != tt.want {
				t.Errorf("answered %q, want %q", s, tt.want)
			}
			wg.Wait()
		})
	}
}

// TestBrokenBody: a body that breaks off is told, the handler can answer, and nothing after it is a request.
func TestBrokenBody(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		want          error
	}{
		{chunkedHead, "5\r\nhelloGET / HTTP/1.1\r\n" + host + "\r\n", http1.ErrChunk},
		{chunkedHead, "5\r\nhello\r\n", io.ErrUnexpectedEOF},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\n", "hello", io.ErrUnexpectedEOF},
	} {
		h := hold()
		c := dial(t, serve(t, h, http1.Limits{}))
		send(t, c, tt.first)
		x := h.next(t) // the head is handed over before the body comes
		send(t, c, tt.second)
		_ = c.CloseWrite()
		x.Grant(100)
		got := answers(c)
		if s := statuses(got); s != "400" {
			t.Errorf("answered %q", s)
		}
		if !errors.Is(x.broken, tt.want) || x.body.String() != "hello" {
			t.Errorf("broken by %v after %q, want %v", x.broken, x.body.String(), tt.want)
		}
		if len(h.streams) > 0 {
			t.Error("what came after a broken body was taken for a request")
		}
	}
}

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

// TestManyConnections drives many connections at once, answered from other goroutines in pieces.
func TestManyConnections(t *testing.T) {
	const conns, each = 32, 50
	h := hold()
	addr := serve(t, h, http1.Limits{})
	quit := make(chan struct{})
	var workers, clients sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				select {
				case x := <-h.streams:
					target := []byte(x.Head().Target)
					if len(target)%2 == 0 {
						_ = x.Respond("200 OK", nil, whole, target)
						continue
					}
					_ = x.Respond("200 OK", nil, http1.Options{}, target[:1])
					_ = x.Block(target[1:], false)
					_ = x.End()
				case <-quit:
					return
				}
			}
		})
	}
	for i := range conns {
		c := dial(t, addr)
		clients.Go(func() {
			defer c.Close()
			r := bufio.NewReader(c)
			for j := range each {
				target := fmt.Sprintf("/%d/%d", i, j)
				_, _ = io.WriteString(c, "GET "+target+" HTTP/1.1\r\n"+host+"\r\n")
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := io.ReadAll(resp.Body); err != nil || string(b) != target {
					t.Errorf("%s: %q, %v", target, b, err)
					return
				}
			}
		})
	}
	clients.Wait()
	close(quit)
	workers.Wait()
}
