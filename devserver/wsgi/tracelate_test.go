package wsgi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// Where an application hangs before its first block, it is told what its outermost stage has given to start_response; once, also
// where the client goes.
func TestTheHeadThatHangsIsTold(t *testing.T) {
	for _, goes := range []bool{false, true} {
		goOn := make(chan struct{})
		hangs := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
			<-goOn
			return wsgi.Text("Hello, world!\n")
		}
		p := dial(t, wsgi.NewStack(hangs, tagged("t"), user).Application())
		id := p.request(environ("GET"), "", true)
		var got []string
		given := func() bool {
			got = got[:0]
			for _, e := range p.got[id].Events {
				if r, ok := e.Payload.(*event.Response); ok && e.Stage == 1 {
					got = append(got, r.Status+" "+r.Headers[1].Name)
				}
			}
			return len(got) > 0
		}
		p.await(given)
		if goes {
			p.send(wire.Frame{Kind: wire.Gone, Request: id})
		}
		close(goOn)
		a := p.ended(id)
		given()
		if diff := cmp.Diff([]string{"200 OK X-Tag"}, got); diff != "" {
			t.Errorf("the client goes %v: (-want +got):\n%s", goes, diff)
		}
		if goes != (a.Body == "") {
			t.Errorf("the client goes %v, and has got %q", goes, a.Body)
		}
	}
}
