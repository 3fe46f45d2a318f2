package wsgi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// refusal is what handlers panic with that is no error.
type refusal struct{ why string }

func refuses(http.ResponseWriter, *http.Request) { panic(refusal{"not you"}) }

func breaksOff(http.ResponseWriter, *http.Request) { panic(errRefused) }

// catching is a middleware that has f see what is recovered.
func catching(f func(v any, start wsgi.StartResponse) wsgi.Body) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				defer func() {
					if v := recover(); v != nil {
						f(v, start)(yield)
					}
				}()
				next(e, start)(yield)
			}
		}
	}
}

// What a handler panics with, a middleware that is none of net/http's recovers, as it would from an application; and where it rose
// is known, whatever the middleware makes of it.
func TestPanicsOfHandlersAreRecovered(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		makes   func(v any, start wsgi.StartResponse) wsgi.Body
		value   any
		message string // of what was raised
		rose    string
		within  int // how many are raised where a middleware of net/http is around, which is told of panics alone
	}{
		"passed on": {refuses, func(v any, _ wsgi.StartResponse) wsgi.Body { panic(v) }, refusal{"not you"}, "{not you}", "refuses", 1},
		"told": {breaksOff, func(v any, start wsgi.StartResponse) wsgi.Body {
			start("500 Oh", nil, v.(error))
			return wsgi.Text("oh")
		}, errRefused, "refused", "breaksOff", 0},
		"wrapped": {breaksOff, func(v any, _ wsgi.StartResponse) wsgi.Body {
			panic(fmt.Errorf("sorry: %w", v.(error)))
		}, errRefused, "sorry: refused", "breaksOff", 1},
	} {
		var seen any
		m := catching(func(v any, start wsgi.StartResponse) wsgi.Body {
			seen = v
			return c.makes(v, start)
		})
		handler, of := wsgi.FromHTTP(c.handler), wsgi.FromHTTPMiddleware(handing)
		for how, got := range map[string]struct {
			a      *answer
			raised int
		}{
			"plain":  {get(t, m(handler)), 1},
			"traced": {serving(t, handler, m), 1},
			"around": {serving(t, handler, m, of), 1},
			"within": {serving(t, handler, of, m), c.within},
		} {
			a := got.a
			if seen != c.value {
				t.Errorf("%s, %s: recovered was %T %[3]v", name, how, seen)
			}
			if len(a.Raised) != got.raised {
				t.Errorf("%s, %s: raised was %+v", name, how, a.Raised)
			}
			if len(a.Raised) == 0 {
				continue
			}
			if a.Raised[0].Message != c.message {
				t.Errorf("%s, %s: raised was %s", name, how, a.Raised[0].Message)
			}
			if frames := a.Raised[0].Frames; len(frames) == 0 || !strings.HasSuffix(frames[len(frames)-1].Function, "."+c.rose) {
				t.Errorf("%s, %s: it rose in %+v", name, how, frames)
			}
		}
	}
}

func handing(next http.Handler) http.Handler { return next }
