package wsgi_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// blamed maps each key of the environ that was set, changed or removed to the stages that did so.
func blamed(a *answer) map[string][]uint16 {
	by := map[string][]uint16{}
	for _, e := range a.Events {
		if c, ok := e.Payload.(*event.EnvironChange); ok {
			for _, key := range strings.Fields(change(c)) {
				key, _, _ = strings.Cut(key, "=")
				by[key] = append(by[key], e.Stage)
			}
		}
	}
	return by
}

// noting is a middleware that sets a key of its own wherever its code runs.
func noting(name string) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			note := func(what string) { e[name+"."+what] = 1 }
			note("call")
			body := next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
				note("start")
				e["RAW_URI"] = name
				write := start(status, headers, err)
				note("started")
				return func(block []byte) (int, error) {
					note("write")
					return write(block)
				}
			})
			note("return")
			return func(yield func([]byte, error) bool) {
				note("body")
				n := 0
				for block, err := range body {
					if n++; n == 2 {
						note("block")
					}
					if !yield(block, err) {
						return
					}
				}
				note("end")
			}
		}
	}
}

// Whichever stage's code runs when an environ is changed that several stages have, it is that one's change.
func TestEnvironIsBlamedOnWhoRan(t *testing.T) {
	app := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		e["app.call"] = 1
		write := start("200 OK", plain, nil)
		_, _ = write([]byte("zero"))
		e["app.return"] = 1
		return func(yield func([]byte, error) bool) {
			e["app.body"] = 1
			for _, block := range []string{"one", "two", "three"} {
				if !yield([]byte(block), nil) {
					return
				}
				e["app."+block] = 1
			}
		}
	}
	want := map[string][]uint16{"RAW_URI": {4, 2}}
	for _, what := range []string{"call", "start", "started", "write", "return", "body", "block", "end"} {
		want["outer."+what], want["inner."+what] = []uint16{2}, []uint16{4}
	}
	for _, what := range []string{"call", "return", "body", "one", "two", "three"} {
		want["app."+what] = []uint16{5}
	}
	a := serving(t, app, tagged("t"), noting("outer"), user, noting("inner"))
	got := blamed(a)
	maps.DeleteFunc(got, func(key string, _ []uint16) bool { return want[key] == nil })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, strings.Join(told(a.Events), "\n"))
	}
}

// changing is a middleware that gives the same key another value wherever its code runs, in the environ or in a copy that it
// gives to the stage within.
func changing(name string, copies bool) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			if copies {
				e = maps.Clone(e)
			}
			at := func(where string) { e["x.at"] = name + "." + where }
			at("call")
			body := next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
				at("start")
				write := start(status, headers, err)
				return func(block []byte) (int, error) {
					at("write")
					return write(block)
				}
			})
			at("return")
			return func(yield func([]byte, error) bool) {
				for block, err := range body {
					if at("block"); !yield(block, err) {
						return
					}
				}
				at("end")
			}
		}
	}
}

