// Command stream counts, a block every half second: each is sent as it is yielded. ?n=100&ms=10 counts further, or faster.
//
// Break off curl midway, and the body says on wsgi.errors that it was closed: a deferred call has the part of close().
package main

import (
	"fmt"
	"log"
	"net/url"
	"strconv"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func stream(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	query, err := url.ParseQuery(environ.Query())
	if err != nil {
		start("400 Bad Request", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
		return wsgi.Text("The query is malformed.\n")
	}
	n, pause := number(query, "n", 10), time.Duration(number(query, "ms", 500))*time.Millisecond
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	return func(yield func([]byte, error) bool) {
		sent := 0
		defer func() {
			fmt.Fprintf(environ.Errors(), "closed after %d of %d blocks\n", sent, n) //nolint:errcheck // it is but a log line
		}()
		for ; sent < n; sent++ {
			if !yield(fmt.Appendf(nil, "%d of %d\n", sent+1, n), nil) {
				return // the client has gone
			}
			select {
			case <-time.After(pause):
			case <-environ.Context().Done():
			}
		}
	}
}

func number(query url.Values, key string, otherwise int) int {
	if n, err := strconv.Atoi(query.Get(key)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

func main() {
	if err := wsgi.Serve(stream); err != nil {
		log.Fatal(err)
	}
}
