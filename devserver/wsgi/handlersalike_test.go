package wsgi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// around makes a middleware of what it does in the place of the next handler.
func around(do func(next http.Handler, w http.ResponseWriter, r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { do(next, w, r) })
	}
}

// alikeMiddlewares are middlewares as they are written for net/http, where all share a request and a set of fields.
var alikeMiddlewares = map[string]func(http.Handler) http.Handler{
	"none": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) }),
	"a type for all": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		next.ServeHTTP(w, r)
	}),
	"fields": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header()["X-App"] = []string{"outer"}
		w.Header().Set("X-Kept", "outer")
		w.Header().Add("Vary", "Origin")
		next.ServeHTTP(w, r)
	}),
	"gzip": gzipped,
	"a guess": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&guesser{w}, r)
	}),
	"gzip of text": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&textPacker{w, nil}, r)
	}),
	"whatever is missing": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		w.Header().Set("X-After", "1")
		http.Error(w, "nothing came", http.StatusBadGateway)
	}),
	"what is unpacked": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.Copy(z, r.Body)
		_ = z.Close()
		unpacked, _ := gzip.NewReader(&b)
		r.Body, r.ContentLength = io.NopCloser(unpacked), -1
		r.Header.Del("Content-Length")
		next.ServeHTTP(w, r)
	}),
	"another body": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("a=other&b=body")), 14
		next.ServeHTTP(w, r)
	}),
	"a body that nobody measured": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(io.MultiReader(r.Body, strings.NewReader("&c=3")))
		next.ServeHTTP(w, r)
	}),
	"no body": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r.Body, r.ContentLength = http.NoBody, 0
		next.ServeHTTP(w, r)
	}),
	"fewer fields": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r.Header = http.Header{"Content-Type": r.Header["Content-Type"]}
		next.ServeHTTP(w, r)
	}),
	"a limit": func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 5) },
	"a form": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("a") != "" {
			r.Method = http.MethodPut
		}
		next.ServeHTTP(w, r)
	}),
	"the pattern": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		fmt.Fprintln(w, r.Pattern, r.PathValue("name"), r.Form)
	}),
	"another request": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header["X-Many"] = []string{"1", "2"}
		r.Host, r.Method = "other.example", "PATCH"
		next.ServeHTTP(w, r)
	}),
	"the path": func(next http.Handler) http.Handler { return http.StripPrefix("/a", next) },
	"in time":  func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") },
}

// guesser finds the type of what is written by itself, as gorilla's CompressHandler does.
type guesser struct{ http.ResponseWriter }

func (g *guesser) Write(b []byte) (int, error) {
	if g.Header().Get("Content-Type") == "" {
		g.Header().Set("Content-Type", "guessed/"+http.DetectContentType(b))
	}
	return g.ResponseWriter.Write(b)
}

// textPacker packs a response whose type says by then that it is text, as chi's Compress does.
type textPacker struct {
	http.ResponseWriter
	to io.Writer
}

func (p *textPacker) WriteHeader(code int) {
	p.to = p.ResponseWriter
	if strings.HasPrefix(p.Header().Get("Content-Type"), "text/") {
		p.Header().Set("Content-Encoding", "gzip")
		p.to = gzip.NewWriter(p.ResponseWriter)
	}
	p.ResponseWriter.WriteHeader(code)
}

func (p *textPacker) Write(b []byte) (int, error) {
	if p.to == nil {
		p.WriteHeader(http.StatusOK)
	}
	return p.to.Write(b)
}

func TestMiddlewaresAnswerTheSame(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"a status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
		"only a field": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Inner", "1")
		},
		"fields": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("X-App", "inner")
			w.Header().Set("Vary", "Cookie")
			w.Header().Del("X-Kept")
			w.Header()["X No Name"] = []string{"left out"}
			fmt.Fprintln(w, w.Header()["X-App"])
		},
		"the request": func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s %q %d %q %v", r.Method, r.URL, r.Host, r.Header["X-Many"], r.ContentLength, body, err)
			fmt.Fprintf(w, " %q %q", r.URL.RawPath, r.PathValue("name"))
		},
		"a form": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, r.Method, r.FormValue("a"), r.PostFormValue("b"), r.PostForm)
		},
		"a file": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "x.txt", time.Unix(1, 0), strings.NewReader("a file"))
		},
		"an untyped text": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>hello") },
		"a redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", http.StatusFound) },
		"no type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			fmt.Fprint(w, "hello")
		},
	}
	for handler, h := range handlers {
		mux := http.NewServeMux()
		mux.Handle("/{name}", h)
		mux.Handle("/a/{name}", h)
		for middleware, m := range alikeMiddlewares {
			for _, outer := range []string{"none", "a type for all"} {
				for _, method := range []string{"GET", "POST"} {
					t.Run(method+" "+handler+" in "+middleware+" in "+outer, func(t *testing.T) {
						o := alikeMiddlewares[outer]
						want := ask(t, method, o(m(mux)))
						got := ask(t, method, wsgi.ToHTTP(wsgi.NewHTTPStack(mux, o, m).Application()))
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("-net/http +wsgi: %s", diff)
						}
					})
				}
			}
		}
	}
}