// A value that becomes another is the change of the stage whose code ran, too, though no key comes or goes with it; and so is
// one in the environ that a stage has given to the one within, and not its own.
func TestEnvironValuesAreBlamedOnWhoRan(t *testing.T) {
	app := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, _ = start("200 OK", plain, nil)([]byte("zero"))
		return func(yield func([]byte, error) bool) {
			for _, block := range []string{"one", "two"} {
				if e["x.at"] = "app." + block; !yield([]byte(block), nil) {
					return
				}
			}
		}
	}
	for _, c := range []struct {
		copies bool
		want   string
	}{
		{false, `
2 of 0 outer.call, 3 of 0 inner.call, 3 of 0 inner.start, 2 of 0 outer.start, 3 of 0 inner.write, 2 of 0 outer.write,
3 of 0 inner.return, 2 of 0 outer.return,
4 of 0 app.one, 3 of 0 inner.block, 2 of 0 outer.block,
4 of 0 app.two, 3 of 0 inner.block, 2 of 0 outer.block,
3 of 0 inner.end, 2 of 0 outer.end`},
		// What is done to the copy once the stage that has it is over is seen by nobody.
		{true, `
2 of 0 outer.call, 3 of 0 inner.call, 3 of 4 inner.start, 2 of 0 outer.start, 3 of 4 inner.write, 2 of 0 outer.write,
3 of 4 inner.return, 2 of 0 outer.return,
4 of 0 app.one, 3 of 4 inner.block, 2 of 0 outer.block,
4 of 0 app.two, 3 of 4 inner.block,
2 of 0 outer.end`},
	} {
		var got []string
		for _, e := range serving(t, app, tagged("t"), changing("outer", false), changing("inner", c.copies)).Events {
			if c, ok := e.Payload.(*event.EnvironChange); ok {
				_, value, _ := strings.Cut(change(c), "x.at=")
				got = append(got, fmt.Sprintf("%d of %d %s", e.Stage, c.Of, value))
			}
		}
		want := strings.Fields(strings.ReplaceAll(c.want, ",", ""))
		if diff := cmp.Diff(want, strings.Fields(strings.Join(got, " "))); diff != "" {
			t.Errorf("copies: %v\n%s", c.copies, diff)
		}
	}
}

func TestEnvironOfAFailingStart(t *testing.T) {
	fails := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return next(e, func(string, wsgi.Headers, error) wsgi.Write {
				e["fails.start"] = 1
				panic(errors.New("in start_response"))
			})
		}
	}
	if got := blamed(serving(t, hello, upper, fails, upper)); !slices.Equal(got["fails.start"], []uint16{2}) {
		t.Errorf("%v", got)
	}
}

// An input that a middleware puts into the place of the server's is another one to look at.
func TestReplacedInputIsSeen(t *testing.T) {
	limits := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			e["wsgi.input"] = wsgi.NewInput(io.LimitReader(e.Input(), 2))
			return next(e, start)
		}
	}
	maxBytes := func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 2) }
	reads := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		text, err := io.ReadAll(e.Input())
		if err != nil {
			text = []byte(err.Error())
		}
		start("200 OK", plain, nil)
		return wsgi.Bytes(text)
	}
	for input, tt := range map[string]struct {
		by   wsgi.Middleware
		body string
	}{
		"<wsgi.Input of *io.LimitedReader>":    {limits, "ab"},
		"<wsgi.Input of *http.maxBytesReader>": {wsgi.FromHTTPMiddleware(maxBytes), "http: request body too large"},
	} {
		a := dial(t, wsgi.NewStack(reads, upper, tt.by).Application()).do(environ("POST", "CONTENT_LENGTH", "3"), "abc")
		text := strings.Join(told(a.Events), "\n")
		if !strings.Contains(text, "2 environ wsgi.input="+input) || a.Body != strings.ToUpper(tt.body) {
			t.Errorf("%q\n%s", a.Body, text)
		}
	}
}

// A stage that was given up, as http.TimeoutHandler does it, runs on while those around go on with the same environ: what it
// does then is not looked at.
func TestEnvironOfAStageThatWasGivenUp(t *testing.T) {
	entered, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	late := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		defer close(done)
		close(entered)
		<-release
		return hello(e, start)
	}
	givesUp := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			go next.ServeHTTP(httptest.NewRecorder(), r)
			<-entered
			_, _ = io.WriteString(w, "too slow")
		})
	}
	changes := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				for block, err := range body {
					if !yield(block, err) {
						return
					}
				}
				close(release)
				for ended := false; !ended; {
					e["changes.again"] = time.Now()
					select {
					case <-done:
						ended = true
					default:
					}
				}
			}
		}
	}
	a := serving(t, late, upper, changes, wsgi.FromHTTPMiddleware(givesUp), upper)
	if a.Body != "TOO SLOW" {
		t.Errorf("%+v", a)
	}
}
