package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// timing writes to wsgi.errors how long the application took, to the last byte of its body.
func timing(app wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		path, began := environ.Path(), time.Now()
		body := app(environ, start)
		return func(yield func([]byte, error) bool) {
			defer func() {
				took := float64(time.Since(began).Microseconds()) / 1000
				fmt.Fprintf(environ.Errors(), "%s took %.1f ms\n", path, took)
			}()
			body(yield)
		}
	}
}

// authentication names the user: REMOTE_USER is the cookie "user", or "guest". Here anybody can be anybody.
func authentication(app wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		environ["REMOTE_USER"] = "guest"
		for _, pair := range strings.Split(environ.Header("Cookie"), ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name == "user" && value != "" {
				environ["REMOTE_USER"] = value
			}
		}
		return app(environ, start)
	}
}

// banner adds a header, and a line at the end of each HTML page.
func banner(app wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		page := false
		body := app(environ, func(status string, headers wsgi.Headers, err error) wsgi.Write {
			page = strings.HasPrefix(headers.Get("Content-Type"), "text/html")
			return start(status, append(headers[:len(headers):len(headers)], [2]string{"X-Library", "open"}), err)
		})
		return func(yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(block, err) || err != nil {
					return
				}
			}
			if page {
				yield([]byte("<p>Hello, "+environ.Str("REMOTE_USER")+".\n"), nil)
			}
		}
	}
}
