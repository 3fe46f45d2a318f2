package wsgi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

var errRefused = errors.New("refused")

// refuse panics; wrapping makes an error of a panic, as a middleware does that handles errors.
func refuse(wsgi.Environ, wsgi.StartResponse) wsgi.Body { panic(errRefused) }

func wrapping(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		defer func() {
			if err, ok := recover().(error); ok {
				panic(fmt.Errorf("wrapped: %w", err))
			}
		}()
		return next(e, start)
	}
}

func TestPanicsAreTold(t *testing.T) {
	a := serving(t, refuse, upper, wrapping, upper)
	diffEvents(t, a,
		"2 enter wsgi_test.wrapping within 1",
		"3 enter wsgi_test.upper within 2",
		"4 enter wsgi_test.refuse within 3",
		"4 exception 1 in call *errors.errorString: refused (4 frames)",
		"4 spent",
		"3 exception 1 in call *errors.errorString: refused (0 frames)",
		"3 spent",
		"2 exception 2 in call *fmt.wrapError: wrapped: refused (5 frames)",
		"2 spent",
		"1 enter wsgi_test.upper within 0",
		"1 spent",
	)
	if len(a.Raised) != 1 || !a.Broken || a.Raised[0].Message != "wrapped: refused" {
		t.Errorf("%+v", a)
	}
	for _, f := range a.Raised[0].Frames {
		if !strings.HasSuffix(f.File, "_test.go") {
			t.Errorf("a frame of %s", f.Function)
		}
	}
}

func TestErrorsOfBodiesAreTold(t *testing.T) {
	fails := answering(func(yield func([]byte, error) bool) {
		if yield([]byte("a"), nil) {
			yield(nil, errRefused)
		}
	})
	a := serving(t, fails, upper, upper)
	diffEvents(t, a,
		"2 enter wsgi_test.upper within 1",
		"3 enter wsgi_test.answering within 2",
		"3 start 200 OK Content-Type=text/plain",
		"2 start 200 OK Content-Type=text/plain",
		"3 exit wsgi_test.TestErrorsOfBodiesAreTold",
		"2 exit wsgi_test.upper",
		"1 exit wsgi_test.upper",
		`3 chunk 1 "a"`,
		`2 chunk 1 "A"`,
		"3 exception 1 in iterate *errors.errorString: refused (3 frames)",
		"2 exception 1 in iterate *errors.errorString: refused (0 frames)",
		"3 close",
		"3 spent",
		"2 close",
		"2 spent",
		"1 spent",
	)
}

// What a stage's loop does to the blocks of the one within it is not that one's doing.
func TestPanicOfTheStageAroundABody(t *testing.T) {
	bad := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(func([]byte, error) bool) {
				for range body {
					panic(errRefused)
				}
			}
		}
	}
	for name, middlewares := range map[string][]wsgi.Middleware{"": {upper, bad, upper}, "pulled": {pulling, bad, pulling}} {
		t.Run(name, func(t *testing.T) {
			a := serving(t, hello, middlewares...)
			blamed := map[uint16]bool{}
			for _, e := range a.Events {
				if _, ok := e.Payload.(*event.Passed); ok {
					blamed[e.Stage] = true
				}
			}
			if diff := cmp.Diff(map[uint16]bool{2: true}, blamed); diff != "" {
				t.Errorf("%s\n%s", diff, strings.Join(told(a.Events), "\n"))
			}
		})
	}
}
