package wsgi_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

var errApp = errors.New("the application's own trouble")

// blocks yields these and counts how often it was closed.
func blocks(closed *int, bs ...string) wsgi.Body {
	return func(yield func([]byte, error) bool) {
		defer func() { *closed++ }()
		for _, b := range bs {
			if !yield([]byte(b), nil) {
				return
			}
		}
	}
}

func TestResponse(t *testing.T) {
	closed := 0
	type want struct {
		status string
		blocks []string
		sized  bool
		broken bool
		raised string // "where type: message", of the only exception
		lint   []string
	}
	for _, tt := range []struct {
		name   string
		method string
		app    wsgi.Application
		want   want
	}{
		{name: "one block, whose length can be inferred", app: hello,
			want: want{status: "200 OK", blocks: []string{"y:Hello, world!\n"}, sized: true}},
		{name: "blocks keep their boundaries, and empty ones send nothing",
			app:  answering(blocks(&closed, "", "a", "", "bc", "")),
			want: want{status: "200 OK", blocks: []string{"y:a", "y:bc"}}},
		{name: "an empty body", app: answering(wsgi.Blocks()),
			want: want{status: "200 OK", sized: true}},
		{name: "an empty body of a HEAD has no known length", method: "HEAD", app: answering(wsgi.Blocks()),
			want: want{status: "200 OK"}},
		{name: "a HEAD is ranged over", method: "HEAD", app: answering(blocks(&closed, "abc")),
			want: want{status: "200 OK", blocks: []string{"y:abc"}}},
		{name: "write goes before what is yielded", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			w := start("201 Created", plain, nil)
			fmt.Fprintf(w, "written") //nolint:errcheck // it is looked at below
			return blocks(&closed, "yielded")
		}, want: want{status: "201 Created", blocks: []string{"w:written", "y:yielded"}, lint: []string{"write-used"}}},
		{name: "start_response called at the first block", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				start("202 Accepted", plain, nil)
				yield([]byte("late"), nil)
			}
		}, want: want{status: "202 Accepted", blocks: []string{"y:late"}}},
		{name: "an error replaces what was said before", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", plain, nil)
			start("500 Oops", plain, errApp)
			return wsgi.Text("sorry")
		}, want: want{status: "500 Oops", blocks: []string{"y:sorry"}, sized: true,
			raised: "handled in call *errors.errorString: the application's own trouble"}},
		{name: "an error after the first block is raised again", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				start("200 OK", plain, nil)
				yield([]byte("a"), nil)
				start("500 Oops", plain, errApp)
			}
		}, want: want{status: "200 OK", blocks: []string{"y:a"}, broken: true,
			raised: "iterate *errors.errorString: the application's own trouble"}},
		{name: "start_response twice", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", plain, nil)
			start("200 Again", plain, nil)
			return wsgi.Text("x")
		}, want: want{broken: true, lint: []string{"start-response-twice"},
			raised: `call *wsgi.ProtocolError: start_response was called twice: the second call said "200 Again", the first "200 OK"`}},
		{name: "start_response never called", app: func(wsgi.Environ, wsgi.StartResponse) wsgi.Body {
			return blocks(&closed, "x", "y")
		}, want: want{broken: true, lint: []string{"start-response-not-called"},
			raised: "iterate *wsgi.ProtocolError: start_response was not called: and the body yields"}},
		{name: "start_response never called, and no block", app: func(wsgi.Environ, wsgi.StartResponse) wsgi.Body {
			return blocks(&closed)
		}, want: want{broken: true, lint: []string{"start-response-not-called"},
			raised: "iterate *wsgi.ProtocolError: start_response was not called: and the body has ended"}},
		{name: "no body", app: func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", plain, nil)
			return nil
		}, want: want{broken: true, lint: []string{"not-iterable"},
			raised: "call *wsgi.ProtocolError: the application returned no body: nil; an empty body is Blocks()"}},
		{name: "a panic in the call", app: func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { panic("oh") },
			want: want{broken: true, raised: "call panic(string): oh"}},
		{name: "a yielded error before the first block", app: answering(wsgi.Fail(errApp)),
			want: want{broken: true, raised: "iterate *errors.errorString: the application's own trouble"}},
		{name: "a panic midway", app: answering(func(yield func([]byte, error) bool) {
			yield([]byte("a"), nil)
			panic(errApp)
		}), want: want{status: "200 OK", blocks: []string{"y:a"}, broken: true,
			raised: "iterate *errors.errorString: the application's own trouble"}},
		{name: "a panic while closing", app: answering(func(yield func([]byte, error) bool) {
			if !yield(nil, errApp) {
				panic("closing too")
			}
		}), want: want{broken: true, raised: "close panic(string): closing too"}},
		{name: "going on after the end", app: answering(func(yield func([]byte, error) bool) {
			yield(nil, errApp)
			yield([]byte("more"), nil)
		}), want: want{broken: true, lint: []string{"yield-after-end"},
			raised: "close *wsgi.ProtocolError: yield after the end of the body: the body went on after it was told to stop"}},
		{name: "runtime.Goexit", app: answering(func(yield func([]byte, error) bool) { runtime.Goexit() }),
			want: want{broken: true, raised: "iterate *errors.errorString: the application called runtime.Goexit"}},
		{name: "more than Content-Length", app: answering(blocks(&closed, "abc", "def"), [2]string{"Content-Length", "4"}),
			want: want{status: "200 OK", blocks: []string{"y:abc", "y:def"}, lint: []string{"content-length-exceeded"}}},
		{name: "less than Content-Length", app: answering(blocks(&closed, "abc"), [2]string{"Content-Length", "4"}),
			want: want{status: "200 OK", blocks: []string{"y:abc"}, broken: true, lint: []string{"content-length-short"}}},
		{name: "Content-Length of a HEAD's answer", method: "HEAD",
			app:  answering(wsgi.Blocks(), [2]string{"Content-Length", "4"}),
			want: want{status: "200 OK"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = "GET"
			}
			before := closed
			p := dial(t, tt.app)
			a := p.do(environ(method), "")
			got := want{blocks: a.Blocks, sized: a.Sized, broken: a.Broken, lint: a.Lint}
			if len(a.Heads) > 0 {
				got.status = a.Heads[0].Status
			}
			if n := len(a.Raised); n > 0 {
				r := a.Raised[n-1]
				got.raised = fmt.Sprintf("%s %s: %s", r.Where, r.Type, r.Message)
				if r.Handled {
					got.raised = "handled in " + got.raised
				}
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Error(diff)
			}
			if closed > before+1 {
				t.Errorf("the body was closed %d times", closed-before)
			}
			// Whatever happened, the worker goes on.
			if a := p.do(environ(method), ""); !a.Ended {
				t.Error("the next request was not answered")
			}
		})
	}
}

