package wsgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s
}

// joined is a handler that goes into WSGI and back.
func joined(h http.HandlerFunc) http.Handler {
	return wsgi.ToHTTP(wsgi.FromHTTP(h))
}

type result struct {
	Status  int
	Headers http.Header
	Body    string
	Err     bool
	Length  int64
}

func fetch(t testing.TB, r *http.Request) result {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return result{Err: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return result{resp.StatusCode, resp.Header, string(body), err != nil, resp.ContentLength}
}

// TestHandlersAnswerTheSame serves handlers by net/http alone and through WSGI, and compares.
func TestHandlersAnswerTheSame(t *testing.T) {
	big := strings.Repeat("0123456789", 5000)
	for name, tt := range map[string]struct {
		method, target, body string
		chunked              bool
		h                    http.HandlerFunc
	}{
		"nothing": {h: func(http.ResponseWriter, *http.Request) {}},
		"a short text, whose type and length are found": {h: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "hello")
		}},
		"a large text, whose type is found": {h: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, big) }},
		"a large text after a short one": {h: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html>")
			fmt.Fprint(w, big)
		}},
		"HTML": {h: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><p>hi") }},
		"a large body": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, big)
		}},
		"many writes": {h: func(w http.ResponseWriter, _ *http.Request) {
			for range 3000 {
				io.WriteString(w, "0123456789") //nolint:errcheck // the body is compared
			}
		}},
		"an error page":     {h: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "teapot", http.StatusTeapot) }},
		"a redirect":        {h: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", http.StatusFound) }},
		"not found":         {h: http.NotFound},
		"204":               {h: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		"an unknown status": {h: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) }},
		"two values of a header": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-Two"] = []string{"a", "b"}
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
		}},
		"headers after WriteHeader change nothing": {h: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("X-Late", "yes")
		}},
		"a header with UTF-8": {h: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Name", "caf\u00e9") }},
		"HEAD":                {method: "HEAD", h: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }},
		"the request": {method: "PUT", target: "/a%2Fb/c%20d?x=1&y=%20", body: "abc", h: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			r.Header.Del("User-Agent")
			fmt.Fprintln(w, r.Method, r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI, r.Proto, r.ContentLength,
				r.TransferEncoding, r.Header, string(body), err, r.FormValue("x"), r.TLS == nil)
		}},
		"a chunked request": {method: "POST", body: "abc", chunked: true, h: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			r.Header.Del("User-Agent")
			fmt.Fprintln(w, r.ContentLength, r.TransferEncoding, r.Header, string(body), err)
		}},
		"a form": {method: "POST", body: "a=1&b=caf%C3%A9", h: func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			fmt.Fprint(w, r.PostFormValue("b"))
		}},
		"a file": {h: func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "x.txt", time.Unix(1, 0), strings.NewReader(big))
		}},
		"a panic": {h: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"a panic midway": {h: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, big)
			panic(http.ErrAbortHandler)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			do := func(h http.Handler) result {
				s := serve(t, h)
				s.Config.ErrorLog = quiet
				method := tt.method
				if method == "" {
					method = "GET"
				}
				var body io.Reader
				if tt.body != "" {
					body = strings.NewReader(tt.body)
				}
				if tt.chunked {
					body = io.NopCloser(body)
				}
				r, err := http.NewRequest(method, s.URL+tt.target, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Cookie", "a=1; b=2")
				return fetch(t, r)
			}
			want, got := do(tt.h), do(joined(tt.h))
			if name == "a panic" {
				// A WSGI server answers what fails before its first byte.
				want = result{Status: 500, Headers: got.Headers, Body: "Internal Server Error\n", Length: 22}
			}
			if name == "a panic midway" || name == "a large body" || name == "many writes" {
				want.Headers, got.Headers = nil, nil // the length of a body that fills net/http's buffers
				want.Length, got.Length = 0, 0
			}
			if name == "a panic midway" {
				want.Body, got.Body = "", ""
			}
			if name == "nothing" || name == "two values of a header" || name == "headers after WriteHeader change nothing" ||
				name == "a header with UTF-8" || name == "an unknown status" {
				got.Headers.Del("Content-Type")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHandlerStreams(t *testing.T) {
	goOn := make(chan struct{})
	s := serve(t, joined(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for i := range 3 {
			fmt.Fprint(w, i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
			<-goOn
		}
	}))
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for i := range 3 {
		var b [1]byte
		if _, err := io.ReadFull(resp.Body, b[:]); err != nil || string(b[:]) != fmt.Sprint(i) {
			t.Fatalf("block %d: %q, %v", i, b, err)
		}
		goOn <- struct{}{}
	}
}

func TestHandlerReadsWhileItWrites(t *testing.T) {
	p := dial(t, wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.EnableFullDuplex(); err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "text/plain")
		buf := make([]byte, 100)
		for {
			n, err := r.Body.Read(buf)
			w.Write(bytes.ToUpper(buf[:n])) //nolint:errcheck // the answer is compared
			w.(http.Flusher).Flush()
			if err != nil {
				return
			}
		}
	})))
	id := p.request(environ("POST", "HTTP_TRANSFER_ENCODING", "chunked"), "one", false)
	p.await(func() bool { return p.got[id].Body == "ONE" })
	p.send(wire.Frame{Kind: wire.Body, Request: id, Payload: []byte("two")})
	p.await(func() bool { return p.got[id].Body == "ONETWO" })
	p.send(wire.Frame{Kind: wire.Body, Flags: wire.FlagEnd, Request: id})
	if a := p.ended(id); !slices.Equal(a.Blocks, []string{"y:ONE", "y:TWO"}) {
		t.Errorf("blocks %q", a.Blocks)
	}
}

