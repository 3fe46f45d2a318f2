package wsgi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// header is a middleware that adds a header.
func header(name, value string) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
				return start(status, headers.With(name, value), err)
			})
		}
	}
}

// sets is a middleware that puts a value into the environ.
func sets(key string, value any) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			e[key] = value
			return next(e, start)
		}
	}
}

func starting(status string, headers wsgi.Headers, blocks ...string) wsgi.Application {
	return func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start(status, headers, nil)
		return func(yield func([]byte, error) bool) {
			for _, b := range blocks {
				if !yield([]byte(b), nil) {
					return
				}
			}
		}
	}
}

// Each has the stage to blame and the rule: what a stage in the middle did, in the middle of others.
func TestFindingsAreBlamed(t *testing.T) {
	drops := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			next(e, start)
			return wsgi.Text("instead\n")
		}
	}
	buffers := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				var all []byte
				for block, err := range body {
					if err != nil {
						yield(nil, err)
						return
					}
					all = append(all, block...)
				}
				yield(all, nil)
			}
		}
	}
	again := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				for range 2 {
					for block, err := range body {
						if !yield(block, err) {
							return
						}
					}
				}
			}
		}
	}
	writes := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, _ = start("200 OK", plain, nil)([]byte("x"))
		return wsgi.Blocks()
	}
	twice := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain, nil)
		func() {
			defer func() { _ = recover() }()
			start("200 OK", plain, nil)
		}()
		return wsgi.Text("x")
	}
	for name, tt := range map[string]struct {
		app  wsgi.Application
		by   wsgi.Middleware
		want []string
	}{
		"nothing":               {hello, upper, nil},
		"a stream":              {starting("200 OK", plain, "a", "b", "c"), upper, nil},
		"hop-by-hop":            {hello, header("Connection", "close"), []string{"2 hop-by-hop-header"}},
		"header":                {hello, header("X Y", "z"), []string{"2 header-invalid"}},
		"a name that is odd":    {hello, header("X-Y-", "z"), []string{"2 header-name-odd"}},
		"a header as in CGI":    {hello, header("Status", "200"), []string{"2 header-status"}},
		"too short":             {hello, header("Content-Length", "20"), []string{"2 content-length-short"}},
		"too long":              {hello, header("Content-Length", "2"), []string{"2 content-length-exceeded"}},
		"too short, within":     {starting("200 OK", plain.With("Content-Length", "5"), "abc"), upper, []string{"4 content-length-short"}},
		"status":                {starting("OK", plain), upper, []string{"4 status-invalid"}},
		"no type":               {starting("200 OK", nil, "a"), upper, []string{"4 content-type-missing"}},
		"no type, no content":   {starting("201 Created", nil), upper, nil},
		"a type of nothing":     {starting("204 No Content", plain), upper, []string{"4 content-type-unexpected"}},
		"content of nothing":    {starting("304 Not Modified", nil, "a"), upper, []string{"4 body-not-allowed"}},
		"environ":               {hello, sets("PATH_INFO", "x"), []string{"2 environ-path-info"}},
		"no text":               {hello, sets("REMOTE_USER", 7), []string{"2 environ-not-text"}},
		"an input that is none": {hello, sets("wsgi.input", "text"), []string{"2 environ-input"}},
		"not closed":            {hello, drops, []string{"2 close-not-called"}},
		"held back":             {starting("200 OK", plain, "a", "b"), buffers, []string{"2 blocks-held-back"}},
		"twice":                 {starting("200 OK", plain, "a"), again, []string{"2 body-after-close"}},
		"written":               {writes, upper, []string{"4 write-used"}},
		"started twice":         {twice, upper, []string{"4 start-response-twice"}},
		"no body":               {func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body { return nil }, tagged("t"), []string{"4 not-iterable"}},
		"not started": {func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return wsgi.Blocks() }, tagged("t"),
			[]string{"4 start-response-not-called"}},
		"yields first": {func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return wsgi.Text("x") }, tagged("t"),
			[]string{"4 start-response-not-called"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := serving(t, tt.app, tagged("outer"), tt.by, tagged("inner"))
			var got []string
			for i, rule := range a.Lint {
				got = append(got, fmt.Sprint(a.Blamed[i], " ", rule))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s\n%s", diff, strings.Join(told(a.Events), "\n"))
			}
		})
	}
}

// What an application that is no stack does wrong is the only stage's doing.
func TestFindingsWithoutAStack(t *testing.T) {
	for want, app := range map[string]wsgi.Application{
		"header-status":           starting("200 OK", plain.With("Status", "200"), "a"),
		"content-type-missing":    starting("200 OK", nil, "a"),
		"content-type-unexpected": starting("204 No Content", plain),
		"content-length-short":    starting("200 OK", plain.With("Content-Length", "2"), "a"),
	} {
		a := dial(t, app).do(environ("GET"), "")
		if !cmp.Equal(a.Lint, []string{want}) || !cmp.Equal(a.Blamed, []int{1}) {
			t.Errorf("%s: %q of %v", want, a.Lint, a.Blamed)
		}
	}
}

// What is wrong with a response that was made or changed by hand is nobody's fault; what is wrong besides is somebody's.
func TestFindingsByHand(t *testing.T) {
	odd := []event.Header{{Name: "X-Odd-", Value: "z "}, {Name: "Content-Length", Value: "3"}}
	untyped := starting("200 OK", nil, "a")
	for name, tt := range map[string]struct {
		app   wsgi.Application
		place string
		by    stepping.Command
		want  []string
	}{
		"an answer": {hello, "2:enter", stepping.Command{Action: stepping.Respond, Status: "200 By Hand", Headers: odd}, nil},
		"an answer without content": {hello, "3:exit", stepping.Command{
			Action: stepping.Respond, Status: "204 By Hand", Headers: []event.Header{{Name: "Content-Type", Value: "a/b"}}, Block: []byte("x"),
		}, nil},
		"headers":  {hello, "3:start_response", stepping.Command{Action: stepping.Modify, Headers: odd}, nil},
		"a status": {hello, "3:start_response", stepping.Command{Action: stepping.Modify, Status: "204 No Content"}, nil},
		"a block": {starting("200 OK", plain.With("Content-Length", "1"), "a"), "3:chunk", stepping.Command{
			Action: stepping.Modify, Block: []byte("long"),
		}, nil},
		"an environ": {untyped, "3:start_response", stepping.Command{
			Action: stepping.Modify, Environ: map[string]string{"x": "y"},
		}, []string{"content-type-missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, tt.app, tagged("t"), upper)
			p.stops(tt.place)
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			p.stops()
			p.resume(id, tt.by)
			if tt.by.Action == stepping.Modify {
				p.parked(id, 2)
				p.resume(id, stepping.Command{Action: stepping.Continue})
			}
			if a := p.ended(id); !cmp.Equal(tt.want, a.Lint) {
				t.Errorf("%q\n%s", a.Lint, strings.Join(told(a.Events), "\n"))
			}
		})
	}
}