func TestStartResponseRefuses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		status  string
		headers wsgi.Headers
		err     error
		lint    string
	}{
		{"no reason's space", "200", nil, wsgi.ErrStatus, "status-invalid"},
		{"an empty status", "", nil, wsgi.ErrStatus, "status-invalid"},
		{"two digits", "20 OK", nil, wsgi.ErrStatus, "status-invalid"},
		{"four digits", "2000 OK", nil, wsgi.ErrStatus, "status-invalid"},
		{"letters", "abc OK", nil, wsgi.ErrStatus, "status-invalid"},
		{"an interim status", "103 Early Hints", nil, wsgi.ErrStatus, "status-invalid"},
		{"a line break in the status", "200 OK\r\nX: y", nil, wsgi.ErrStatus, "status-invalid"},
		{"a status beyond latin-1", "200 \u20ac", nil, wsgi.ErrStatus, "status-invalid"},
		{"a line break in a value", "200 OK", wsgi.Headers{{"A", "b\r\nC: d"}}, wsgi.ErrHeader, "header-invalid"},
		{"a NUL in a value", "200 OK", wsgi.Headers{{"A", "b\x00"}}, wsgi.ErrHeader, "header-invalid"},
		{"a value beyond latin-1", "200 OK", wsgi.Headers{{"A", "\u0100"}}, wsgi.ErrHeader, "header-invalid"},
		{"bytes that are no UTF-8", "200 OK", wsgi.Headers{{"A", "\xff"}}, wsgi.ErrHeader, "header-invalid"},
		{"a space in a name", "200 OK", wsgi.Headers{{"A B", "c"}}, wsgi.ErrHeader, "header-invalid"},
		{"a colon in a name", "200 OK", wsgi.Headers{{"A:", "c"}}, wsgi.ErrHeader, "header-invalid"},
		{"no name", "200 OK", wsgi.Headers{{"", "c"}}, wsgi.ErrHeader, "header-invalid"},
		{"a name beyond ASCII", "200 OK", wsgi.Headers{{"\u00e9", "c"}}, wsgi.ErrHeader, "header-invalid"},
		{"Content-Length with a sign", "200 OK", wsgi.Headers{{"Content-Length", "+1"}}, wsgi.ErrHeader, "header-invalid"},
		{"two lengths", "200 OK", wsgi.Headers{{"Content-Length", "1"}, {"content-length", "2"}}, wsgi.ErrHeader, "header-invalid"},
		{"Connection", "200 OK", wsgi.Headers{{"connection", "close"}}, wsgi.ErrHopByHop, "hop-by-hop-header"},
		{"Transfer-Encoding", "200 OK", wsgi.Headers{{"Transfer-Encoding", "chunked"}}, wsgi.ErrHopByHop, "hop-by-hop-header"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen error
			a := get(t, func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				defer func() {
					v := recover()
					seen, _ = v.(error)
					panic(v)
				}()
				start(tt.status, tt.headers, nil)
				return wsgi.Text("x")
			})
			if !errors.Is(seen, tt.err) {
				t.Errorf("start_response panicked with %v", seen)
			}
			if len(a.Heads) > 0 || !a.Broken || !slices.Equal(a.Lint, []string{tt.lint}) {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestHeadersAreCopiedAtOnce(t *testing.T) {
	a := get(t, func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		headers := wsgi.Headers{{"Content-Type", "text/plain"}, {"X-Caf\u00e9"[:5] + "e", "\u00e9"}}
		start("200 OK", headers, nil)
		headers[0][1] = "text/html"
		return wsgi.Text("x")
	})
	want := [][2]string{{"Content-Type", "text/plain"}, {"X-Cafe", "\u00e9"}}
	if diff := cmp.Diff(want, a.Heads[0].Headers); diff != "" {
		t.Error(diff)
	}
}

func TestReplacedStartIsTold(t *testing.T) {
	a := get(t, func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain, nil)
		start("500 Oops", plain, errApp)
		panic(fmt.Errorf("outer: %w", errApp))
	})
	var told []string
	for _, h := range a.Started {
		told = append(told, h.Status)
	}
	if !slices.Equal(told, []string{"200 OK", "500 Oops"}) || len(a.Heads) > 0 {
		t.Errorf("told %q, heads %v", told, a.Heads)
	}
	if len(a.Raised) != 2 || !a.Raised[0].Handled || a.Raised[1].Handled {
		t.Fatalf("%+v", a.Raised)
	}
	if r := a.Raised[1]; r.Cause == nil || !r.Explicit || r.Cause.Message != errApp.Error() {
		t.Errorf("the cause is %+v", r.Cause)
	}
}

