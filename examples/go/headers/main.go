// Command headers sends headers of its own, one of them twice, and shows those of the request.
//
// Headers go out in the order, and with the names, that the application gave. A value that is no latin-1 text, or holds
// a line break, is refused when start_response is called.
package main

import (
	"fmt"
	"log"
	"maps"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func headers(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", wsgi.Headers{
		{"Content-Type", "text/plain; charset=utf-8"},
		{"X-Served-By", "examples/go/headers"},
		{"X-Motto", wsgi.Encode("naïve, but UTF-8")},
		{"Set-Cookie", "first=1; Path=/"},
		{"Set-Cookie", "second=2; Path=/; HttpOnly"},
		{"Cache-Control", "no-store"},
	}, nil)
	var body strings.Builder
	for _, key := range slices.Sorted(maps.Keys(environ)) {
		if strings.HasPrefix(key, "HTTP_") {
			fmt.Fprintf(&body, "%s: %s\n", key, wsgi.Decode(environ.Str(key)))
		}
	}
	return wsgi.Text(body.String())
}

func main() {
	if err := wsgi.Serve(headers); err != nil {
		log.Fatal(err)
	}
}
