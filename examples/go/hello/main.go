// Command hello is the smallest application: a function of an environ and a start_response.
//
//	snifter run ./examples/go/hello     serves it under snifter
//	go run ./examples/go/hello          serves it by itself, on 127.0.0.1:8000
//
// Look at the exchange's environ: it has the keys that a Python application is given.
package main

import (
	"log"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func hello(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain; charset=utf-8"}}, nil)
	return wsgi.Text("Hello, world!\n")
}

func main() {
	if err := wsgi.Serve(hello); err != nil {
		log.Fatal(err)
	}
}
