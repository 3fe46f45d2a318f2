// Command onion is a net/http application within four middlewares of both kinds, WSGI's and net/http's. Run by snifter,
// each of them is a stage: what it did to the environ, to the headers and to the body can be seen, and a request can be
// stopped there.
//
//	snifter stack ./examples/go/onion
//	snifter run ./examples/go/onion
//	snifter break add 'main.User:enter' '~u private'
//
//	GET  /                 a page, for the user of the cookie
//	GET  /private          401 by main.User, unless there is a cookie: curl -b user=ada
//	GET  /countdown        a stream, packed block by block: curl --compressed -N
//	POST /upper            the body in capitals
//	GET  /broken           a panic, and main.Recover, which makes a page of it
package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// Timing tells in Server-Timing how long it took until the answer began.
func Timing(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		began := time.Now()
		return next(environ, func(status string, headers wsgi.Headers, err error) wsgi.Write {
			took := float64(time.Since(began).Microseconds()) / 1000
			return start(status, headers.With("Server-Timing", fmt.Sprintf("app;dur=%.1f", took)), err)
		})
	}
}

// Recover makes a page of a panic. It is written for net/http, and so is Gzip.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				http.Error(w, fmt.Sprint("Something broke: ", v), http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// Gzip packs text for clients that take it.
func Gzip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		p := &packed{ResponseWriter: w}
		defer p.close()
		next.ServeHTTP(p, r)
	})
}

// packed packs what is written, if it is text.
type packed struct {
	http.ResponseWriter
	z     *gzip.Writer
	begun bool
}

func (p *packed) WriteHeader(code int) {
	h := p.Header()
	if p.begun = true; strings.HasPrefix(h.Get("Content-Type"), "text/") {
		h.Del("Content-Length")
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		p.z = gzip.NewWriter(p.ResponseWriter)
	}
	p.ResponseWriter.WriteHeader(code)
}

func (p *packed) Write(block []byte) (int, error) {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	if p.z == nil {
		return p.ResponseWriter.Write(block)
	}
	return p.z.Write(block)
}

// Flush lets a stream stay one.
func (p *packed) Flush() {
	if p.z != nil {
		_ = p.z.Flush()
	}
	_ = http.NewResponseController(p.ResponseWriter).Flush()
}

func (p *packed) close() {
	if p.z != nil {
		_ = p.z.Close()
	}
}

// User puts the user of the cookie into the environ, and guards what lies under /private.
func User(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		r := http.Request{Header: http.Header{"Cookie": {environ.Header("Cookie")}}}
		if c, err := r.Cookie("user"); err == nil {
			environ["REMOTE_USER"] = wsgi.Encode(c.Value)
		}
		if strings.HasPrefix(environ.Path(), "/private") && environ.Str("REMOTE_USER") == "" {
			start("401 Unauthorized", wsgi.Headers{
				{"Content-Type", "text/plain"}, {"WWW-Authenticate", `Cookie name="user"`},
			}, nil)
			return wsgi.Text("Who are you?\n")
		}
		return next(environ, start)
	}
}

// user is how a handler gets at what a WSGI middleware knows.
func user(r *http.Request) string {
	if name := wsgi.Decode(wsgi.RequestEnviron(r).Str("REMOTE_USER")); name != "" {
		return name
	}
	return "nobody"
}

func routes() http.Handler {
	var visits atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		http.SetCookie(w, &http.Cookie{Name: "visits", Value: strconv.FormatInt(visits.Add(1), 10)})
		fmt.Fprintf(w, "Hello, %s!\n", user(r))
	})
	mux.HandleFunc("GET /private", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "For %s alone.\n", user(r))
	})
	mux.HandleFunc("GET /countdown", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		control := http.NewResponseController(w)
		for _, text := range []string{"3", "2", "1", "lift-off"} {
			fmt.Fprintln(w, text)
			if control.Flush() != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	mux.HandleFunc("POST /upper", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, strings.ToUpper(string(body)))
	})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) {
		panic("this is what a panic looks like")
	})
	return mux
}

func main() {
	stack := wsgi.NewStack(wsgi.FromHTTP(routes()),
		Timing, wsgi.FromHTTPMiddleware(Recover), wsgi.FromHTTPMiddleware(Gzip), User)
	if err := stack.Serve(); err != nil {
		log.Fatal(err)
	}
}
