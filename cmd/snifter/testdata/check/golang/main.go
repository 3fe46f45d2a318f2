// Command golang is a stack of which two middlewares break a rule.
package main

import (
	"bytes"
	"log"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// Through breaks none.
func Through(next wsgi.Application) wsgi.Application { return next }

// Buffering gives nothing before it has all.
func Buffering(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(environ, start)
		return func(yield func([]byte, error) bool) {
			var whole bytes.Buffer
			for block, err := range body {
				if err != nil {
					yield(nil, err)
					return
				}
				whole.Write(block)
			}
			yield(whole.Bytes(), nil)
		}
	}
}

// Naming adds a header whose name many proxies drop.
func Naming(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		return next(environ, func(status string, headers wsgi.Headers, err error) wsgi.Write {
			return start(status, headers.With("X_Name", "1"), err)
		})
	}
}

func page(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	return func(yield func([]byte, error) bool) {
		for _, block := range []string{"one", "two", "three"} {
			if !yield([]byte(block), nil) {
				return
			}
		}
	}
}

func main() {
	stack := wsgi.NewStack(page, Through, Buffering, Naming)
	if err := stack.Serve(); err != nil {
		log.Fatal(err)
	}
}