func TestHandlerIsToldThatTheClientWent(t *testing.T) {
	told := make(chan error, 2)
	p := dial(t, wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "x")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		told <- r.Context().Err()
		fmt.Fprint(w, "y")
		told <- http.NewResponseController(w).Flush()
	})))
	id := p.request(environ("GET"), "", true)
	p.await(func() bool { return p.got[id].Body == "x" })
	p.send(wire.Frame{Kind: wire.Gone, Request: id})
	a := p.ended(id)
	if err := <-told; err != context.Canceled {
		t.Errorf("the context's error is %v", err)
	}
	if err := <-told; !errors.Is(err, wsgi.ErrGone) {
		t.Errorf("writing failed with %v", err)
	}
	if len(a.Raised) > 0 || a.Body != "x" {
		t.Errorf("got %+v", a)
	}
}

func TestHandlerPanics(t *testing.T) {
	for name, tt := range map[string]struct {
		h    http.HandlerFunc
		want string
		last string // the innermost function
	}{
		"a panic": {func(http.ResponseWriter, *http.Request) { inner(nil) },
			"runtime.boundsError: runtime error: index out of range [3] with length 0", "wsgi_test.inner"},
		"an abort": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"*errors.errorString: net/http: abort Handler", ""},
		"Goexit": {func(http.ResponseWriter, *http.Request) { runtime.Goexit() },
			"*errors.errorString: the application called runtime.Goexit", ""},
		"a header that is none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Bad", "a\x01b")
			fmt.Fprint(w, strings.Repeat("x", 10_000))
		}, `*wsgi.ProtocolError: malformed header: the value of X-Bad, "a\x01b", holds the control character U+0001`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := get(t, wsgi.FromHTTP(tt.h))
			if len(a.Raised) != 1 || !a.Broken || len(a.Heads) > 0 {
				t.Fatalf("got %+v", a)
			}
			r := a.Raised[0]
			if got := r.Type + ": " + r.Message; got != tt.want {
				t.Errorf("raised %s", got)
			}
			if tt.last != "" && (len(r.Frames) == 0 || !strings.HasSuffix(r.Frames[len(r.Frames)-1].Function, tt.last)) {
				t.Errorf("frames: %+v", r.Frames)
			}
		})
	}
}

// TestFlushFromAnotherGoroutine: a reverse proxy flushes from a timer's goroutine, while a middleware may pull the body
// in a coroutine that only its own goroutine may enter.
func TestFlushFromAnotherGoroutine(t *testing.T) {
	backend := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 20 {
			fmt.Fprint(w, "chunk ")
			w.(http.Flusher).Flush()
		}
	}))
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = time.Microsecond
	a := get(t, pulling(wsgi.FromHTTP(proxy)))
	if a.Body != strings.Repeat("chunk ", 20) || len(a.Raised) > 0 {
		t.Errorf("got %+v", a)
	}
}

