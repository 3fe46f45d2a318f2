package wsgi

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// FromHTTP makes an application of a handler. The handler runs while the body is ranged over, in a goroutine of its own:
// what it writes is a block when it flushes, when its buffer is full, or when it returns. The request's context ends when
// the client goes. A panic of the handler goes through the body like a panic of any application, [http.ErrAbortHandler]
// included.
//
// As in net/http, Content-Type is guessed where the handler sets none, and Content-Length is set where a small body was
// written whole. WSGI has no place for interim responses (1xx), trailers and hijacking: the first two are dropped, the
// third is refused.
func FromHTTP(h http.Handler) Application { return fromHTTP(h, false) }

// fromHTTP is FromHTTP also for a handler that may call an application within it, as a middleware's does.
//
//go:noinline
func fromHTTP(h http.Handler, calls bool) Application {
	return func(environ Environ, start StartResponse) Body {
		if start == nil {
			if q := asked(environ); q != nil {
				q.answer(originOfHandler(h), nil)
				return nil
			}
		}
		return func(yield func([]byte, error) bool) {
			call := &handlerCall{environ: environ, failures: failuresOf(environ), keeps: calls}
			ctx, cancel := context.WithCancel(context.WithValue(environ.Context(), handlerKey{}, call))
			defer cancel()
			within, _ := environ.Context().Value(handlerKey{}).(*handlerCall)
			w := &responseWriter{
				method: environ.Method(), header: http.Header{}, blocks: make(chan block), taken: make(chan bool),
				call: call, within: within,
			}
			var r *http.Request
			r, w.of, w.seen = within.request(ctx, environ)
			maps.Copy(w.header, w.seen.Clone())
			go w.serve(h, r)
			w.pass(start, yield, cancel)
		}
	}
}

var fromHTTPCode = codeOf(FromHTTP(nil))

// The bodies of handlers are told by their code, as those of Bytes are.
var (
	handlersCode       = codeOf(FromHTTP(nil)(nil, func(string, Headers, error) Write { return nil }))
	tracedHandlersCode = codeOf(tracedHandlers(nil, nil))
)

// isHandlers says whether a body is a handler's, so that the last block which the handler has given is the body's last.
func isHandlers(b Body) bool {
	code := codeOf(b)
	return code == handlersCode || code == tracedHandlersCode
}

// RequestEnviron returns the environ that FromHTTP made a request of, or nil. It lets a handler reach wsgi.errors.
func RequestEnviron(r *http.Request) Environ {
	if c, ok := r.Context().Value(handlerKey{}).(*handlerCall); ok {
		return c.environ
	}
	return nil
}

// pass hands the handler's blocks on, in the goroutine of the range, until the handler has returned.
func (w *responseWriter) pass(start StartResponse, yield func([]byte, error) bool, cancel func()) {
	whole, owed := false, false
	defer func() {
		if whole {
			return
		}
		// The range was broken off, or start_response refused the head: the handler's writes fail from here on.
		cancel()
		if owed {
			w.taken <- false
		}
		for b := range w.blocks {
			if !b.last {
				w.taken <- false
			}
		}
	}()
	for b := range w.blocks {
		owed = !b.last
		if b.head {
			start(w.status, w.fields, nil)
		}
		if b.last && w.within != nil {
			w.within.whole.Store(true)
		}
		if len(b.bytes) > 0 && !yield(b.bytes, nil) {
			return
		}
		if b.failed != nil {
			whole = true
			w.call.failures.raise(b.failed)
		}
		if owed {
			owed = false
			w.taken <- true
		}
	}
	whole = true
}

// block is what the handler's goroutine hands over. The last needs no answer.
type block struct {
	bytes  []byte
	head   bool // start_response is due first
	last   bool
	failed *carried
}

