package wsgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func TestBlocksComeAtTheApplicationsPace(t *testing.T) {
	goOn := make(chan struct{})
	p := dial(t, answering(func(yield func([]byte, error) bool) {
		for i := range 3 {
			if !yield(fmt.Append(nil, i), nil) {
				return
			}
			<-goOn
		}
	}))
	id := p.request(environ("GET"), "", true)
	for i := range 3 {
		p.await(func() bool { return len(p.got[id].Blocks) == i+1 && !p.got[id].Ended })
		goOn <- struct{}{}
	}
	p.ended(id)
}

func TestBackPressure(t *testing.T) {
	const size = 100 << 10
	var mu sync.Mutex
	produced := 0
	p := dial(t, answering(func(yield func([]byte, error) bool) {
		block := bytes.Repeat([]byte("x"), size)
		for range 20 {
			if !yield(block, nil) {
				return
			}
			mu.Lock()
			produced++
			mu.Unlock()
		}
	}))
	p.mu.Lock()
	p.noAck = true
	p.mu.Unlock()
	id := p.request(environ("GET"), "", true)
	// The window is filled to its last byte, by a part of the third block.
	p.await(func() bool { return len(p.got[id].Body) == wire.DataWindow })
	mu.Lock()
	if produced != 2 {
		t.Errorf("the application is %d blocks ahead of a server that takes none", produced)
	}
	mu.Unlock()
	p.mu.Lock()
	p.noAck = false
	p.mu.Unlock()
	p.credit(id, wire.DataWindow)
	a := p.ended(id)
	whole := 0
	for _, b := range a.Blocks {
		if !strings.HasPrefix(b, "+") {
			whole++
		}
	}
	if len(a.Body) != 20*size || whole != 20 {
		t.Errorf("%d bytes in %d blocks", len(a.Body), whole)
	}
}

func TestLargeSingleBlock(t *testing.T) {
	for _, tt := range []struct {
		size  int
		sized bool
	}{{1 << 20, true}, {6 << 20, false}} {
		block := bytes.Repeat([]byte("0123456789abcdef"), tt.size/16)
		p := dial(t, answering(wsgi.Bytes(block)))
		a := p.do(environ("GET"), "")
		if a.Body != string(block) || a.Sized != tt.sized {
			t.Errorf("%d bytes: %d came, sized %v", tt.size, len(a.Body), a.Sized)
		}
	}
}

func TestGoneStopsTheBody(t *testing.T) {
	closed, cancelled := make(chan struct{}), make(chan error, 1)
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain, nil)
		return func(yield func([]byte, error) bool) {
			defer close(closed)
			ctx, cancel := context.WithCancel(e.Context())
			defer cancel()
			for yield([]byte("tick"), nil) {
				<-ctx.Done()
				cancelled <- e.Context().Err()
			}
		}
	})
	id := p.request(environ("GET"), "", true)
	p.await(func() bool { return len(p.got[id].Blocks) == 1 })
	p.send(wire.Frame{Kind: wire.Gone, Request: id})
	a := p.ended(id)
	<-closed
	if err := <-cancelled; err != context.Canceled {
		t.Errorf("the context's error: %v", err)
	}
	if len(a.Blocks) != 1 || len(a.Raised) != 0 || a.Broken {
		t.Errorf("got %+v", a)
	}
}

func TestGoneWhileWaitingForRoom(t *testing.T) {
	written := make(chan error, 1)
	p := dial(t, func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		write := start("200 OK", plain, nil)
		_, err := write(make([]byte, 2*wire.DataWindow))
		written <- err
		return wsgi.Blocks()
	})
	p.mu.Lock()
	p.noAck = true
	p.mu.Unlock()
	id := p.request(environ("GET"), "", true)
	p.await(func() bool { return len(p.got[id].Body) == wire.DataWindow })
	p.send(wire.Frame{Kind: wire.Gone, Request: id})
	p.ended(id)
	if err := <-written; !errors.Is(err, wsgi.ErrGone) {
		t.Errorf("write failed with %v", err)
	}
}

