package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
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

// halfCall is a call that counts how often it is told that the client has ended its side.
type halfCall struct {
	*call
	halves chan bool
}

func (x *halfCall) HalfClosed() { x.halves <- true }

// TestHalfClosedIsTold: of a client that ends its side before it has all of the response, and of no other.
func TestHalfClosedIsTold(t *testing.T) {
	two := [][2]string{{"Content-Length", "2"}}
	for _, c := range []struct {
		name, method, status string
		headers              [][2]string
		block                string
		told                 bool
	}{
		{"nothing has come", "GET", "", nil, "", true},
		{"half of it", "GET", "200 OK", two, "a", true},
		{"chunks that have no end yet", "GET", "200 OK", nil, "ab", true},
		{"all of it", "GET", "200 OK", two, "ab", false},
		{"a head alone", "HEAD", "200 OK", two, "", false},
		{"nothing more is to come", "GET", "304 Not Modified", nil, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 20 {
				streams, halves := make(chan *http1.Stream, 1), make(chan bool, 1)
				h := &app{request: func(s *http1.Stream) {
					s.Receive(&halfCall{&call{Stream: s, app: &app{}}, halves})
					streams <- s
				}}
				conn := dial(t, serve(t, h, http1.Limits{}))
				send(t, conn, c.method+" / HTTP/1.1\r\n"+host+"\r\n")
				x := <-streams
				if c.status != "" {
					if err := x.Respond(c.status, c.headers, http1.Options{}, []byte(c.block)); err != nil {
						t.Fatal(err)
					}
				}
				_ = conn.CloseWrite()
				if c.told {
					<-halves
				}
				x.Break()
				if _, err := io.Copy(io.Discard, conn); err != nil {
					t.Fatal(err)
				}
				if len(halves) > 0 {
					t.Fatal("it was told")
				}
			}
		})
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

// TestClientWithTheWholeResponse: that a client has closed, and has all of a response which goes on, is told as time goes by.
func TestClientWithTheWholeResponse(t *testing.T) {
	length := [][2]string{{"Content-Length", "2"}}
	for _, c := range []struct {
		method, status string
		headers        [][2]string
		fields         string
	}{
		{"HEAD", "200 OK", nil, ""},
		{"HEAD", "200 OK", nil, "Connection: close\r\n"},
		{"HEAD", "200 OK", length, ""},
		{"GET", "204 No Content", nil, ""},
		{"GET", "304 Not Modified", nil, ""},
		{"GET", "200 OK", length, ""},
	} {
		h := hold()
		conn := dial(t, serve(t, h, http1.Limits{Linger: 20 * time.Millisecond}))
		send(t, conn, c.method+" / HTTP/1.1\r\n"+host+c.fields+"\r\n")
		_ = conn.CloseWrite()
		x := h.next(t)
		if err := x.Respond(c.status, c.headers, http1.Options{}, []byte("a")); err != nil {
			t.Fatal(err)
		}
		if err := x.Block([]byte("b"), false); err != nil {
			t.Fatal(err)
		}
		await(t, "told twice", func() bool { return h.outlasted() > 1 })
		x.Break()
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s, %s: %v", c.method, c.status, err)
		}
	}
}

// TestHalfCloseForLong: nothing is told of who still waits for a part of the response, however long it takes, nor where the
// end of it comes in time.
func TestHalfCloseForLong(t *testing.T) {
	for _, c := range []struct {
		method string
		linger time.Duration
	}{{"GET", time.Second}, {"HEAD", time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			h := hold()
			conn := serveMemory(t, h, http1.Limits{Linger: c.linger}).dial()
			defer conn.Close()
			send(t, conn, c.method+" / HTTP/1.1\r\n"+host+"\r\n")
			_ = conn.CloseWrite()
			x := h.next(t)
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			if err := x.Respond("200 OK", [][2]string{{"Content-Length", "2"}}, http1.Options{}, []byte("a")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Second)
			if err := x.Block([]byte("b"), true); err != nil {
				t.Fatal(err)
			}
			if n := h.outlasted(); n > 0 {
				t.Errorf("%s: told %d times", c.method, n)
			}
		})
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