// serve runs the handler.
func (w *responseWriter) serve(h http.Handler, r *http.Request) {
	defer close(w.blocks)
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			v = ErrGoexit
		}
		w.fail(w.call.carried(v, callers(panicked)))
	}()
	h.ServeHTTP(w, r)
	switch {
	case w.of != nil:
		giveBack(w.of, r)
	case r.MultipartForm != nil:
		_ = r.MultipartForm.RemoveAll() // as net/http does
	}
	returned = true
	w.finish()
}

// requestOf makes a request of an environ.
func requestOf(ctx context.Context, e Environ) *http.Request {
	r := (&http.Request{
		Method: e.Method(), Proto: e.Str("SERVER_PROTOCOL"), Host: Decode(e.Str("HTTP_HOST")),
		Header: http.Header{}, RequestURI: Decode(e.Str("REQUEST_URI")), RemoteAddr: e.Str("REMOTE_ADDR"),
	}).WithContext(ctx)
	var ok bool
	if r.ProtoMajor, r.ProtoMinor, ok = http.ParseHTTPVersion(r.Proto); !ok {
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	}
	if port := e.Str("REMOTE_PORT"); port != "" {
		r.RemoteAddr = net.JoinHostPort(r.RemoteAddr, port)
	}
	if r.Host == "" {
		r.Host = net.JoinHostPort(e.Str("SERVER_NAME"), e.Str("SERVER_PORT"))
	}
	if e.Str("wsgi.url_scheme") == "https" {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	r.URL = urlOf(e)
	if r.RequestURI == "" {
		r.RequestURI = r.URL.RequestURI()
	}
	if r.Method == http.MethodConnect {
		r.URL = &url.URL{Host: r.RequestURI}
	}
	for key, value := range e {
		name, ok := strings.CutPrefix(key, "HTTP_")
		s, isText := value.(string)
		if !ok || !isText || name == "HOST" || name == "TRANSFER_ENCODING" {
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
		r.Header[name] = []string{Decode(s)}
	}
	if t := e.Str("CONTENT_TYPE"); t != "" {
		r.Header.Set("Content-Type", Decode(t))
	}
	requestLength(r, e)
	return r
}

// requestLength sets what says how long the body is, as net/http has it.
func requestLength(r *http.Request, e Environ) {
	length := e.Str("CONTENT_LENGTH")
	if length != "" {
		r.Header.Set("Content-Length", length)
	}
	n, err := strconv.ParseInt(length, 10, 64)
	switch {
	case err == nil && n >= 0:
		r.ContentLength = n
	case e.Str("HTTP_TRANSFER_ENCODING") != "":
		r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
	case length != "":
		r.ContentLength = -1
	}
	r.Body = http.NoBody
	if r.ContentLength != 0 {
		r.Body = environBody{e.Input()}
	}
}

// environBody is wsgi.input as the body of a request.
type environBody struct{ Input }

func (environBody) Close() error { return nil }

// urlOf makes the URL of PATH_INFO: what stands before it, SCRIPT_NAME, is where the application is mounted, and not the
// handler's concern (http.StripPrefix has the same effect).
func urlOf(e Environ) *url.URL {
	target := Decode(e.Str("REQUEST_URI"))
	if target == "*" {
		return &url.URL{Path: "*"}
	}
	u := &url.URL{Path: e.Path(), RawQuery: Decode(e.Query())}
	// The way the path was escaped is kept, unless a middleware has changed the path.
	raw, _, _ := strings.Cut(target, "?")
	raw, _, _ = strings.Cut(raw, "#")
	if i := strings.Index(raw, "://"); i >= 0 && !strings.HasPrefix(raw, "/") {
		if raw = raw[i+len("://"):]; strings.Contains(raw, "/") {
			raw = raw[strings.Index(raw, "/"):]
		} else {
			raw = ""
		}
	}
	if e.Str("SCRIPT_NAME") == "" {
		if path, err := url.PathUnescape(raw); err == nil && path == u.Path && u.EscapedPath() != raw {
			u.RawPath = raw
		}
	}
	return u
}
