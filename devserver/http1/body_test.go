package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/snifter-dev/snifter/devserver/http1"
)

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

// TestUnreadBodyOfSlowClient: a large body that the handler does not take, and that does not come, ends the connection
// with the response, also where that came in pieces and was granted more.
func TestUnreadBodyOfSlowClient(t *testing.T) {
	h := hold()
	c := dial(t, serve(t, h, http1.Limits{BodyStall: -1, IdleTime: -1}))
	send(t, c, "POST / HTTP/1.1\r\n"+host+"Content-Length: 1000000\r\n\r\nsome")
	x := h.next(t)
	x.Grant(1000)
	if err := x.Respond("200 OK", nil, http1.Options{}, []byte("unread")); err != nil {
		t.Fatal(err)
	}
	if err := x.End(); err != nil {
		t.Fatal(err)
	}
	if s := statuses(answers(c)); s != "200" {
		t.Errorf("answered %q", s)
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
