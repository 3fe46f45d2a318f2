package wsgi_test

import (
	"errors"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// fullEnviron is one that a server gives.
func fullEnviron() wsgi.Environ {
	e := wsgi.Environ{}
	for _, p := range environ("GET") {
		e[p.Key.(string)] = p.Value
	}
	e["wsgi.version"] = [2]int{1, 0}
	e["wsgi.input"] = wsgi.NewInput(strings.NewReader("body"))
	e["wsgi.errors"] = wsgi.NewErrors(io.Discard)
	return e
}

// run plays the server's part; it returns the check that failed, or "".
func run(app wsgi.Application, e wsgi.Environ) (check string) {
	defer func() {
		if v := recover(); v != nil {
			err, _ := v.(error)
			var violation *wsgi.ValidationError
			if !errors.As(err, &violation) {
				panic(v)
			}
			check = violation.Check
		}
	}()
	body := app(e, func(string, wsgi.Headers, error) wsgi.Write {
		return func(p []byte) (int, error) { return len(p), nil }
	})
	for range body {
	}
	return ""
}

func TestValidatorOnEnviron(t *testing.T) {
	put := func(key string, value any) func(wsgi.Environ) {
		return func(e wsgi.Environ) { e[key] = value }
	}
	drop := func(keys ...string) func(wsgi.Environ) {
		return func(e wsgi.Environ) {
			for _, k := range keys {
				delete(e, k)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(wsgi.Environ)
		want   string
	}{
		{"as it should be", func(wsgi.Environ) {}, ""},
		{"an extension of any type", put("x.y", 3), ""},
		{"an empty PATH_INFO", put("PATH_INFO", ""), ""},
		{"a SCRIPT_NAME, and no PATH_INFO", func(e wsgi.Environ) { e["SCRIPT_NAME"] = "/a"; delete(e, "PATH_INFO") }, ""},
		{"CONTENT_LENGTH", put("CONTENT_LENGTH", "12"), ""},
		{"an empty CONTENT_LENGTH", put("CONTENT_LENGTH", ""), ""},
		{"https", put("wsgi.url_scheme", "https"), ""},
		{"no QUERY_STRING is but a warning", drop("QUERY_STRING"), ""},
		{"an unknown method is but a warning", put("REQUEST_METHOD", "BREW"), ""},
		{"no REQUEST_METHOD", drop("REQUEST_METHOD"), "environ-missing"},
		{"no SERVER_NAME", drop("SERVER_NAME"), "environ-missing"},
		{"no SERVER_PORT", drop("SERVER_PORT"), "environ-missing"},
		{"no wsgi.version", drop("wsgi.version"), "environ-missing"},
		{"no wsgi.input", drop("wsgi.input"), "environ-missing"},
		{"no wsgi.errors", drop("wsgi.errors"), "environ-missing"},
		{"no wsgi.multithread", drop("wsgi.multithread"), "environ-missing"},
		{"no wsgi.multiprocess", drop("wsgi.multiprocess"), "environ-missing"},
		{"no wsgi.run_once", drop("wsgi.run_once"), "environ-missing"},
		{"HTTP_CONTENT_TYPE", put("HTTP_CONTENT_TYPE", "x"), "environ-content-key"},
		{"HTTP_CONTENT_LENGTH", put("HTTP_CONTENT_LENGTH", "1"), "environ-content-key"},
		{"a number", put("SERVER_PORT", 80), "environ-not-text"},
		{"text that is not native", put("PATH_INFO", "/\u20ac"), "environ-not-text"},
		{"another version", put("wsgi.version", "1.0"), "environ-version"},
		{"a flag that is a number", put("wsgi.run_once", 0), "environ-flag"},
		{"an unknown scheme", put("wsgi.url_scheme", "gopher"), "environ-url-scheme"},
		{"no scheme", drop("wsgi.url_scheme"), "environ-missing"},
		{"an input that is a reader alone", put("wsgi.input", strings.NewReader("")), "environ-input"},
		{"errors that are a writer alone", put("wsgi.errors", io.Discard), "environ-errors"},
		{"SCRIPT_NAME without a slash", put("SCRIPT_NAME", "a"), "environ-script-name"},
		{"SCRIPT_NAME that is the root", put("SCRIPT_NAME", "/"), "environ-script-name"},
		{"PATH_INFO without a slash", put("PATH_INFO", "a"), "environ-path-info"},
		{"neither path", drop("PATH_INFO", "SCRIPT_NAME"), "environ-path-info"},
		{"CONTENT_LENGTH that is no number", put("CONTENT_LENGTH", "x"), "environ-content-length"},
		{"a negative CONTENT_LENGTH", put("CONTENT_LENGTH", "-1"), "environ-content-length"},
	} {
		e := fullEnviron()
		tt.change(e)
		if got := run(wsgi.Validator(hello), e); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := run(wsgi.Validator(hello), nil); got != "environ-nil" {
		t.Errorf("nil: %q", got)
	}
}

func TestValidatorOnStartResponse(t *testing.T) {
	with := func(fields ...[2]string) wsgi.Headers { return append(plain[:1:1], fields...) }
	for _, tt := range []struct {
		name    string
		status  string
		headers wsgi.Headers
		want    string
	}{
		{"as it should be", "200 OK", with([2]string{"X-A", "b"}, [2]string{"Set-Cookie", "a=b; c"}), ""},
		{"latin-1", "200 OK", with([2]string{"X-A", "\u00e9"}), ""},
		{"204", "204 No Content", nil, ""},
		{"304", "304 Not Modified", wsgi.Headers{{"ETag", `"x"`}}, ""},
		{"no reason is but a warning", "200", plain, ""},
		{"two digits", "20 OK", plain, "status-code"},
		{"letters", "abc OK", plain, "status-code"},
		{"nothing", "", plain, "status-code"},
		{"below 100", "099 Low", plain, "status-code"},
		{"a line break", "200 OK\r\n", plain, "status-text"},
		{"text that is not native", "200 \u20ac", plain, "status-text"},
		{"a header named Status", "200 OK", with([2]string{"status", "200"}), "header-status"},
		{"a colon", "200 OK", with([2]string{"X:", "b"}), "header-name"},
		{"a line break in a name", "200 OK", with([2]string{"X\n", "b"}), "header-name"},
		{"no name", "200 OK", with([2]string{"", "b"}), "header-name"},
		{"a digit first", "200 OK", with([2]string{"1X", "b"}), "header-name"},
		{"a dash last", "200 OK", with([2]string{"X-", "b"}), "header-name-end"},
		{"an underscore last", "200 OK", with([2]string{"X_", "b"}), "header-name-end"},
		{"a line break in a value", "200 OK", with([2]string{"X", "a\nb"}), "header-value"},
		{"a control character", "200 OK", with([2]string{"X", "a\x1f"}), "header-value"},
		{"a value that is not native", "200 OK", with([2]string{"X", "\u20ac"}), "header-value"},
		{"no Content-Type", "200 OK", nil, "content-type-missing"},
		{"Content-Type of a 204", "204 No Content", plain, "content-type-unexpected"},
		{"Content-Type of a 304", "304 Not Modified", plain, "content-type-unexpected"},
	} {
		app := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start(tt.status, tt.headers, nil)
			return wsgi.Blocks()
		}
		if got := run(wsgi.Validator(app), fullEnviron()); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestValidatorOnBody(t *testing.T) {
	two := func(yield func([]byte, error) bool) {
		_ = yield([]byte("a"), nil) && yield([]byte("b"), nil)
	}
	stubborn := func(yield func([]byte, error) bool) {
		yield(nil, errApp)
		yield([]byte("b"), nil)
	}
	var escaped func([]byte, error) bool
	for _, tt := range []struct {
		name string
		app  wsgi.Application
		want string
	}{
		{"two blocks", answering(two), ""},
		{"an error", answering(wsgi.Fail(errApp)), ""},
		{"start_response at the first block", func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				start("200 OK", plain, nil)
				yield([]byte("a"), nil)
			}
		}, ""},
		{"write", func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			write := start("200 OK", plain, nil)
			if _, err := write([]byte("a")); err != nil {
				return wsgi.Fail(err)
			}
			return wsgi.Blocks()
		}, ""},
		{"none", answering(nil), "body-nil"},
		{"a block before start_response", func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return two }, "body-before-start"},
		{"an end without start_response", func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return wsgi.Blocks() },
			"body-before-start"},
		{"a block after an error", answering(stubborn), "body-after-close"},
		{"a block after the end", answering(func(yield func([]byte, error) bool) { escaped = yield }), ""},
		{"which was that", func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { escaped(nil, nil); return nil },
			"body-after-close"},
		{"write after the end", func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			write := start("200 OK", plain, nil)
			escaped = func(p []byte, _ error) bool { _, err := write(p); return err == nil }
			return wsgi.Blocks()
		}, ""},
		{"which was this", func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { escaped(nil, nil); return nil },
			"write-after-end"},
	} {
		if got := run(wsgi.Validator(tt.app), fullEnviron()); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	twice := func(app wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := app(e, start)
			for range body {
			}
			return body
		}
	}
	if got := run(twice(wsgi.Validator(hello)), fullEnviron()); got != "body-twice" {
		t.Errorf("ranged over twice: %q", got)
	}
}

