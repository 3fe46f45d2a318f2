package wsgi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// TestEditedBlockIsSentWhole: the Content-Length of what it is in the place of is no length of its.
func TestEditedBlockIsSentWhole(t *testing.T) {
	sized := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain.With("Content-Length", "6"), nil)
		return wsgi.Blocks([]byte("one"), []byte("two"))
	}
	for block, length := range map[string]string{"": "", "longer than it was": "", "six": "6"} {
		p := stacked(t, sized, upper)
		p.stops("2:chunk")
		id := p.request(environ("GET"), "", true)
		p.parked(id, 1)
		p.resume(id, stepping.Command{Action: stepping.Modify, Block: []byte(block)})
		p.parked(id, 2)
		p.resume(id, stepping.Command{Action: stepping.Continue})
		p.parked(id, 3)
		p.resume(id, stepping.Command{Action: stepping.Continue})
		a := p.ended(id)
		got := ""
		for _, h := range a.Heads[len(a.Heads)-1].Headers {
			if h[0] == "Content-Length" {
				got = h[1]
			}
		}
		if want := strings.ToUpper(block) + "TWO"; a.Body != want || got != length || a.Broken || len(a.Lint) > 0 {
			t.Errorf("%q: %q with the length %q, broken: %t, %v", block, a.Body, got, a.Broken, a.Lint)
		}
		told := slices.ContainsFunc(a.Events, func(e wire.StageEvent) bool {
			edit, ok := e.Payload.(*event.Edit)
			return ok && e.Stage == 2 && edit.Boundary == event.Chunk && edit.Headers != nil
		})
		if told != (length == "") {
			t.Errorf("%q: that the length was left out was told: %t", block, told)
		}
	}
}
