// Command stubborn goes on after wsgi.Serve has returned, and exits in a request to /exit.
package main

import (
	"log"
	"os"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func app(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	if environ.Path() == "/exit" {
		os.Exit(3)
	}
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	return wsgi.Text("here\n")
}

func main() {
	go func() {
		if err := wsgi.Serve(app); err != nil {
			log.Fatal(err)
		}
	}()
	c := make(chan os.Signal)
	for range c {
	}
}
