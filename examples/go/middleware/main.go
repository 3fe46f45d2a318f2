// Command middleware is an application within a stack of three middlewares: one logs to wsgi.errors, one wants a password,
// one rewrites the body.
//
//	curl -i http://127.0.0.1:8000/                    401, by RequireUser
//	curl -i -u guest:sesame http://127.0.0.1:8000/    200, in capitals, by Shout
//
// wsgi.NewStack knows the stages by name, file and line.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// Logging writes a line for each request, when its body has ended.
func Logging(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		began := time.Now()
		status := "no status"
		body := next(environ, func(s string, headers wsgi.Headers, err error) wsgi.Write {
			status = s
			return start(s, headers, err)
		})
		return func(yield func([]byte, error) bool) {
			size := 0
			defer func() {
				fmt.Fprintf(environ.Errors(), "%s %s: %s, %d bytes in %v\n", //nolint:errcheck // it is but a log line
					environ.Method(), environ.Path(), status, size, time.Since(began).Round(time.Microsecond))
			}()
			for block, err := range body {
				size += len(block)
				if !yield(block, err) {
					return // and so the loop breaks off the inner body, which is its close()
				}
			}
		}
	}
}

// RequireUser lets those pass who know the password, and puts their name into the environ, as PEP 3333's servers do.
func RequireUser(realm string, passwords map[string]string) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			r := http.Request{Header: http.Header{"Authorization": {environ.Header("Authorization")}}}
			user, password, ok := r.BasicAuth()
			if want, known := passwords[user]; !ok || !known || password != want {
				start("401 Unauthorized", wsgi.Headers{
					{"Content-Type", "text/plain"},
					{"WWW-Authenticate", fmt.Sprintf("Basic realm=%q", realm)},
				}, nil)
				return wsgi.Text("Who are you? (guest:sesame)\n")
			}
			environ["REMOTE_USER"] = wsgi.Encode(user)
			return next(environ, start)
		}
	}
}

// Shout puts each block in capitals. The length stays the same, so that Content-Length does; a middleware that changes
// it must drop the header.
func Shout(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(environ, func(status string, headers wsgi.Headers, err error) wsgi.Write {
			return start(status, headers.With("X-Volume", "11"), err)
		})
		return func(yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(bytes.ToUpper(block), err) {
					return
				}
			}
		}
	}
}

func greet(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	return wsgi.Text(fmt.Sprintf("Hello, %s!\n", wsgi.Decode(environ.Str("REMOTE_USER"))))
}

func main() {
	stack := wsgi.NewStack(greet, Logging, RequireUser("examples", map[string]string{"guest": "sesame"}), Shout)
	if err := stack.Serve(); err != nil {
		log.Fatal(err)
	}
}