func TestTracebackIsOfTheApplication(t *testing.T) {
	a := get(t, answering(func(yield func([]byte, error) bool) { outer() }))
	r := a.Raised[0]
	var names []string
	for _, f := range r.Frames {
		names = append(names, f.Function[strings.LastIndexByte(f.Function, '.')+1:])
	}
	if n := len(names); n < 2 || names[n-2] != "outer" || names[n-1] != "inner" {
		t.Fatalf("frames: %v", names)
	}
	last := r.Frames[len(r.Frames)-1]
	if !strings.Contains(last.Source, "nobody[3]") || len(last.Context) < 6 ||
		!strings.HasSuffix(last.File, "response_test.go") || last.Context[last.Line-last.ContextFrom] == "" {
		t.Errorf("the innermost frame is %+v", last)
	}
	if !strings.Contains(r.Text, "inner") || strings.Contains(r.Text, "guard") {
		t.Errorf("text: %s", r.Text)
	}
	for _, f := range r.Frames {
		if strings.HasPrefix(f.Function, "runtime.") || strings.Contains(f.Function, "wsgi.(") {
			t.Errorf("a frame that is not the application's: %s", f.Function)
		}
	}
}

func outer() { inner(nil) }

//go:noinline
func inner(nobody []int) int { return nobody[3] }

func TestMessages(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for name, tt := range map[string]struct {
		v    any
		want string
	}{
		"an Error that panics":   {badError{}, "(its message can't be had: it panics with string)"},
		"bytes that are no text": {errors.New("a\xffb"), "a\uFFFDb"},
		"a huge one":             {errors.New(long), long[:64<<10] + "... (cut, 100000 bytes)"},
	} {
		t.Run(name, func(t *testing.T) {
			a := get(t, func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { panic(tt.v) })
			if got := a.Raised[0].Message; got != tt.want {
				t.Errorf("got %.100q", got)
			}
		})
	}
}

type badError struct{}

func (badError) Error() string { panic("no") }