func TestToHTTPEnviron(t *testing.T) {
	var got wsgi.Environ
	app := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		got = e
		return hello(e, start)
	}
	s := serve(t, wsgi.ToHTTP(app))
	r, err := http.NewRequest("POST", s.URL+"/caf%C3%A9/%2F?q=%20", strings.NewReader("abc"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"X-Two": {"a", "b"}, "Content-Type": {"text/x"}, "Proxy": {"evil"}, "X_under": {"evil"}, "Cookie": {"a=1", "b=2"},
		"User-Agent": {"test"}, "Accept-Encoding": {"identity"},
	}
	fetch(t, r)
	host := strings.TrimPrefix(s.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	for _, key := range []string{"wsgi.input", "wsgi.errors", "wsgi.file_wrapper", wsgi.ContextKey, "REMOTE_PORT"} {
		if got[key] == nil {
			t.Errorf("%s is missing", key)
		}
		delete(got, key)
	}
	want := wsgi.Environ{
		"REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/caf\u00c3\u00a9//", "QUERY_STRING": "q=%20",
		"REQUEST_URI": "/caf%C3%A9/%2F?q=%20", "RAW_URI": "/caf%C3%A9/%2F?q=%20", "SERVER_PROTOCOL": "HTTP/1.1",
		"SERVER_NAME": "127.0.0.1", "SERVER_PORT": port, "SERVER_SOFTWARE": "net/http", "REMOTE_ADDR": "127.0.0.1",
		"HTTP_HOST": host, "HTTP_X_TWO": "a,b", "HTTP_COOKIE": "a=1; b=2", "HTTP_USER_AGENT": "test",
		"HTTP_ACCEPT_ENCODING": "identity", "CONTENT_TYPE": "text/x", "CONTENT_LENGTH": "3",
		"wsgi.version": [2]int{1, 0}, "wsgi.url_scheme": "http", "wsgi.multithread": true, "wsgi.multiprocess": false,
		"wsgi.run_once": false, "wsgi.input_terminated": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestToHTTPBreaksOff(t *testing.T) {
	for name, tt := range map[string]struct {
		app  wsgi.Application
		want result
	}{
		"before the first byte": {answering(wsgi.Fail(errApp)),
			result{Status: 500, Body: "Internal Server Error\n", Length: 22}},
		"Goexit before the first byte": {answering(func(func([]byte, error) bool) { runtime.Goexit() }),
			result{Status: 500, Body: "Internal Server Error\n", Length: 22}},
		"midway": {answering(func(yield func([]byte, error) bool) {
			yield([]byte("some"), nil)
			yield(nil, errApp)
		}), result{Status: 200, Body: "some", Err: true, Length: -1}},
		"short": {answering(wsgi.Text("some"), [2]string{"Content-Length", "5"}),
			result{Status: 200, Body: "some", Err: true, Length: 5}},
		"excess": {answering(wsgi.Text("some more"), [2]string{"Content-Length", "4"}),
			result{Status: 200, Body: "some", Length: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, wsgi.ToHTTP(tt.app))
			r, err := http.NewRequest("GET", s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := fetch(t, r)
			got.Headers = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestToHTTPUploadBreaksOff(t *testing.T) {
	read := make(chan error, 1)
	s := serve(t, wsgi.ToHTTP(func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, err := io.ReadAll(e.Input())
		read <- err
		return hello(e, start)
	}))
	r, err := http.NewRequest("POST", s.URL, io.MultiReader(strings.NewReader("half"), failing{}))
	if err != nil {
		t.Fatal(err)
	}
	fetch(t, r)
	if err := <-read; !errors.Is(err, wsgi.ErrBroken) && !errors.Is(err, wsgi.ErrGone) {
		t.Errorf("reading ended with %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errApp }

func TestRequestEnviron(t *testing.T) {
	a := get(t, wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(wsgi.RequestEnviron(r).Errors(), "noted")
		fmt.Fprint(w, r.RemoteAddr, " ", r.Host)
	})))
	if a.Errors != "noted\n" || a.Body != "127.0.0.1:50000 127.0.0.1:8000" {
		t.Errorf("got %+v", a)
	}
}

func TestMountedHandlerSeesItsPath(t *testing.T) {
	p := dial(t, wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.URL.Path, " ", r.URL.EscapedPath())
	})))
	a := p.do(environ("GET", "SCRIPT_NAME", "/mount", "PATH_INFO", "/a b", "REQUEST_URI", "/mount/a%20b"), "")
	if a.Body != "/a b /a%20b" {
		t.Errorf("got %q", a.Body)
	}
}

func TestHandlerExceedsContentLength(t *testing.T) {
	a := get(t, wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "3")
		if _, err := fmt.Fprint(w, "abcd"); err != http.ErrContentLength {
			t.Errorf("writing too much failed with %v", err)
		}
		fmt.Fprint(w, "abc")
	})))
	if a.Body != "abc" || a.Broken || len(a.Lint) > 0 {
		t.Errorf("got %+v", a)
	}
}
