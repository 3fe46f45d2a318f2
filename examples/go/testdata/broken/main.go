// Command broken is a stack of which one stage breaks the protocol, another for each path.
package main

import (
	"log"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func at(path string, environ wsgi.Environ) bool { return environ.Path() == path }

// Drops answers by itself, and forgets the body that it was given.
func Drops(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(environ, start)
		if at("/drops", environ) {
			return wsgi.Text("other\n")
		}
		return body
	}
}

// Lengthens adds to the body, and leaves Content-Length as it was.
func Lengthens(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		body := next(environ, start)
		if !at("/lengthens", environ) {
			return body
		}
		return func(yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(append(block, '!'), err) {
					return
				}
			}
		}
	}
}

// Spoils puts what is no text where text is due.
func Spoils(next wsgi.Application) wsgi.Application {
	return func(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if at("/spoils", environ) {
			environ["REMOTE_USER"] = 7
		}
		return next(environ, start)
	}
}

func app(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	headers := wsgi.Headers{{"Content-Type", "text/plain"}, {"Content-Length", "6"}}
	if at("/hops", environ) {
		headers = headers.With("Keep-Alive", "timeout=5")
	}
	start("200 OK", headers, nil)
	return wsgi.Text("hello\n")
}

func main() {
	if err := wsgi.NewStack(app, Drops, Lengthens, Spoils).Serve(); err != nil {
		log.Fatal(err)
	}
}
