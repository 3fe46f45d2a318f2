package wsgi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

// origin is what a function is called, and where it stands.
type origin struct {
	name string
	file string
	line int
}

// closureSuffix is what the compiler appends for a function literal within a function.
var closureSuffix = regexp.MustCompile(`(\.func\d+|\.\d+|-range\d+|\.gowrap\d+)+$`)

func originOfPC(pc uintptr) origin {
	f := runtime.FuncForPC(pc)
	if f == nil {
		return origin{name: "unknown"}
	}
	file, line := f.FileLine(f.Entry())
	return origin{name: functionName(f.Name()), file: file, line: line}
}

func codeOf(f any) uintptr { return reflect.ValueOf(f).Pointer() }

// originOf names the function that an application is. One that this package made of something else is named by that.
func originOf(app Application) origin {
	if n := ask(app); n.known {
		return n.origin
	}
	return originOfPC(codeOf(app))
}

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

// originOfHandler names an http.Handler: a function by its name, anything else by its type.
func originOfHandler(h http.Handler) origin {
	if f, ok := h.(http.HandlerFunc); ok && f != nil {
		return originOfPC(codeOf(f))
	}
	t := reflect.TypeOf(h)
	if t == nil {
		return origin{name: "nil"}
	}
	o := origin{name: strings.TrimPrefix(t.String(), "*")}
	if m, ok := t.MethodByName("ServeHTTP"); ok {
		at := originOfPC(m.Func.Pointer())
		o.file, o.line = at.file, at.line
	}
	return o
}

// An application that this package made tells what it was made of when its code is known and it is called with a
// question in the place of the request's context. No other application is ever called for that.
type question struct {
	context.Context
	known bool
	origin
	tap *tap
}

func ask(app Application) question {
	q := &question{Context: context.Background()}
	switch codeOf(app) {
	case tapCode, fromHTTPCode:
		tracers.Add(1) // or a tap would not look at the environ
		defer tracers.Add(-1)
		app(Environ{ContextKey: q}, nil)
	}
	return *q
}

// asked returns the question that an environ holds, or nil.
func asked(e Environ) *question {
	q, _ := e[ContextKey].(*question)
	return q
}

func (q *question) answer(o origin, t *tap) { q.known, q.origin, q.tap = true, o, t }

// bodyNames holds what bodies are called, by their code.
var bodyNames sync.Map

// nameOfBody names the function that made a body: "wsgi.Bytes", "main.Shout".
func nameOfBody(b Body) string {
	if b == nil {
		return "nil"
	}
	pc := codeOf(b)
	if name, ok := bodyNames.Load(pc); ok {
		return name.(string)
	}
	name := originOfPC(pc).name
	bodyNames.Store(pc, name)
	return name
}

// nameOf is a value's type: "*main.Session".
func nameOf(v any) string { return fmt.Sprintf("%T", v) }