// badInput gives more than was asked for, and lines that are none.
type badInput struct{}

func (badInput) Read(p []byte) (int, error)         { return len(p) + 1, nil }
func (badInput) ReadLine(limit int) ([]byte, error) { return make([]byte, limit+1), nil }
func (badInput) ReadLines(int) ([][]byte, error)    { return [][]byte{[]byte("a\nb")}, nil }
func (b badInput) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield([]byte("a\nb"), nil) }
}

func TestValidatorOnInput(t *testing.T) {
	for name, use := range map[string]func(wsgi.Input){
		"Read":      func(in wsgi.Input) { _, _ = in.Read(make([]byte, 3)) },
		"ReadLine":  func(in wsgi.Input) { _, _ = in.ReadLine(3) },
		"ReadLines": func(in wsgi.Input) { _, _ = in.ReadLines(0) },
		"Lines": func(in wsgi.Input) {
			for range in.Lines() {
			}
		},
	} {
		app := wsgi.Validator(func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			use(e.Input())
			return hello(e, start)
		})
		e := fullEnviron()
		e["wsgi.input"] = badInput{}
		if got := run(app, e); got != "input-read" {
			t.Errorf("%s of a bad input: %q", name, got)
		}
		if got := run(app, fullEnviron()); got != "" {
			t.Errorf("%s of a good one: %q", name, got)
		}
	}
	run(wsgi.Validator(func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if _, ok := e["wsgi.input"].(io.Closer); ok {
			t.Error("wsgi.input can be closed")
		}
		return hello(e, start)
	}), fullEnviron())
}

