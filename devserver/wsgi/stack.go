package wsgi

import (
	"net/http"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Stack is an application within its middlewares. Unlike one built by calls alone, it knows the names of its stages, and
// where they stand, and served by snifter it tells what happens at the boundaries of each.
type Stack struct {
	app    Application
	stages []Stage
}

// Stage is one layer of a stack.
type Stage struct {
	Index int    // from 1, the outermost; the server boundary is stage 0
	Name  string // "main.Logging"
	File  string
	Line  int
}

// NewStack wraps the application into the middlewares, the first of them outermost.
func NewStack(app Application, middlewares ...Middleware) *Stack {
	s := &Stack{stages: make([]Stage, len(middlewares)+1)}
	builders := builders()
	var within *tap
	for i := len(middlewares); i >= 0; i-- {
		var o origin
		if i < len(middlewares) {
			o = originOfMiddleware(middlewares[i])
			app = middlewares[i](app)
			o = o.of(app, builders)
		} else {
			o = originOf(app).calledBy(builders)
		}
		s.stages[i] = Stage{Index: i + 1, Name: o.name, File: o.file, Line: o.line}
		t := newTap(s.stages[i].info(), app, within)
		within, app = t, t.call
	}
	s.app = app
	tapsMade.Add(int64(len(s.stages)))
	return s
}

// NewHTTPStack is NewStack for a net/http handler and middlewares of its kind, the first of them outermost: what is
// written elsewhere as first(second(handler)).
func NewHTTPStack(handler http.Handler, middlewares ...func(http.Handler) http.Handler) *Stack {
	converted := make([]Middleware, len(middlewares))
	for i, m := range middlewares {
		converted[i] = FromHTTPMiddleware(m)
	}
	return NewStack(FromHTTP(handler), converted...)
}

func (s Stage) info() *event.StageInfo {
	return &event.StageInfo{Name: s.Name, Kind: "wsgi", File: s.File, Line: s.Line}
}

// Application returns the whole stack as one application.
func (s *Stack) Application() Application { return s.app }

// Stages lists the stages, the outermost first, the application last.
func (s *Stack) Stages() []Stage { return append([]Stage(nil), s.stages...) }

// Serve is [Serve] for the stack.
func (s *Stack) Serve(opts ...Option) error {
	return Serve(s.app, append(opts, named(s.name()))...)
}

func (s *Stack) name() string { return s.stages[len(s.stages)-1].Name }
