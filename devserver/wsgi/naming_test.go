package wsgi_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

type guard struct{ realm string }

func (g *guard) Wrap(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		e["app.realm"] = g.realm
		return next(e, start)
	}
}

// WrapByValue is a method of a value, and so has a wrapper for pointers besides.
func (g guard) WrapByValue(next wsgi.Application) wsgi.Application { return g.Wrap(next) }

// Middleware is a constructor that is a method.
func (g *guard) Middleware() wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application { return g.Wrap(next) }
}

func (g *guard) Handler(next http.Handler) http.Handler { return &guarded{g, next} }

func (g *guard) page(w http.ResponseWriter, r *http.Request) { show(w, r) }

func (g *guard) App(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body { return hello(e, start) }

type guarded struct {
	*guard
	next http.Handler
}

func (h guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.next.ServeHTTP(w, r) }

type session struct{ next wsgi.Application }

func (s *session) Call(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body { return s.next(e, start) }

func setting[T any](key string, value T) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			e[key] = value
			return next(e, start)
		}
	}
}

type box[T any] struct{ value T }

func (b box[T]) Wrap(next wsgi.Application) wsgi.Application { return setting("box", b.value)(next) }

var (
	passing wsgi.Middleware = func(next wsgi.Application) wsgi.Application { return next }
	several                 = []wsgi.Middleware{
		func(next wsgi.Application) wsgi.Application { return next },
	}
)

var guarding = wsgi.FromHTTPMiddleware(func(next http.Handler) http.Handler { return guarded{nil, next} })

type routed struct{ *http.ServeMux }

// A stage has the name and the place of what a developer has written, however it was handed over.
func TestNamesOfStages(t *testing.T) {
	g := &guard{"here"}
	plainly := func(m wsgi.Middleware) *wsgi.Stack { return wsgi.NewStack(hello, m) }
	overHTTP := func(m func(http.Handler) http.Handler) *wsgi.Stack {
		return wsgi.NewHTTPStack(http.HandlerFunc(show), m)
	}
	for _, tt := range []struct {
		kind, want, file string
		stack            *wsgi.Stack
	}{
		{"a function", "wsgi_test.user", "trace_test.go", plainly(user)},
		{"a method value", "wsgi_test.(*guard).Wrap", "naming_test.go", plainly(g.Wrap)},
		{"a method value of a value", "wsgi_test.guard.WrapByValue", "naming_test.go", plainly(g.WrapByValue)},
		{"a method of a type", "wsgi_test.(*guard).Wrap", "naming_test.go", plainly(wsgi.Middleware(g.Wrap))},
		{"what a method makes", "wsgi_test.(*guard).Middleware", "naming_test.go", plainly(g.Middleware())},
		{"what a function makes", "wsgi_test.tagged", "middleware_test.go", plainly(tagged("t"))},
		{"what a generic function makes", "wsgi_test.setting[...]", "naming_test.go", plainly(setting("n", 3))},
		{"a method of a generic type", "wsgi_test.box[...].Wrap", "naming_test.go", plainly(box[int]{3}.Wrap)},
		{"a literal around a type", "wsgi_test.(*session).Call", "naming_test.go", plainly(
			func(next wsgi.Application) wsgi.Application { return (&session{next}).Call })},
		{"a literal", "wsgi_test.TestNamesOfStages", "naming_test.go", plainly(
			func(next wsgi.Application) wsgi.Application {
				return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body { return next(e, start) }
			})},
		{"a variable", "wsgi_test.passing", "naming_test.go", plainly(passing)},
		{"a variable of net/http's kind", "wsgi_test.guarding", "naming_test.go", plainly(guarding)},
		{"a literal among others", "wsgi_test.init", "naming_test.go", plainly(several[0])},
		{"a literal that stands aside", "wsgi_test.TestNamesOfStages", "naming_test.go", plainly(
			func(next wsgi.Application) wsgi.Application { return next })},
		{"net/http's function", "wsgi_test.requestID", "httpmiddleware_test.go", overHTTP(requestID)},
		{"net/http's method value", "wsgi_test.(*guard).Handler", "naming_test.go", overHTTP(g.Handler)},
		{"net/http's, made", "wsgi_test.strip", "httpmiddleware_test.go", overHTTP(strip("/a"))},
		{"a literal around net/http's own", "http.StripPrefix", "naming_test.go", overHTTP(
			func(next http.Handler) http.Handler { return http.StripPrefix("/a", next) })},
		{"a literal around a handler of a type", "wsgi_test.guarded", "naming_test.go", overHTTP(
			func(next http.Handler) http.Handler { return &guarded{g, next} })},
		{"an application that is a method", "wsgi_test.(*guard).App", "naming_test.go", wsgi.NewStack(g.App)},
		{"an application that is made", "wsgi_test.answering", "peer_test.go", wsgi.NewStack(answering(wsgi.Text("x")))},
		{"a handler that is a method", "wsgi_test.(*guard).page", "naming_test.go", wsgi.NewHTTPStack(http.HandlerFunc(g.page))},
		{"a handler by its type", "wsgi_test.guarded", "naming_test.go", wsgi.NewHTTPStack(&guarded{g, nil})},
		{"a handler by its embedded field", "wsgi_test.routed", "server.go", wsgi.NewHTTPStack(routed{http.NewServeMux()})},
	} {
		got := tt.stack.Stages()[0]
		if got.Name != tt.want || filepath.Base(got.File) != tt.file || got.Line < 2 {
			t.Errorf("%s: %+v is not %s in %s", tt.kind, got, tt.want, tt.file)
		}
	}
}
