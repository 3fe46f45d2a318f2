package wsgi

import (
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// Stack is an application within its middlewares. Unlike one built by calls alone, it knows the names of its stages, and
// where they stand.
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
	s := &Stack{app: app}
	for i, m := range middlewares {
		s.stages = append(s.stages, stage(i+1, reflect.ValueOf(m).Pointer()))
	}
	s.stages = append(s.stages, stage(len(middlewares)+1, reflect.ValueOf(app).Pointer()))
	for i := len(middlewares) - 1; i >= 0; i-- {
		s.app = middlewares[i](s.app)
	}
	return s
}

// Application returns the whole stack as one application.
func (s *Stack) Application() Application { return s.app }

// Stages lists the stages, the outermost first, the application last.
func (s *Stack) Stages() []Stage { return append([]Stage(nil), s.stages...) }

// Serve is [Serve] for the stack.
func (s *Stack) Serve(opts ...Option) error {
	return Serve(s.app, append(opts, named(s.name()), staged(s.stages))...)
}

func staged(stages []Stage) Option { return func(o *options) { o.stages = stages } }

func (s *Stack) name() string { return s.stages[len(s.stages)-1].Name }

// closureSuffix is what the compiler appends for a function literal within a function.
var closureSuffix = regexp.MustCompile(`(\.func\d+|\.\d+|-range\d+|\.gowrap\d+)+$`)

func stage(index int, pc uintptr) Stage {
	f := runtime.FuncForPC(pc)
	if f == nil {
		return Stage{Index: index, Name: "unknown"}
	}
	file, line := f.FileLine(f.Entry())
	return Stage{Index: index, Name: functionName(f.Name()), File: file, Line: line}
}

// functionOf names the function that an application is.
func functionOf(app Application) string { return stage(0, reflect.ValueOf(app).Pointer()).Name }

// functionName shortens "example.com/site/auth.Require.func1" to "auth.Require": a literal is named by the function
// that it stands in, which for a middleware is the one that made it. Where that was inlined, the compiler puts the name
// of its caller before it: "main.main.Require.func1" is "main.Require".
func functionName(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	if method, ok := strings.CutSuffix(name, "-fm"); ok {
		return method
	}
	name = closureSuffix.ReplaceAllString(name, "")
	if i := strings.LastIndexByte(name, '.'); !strings.ContainsAny(name, "([") && i >= 0 {
		pkg, _, _ := strings.Cut(name, ".")
		return pkg + name[i:]
	}
	return name
}
