package wsgi

import (
	"context"
	"io"
	"net/http"
)

// Option is an option of [Serve].
type Option func(*options)

type options struct {
	bind    string
	threads int
	stderr  io.Writer
	ctx     context.Context
	name    string
	ready   func(url string)
}

func named(name string) Option { return func(o *options) { o.name = name } }

// Bind is the address to serve HTTP on, "host:port", where nothing else is said.
func Bind(addr string) Option { return func(o *options) { o.bind = addr } }

// Threads is how many requests are in the application at once.
func Threads(n int) Option { return func(o *options) { o.threads = n } }

// Stderr is where messages, and wsgi.errors, go when the program serves by itself.
func Stderr(w io.Writer) Option { return func(o *options) { o.stderr = w } }

// Context ends Serve when it ends.
func Context(ctx context.Context) Option { return func(o *options) { o.ctx = ctx } }

// OnReady is called with the URL once the program serves by itself.
func OnReady(f func(url string)) Option { return func(o *options) { o.ready = f } }

// Serve serves the application until the process is told to end.
func Serve(app Application, opts ...Option) error { return nil }

// ServeConn speaks to snifter over a connection (package wire) until it ends.
func ServeConn(conn io.ReadWriteCloser, app Application, opts ...Option) error { return nil }

// FromHTTP makes an application of a handler.
func FromHTTP(h http.Handler) Application { return nil }

// ToHTTP makes a handler of an application.
func ToHTTP(app Application) http.Handler { return nil }

// Validator checks both sides.
func Validator(app Application) Application { return nil }
