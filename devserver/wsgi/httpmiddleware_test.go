package wsgi_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

type contextKey struct{}

// requestID is a middleware as they are written for net/http: it changes the request, and the response's headers.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, "seen"))
		r.Header.Set("X-Request-Id", "7")
		r.Header.Del("X-Secret")
		r.RemoteAddr = "192.0.2.1:4711"
		w.Header().Set("X-Request-Id", "7")
		next.ServeHTTP(w, r)
	})
}

func strip(prefix string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return http.StripPrefix(prefix, next) }
}

// gzipped is a middleware that wraps the ResponseWriter.
func gzipped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z := gzip.NewWriter(w)
		defer z.Close() //nolint:errcheck // the client sees it
		w.Header().Set("Content-Encoding", "gzip")
		next.ServeHTTP(&gzipWriter{w, z}, r)
	})
}

type gzipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w *gzipWriter) Write(p []byte) (int, error) { return w.z.Write(p) }

func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				http.Error(w, fmt.Sprintf("recovered: %v", v), http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// show answers with what it sees of the request.
func show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %q %q %v %q", r.Method, r.URL.Path, r.RemoteAddr, r.Header.Get("X-Request-Id"), //nolint:errcheck // a test
		r.Header.Get("X-Secret"), r.Context().Value(contextKey{}), body)
}

func TestHTTPMiddlewares(t *testing.T) {
	s := wsgi.NewHTTPStack(http.HandlerFunc(show), recovering, requestID, strip("/api"))
	var names []string
	for _, stage := range s.Stages() {
		names = append(names, stage.Name)
		if !strings.HasSuffix(stage.File, "httpmiddleware_test.go") {
			t.Errorf("stage %+v", stage)
		}
	}
	want := []string{"wsgi_test.recovering", "wsgi_test.requestID", "wsgi_test.strip", "wsgi_test.show"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	a := dial(t, s.Application()).do(environ("POST", "PATH_INFO", "/api/x", "REQUEST_URI", "/api/x", "HTTP_X_SECRET", "s",
		"CONTENT_LENGTH", "4"), "body")
	if want := `POST /x 192.0.2.1:4711 "7" "" seen "body"`; a.Body != want || a.Heads[0].Status != "200 OK" {
		t.Errorf("got %q, not %q; %+v", a.Body, want, a)
	}
	if diff := cmp.Diff([][2]string{
		{"Content-Type", "text/plain"}, {"X-Request-Id", "7"}, {"Content-Length", fmt.Sprint(len(a.Body))},
	}, a.Heads[0].Headers); diff != "" {
		t.Error(diff)
	}
	blamed := map[string]uint16{}
	for _, e := range a.Events {
		if c, ok := e.Payload.(*event.EnvironChange); ok {
			for _, key := range strings.Fields(change(c)) {
				blamed[strings.SplitN(key, "=", 2)[0]] = e.Stage
			}
		}
	}
	if diff := cmp.Diff(map[string]uint16{
		"HTTP_X_REQUEST_ID": 2, "-HTTP_X_SECRET": 2, "REMOTE_ADDR": 2, "REMOTE_PORT": 2, "PATH_INFO": 3,
	}, blamed); diff != "" {
		t.Errorf("%s\n%s", diff, strings.Join(told(a.Events), "\n"))
	}
}

func TestHTTPMiddlewareAmongOthers(t *testing.T) {
	stream := answering(func(yield func([]byte, error) bool) {
		for _, block := range []string{"one", "two"} {
			if !yield([]byte(block), nil) {
				return
			}
		}
	})
	a := serving(t, stream, tagged("t"), wsgi.FromHTTPMiddleware(requestID), upper)
	if diff := cmp.Diff([]string{"y:ONE", "y:TWO"}, a.Blocks); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][2]string{{"Content-Type", "text/plain"}, {"X-Request-Id", "7"}, {"X-Tag", "t"}}, a.Heads[0].Headers); diff != "" {
		t.Error(diff)
	}
	if len(a.Lint) > 0 {
		t.Errorf("lint %q", a.Lint)
	}

	a = serving(t, refuse, wsgi.FromHTTPMiddleware(recovering))
	if a.Heads[0].Status != "500 Internal Server Error" || a.Body != "recovered: refused\n" || len(a.Raised) > 0 {
		t.Errorf("%+v", a)
	}
	if got := strings.Join(told(a.Events), "\n"); !strings.Contains(got, "2 exception 1 in call *errors.errorString: refused") {
		t.Error(got)
	}

	// A panic is the same one on its way through the goroutines of several handlers, and rose in the first.
	a = dial(t, wsgi.NewHTTPStack(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errRefused) }),
		recovering, requestID, requestID).Application()).do(environ("GET"), "")
	var passed []string
	for _, e := range a.Events {
		if e.Kind == event.Exception {
			passed = append(passed, strings.Join(told([]wire.StageEvent{e}), ""))
		}
	}
	if diff := cmp.Diff([]string{
		"4 exception 1 in iterate *errors.errorString: refused (2 frames)", "3 exception 1 in iterate *errors.errorString: refused (0 frames)",
		"2 exception 1 in iterate *errors.errorString: refused (0 frames)",
	}, passed); diff != "" || a.Body != "recovered: refused\n" || len(a.Lint) > 0 {
		t.Errorf("%s\n%+v", diff, a)
	}

	a = serving(t, hello, wsgi.FromHTTPMiddleware(gzipped))
	r, err := gzip.NewReader(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != "Hello, world!\n" {
		t.Errorf("%q, %v", body, err)
	}
}