// echo answers with the body of the request, read as the query says.
func echo(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", plain, nil)
	return func(yield func([]byte, error) bool) {
		buf := make([]byte, 1000)
		for {
			n, err := e.Input().Read(buf)
			if n > 0 && !yield(buf[:n], nil) {
				return
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func TestInputStreams(t *testing.T) {
	p := dial(t, echo)
	id := p.request(environ("POST"), "first ", false)
	p.await(func() bool { return p.got[id].Body == "first " && p.got[id].Continue == 1 })
	p.send(wire.Frame{Kind: wire.Body, Request: id, Payload: []byte("second ")})
	p.await(func() bool { return p.got[id].Body == "first second " && p.got[id].Read == 13 })
	p.send(wire.Frame{Kind: wire.Body, Flags: wire.FlagEnd, Request: id, Payload: []byte("third")})
	a := p.ended(id)
	if a.Body != "first second third" || a.Continue != 1 || a.Broken {
		t.Errorf("got %+v", a)
	}
}

func TestInputWholeWithTheRequest(t *testing.T) {
	a := dial(t, echo).do(environ("POST"), "all of it")
	if a.Body != "all of it" || a.Continue != 0 || a.Read != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestInputBroken(t *testing.T) {
	p := dial(t, echo)
	id := p.request(environ("POST"), "half", false)
	p.send(wire.Frame{Kind: wire.BodyError, Request: id, Payload: []byte("the connection ended")})
	a := p.ended(id)
	// What came is handed out first; then comes an error, never an end.
	if a.Body != "half" || !a.Broken || len(a.Raised) != 1 ||
		a.Raised[0].Message != "the request's body is broken: the connection ended" {
		t.Errorf("got %+v", a)
	}
}

func TestInputGone(t *testing.T) {
	got := make(chan error, 1)
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, err := io.ReadAll(e.Input())
		got <- err
		return wsgi.Fail(err)
	})
	id := p.request(environ("POST"), "", false)
	p.await(func() bool { return p.got[id].Continue == 1 })
	p.send(wire.Frame{Kind: wire.Gone, Request: id})
	a := p.ended(id)
	if err := <-got; !errors.Is(err, wsgi.ErrGone) {
		t.Errorf("reading failed with %v", err)
	}
	if len(a.Raised) != 0 {
		t.Errorf("the client's going is told as a failure of the application: %+v", a.Raised[0])
	}
}

func TestUploadThroughTheWindow(t *testing.T) {
	const total = 8 << 20
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		n, err := io.Copy(io.Discard, e.Input())
		start("200 OK", plain, nil)
		return wsgi.Text(fmt.Sprint(n, err))
	})
	id := p.request(environ("POST"), "", false)
	chunk := make([]byte, 64<<10)
	for sent := 0; sent < total; sent += len(chunk) {
		p.await(func() bool { return sent+len(chunk)-p.got[id].Read <= wire.BodyWindow })
		p.send(wire.Frame{Kind: wire.Body, Request: id, Payload: chunk})
	}
	p.send(wire.Frame{Kind: wire.Body, Flags: wire.FlagEnd, Request: id})
	if a := p.ended(id); a.Body != fmt.Sprint(total, nil) {
		t.Errorf("got %q", a.Body)
	}
}

func TestErrorsKeepLinesWhole(t *testing.T) {
	const writers, lines = 8, 50
	a := get(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				for range lines {
					fmt.Fprintf(e.Errors(), "writer %d", i) //nolint:errcheck // it is looked at below
				}
			})
		}
		all.Wait()
		io.WriteString(e.Errors(), "\nline\nand a rest \xff") //nolint:errcheck // it is looked at below
		return hello(e, start)
	})
	if !strings.HasSuffix(a.Errors, "\nline\nand a rest \uFFFD") || strings.Count(a.Errors, "writer") != writers*lines {
		t.Errorf("got %q", a.Errors)
	}
}

func TestReady(t *testing.T) {
	p := dial(t, hello)
	r := p.ready
	if r.Language != "go" || !strings.HasPrefix(r.Version, "go1") || r.AppType != "wsgi_test.hello" || r.PID == 0 ||
		r.Objects["wsgi.input"] == "" {
		t.Errorf("got %+v", r)
	}
}

func TestEnviron(t *testing.T) {
	d := set(environ("GET", "PATH_INFO", "/caf\u00c3\u00a9", "CONTENT_TYPE", "text/x", "HTTP_X_Y", "z"), "number", int64(3))
	var got wsgi.Environ
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		got = e
		return hello(e, start)
	})
	p.do(d, "")
	if got.Path() != "/caf\u00e9" || got.Str("PATH_INFO") != "/caf\u00c3\u00a9" || got.Header("Content-Type") != "text/x" ||
		got.Header("x-y") != "z" || got["wsgi.version"] != [2]int{1, 0} || got["number"] != int64(3) ||
		got["wsgi.run_once"] != false {
		t.Errorf("got %v", got)
	}
}

type file struct {
	io.Reader
	closed int
}

func (f *file) Close() error { f.closed++; return nil }

func TestFileWrapper(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers [][2]string
		size    int
		want    []string
	}{
		{"to the end", nil, 4, []string{"y:0123", "y:4567", "y:89"}},
		{"no more than Content-Length", [][2]string{{"Content-Length", "6"}}, 4, []string{"y:0123", "y:45"}},
		{"none of it", [][2]string{{"Content-Length", "0"}}, 4, nil},
		{"blocks of the server's choice", nil, 0, []string{"y:0123456789"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &file{Reader: strings.NewReader("0123456789")}
			a := get(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				start("200 OK", append(plain[:1:1], tt.headers...), nil)
				return e.FileWrapper()(f, tt.size)
			})
			if !slices.Equal(a.Blocks, tt.want) || len(a.Lint) > 0 || a.Broken || f.closed != 1 {
				t.Errorf("got %+v, closed %d times", a, f.closed)
			}
		})
	}
}

// TestNothingOutgrowsAFrame: what an application may make as large as it likes never makes a frame that the server
// refuses, which would be the worker's end.
func TestNothingOutgrowsAFrame(t *testing.T) {
	huge := strings.Repeat("\u00e9", 9<<20) // over wire.MaxPayload
	for name, app := range map[string]wsgi.Application{
		"wsgi.errors": func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			io.WriteString(e.Errors(), huge) //nolint:errcheck // it is looked at below
			return hello(e, start)
		},
		"a status": func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 "+huge, plain, nil)
			return wsgi.Blocks()
		},
		"no status": func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start(huge, plain, nil)
			return wsgi.Blocks()
		},
		"a header": func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", wsgi.Headers{{"X", huge}}, nil)
			return wsgi.Blocks()
		},
		"a header's name": func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", wsgi.Headers{{huge, "x"}}, nil)
			return wsgi.Blocks()
		},
		"a message": func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { panic(huge) },
		"a block":   answering(wsgi.Text(huge)),
	} {
		t.Run(name, func(t *testing.T) {
			p := dial(t, app)
			a := p.do(environ("GET"), "")
			if name == "wsgi.errors" && a.Errors != huge {
				t.Errorf("%d bytes of the log came", len(a.Errors))
			}
			if name == "a block" && a.Body != huge {
				t.Errorf("%d bytes of the body came", len(a.Body))
			}
			p.do(environ("GET"), "")
		})
	}
}
