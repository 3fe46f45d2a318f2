package wsgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// ToHTTP makes a handler of an application, for net/http servers. net/http takes some freedom that a WSGI server
// doesn't: it writes header names in their canonical form, sorts them, and words the reason of a known status itself.
//
// wsgi.errors goes to the process's stderr, or where it goes in the application that the handler is mounted in. A body that
// breaks off aborts the connection ([http.ErrAbortHandler]).
func ToHTTP(app Application) http.Handler { return &httpHandler{app: app, stderr: os.Stderr} }

type httpHandler struct {
	app    Application
	stderr io.Writer
}

func (h *httpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	environ := environOf(r)
	errs := NewErrors(h.stderr)
	if around := RequestEnviron(r); around != nil { // it is mounted in a handler that FromHTTP made an application of
		errs = around.Errors()
		for _, key := range []string{"SERVER_NAME", "SERVER_PORT", "SERVER_SOFTWARE", "wsgi.url_scheme"} {
			environ[key] = around.Str(key)
		}
	}
	t := &httpResponse{w: w, control: http.NewResponseController(w), request: r, errs: errs}
	res := &response{transport: t, method: r.Method, current: head{length: -1}}
	environ["wsgi.input"] = NewInput(&requestBody{body: r.Body, ctx: r.Context()})
	environ["wsgi.errors"] = errs
	environ["wsgi.file_wrapper"] = FileWrapper(res.fileWrapper)
	parent := r.Context()
	if parent.Value(failuresKey{}) == nil {
		parent = context.WithValue(parent, failuresKey{}, new(failures))
	}
	ctx, cancel := context.WithCancel(parent)
	environ[ContextKey] = ctx
	// The application may end the goroutine (runtime.Goexit), which net/http would answer with an empty 200: the
	// response is over by then, and the connection is aborted like that of any handler that panics.
	defer cancel()
	res.run(h.app, environ)
	if t.broken {
		panic(http.ErrAbortHandler)
	}
}

// environOf makes an environ of a request, but for the streams.
func environOf(r *http.Request) Environ {
	e := Environ{
		"REQUEST_METHOD": r.Method, "SCRIPT_NAME": "", "PATH_INFO": Encode(r.URL.Path),
		"QUERY_STRING": Encode(r.URL.RawQuery), "SERVER_NAME": "localhost", "SERVER_PORT": "80",
		"SERVER_PROTOCOL": r.Proto, "SERVER_SOFTWARE": "net/http",
		"REMOTE_ADDR": r.RemoteAddr, "REMOTE_PORT": "",
		"wsgi.version": [2]int{1, 0}, "wsgi.url_scheme": "http", "wsgi.multithread": true, "wsgi.multiprocess": false,
		"wsgi.run_once": false, "wsgi.input_terminated": true,
	}
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	e["REQUEST_URI"], e["RAW_URI"] = Encode(target), Encode(target)
	if target == "*" || r.Method == http.MethodConnect {
		e["PATH_INFO"] = "" // RFC 9112, 3.2.3 and 3.2.4: neither names a path
	}
	if r.TLS != nil {
		e["wsgi.url_scheme"], e["SERVER_PORT"] = "https", "443"
	}
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if host, port, err := net.SplitHostPort(addr.String()); err == nil {
			e["SERVER_NAME"], e["SERVER_PORT"] = host, port
		}
	}
	if host, port, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		e["REMOTE_ADDR"], e["REMOTE_PORT"] = host, port
	}
	if r.Host != "" {
		e["HTTP_HOST"] = Encode(r.Host)
	}
	for name, values := range r.Header {
		// An underscore could pass for another field, and client libraries read HTTP_PROXY as a setting.
		if strings.Contains(name, "_") || name == "Proxy" || len(values) == 0 {
			continue
		}
		sep := ","
		if name == "Cookie" {
			sep = "; "
		}
		e[headerKey(name)] = Encode(strings.Join(values, sep))
	}
	delete(e, "CONTENT_LENGTH")
	switch {
	case len(r.TransferEncoding) > 0:
		e["HTTP_TRANSFER_ENCODING"] = strings.Join(r.TransferEncoding, ",")
	case r.ContentLength > 0, r.ContentLength == 0 && r.Header.Get("Content-Length") != "":
		e["CONTENT_LENGTH"] = strconv.FormatInt(r.ContentLength, 10)
	}
	return e
}

// requestBody says in this package's words why a body breaks off.
type requestBody struct {
	body io.ReadCloser
	ctx  context.Context
}

func (b *requestBody) Read(p []byte) (int, error) {
	if b.body == nil {
		return 0, io.EOF
	}
	n, err := b.body.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.ctx.Err() != nil {
		return n, fmt.Errorf("%w: %w", ErrGone, err)
	}
	return n, fmt.Errorf("%w: %w", ErrBroken, err)
}

// httpResponse is the transport over net/http.
type httpResponse struct {
	w       http.ResponseWriter
	control *http.ResponseController
	request *http.Request
	errs    Errors
	begun   bool
	left    int64 // of Content-Length; -1 for no bound
	broken  bool
}

func (t *httpResponse) started(*head) {}

func (t *httpResponse) empty(via) {}

func (t *httpResponse) head(h *head, block []byte, via via) error {
	header := t.w.Header()
	for _, f := range h.headers {
		header.Add(f[0], Decode(f[1]))
	}
	t.left = h.length
	if t.left < 0 && h.sized && h.code != http.StatusNoContent && h.code != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(block)))
	}
	if !h.headers.Has("Content-Type") {
		header["Content-Type"] = nil // net/http would guess one
	}
	t.begun = true
	t.w.WriteHeader(h.code)
	if len(block) == 0 {
		return nil
	}
	if h.sized && via == yielded {
		return t.put(block)
	}
	return t.data(block, via)
}

// data sends a block and has it leave at once.
func (t *httpResponse) data(block []byte, _ via) error {
	if err := t.put(block); err != nil {
		return err
	}
	if err := t.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return t.request.Context().Err()
}

func (t *httpResponse) put(block []byte) error {
	if t.left >= 0 {
		block = block[:min(int64(len(block)), t.left)]
		t.left -= int64(len(block))
	}
	_, err := t.w.Write(block)
	if errors.Is(err, http.ErrBodyNotAllowed) {
		return nil // RFC 9110, 6.4.1: the body of a 204 or 304 is dropped
	}
	return err
}

func (t *httpResponse) lint(f finding) {
	fmt.Fprintf(t.errs, "wsgi: %s: %s\n", f.rule, f.message) //nolint:errcheck // stderr is the last resort itself
}

func (t *httpResponse) exception(e *exception) {
	if e.handled {
		return
	}
	fmt.Fprintf(t.errs, "wsgi: %s %s failed in %s:\n%s", t.request.Method, t.request.URL.Path, e.where, e.text()) //nolint:errcheck // as above
}

func (t *httpResponse) end(broken bool) {
	_ = t.errs.Flush()
	switch {
	case broken && !t.begun:
		// Sent here and now: after runtime.Goexit net/http would send nothing.
		body := http.StatusText(http.StatusInternalServerError) + "\n"
		header := t.w.Header()
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Content-Length", strconv.Itoa(len(body)))
		t.w.WriteHeader(http.StatusInternalServerError)
		if _, err := io.WriteString(t.w, body); err == nil {
			_ = t.control.Flush()
		}
	case broken:
		_ = t.control.Flush() // what there is of it
		t.broken = true
	}
}