func TestValidatorWarns(t *testing.T) {
	var said strings.Builder
	e := fullEnviron()
	delete(e, "QUERY_STRING")
	e["REQUEST_METHOD"] = "BREW"
	e["wsgi.errors"] = wsgi.NewErrors(&said)
	run(wsgi.Validator(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200", plain, nil)
		return wsgi.Blocks()
	}), e)
	for _, want := range []string{"QUERY_STRING", `"BREW"`, `"200"`} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("nothing of %s in %q", want, said.String())
		}
	}
}

// dropped is written to by the garbage collector's goroutine.
type dropped struct {
	mu   sync.Mutex
	text string
}

func (d *dropped) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text += string(p)
	return len(p), nil
}

func TestValidatorTellsOfDroppedBodies(t *testing.T) {
	var d dropped
	careless := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			next(e, start) // and its body is forgotten
			return wsgi.Text("mine")
		}
	}
	run(careless(wsgi.ValidatorTo(hello, &d)), fullEnviron())
	run(wsgi.ValidatorTo(hello, &d), fullEnviron())
	deadline := time.Now().Add(time.Minute)
	for {
		runtime.GC()
		d.mu.Lock()
		n := strings.Count(d.text, "body-not-closed")
		d.mu.Unlock()
		if n > 1 {
			t.Fatalf("told %d times of one body", n)
		}
		if n == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a body that was dropped went unnoticed")
		}
		runtime.Gosched()
	}
}
