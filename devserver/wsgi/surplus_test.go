package wsgi_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// again calls what it is around more often than a request is told of.
func again(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		for range 1200 {
			next(e, func(string, wsgi.Headers, error) wsgi.Write { return nil })
		}
		return next(e, start)
	}
}

// What is too much to be told of stages is counted.
func TestSurplusIsCounted(t *testing.T) {
	for _, e := range serving(t, hello, again).Events {
		if got, ok := e.Payload.(*event.Surplus); ok {
			// There are 1 + 1201 passes, of which 1,000 are told.
			if got.Passes != 202 || got.Events != 0 {
				t.Errorf("%+v", got)
			}
			return
		}
	}
	t.Error("nothing was told of it")
}