// A panic leaves what was set and written before it, and is what it was, to the middleware that recovers from it.
func TestPanicsAreRecoveredTheSame(t *testing.T) {
	type notFound struct{ name string }
	handlers := map[string]http.HandlerFunc{
		"a text":         func(http.ResponseWriter, *http.Request) { panic("a text") },
		"a type":         func(http.ResponseWriter, *http.Request) { panic(&notFound{"x"}) },
		"what is raised": func(_ http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"fields": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-App", "inner")
			w.Header().Del("X-Kept")
			panic("after fields")
		},
		"a status": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-App", "inner")
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("X-Late", "late")
			panic("after a status")
		},
		"a text that it has written": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "begun, ")
			panic("after a text")
		},
		"a text that is sent": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "begun, ")
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, "gone on, ")
			panic("after a block")
		},
	}
	recovers := around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Kept", "outer")
		defer func() {
			v := recover()
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, "%T %v", v, v)
		}()
		next.ServeHTTP(w, r)
	})
	for handler, h := range handlers {
		for _, middleware := range []string{"none", "fields", "a guess", "gzip of text", "the path", "in time"} {
			t.Run(handler+" in "+middleware, func(t *testing.T) {
				m := alikeMiddlewares[middleware]
				want := ask(t, "GET", recovers(m(h)))
				got := ask(t, "GET", wsgi.ToHTTP(wsgi.NewHTTPStack(h, recovers, m).Application()))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-net/http +wsgi: %s", diff)
				}
			})
		}
	}
}

// What packs the body of a handler that has named no type, and names that itself, leaves nothing to be said against the handler.
func TestTypeOfWhatIsPackedAround(t *testing.T) {
	packs := around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "x-as-it-is")
		next.ServeHTTP(&guesser{w}, r)
	})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>hello") })
	a := dial(t, wsgi.NewHTTPStack(h, packs).Application()).do(environ("GET"), "")
	if got := wsgi.Headers(a.Heads[0].Headers).Get("Content-Type"); got != "guessed/text/html; charset=utf-8" || len(a.Lint) > 0 {
		t.Errorf("type %q, lint %q", got, a.Lint)
	}
}

// What a WSGI middleware between the two has changed counts, and the form that was parsed around it is still known.
func TestWSGIBetweenHandlers(t *testing.T) {
	between := func(key, value string) wsgi.Middleware {
		return func(next wsgi.Application) wsgi.Application {
			return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				e[key] = value
				return next(e, start)
			}
		}
	}
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, r.URL, " ", wsgi.RequestEnviron(r).Str("REMOTE_USER"), " ", r.FormValue("a"), " ", r.Form)
	})
	for change, want := range map[[2]string]string{
		{"REMOTE_USER", "ada"}:  "/x?q=1 ada 1 map[a:[1] b:[2] q:[1]]",
		{"PATH_INFO", "/y"}:     "/y?q=1  1 map[a:[1] b:[2] q:[1]]",
		{"QUERY_STRING", "q=2"}: "/x?q=2   map[q:[2]]", // the body was read, and its form is not this one's
	} {
		s := wsgi.NewStack(wsgi.FromHTTP(show), wsgi.FromHTTPMiddleware(alikeMiddlewares["a form"]), between(change[0], change[1]))
		a := dial(t, s.Application()).do(environ("POST", "PATH_INFO", "/x", "REQUEST_URI", "/x?q=1", "QUERY_STRING", "q=1",
			"CONTENT_TYPE", "application/x-www-form-urlencoded", "CONTENT_LENGTH", "7"), "a=1&b=2")
		if a.Body != want {
			t.Errorf("with %v: %q, not %q", change, a.Body, want)
		}
	}
}

// ask makes a request, with a form where the method has a body.
func ask(t *testing.T, method string, h http.Handler) result {
	s := serve(t, h)
	s.Config.ErrorLog = quiet
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("a=1&b=2")
	}
	r, err := http.NewRequest(method, s.URL+"/a/x%2Fy?q=1", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "here.example"
	r.Header.Set("Accept-Encoding", "gzip")
	return fetch(t, r)
}
