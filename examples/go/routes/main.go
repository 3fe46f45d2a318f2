// Command routes answers by PATH_INFO, with a 404 for what it does not know.
//
// Try /, /hello/you, /hello/caf%C3%A9 and /nowhere. PATH_INFO is a native string, in which each rune stands for one byte;
// Environ.Path gives its bytes back as the UTF-8 that the client meant.
package main

import (
	"fmt"
	"log"
	"strings"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func routes(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	path := environ.Path()
	if path == "/" {
		return text(start, "200 OK", "Try /hello/you\n")
	}
	if name, ok := strings.CutPrefix(path, "/hello/"); ok && name != "" {
		return text(start, "200 OK", fmt.Sprintf("Hello, %s!\n", name))
	}
	return text(start, "404 Not Found", fmt.Sprintf("There is no %s here.\n", path))
}

func text(start wsgi.StartResponse, status, body string) wsgi.Body {
	start(status, wsgi.Headers{{"Content-Type", "text/plain; charset=utf-8"}}, nil)
	return wsgi.Text(body)
}

func main() {
	if err := wsgi.Serve(routes); err != nil {
		log.Fatal(err)
	}
}
