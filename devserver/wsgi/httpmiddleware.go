package wsgi

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// FromHTTPMiddleware makes a middleware of one that is written for net/http, so that it can stand in a [Stack] with others.
//
// The handler that it wraps is the next application. What the middleware changed in the request reaches that as an environ: the
// method, the URL's path and query, header fields, the body, and the context ([Environ.Context]). What it did not change stays
// in the environ as it was. The response comes back through an [http.ResponseWriter], and so the freedom that net/http takes
// holds for it as for [ToHTTP]: header names become canonical and sorted, the reason of a known status is its usual one. Blocks
// keep their boundaries, since each is flushed, unless the middleware's own writer does not flush.
//
// A field that the middleware has set before it calls the next handler is seen by that, which may add to it, replace or remove it.
// One that a WSGI application sets too is replaced, but for those that are added to, such as Vary and Set-Cookie.
//
// A type that is guessed is guessed of what the middleware makes of the body: it sees none on a response that nobody gave one.
//
// A failure of the next application reaches the middleware as a panic. One of a handler has the value that it panicked with, and
// comes after what the handler has set and written before.
//
//go:noinline
func FromHTTPMiddleware(m func(http.Handler) http.Handler) Middleware {
	return func(next Application) Application {
		if next == nil { // asked for its name, see originOfMiddleware
			return nameOnly(originOfPC(codeOf(m)))
		}
		return fromHTTP(m(&nextHandler{next: next}), true)
	}
}

var fromHTTPMiddlewareCode = codeOf(FromHTTPMiddleware(nil))

// originOfMiddleware names the function that a middleware is, or that it was made of.
func originOfMiddleware(m Middleware) origin {
	if pc := codeOf(m); pc != fromHTTPMiddlewareCode {
		return originOfPC(pc)
	}
	q := &question{}
	m(nil)(Environ{ContextKey: q}, nil)
	return q.origin
}

func nameOnly(o origin) Application {
	return func(environ Environ, _ StartResponse) Body {
		asked(environ).answer(o, nil)
		return nil
	}
}

// nextHandler is the handler that a middleware of net/http wraps.
type nextHandler struct{ next Application }

func (h *nextHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	around, _ := r.Context().Value(handlerKey{}).(*handlerCall)
	c := &httpCall{w: w, control: http.NewResponseController(w), around: around}
	returned := false
	defer func() {
		if !returned {
			c.failed(recover())
		}
	}()
	body := h.next(around.handOn(r, w.Header()), c.start)
	if body == nil {
		panic(breach(ErrNoBody, "nil; an empty body is Blocks()"))
	}
	single, handlers := isBytes(body), around != nil && isHandlers(body)
	for block, err := range body {
		if err != nil {
			panic(err)
		}
		if c.send(block, !single && !(handlers && around.whole.Load())) != nil {
			returned = true
			return // and so the loop breaks off the body
		}
	}
	c.end()
	returned = true
}

// httpCall is one call of the next application, answered into a ResponseWriter.
type httpCall struct {
	w       http.ResponseWriter
	control *http.ResponseController
	around  *handlerCall // the middleware's own, nil where it is not known
	begun   bool
	current *head
	found   bool // the type that the next one gives is one that it has found
}

func (c *httpCall) start(status string, headers Headers, err error) Write {
	switch {
	case c.current != nil && err == nil:
		panic(breach(ErrStarted, "the second call said %.200q, the first %q", status, c.current.status))
	case c.begun:
		panic(err) // PEP 3333: the error is raised again, so that the response breaks off
	}
	code, e := checkStatus(status)
	if e != nil {
		panic(e)
	}
	if _, e = checkHeaders(headers); e != nil {
		panic(e)
	}
	c.current = &head{status: status, code: code, headers: append(Headers(nil), headers...)}
	return func(block []byte) (int, error) {
		if err := c.send(block, true); err != nil {
			return 0, err
		}
		return len(block), nil
	}
}

// begin writes the head, before the first block.
func (c *httpCall) begin() {
	if c.begun {
		return
	}
	c.setFields()
	header := c.w.Header()
	if _, set := header["Content-Type"]; !set && !c.found {
		header["Content-Type"] = nil // none is to be guessed
	}
	if c.current.code != http.StatusOK || !c.around.told().implied {
		c.w.WriteHeader(c.current.code)
	}
}

// end writes the head of a response without content, unless the next handler has left it to whoever comes after it.
func (c *httpCall) end() {
	if c.begun {
		return
	}
	c.setFields()
	if c.around == nil || !c.around.silent.Load() || c.current.code != http.StatusOK {
		c.w.WriteHeader(c.current.code)
	}
}

// setFields takes over the header fields.
func (c *httpCall) setFields() {
	if c.current == nil {
		panic(breach(ErrNotStarted, "and the body yields or has ended"))
	}
	c.begun = true
	header, within := c.w.Header(), c.around.told()
	for _, name := range within.gone {
		delete(header, name)
	}
	for i, f := range c.current.headers {
		name := http.CanonicalHeaderKey(f[0])
		if name == "Content-Type" && within.found != "" && f[1] == within.found {
			c.found = true // nobody has named it: it is found anew, of what the middleware makes of the body
			continue
		}
		if !cumulative[name] && !within.added[name] && !c.current.headers[:i].Has(f[0]) {
			header.Del(f[0]) // what the next one sets replaces what this one has set before, as it would by Set
		}
		header.Add(f[0], Decode(f[1]))
	}
}

