package wsgi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// What is written passes through at once, and hides no block that a stage around holds back of those that are yielded.
func TestHeldBackBesideWritten(t *testing.T) {
	writing := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		write := start("200 OK", plain, nil)
		return func(yield func([]byte, error) bool) {
			for range 3 {
				if _, err := write([]byte("written")); err != nil || !yield([]byte("yielded"), nil) {
					return
				}
			}
		}
	}
	gathered := bodies(func(body wsgi.Body, _ wsgi.StartResponse, yield func([]byte, error) bool) {
		var all []byte
		for block := range body {
			all = append(all, block...)
		}
		yield(all, nil)
	})
	wrote := []string{"3 write-used", "3 write-in-body"}
	for name, tt := range map[string]struct {
		around fault
		want   []string
	}{
		"held back": {gathered, []string{wrote[0], "2 blocks-held-back", wrote[1]}},
		"given on":  {bodies(func(body wsgi.Body, _ wsgi.StartResponse, yield func([]byte, error) bool) { body(yield) }), wrote},
	} {
		a := serving(t, writing, tagged("t"), wsgi.Middleware(tt.around))
		var got []string
		for i, rule := range a.Lint {
			got = append(got, fmt.Sprint(a.Blamed[i], " ", rule))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is found of one header is told with its name, whatever is said of it.
func TestFindingsNameTheHeader(t *testing.T) {
	for want, faulty := range map[string]fault{
		"X:A": header("X:A", "1"), "X-B": header("X-B", "\x00"), "Content-Length": header("Content-Length", "-1"),
		"te": header("te", "x"), "X_C": header("X_C", "1"), "1X": header("1X", "1"), "STATUS": header("STATUS", "1"), "X-D": header("X-D", " a"),
		"Content-Type": answers(starting("200 OK", nil, "a")), "": status("200 "),
	} {
		for place, at := range faultPlaces {
			if a := at.do(t, faulty); !cmp.Equal(a.Of, []string{want}) {
				t.Errorf("%q, %s: %q of %q", want, place, a.Lint, a.Of)
			}
		}
	}
	long := serving(t, starting("200 OK", plain.With(strings.Repeat("X", 1000)+"_", "1"), "a"))
	if !cmp.Equal(long.Of, []string{strings.Repeat("X", 200)}) {
		t.Errorf("of a long name: %q", long.Of)
	}
	for want, app := range map[string][]wsgi.Application{
		"Content-Type":   {starting("204 No Content", plain)},
		"Content-Length": {starting("200 OK", length("5"), "abc"), starting("200 OK", length("2"), "abc")},
	} {
		for _, app := range app {
			for _, a := range []*answer{serving(t, app, tagged("t")), dial(t, app).do(environ("GET"), "")} {
				if !cmp.Equal(a.Of, []string{want}) {
					t.Errorf("%q of %q, want of %q", a.Lint, a.Of, want)
				}
			}
		}
	}
}

// What is wrong with a response that was made or changed by hand is nobody's fault; what is wrong besides is somebody's.
func TestFindingsByHand(t *testing.T) {
	odd := []event.Header{{Name: "X-Odd-", Value: "z "}, {Name: "Content-Length", Value: "3"}}
	untyped := starting("200 OK", nil, "a")
	for name, tt := range map[string]struct {
		app   wsgi.Application
		place string
		by    stepping.Command
		want  []string
	}{
		"an answer": {hello, "2:enter", stepping.Command{Action: stepping.Respond, Status: "200 By Hand", Headers: odd}, nil},
		"an answer without content": {hello, "3:exit", stepping.Command{
			Action: stepping.Respond, Status: "204 By Hand", Headers: []event.Header{{Name: "Content-Type", Value: "a/b"}}, Block: []byte("x"),
		}, nil},
		"headers":  {hello, "3:start_response", stepping.Command{Action: stepping.Modify, Headers: odd}, nil},
		"a status": {hello, "3:start_response", stepping.Command{Action: stepping.Modify, Status: "204 No Content"}, nil},
		"a block": {starting("200 OK", plain.With("Content-Length", "1"), "a"), "3:chunk", stepping.Command{
			Action: stepping.Modify, Block: []byte("long"),
		}, nil},
		"an environ": {untyped, "3:start_response", stepping.Command{
			Action: stepping.Modify, Environ: map[string]string{"x": "y"},
		}, []string{"content-type-missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, tt.app, tagged("t"), upper)
			p.stops(tt.place)
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			p.stops()
			p.resume(id, tt.by)
			if tt.by.Action == stepping.Modify {
				p.parked(id, 2)
				p.resume(id, stepping.Command{Action: stepping.Continue})
			}
			if a := p.ended(id); !cmp.Equal(tt.want, a.Lint) {
				t.Errorf("%q\n%s", a.Lint, strings.Join(told(a.Events), "\n"))
			}
		})
	}
}