// What a middleware gives of its own, when the handler within has given its last block, keeps its boundaries too.
func TestBlocksAfterTheLastOfAHandler(t *testing.T) {
	page := wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "page")
	}))
	signed := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				for block, err := range body {
					if !yield(block, err) {
						return
					}
				}
				_ = yield([]byte("signed"), nil) && yield([]byte("sealed"), nil)
			}
		}
	}
	a := serving(t, page, wsgi.FromHTTPMiddleware(recovering), signed)
	if diff := cmp.Diff([]string{"y:page", "y:signed", "y:sealed"}, a.Blocks); diff != "" {
		t.Error(diff)
	}
	if len(a.Lint) > 0 {
		t.Errorf("lint %q, blamed on %v", a.Lint, a.Blamed)
	}
}

// The call of a handler returns at once, which is told before what its body enters.
func TestHandlerReturnsBeforeWhatItCalls(t *testing.T) {
	a := serving(t, hello, wsgi.FromHTTPMiddleware(recovering))
	var kinds []string
	for _, e := range a.Events {
		if e.Kind == event.Exit || e.Kind == event.Enter {
			kinds = append(kinds, fmt.Sprint(e.Stage, " ", e.Kind))
		}
	}
	want := []string{fmt.Sprint("1 ", event.Exit), fmt.Sprint("2 ", event.Enter), fmt.Sprint("2 ", event.Exit)}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
}

// That a handler has a context of its own is no change of the environ, for who looks at a request that is stopped either.
func TestContextOfAStoppedRequest(t *testing.T) {
	p := stacked(t, hello, wsgi.FromHTTPMiddleware(requestID))
	p.stops("*:enter")
	id := p.request(environ("GET"), "", true)
	for n := 1; n <= 2; n++ {
		if got := p.parked(id, n).Objects[wsgi.ContextKey]; got != "<context.Context>" {
			t.Errorf("%d: %s", n, got)
		}
		p.resume(id, stepping.Command{Action: stepping.Continue})
	}
	p.ended(id)
}

// What handlers set counts as in net/http, where they have one set of fields together.
func TestFieldsOfHandlers(t *testing.T) {
	sets := func(value string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/"+value)
				w.Header().Set("Cache-Control", value)
				w.Header().Add("Vary", value)
				http.SetCookie(w, &http.Cookie{Name: value, Value: "1"})
				w.Header().Set("X-"+value, "1")
				next.ServeHTTP(w, r)
			})
		}
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/page")
		_, _ = io.WriteString(w, "page")
	})
	plainly := httptest.NewRecorder()
	sets("Outer")(sets("Inner")(page)).ServeHTTP(plainly, httptest.NewRequest("GET", "/", nil))
	got := http.Header{}
	for _, f := range dial(t, wsgi.NewHTTPStack(page, sets("Outer"), sets("Inner")).Application()).do(environ("GET"), "").Heads[0].Headers {
		got.Add(f[0], f[1])
	}
	got.Del("Content-Length")
	if diff := cmp.Diff(plainly.Header(), got); diff != "" {
		t.Error(diff)
	}
}

// A stack serves by itself what it serves over the wire.
func TestHTTPStackByItself(t *testing.T) {
	s := wsgi.NewHTTPStack(http.HandlerFunc(show), requestID, gzipped)
	server := httptest.NewServer(wsgi.ToHTTP(s.Application()))
	defer server.Close()
	resp, err := http.Get(server.URL + "/a")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != `GET /a 192.0.2.1:4711 "7" "" seen ""` || !resp.Uncompressed {
		t.Errorf("%q, %v, %v", body, err, resp.Header)
	}
}