// cumulative are the fields that handlers add to those of the handlers around.
var cumulative = map[string]bool{
	"Link": true, "Server-Timing": true, "Set-Cookie": true, "Vary": true, "Via": true, "Www-Authenticate": true,
}

// failed has a panic go on through the middleware as it would in net/http: with the value that was panicked with, and with the
// fields, or the head, that a handler within has set before.
func (c *httpCall) failed(v any) {
	if v == nil {
		return // the goroutine is ending without a panic
	}
	switch within := c.around.told(); {
	case c.begun:
	case within.headed && c.current != nil:
		c.end()
	case within.left != nil:
		header := c.w.Header()
		clear(header)
		maps.Copy(header, within.left)
	}
	panic(v)
}

// send writes a block. One that is the whole body is not flushed, so that its length can be known in time.
func (c *httpCall) send(block []byte, flush bool) error {
	if len(block) == 0 {
		return nil
	}
	c.begin()
	_, err := c.w.Write(block)
	if errors.Is(err, http.ErrBodyNotAllowed) {
		return nil // RFC 9110, 6.4.1: the body of a 204 or 304 is dropped
	}
	if err != nil {
		return err
	}
	if flush {
		_ = c.control.Flush() // a writer that can't is one that buffers
	}
	return nil
}

// passedOn is the environ of a request that a middleware hands to the next handler, made of the one that it was given.
func passedOn(r *http.Request, e Environ) Environ {
	if e == nil { // the middleware made a request of its own
		e = environOf(r)
		e["wsgi.errors"] = Environ(nil).Errors()
		e["wsgi.input"] = NewInput(&requestBody{body: r.Body, ctx: r.Context()})
		e["wsgi.file_wrapper"] = FileWrapper(File)
		e[ContextKey] = r.Context()
		return e
	}
	was := requestOf(r.Context(), e)
	set := func(key, value string) {
		if e.Str(key) != value {
			e[key] = value
		}
	}
	if r.Method != was.Method {
		set("REQUEST_METHOD", r.Method)
	}
	if r.URL != nil && r.URL.Path != was.URL.Path {
		set("PATH_INFO", Encode(r.URL.Path))
	}
	if r.URL != nil && r.URL.RawQuery != was.URL.RawQuery {
		set("QUERY_STRING", Encode(r.URL.RawQuery))
	}
	if r.Host != was.Host {
		set("HTTP_HOST", Encode(r.Host))
	}
	if r.RemoteAddr != was.RemoteAddr {
		addr, port := r.RemoteAddr, ""
		if host, p, err := net.SplitHostPort(addr); err == nil {
			addr, port = host, p
		}
		set("REMOTE_ADDR", Encode(addr))
		set("REMOTE_PORT", Encode(port))
	}
	passFields(e, r.Header, was.Header)
	passBody(e, r, was)
	if e[ContextKey] != r.Context() {
		e[ContextKey] = r.Context()
	}
	return e
}

// passBody takes over a body that the middleware has put in the place of the one that it was given, and how long it is.
func passBody(e Environ, r, was *http.Request) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	if b, same := body.(environBody); same && b.Input == e["wsgi.input"] ||
		body == http.NoBody && was.Body == http.NoBody {
		if length := was.Header.Get("Content-Length"); length != "" && r.Header.Get("Content-Length") == "" {
			e["CONTENT_LENGTH"] = length // it is there to be read, whatever the fields say
		}
		return
	}
	e["wsgi.input"] = NewInput(body)
	switch n := r.ContentLength; {
	case body == http.NoBody:
		e["CONTENT_LENGTH"] = "0"
		delete(e, "HTTP_TRANSFER_ENCODING")
	case n > 0 && n != was.ContentLength:
		e["CONTENT_LENGTH"] = strconv.FormatInt(n, 10)
		delete(e, "HTTP_TRANSFER_ENCODING")
	case n < 0, n > 0 && r.Header.Get("Content-Length") == "":
		delete(e, "CONTENT_LENGTH")
		e["HTTP_TRANSFER_ENCODING"] = "chunked" // how an environ says that there is a body of a length that is not known
	}
}

// passFields takes over what was changed in the header fields.
func passFields(e Environ, now, was http.Header) {
	for name, values := range now {
		if old := was[name]; len(values) == 0 || strings.Contains(name, "_") || name == "Proxy" ||
			len(old) == 1 && len(values) == 1 && old[0] == values[0] {
			continue
		}
		sep := ","
		if name == "Cookie" {
			sep = "; "
		}
		e[headerKey(name)] = Encode(strings.Join(values, sep))
	}
	for name := range was {
		if len(now[name]) == 0 {
			delete(e, headerKey(name))
		}
	}
}
