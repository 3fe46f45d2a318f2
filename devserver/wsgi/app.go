package wsgi

import (
	"iter"
	"strings"
)

// Application is a WSGI application. It may be called by many goroutines at once.
//
// It calls start before it returns, or at the latest before its body yields the first block. The environ is its own to
// change. It must not keep start or the writer for use after its body ended.
type Application func(environ Environ, start StartResponse) Body

// StartResponse takes the status ("200 OK") and the headers of the response, and returns the imperative writer that
// PEP 3333 has for applications that cannot yield. The headers are copied at once.
//
// A second call without an error panics with [ErrStarted]. With an error (exc_info in Python) it replaces what an earlier
// call said as long as nothing was sent; afterwards it panics with that error, so that the response breaks off. A
// status or header that must not reach the wire panics at once: [ErrStatus], [ErrHeader], [ErrHopByHop].
type StartResponse func(status string, headers Headers, err error) Write

// Write sends a block at once, before anything that is yielded. It fails with [ErrGone] once the client has gone. The
// block is the caller's again when Write returns.
type Write func(block []byte) (int, error)

// Write makes a Write an [io.Writer].
func (w Write) Write(block []byte) (int, error) { return w(block) }

// Body is a response's body, block by block. Each block is sent as it is yielded, and its boundary kept; an empty one is
// allowed and sends nothing. A block is valid until the yield returns. An error that is yielded is what an exception
// midway is in Python, and nothing may be yielded after it.
//
// When yield returns false the client has gone, or a middleware broke off: the body must clean up and return. A body is
// ranged over once.
type Body = iter.Seq2[[]byte, error]

// Middleware wraps an application.
type Middleware func(Application) Application

// Headers are a response's header fields, in order: name and value.
type Headers [][2]string

// Get returns the first value of the field, or "".
func (h Headers) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f[0], name) {
			return f[1]
		}
	}
	return ""
}

// Has says whether the field is there.
func (h Headers) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f[0], name) {
			return true
		}
	}
	return false
}

// With returns the headers with one field appended. The receiver is left as it is.
func (h Headers) With(name, value string) Headers {
	return append(h[:len(h):len(h)], [2]string{name, value})
}

// Without returns the headers without the fields of that name. The receiver is left as it is.
func (h Headers) Without(name string) Headers {
	out := make(Headers, 0, len(h))
	for _, f := range h {
		if !strings.EqualFold(f[0], name) {
			out = append(out, f)
		}
	}
	return out
}