// A stack that a router of net/http has among its handlers is told of as well, and what it says is heard.
func TestStackMountedInARouter(t *testing.T) {
	says := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, _ = e.Errors().Write([]byte("said " + e.Str("SERVER_PORT") + "\n"))
		return hello(e, start)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", wsgi.ToHTTP(wsgi.NewStack(says, user).Application()))
	a := dial(t, wsgi.NewHTTPStack(mux, requestID).Application()).do(environ("GET", "PATH_INFO", "/api/x"), "")
	var entered []string
	for _, e := range a.Events {
		if in, is := e.Payload.(*event.Entered); is {
			entered = append(entered, fmt.Sprint(e.Stage, " ", in.Stage.Name, " within ", in.Within))
		}
	}
	want := []string{
		"2 http.ServeMux within 1", "3 wsgi_test.user within 2", "4 wsgi_test.TestStackMountedInARouter within 3",
	}
	if diff := cmp.Diff(want, entered); diff != "" || a.Errors != "said 8000\n" || a.Body != "Hello, world!\n" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

func TestNamesOfHandlers(t *testing.T) {
	for want, s := range map[string]*wsgi.Stack{
		"http.ServeMux":       wsgi.NewHTTPStack(http.NewServeMux()),
		"wsgi_test.show":      wsgi.NewStack(wsgi.FromHTTP(http.HandlerFunc(show))),
		"wsgi_test.user":      wsgi.NewStack(wsgi.NewStack(hello, user).Application()),
		"wsgi_test.wholePage": wsgi.NewHTTPStack(wholePage{}),
	} {
		if got := s.Stages()[0]; got.Name != want || got.Line == 0 {
			t.Errorf("%+v is not %s", got, want)
		}
	}
	if got := dial(t, wsgi.FromHTTP(http.NewServeMux())).ready.Stages; len(got) != 1 || got[0].Name != "http.ServeMux" {
		t.Errorf("%+v", got)
	}
}

type wholePage struct{}

func (wholePage) ServeHTTP(http.ResponseWriter, *http.Request) {}

// http.TimeoutHandler answers while the handler within it goes on, which may still change the environ: nobody reads that
// meanwhile.
func TestHandlerThatGoesOnAfterTheAnswer(t *testing.T) {
	release, done := make(chan struct{}), make(chan struct{})
	slow := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		defer close(done)
		e["before"] = "the answer"
		<-e.Context().Done() // it is told, and takes its time
		for i := range 1000 {
			e[fmt.Sprint("key", i)] = i
		}
		<-release
		return hello(e, start)
	}
	timeout := func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, time.Second, "too slow") // by when any machine has begun to handle it
	}
	p := dial(t, wsgi.NewStack(slow, upper, wsgi.FromHTTPMiddleware(timeout), user, upper).Application())
	a := p.do(environ("GET"), "")
	if a.Heads[0].Status != "503 Service Unavailable" || a.Body != "TOO SLOW" {
		t.Errorf("%+v", a)
	}
	spent := 0
	for _, e := range a.Events {
		if e.Kind == event.Spent {
			spent++
		}
	}
	if spent != 5 {
		t.Errorf("%d stages have told their time\n%s", spent, strings.Join(told(a.Events), "\n"))
	}
	close(release)
	<-done
	if a := p.do(environ("GET", "PATH_INFO", "/again"), ""); a.Heads[0].Status != "503 Service Unavailable" {
		t.Errorf("%+v", a)
	}
}

// A handler that a middleware has begun, and that begins only when the middleware has returned, has an environ of its own:
// the stages around go on with theirs.
func TestHandlerThatBeginsAfterTheAnswer(t *testing.T) {
	release, done := make(chan struct{}), make(chan wsgi.Environ, 1)
	late := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		e["late"] = true
		done <- e
		return hello(e, start)
	}
	detached := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			go func() {
				<-release
				next.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
			}()
			w.WriteHeader(http.StatusAccepted)
		})
	}
	var seen wsgi.Environ
	changes := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			e["changes.key"] = "value"
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				body(yield)
				close(release)
				e["changes.after"] = true
				seen = <-done
				if e["late"] != nil {
					t.Error("it has the environ of the stages around")
				}
			}
		}
	}
	a := serving(t, late, upper, changes, wsgi.FromHTTPMiddleware(detached))
	if a.Heads[0].Status != "202 Accepted" {
		t.Errorf("%+v", a)
	}
	if seen["changes.key"] != "value" || seen["changes.after"] != nil || seen.Method() != "GET" || seen.Str("SERVER_NAME") == "" {
		t.Errorf("%v", seen)
	}
}
